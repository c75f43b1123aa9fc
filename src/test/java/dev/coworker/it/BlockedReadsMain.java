package dev.coworker.it;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Virtual threads read a pipe that is empty, each over a channel of its own, and one more ticks meanwhile. */
final class BlockedReadsMain {
    private static final int READS = 8;

    private BlockedReadsMain() {}

    public static void main(String[] args) throws Exception {
        Path fifo = Path.of(args[0]);
        AtomicInteger read = new AtomicInteger();
        CountDownLatch ticked = new CountDownLatch(1);
        List<Thread> readers = new ArrayList<>();
        List<FileChannel> channels = new ArrayList<>();
        try (RandomAccessFile writer = new RandomAccessFile(fifo.toFile(), "rw")) { // holds the pipe open
            for (int i = 0; i < READS; i++) {
                FileChannel channel = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE);
                channels.add(channel);
                readers.add(Thread.startVirtualThread(() -> {
                    try {
                        read.addAndGet(channel.read(ByteBuffer.allocate(1)));
                    } catch (Exception e) {
                        e.printStackTrace();
                    }
                }));
            }
            Thread.sleep(500); // long enough for the readers to hold what they will hold
            Thread.startVirtualThread(ticked::countDown);
            boolean inTime = ticked.await(2, TimeUnit.SECONDS);
            System.out.println((inTime ? "ticked" : "no tick") + " while " + (READS - read.get()) + " reads wait");
            writer.write(new byte[READS]);
            for (Thread reader : readers) {
                reader.join();
            }
            System.out.println("read " + read.get());
            for (FileChannel channel : channels) {
                channel.close();
            }
        }
    }
}
