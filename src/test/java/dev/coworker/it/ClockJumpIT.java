package dev.coworker.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The wall clock jumps by a day, as when a machine wakes up or an operator sets it. No deadline counts by it. */
class ClockJumpIT {
    private static final List<String> FOLDERS =
            List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib");

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void noDeadlineIsEarlyOrLostThoughTheClockJumps(Path java) throws Exception {
        Path offset = Files.writeString(folder.resolve("offset"), "+0\n");
        Child.need("env");
        List<String> command = new ArrayList<>(List.of(
                "env",
                "LD_PRELOAD=" + libfaketime(),
                "FAKETIME_TIMESTAMP_FILE=" + offset,
                "FAKETIME_NO_CACHE=1",
                "FAKETIME_DONT_FAKE_MONOTONIC=1",
                "FAKETIME_FORCE_MONOTONIC_FIX=0"));
        command.addAll(Child.command(java, ClockJumpMain.class));
        try (RunningChild child = new RunningChild(command)) {
            for (String jump : new String[] {"24 h: forwards", "-24 h: backwards"}) {
                child.await("jump to " + jump);
                child.await("end in time: true");
                child.await("start in time: true");
                child.await("the idle worker left");
                child.await("wait in time: true");
                child.await("later ones: false 0 1");
                child.await("done: true");
                child.await("timed out: 2, closed: true");
            }
            child.awaitEnd();
        }
    }

    /** The library that changes what a program reads from the clock; {@code -Dfaketime=FILE} says where else it is. */
    private static Path libfaketime() throws IOException {
        Optional<Path> found = Stream.concat(
                        Optional.ofNullable(System.getProperty("faketime")).map(Path::of).stream(),
                        FOLDERS.stream().map(each -> Path.of(each, "faketime/libfaketime.so.1")))
                .filter(Files::isReadable)
                .findFirst();
        if (found.isEmpty()) {
            Child.skip("no libfaketime (Debian: libfaketime)");
        }
        return found.orElseThrow();
    }
}
