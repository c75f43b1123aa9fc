package snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the javadoc shows is compiled and tested here, and nothing here is shown nowhere. */
class SnippetsTest {
    private static final Path SHOWN = Path.of("examples");
    private static final Pattern TAG = Pattern.compile("\\{@snippet\\b([^}]*)}");
    private static final Pattern EXTERNAL = Pattern.compile("\\s*file=\"([^\"]+)\"\\s+region=\"?(\\w+)\"?\\s*");
    private static final Pattern REGION = Pattern.compile("@start region=(\\w+)");

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

    @Test
    void everySnippetOfTheJavadocIsARegionOfAnExampleAndEveryRegionIsShown() throws Exception {
        Set<String> regions = new TreeSet<>();
        for (Path file : javaFiles("examples/snippets")) {
            Matcher region = REGION.matcher(Files.readString(file));
            while (region.find()) {
                regions.add(SHOWN.relativize(file).toString().replace('\\', '/') + "#" + region.group(1));
            }
        }
        assertThat(tags()).isNotEmpty().isEqualTo(regions);
    }
}
