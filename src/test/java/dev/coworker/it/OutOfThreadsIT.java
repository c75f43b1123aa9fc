package dev.coworker.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A JVM that truly cannot create a thread: its address space is limited while it runs, and set free again. */
class OutOfThreadsIT {
    /** Less than the stack of a worker, and more than all else that the JVM asks for. */
    private static final long SLACK_BYTES = 192L << 20;

    @Test
    void aPoolServesWithTheWorkersItHasAndRecoversWhenThreadsCanBeHadAgain() throws Exception {
        Child.need("prlimit"); // of util-linux, to take memory away with
        try (RunningChild child =
                new RunningChild(Child.command(Child.JAVA, OutOfThreadsMain.class, "-Xmx64m", "-XX:+UseSerialGC"))) {
            child.await("one worker lives");
            limitAddressSpace(child, Long.toString(addressSpaceBytes(child) + SLACK_BYTES));
            child.order("limited");
            child.await("served by the one: true");
            child.await("none can start: 200 wait");
            limitAddressSpace(child, "unlimited");
            child.order("lifted");
            child.await("served after all: 401");
            child.await("closed: true 0");
            child.awaitEnd();
        }
    }

    private static long addressSpaceBytes(RunningChild child) throws IOException {
        String pages = Files.readString(Path.of("/proc", Long.toString(child.pid()), "statm"))
                .split(" ")[0];
        return Long.parseLong(pages) * 4096;
    }

    /** The soft limit only, which an ordinary user may raise again. */
    private static void limitAddressSpace(RunningChild child, String bytes) throws Exception {
        child.apply("prlimit", "--as=" + bytes + ":", "--pid");
    }
}
