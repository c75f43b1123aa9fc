package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar as a named module, without its optional dependencies, in a program of its own. */
class ModulePathIT {
    private static final Path JAVA = Path.of(System.getProperty("test.child.java"));
    private static final String JAR = System.getProperty("test.jar");
    private static final Path SOURCES = Path.of("src/it/modulepath");

    @TempDir
    Path classes;

    @Test
    void aModuleCompilesAgainstTheJarWithoutWarningsAndRuns() throws Exception {
        run(
                JAVA.resolveSibling("javac").toString(),
                "--release",
                "21",
                "-Xlint:all",
                "-Werror",
                "-p",
                JAR,
                "-d",
                classes.toString(),
                SOURCES.resolve("module-info.java").toString(),
                SOURCES.resolve("user/Main.java").toString());

        String output = run(JAVA.toString(), "-p", JAR + File.pathSeparator + classes, "-m", "user/user.Main");

        assertThat(output.strip()).isEqualTo("module dev.coworker, work on a virtual thread: false");
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
