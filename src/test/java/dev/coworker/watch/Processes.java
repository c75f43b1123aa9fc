package dev.coworker.watch;

import java.io.IOException;
import java.nio.file.Path;

/** Starts processes on any JDK. */
public final class Processes {
    static {
        // An unpacked JDK 21 with a C library of its own cannot run its spawn helper. The JDK reads this once.
        System.getProperties().putIfAbsent("jdk.lang.Process.launchMechanism", "FORK");
    }

    private Processes() {}

    static ProcessBuilder builder(String... command) {
        return new ProcessBuilder(command);
    }

    public static void makeFifo(Path fifo) throws IOException, InterruptedException {
        if (builder("mkfifo", fifo.toString()).start().waitFor() != 0) {
            throw new IOException("mkfifo " + fifo + " failed");
        }
    }
}
