package architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The packages of the module depend on each other in one direction, and never in a cycle. */
class PackagesTest {
    private static final String API = "dev.coworker";
    private static final String OBSERVE = "dev.coworker.internal.observe";
    private static final String POOL = "dev.coworker.internal.pool";
    private static final String LOOP = "dev.coworker.internal.loop";
    private static final String BASE = "dev.coworker.internal.base";
    private static final String WATCH = "dev.coworker.watch";
    private static final String JUNIT = "dev.coworker.junit";
    private static final String FILE = "dev.coworker.file";
    private static final String JDBC = "dev.coworker.jdbc";

    /** Each package of the module, and which others it may use. A new package needs a line here. */
    private static final Map<String, Set<String>> MAY_USE = Map.of(
            API, Set.of(OBSERVE, POOL, LOOP, BASE),
            OBSERVE, Set.of(POOL, LOOP, BASE),
            POOL, Set.of(LOOP, BASE),
            LOOP, Set.of(BASE),
            BASE, Set.of(),
            WATCH, Set.of(BASE),
            JUNIT, Set.of(WATCH),
            FILE, Set.of(API),
            JDBC, Set.of(API));

    private static final List<String> PACKAGES =
            MAY_USE.keySet().stream().sorted().toList();
    private static final Path CLASSES = Path.of("target/classes");
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern IMPORT =
            Pattern.compile("(?m)^import (?:static )?(dev\\.coworker(?:\\.[a-z]\\w*)*)\\.[A-Z*]");

    private final JavaClasses classes = new ClassFileImporter().importPath(CLASSES);

    @Test
    void theTableListsThePackagesThatThereAre() {
        Set<String> found = classes.stream()
                .filter(type -> !type.getName().equals("module-info")
                        && !type.getSimpleName().equals("package-info"))
                .map(type -> type.getPackageName())
                .collect(Collectors.toSet());
        assertThat(found).containsExactlyInAnyOrderElementsOf(PACKAGES);
    }

    /** An empty package fails too, as ArchUnit refuses a rule that applies to no class. */
    @ParameterizedTest
    @FieldSource("PACKAGES")
    void noClassUsesAPackageThatItsPackageMayNotUse(String name) {
        String[] others = PACKAGES.stream()
                .filter(other -> !other.equals(name) && !MAY_USE.get(name).contains(other))
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(name)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .check(classes);
    }

    /** Class files do not show an import that only a comment or a constant needs. */
    @ParameterizedTest
    @FieldSource("PACKAGES")
    void noFileImportsFromAPackageThatItsPackageMayNotUse(String name) throws IOException {
        List<Path> files = sources(name);
        assertThat(files).isNotEmpty();
        assertThat(files).allSatisfy(file -> {
            List<String> imported = IMPORT.matcher(Files.readString(file))
                    .results()
                    .map(found -> found.group(1))
                    .filter(other -> !other.equals(name))
                    .toList();
            assertThat(MAY_USE.get(name)).containsAll(imported);
        });
    }

    @Test
    void noClassesOfDifferentPackagesFormACycle() {
        SliceAssignment byPackage = new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return MAY_USE.containsKey(type.getPackageName())
                        ? SliceIdentifier.of(type.getPackageName())
                        : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "packages";
            }
        };
        slices().assignedFrom(byPackage).should().beFreeOfCycles().check(classes);
    }

    @Test
    void theModuleExportsAllButItsInternalPackages() throws IOException {
        try (InputStream descriptor = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            Set<String> exported = ModuleDescriptor.read(descriptor).exports().stream()
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toSet());
            assertThat(exported)
                    .containsExactlyInAnyOrderElementsOf(PACKAGES.stream()
                            .filter(name -> !name.contains(".internal"))
                            .toList());
        }
    }

    private static List<Path> sources(String name) {
        try (Stream<Path> files = Files.list(SOURCES.resolve(name.replace('.', '/')))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("no package " + name, e);
        }
    }
}
