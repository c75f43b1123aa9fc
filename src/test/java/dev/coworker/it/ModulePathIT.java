package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar as a named module in programs of their own: without its optional dependencies, and with them. */
class ModulePathIT {
    private static final Path JAVA = Path.of(System.getProperty("test.child.java"));
    private static final String JAR = System.getProperty("test.jar");
    private static final Path SOURCES = Path.of("src/it");

    @TempDir
    Path classes;

    @Test
    void aModuleCompilesAgainstTheJarWithoutWarningsAndRuns() throws Exception {
        compile("modulepath", "user", JAR);

        String output = run(JAVA.toString(), "-p", JAR + File.pathSeparator + classes, "-m", "user/user.Main");

        assertThat(output.strip()).isEqualTo("module dev.coworker, work on a virtual thread: false");
    }

    @Test
    void aModuleWatchesAPoolWithMicrometerAndTheFlightRecorder() throws Exception {
        String path = Stream.concat(
                        Stream.of(JAR),
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(jar -> jar.matches(
                                        ".*/(micrometer-(core|commons|observation)|HdrHistogram|jspecify)-[^/]*")))
                .collect(Collectors.joining(File.pathSeparator));
        compile("watched", "watched", path);

        String output = run(JAVA.toString(), "-p", path + File.pathSeparator + classes, "-m", "watched/watched.Main");

        assertThat(output.strip()).endsWith("module dev.coworker, completed: 1.0, events: 1");
    }

    private void compile(String folder, String module, String path) throws Exception {
        run(
                JAVA.resolveSibling("javac").toString(),
                "--release",
                "21",
                "-Xlint:all",
                "-Werror",
                "-p",
                path,
                "-d",
                classes.toString(),
                SOURCES.resolve(folder).resolve("module-info.java").toString(),
                SOURCES.resolve(folder).resolve(module).resolve("Main.java").toString());
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as("%s%n%s", List.of(command), output)
                    .isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
