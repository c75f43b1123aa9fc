package dev.coworker.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A JVM without a free file descriptor. The library itself needs none. */
class OutOfDescriptorsIT {
    private static final String FAILURE = "java.nio.file.FileSystemException: Too many open files";

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void onlyWorkThatOpensAFileFailsAndOnlyWhileThereIsNoDescriptor(Path java) throws Exception {
        Child.need("prlimit"); // of util-linux, so that the child does not have to open a million files
        List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=256:256"));
        command.addAll(Child.command(java, OutOfDescriptorsMain.class, "-Xmx64m", "-XX:+UseSerialGC"));
        try (RunningChild child = new RunningChild(command)) {
            child.await("none is left");
            child.await("co: " + FAILURE);
            child.await("aio: " + FAILURE);
            child.await("file: " + FAILURE);
            child.await("workers at once: 8");
            child.await("late: java.util.concurrent.TimeoutException: coworker-1: the work did not end in time");
            child.await("callback on loop");
            child.await("another pool is closed");
            child.await("failed starts: 0");
            child.await("read again: 7 bytes 7 bytes content");
            child.await("closed: true");
            child.await("balanced: true, threads left: 0");
            child.awaitEnd();
        }
    }
}
