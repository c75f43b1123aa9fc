package snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the javadoc and docs/recipes.md show is compiled and tested here, and all that is here is shown. */
class SnippetsTest {
    private static final Path SHOWN = Path.of("examples");
    private static final Pattern TAG = Pattern.compile("\\{@snippet\\b([^}]*)}");
    private static final Pattern EXTERNAL = Pattern.compile("\\s*file=\"([^\"]+)\"\\s+region=\"?(\\w+)\"?\\s*");
    private static final Pattern REGION = Pattern.compile("// @start region=(\\w+)\n(.*?)\n *// @end", Pattern.DOTALL);
    private static final String BLOCK = "^```%s\n(.*?)^```";
    private static final String RECIPES = "docs/recipes.md";

    private static List<Path> javaFiles(String directory) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(directory))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static Set<String> tags() throws IOException {
        Set<String> tags = new TreeSet<>();
        for (Path file : javaFiles("src/main/java")) {
            Matcher tag = TAG.matcher(Files.readString(file));
            while (tag.find()) {
                Matcher external = EXTERNAL.matcher(tag.group(1));
                assertThat(external.matches())
                        .as("%s in %s takes its code from a file", tag.group(), file)
                        .isTrue();
                tags.add(external.group(1) + "#" + external.group(2));
            }
        }
        return tags;
    }

    /** The regions of the snippets' files, by name, with their text as a page shows it. */
    private static Map<String, String> regions() throws IOException {
        Map<String, String> regions = new TreeMap<>();
        List<Path> files = new ArrayList<>(javaFiles("examples/snippets"));
        files.addAll(javaFiles("examples/spring/src/main")); // .ci/newcomer builds it
        for (Path file : files) {
            Matcher region = REGION.matcher(Files.readString(file));
            while (region.find()) {
                String name = SHOWN.relativize(file).toString().replace('\\', '/') + "#" + region.group(1);
                regions.put(name, region.group(2).stripIndent().strip());
            }
        }
        return regions;
    }

    private static Set<String> blocks(String page, String language) throws IOException {
        Set<String> blocks = new TreeSet<>();
        Matcher block = Pattern.compile(BLOCK.formatted(language), Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(Files.readString(Path.of(page)));
        while (block.find()) {
            blocks.add(block.group(1).strip());
        }
        return blocks;
    }

    @Test
    void everySnippetOfTheJavadocIsARegionOfAnExample() throws Exception {
        assertThat(tags()).isNotEmpty().isSubsetOf(regions().keySet());
    }

    @Test
    void everySnippetOfTheRecipesIsARegionOfAnExample() throws Exception {
        assertThat(blocks(RECIPES, "java")).isNotEmpty().isSubsetOf(regions().values());
    }

    @Test
    void everyRegionIsShown() throws Exception {
        Map<String, String> regions = regions();
        regions.keySet().removeAll(tags());
        assertThat(blocks(RECIPES, "java")).containsAll(regions.values());
    }

    /** KotlinIT compiles and runs that file. */
    @Test
    void everyKotlinSnippetOfTheRecipesIsARegionOfTheTestedFile() throws Exception {
        Set<String> regions = new TreeSet<>();
        Matcher region = REGION.matcher(Files.readString(Path.of("src/it/coroutines/Coroutines.kt")));
        while (region.find()) {
            regions.add(region.group(2).strip());
        }
        assertThat(blocks(RECIPES, "kotlin")).isNotEmpty().isEqualTo(regions);
    }
}
