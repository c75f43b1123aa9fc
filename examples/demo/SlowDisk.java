package demo;

import java.io.DataOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/**
 * A file behind a disk that is slow by construction. The disk is {@linkplain SlowDiskProcess another process}: it is
 * told an offset, reads the file there, and answers over a named pipe when a fixed time has passed since it was
 * asked, as a network volume would.
 *
 * <p>To the thread that reads, this is plain slow file I/O: {@link #read} blocks inside {@link FileInputStream#read}
 * until the kernel has the bytes, and does not sleep. Since JDK 23 a virtual thread holds its
 * carrier meanwhile, and nothing makes up for it, as in a positional read of a {@link
 * java.nio.channels.FileChannel}; JDK 21 and 22 may add a carrier. An {@code O_DIRECT} read would not show it: there
 * the JDK adds a carrier to this day.
 */
final class SlowDisk implements AutoCloseable {
    private final Process process;
    private final DataOutputStream requests; // guarded by requesting
    private final ReentrantLock requesting = new ReentrantLock();
    private final List<Lane> lanes = new ArrayList<>();
    private final BlockingQueue<Lane> free;

    /** The answers to one read at a time. */
    private record Lane(int number, InputStream answers) {}

    private SlowDisk(Process process, int depth) {
        this.process = process;
        requests = new DataOutputStream(process.getOutputStream());
        free = new ArrayBlockingQueue<>(depth);
    }

    /**
     * Starts the disk.
     *
     * @param java the launcher that starts the other process
     * @param file what is on the disk
     * @param latency from a request to its answer
     * @param depth how many reads may be under way at once
     */
    static SlowDisk start(Path java, Path file, Duration latency, int depth) throws IOException {
        Path directory = Files.createTempDirectory("slow-disk-");
        List<Path> pipes = IntStream.range(0, depth)
                .mapToObj(lane -> directory.resolve("lane-" + lane))
                .toList();
        try {
            makePipes(pipes);
            return start(java, file, latency, pipes);
        } finally {
            for (Path pipe : pipes) { // once opened, a pipe needs no name
                Files.deleteIfExists(pipe);
            }
            Files.delete(directory);
        }
    }

    private static SlowDisk start(Path java, Path file, Duration latency, List<Path> pipes) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                java.toString(), "-Xmx64m", "-XX:+UseSerialGC", "-cp", classPath(), SlowDiskProcess.class.getName()));
        command.add(file.toString());
        command.add(Long.toString(latency.toNanos()));
        pipes.forEach(pipe -> command.add(pipe.toString()));

        Process process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        SlowDisk disk = new SlowDisk(process, pipes.size());
        try {
            if (process.getInputStream().read() != SlowDiskProcess.READY) {
                throw new IOException("the disk's process could not start");
            }
            for (Path pipe : pipes) {
                disk.lanes.add(new Lane(disk.lanes.size(), new FileInputStream(pipe.toFile())));
            }
        } catch (Throwable e) {
            disk.close();
            throw e;
        }
        disk.free.addAll(disk.lanes);
        return disk;
    }

    private static void makePipes(List<Path> pipes) throws IOException {
        List<String> command = new ArrayList<>(List.of("mkfifo"));
        pipes.forEach(pipe -> command.add(pipe.toString()));
        try {
            if (new ProcessBuilder(command)
                            .redirectError(Redirect.INHERIT)
                            .start()
                            .waitFor()
                    == 0) {
                return;
            }
        } catch (IOException e) {
            throw new IOException("there is no mkfifo to make named pipes with: use Linux or macOS", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("the named pipes could not be made");
    }

    private static String classPath() {
        try {
            return Path.of(SlowDiskProcess.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads {@code length} bytes at {@code offset} of the file, and blocks until the disk has answered. */
    byte[] read(long offset, int length) throws IOException {
        Lane lane = free.remove();
        request(lane, offset, length);
        byte[] answer = new byte[length];
        if (lane.answers.readNBytes(answer, 0, length) < length) {
            throw new IOException("the disk failed a read of " + length + " bytes at " + offset);
        }
        free.add(lane);
        return answer;
    }

    private void request(Lane lane, long offset, int length) throws IOException {
        requesting.lock();
        try {
            requests.writeInt(lane.number);
            requests.writeLong(offset);
            requests.writeInt(length);
            requests.flush();
        } catch (IOException e) {
            throw new IOException("the disk's process has ended", e);
        } finally {
            requesting.unlock();
        }
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /** Ends the other process. Call it when no read is under way. */
    @Override
    public void close() throws IOException {
        process.destroy();
        for (Lane lane : lanes) {
            lane.answers.close();
        }
    }
}
