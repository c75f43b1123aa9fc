package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar as a named module in programs of their own: without its optional dependencies, and with them. */
class ModulePathIT {
    @TempDir
    Path classes;

    @Test
    void aModuleCompilesAgainstTheJarWithoutWarningsAndRuns() throws Exception {
        compile("modulepath", "user", Child.path(Stream.concat(Stream.of(Child.JAR), Child.jars("jspecify"))));

        assertThat(run(Child.JAR, "user")).isEqualTo("module dev.coworker, work on a virtual thread: false");
    }

    @Test
    void aModuleWatchesAPoolWithMicrometerAndTheFlightRecorder() throws Exception {
        String path = Child.path(Stream.concat(
                Stream.of(Child.JAR),
                Child.jars("micrometer-core|micrometer-commons|micrometer-observation|HdrHistogram|jspecify")));
        compile("watched", "watched", path);

        assertThat(run(path, "watched")).endsWith("module dev.coworker, completed: 1.0, events: 1");
    }

    private void compile(String folder, String module, String path) throws Exception {
        Child.run(List.of(
                Child.JAVA.resolveSibling("javac").toString(),
                "--release",
                "21",
                "-Xlint:all",
                "-Werror",
                "-p",
                path,
                "-d",
                classes.toString(),
                Child.SOURCES.resolve(folder).resolve("module-info.java").toString(),
                Child.SOURCES
                        .resolve(folder)
                        .resolve(module)
                        .resolve("Main.java")
                        .toString()));
    }

    private String run(String path, String module) throws Exception {
        return Child.run(List.of(
                Child.JAVA.toString(),
                "-p",
                Child.path(Stream.of(path, classes.toString())),
                "-m",
                module + "/" + module + ".Main"));
    }
}
