package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A JVM without a free file descriptor. The library itself needs none. */
class OutOfDescriptorsIT {
    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void onlyWorkThatOpensAFileFailsAndOnlyWhileThereIsNoDescriptor(Path java) throws Exception {
        Child.need("prlimit"); // of util-linux, so that the child does not have to open a million files
        List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=256:256"));
        command.addAll(Child.command(java, OutOfDescriptorsMain.class, "-Xmx64m", "-XX:+UseSerialGC"));

        String output = Child.run(command);

        String failure = "java.nio.file.FileSystemException: Too many open files";
        assertThat(output.lines())
                .containsSubsequence(
                        "none is left",
                        "co: " + failure,
                        "aio: " + failure,
                        "file: " + failure,
                        "workers at once: 8",
                        "late: java.util.concurrent.TimeoutException: coworker-1: the work did not end in time",
                        "callback on loop",
                        "another pool is closed",
                        "failed starts: 0",
                        "read again: 7 bytes 7 bytes content",
                        "closed: true",
                        "balanced: true, threads left: 0");
    }
}
