package demo;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The disk of a {@link SlowDisk}, in a process of its own. It takes requests (lane, offset, length) from standard input
 * and answers each on the named pipe of its lane, one latency after it came, with what a positional read of the file
 * gives at that time. It ends with its standard input, and so with the process that started it.
 */
final class SlowDiskProcess {
    /** Written to standard output when the file is open, before the pipes are. */
    static final int READY = '!';

    private SlowDiskProcess() {}

    /** Arguments: the file, the latency in nanoseconds, the pipes. */
    public static void main(String[] args) {
        try (FileChannel file = FileChannel.open(Path.of(args[0]))) {
            System.out.write(READY);
            System.out.flush();
            List<OutputStream> lanes = new ArrayList<>();
            for (int i = 2; i < args.length; i++) {
                lanes.add(new FileOutputStream(args[i]));
            }
            serve(file, Long.parseLong(args[1]), lanes);
        } catch (IOException e) {
            fail(e);
        }
    }

    private static void serve(FileChannel file, long latencyNanos, List<OutputStream> lanes) throws IOException {
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            DataInputStream requests = new DataInputStream(System.in);
            for (; ; ) {
                OutputStream lane = lanes.get(requests.readInt());
                long offset = requests.readLong();
                int length = requests.readInt();
                clock.schedule(() -> answer(file, offset, length, lane), latencyNanos, TimeUnit.NANOSECONDS);
            }
        } catch (EOFException e) {
            // no process is left that could ask
        }
    }

    private static void answer(FileChannel file, long offset, int length, OutputStream lane) {
        ByteBuffer block = ByteBuffer.allocate(length);
        try {
            while (block.hasRemaining()) {
                if (file.read(block, offset + block.position()) < 0) {
                    throw new EOFException("the file ends before " + (offset + length));
                }
            }
        } catch (IOException e) {
            fail(e);
        }
        try {
            lane.write(block.array());
        } catch (IOException e) {
            System.exit(0); // no process waits for it any more
        }
    }

    private static void fail(IOException e) {
        System.err.println("slow disk: " + e);
        System.exit(1);
    }
}
