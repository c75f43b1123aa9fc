package dev.coworker.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Another process that holds the lock of a file until it is closed. */
final class LockedElsewhere implements AutoCloseable {
    private final Process process;

    LockedElsewhere(Path file) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                System.getProperty("test.child.java", System.getProperty("java.home") + "/bin/java"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LockedElsewhere.class.getName(),
                file.toString()));
        // On its error stream a JVM notes the options that it picks up.
        process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        int answer = process.getInputStream().read();
        if (answer != 'L') {
            process.destroyForcibly();
            throw new IOException("not locked, but: " + answer);
        }
    }

    boolean isHeld() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.waitFor();
    }

    public static void main(String[] args) throws IOException {
        try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
            channel.lock();
            System.out.print('L');
            System.out.flush();
            System.in.read();
        }
    }
}
