package carriers;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** What a virtual thread may do for {@link #MILLIS}: once, where it can be made to last, else again and again. */
final class Operations {
    static final long MILLIS = 300;

    /** A piece of work. */
    interface Operation {
        void run() throws Exception;
    }

    private final Path directory;
    private final Path fifo;
    private int names;

    Operations(Path directory) throws Exception {
        this.directory = directory;
        fifo = directory.resolve("fifo");
        if (new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start().waitFor() != 0) {
            throw new IOException("mkfifo failed");
        }
    }

    Map<String, Operation> all() {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("LockSupport.park, ReentrantLock, Thread.sleep", this::lock);
        all.put("Socket read", this::socket);
        all.put(
                "Process.waitFor",
                () -> new ProcessBuilder("sleep", "0." + MILLIS).start().waitFor());
        all.put("synchronized: a contended monitor", this::monitor);
        all.put("Object.wait", this::objectWait);
        all.put("sleep inside synchronized", this::sleepInside);
        all.put("FileInputStream.read", this::fileInputStream);
        all.put("RandomAccessFile.read", this::randomAccessFile);
        all.put("FileChannel.read", this::fileChannel);
        all.put("FileInputStream, open", this::open);
        all.put("FileChannel.force", this::force);
        all.put("Files.list, Files.getLastModifiedTime", this::metadata);
        all.put("InetAddress.getByName", this::lookUp);
        all.put("a class initializer that waits", () -> Class.forName("carriers.Operations$Slow"));
        all.put("a native call (usleep)", this::nativeCall);
        all.put("computation", this::compute);
        return all;
    }

    private static void sleep() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(MILLIS));
    }

    /** Does something on a platform thread after the time. */
    private static void later(Operation operation) {
        Thread.ofPlatform().daemon().start(() -> {
            sleep();
            try {
                operation.run();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void repeat(Operation operation) throws Exception {
        long start = System.nanoTime();
        while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(MILLIS)) {
            operation.run();
        }
    }

    private void lock() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        CountDownLatch held = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            lock.lock();
            held.countDown();
            sleep();
            lock.unlock();
        });
        held.await();
        lock.lock();
    }

    private void socket() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            later(() -> accepted.getOutputStream().write(1));
            client.getInputStream().read();
        }
    }

    private void monitor() throws InterruptedException {
        Object monitor = new Object();
        CountDownLatch held = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            synchronized (monitor) {
                held.countDown();
                sleep();
            }
        });
        held.await();
        synchronized (monitor) {
            held.getCount();
        }
    }

    private void objectWait() throws InterruptedException {
        Object monitor = new Object();
        long start = System.nanoTime();
        synchronized (monitor) {
            for (long left = MILLIS;
                    left > 0;
                    left = MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)) {
                monitor.wait(left);
            }
        }
    }

    private void sleepInside() throws InterruptedException {
        synchronized (new Object()) {
            Thread.sleep(MILLIS);
        }
    }

    /** A pipe that has a writer all the time, and a byte after the time. */
    private void reading(Operation operation) throws Exception {
        try (RandomAccessFile writer = new RandomAccessFile(fifo.toFile(), "rw")) {
            later(() -> writer.write(1));
            operation.run();
        }
    }

    private void fileInputStream() throws Exception {
        reading(() -> {
            try (InputStream in = new FileInputStream(fifo.toFile())) {
                in.read();
            }
        });
    }

    private void randomAccessFile() throws Exception {
        reading(() -> {
            try (RandomAccessFile in = new RandomAccessFile(fifo.toFile(), "r")) {
                in.read();
            }
        });
    }

    private void fileChannel() throws Exception {
        reading(() -> {
            try (FileChannel in = FileChannel.open(fifo, StandardOpenOption.READ)) {
                in.read(ByteBuffer.allocate(1));
            }
        });
    }

    /** Opening a pipe waits until another process opens its other end. */
    private void open() throws Exception {
        later(() -> Files.newOutputStream(fifo).close());
        try (InputStream in = new FileInputStream(fifo.toFile())) {
            in.available();
        }
    }

    private void force() throws Exception {
        try (FileChannel channel =
                FileChannel.open(directory.resolve("forced"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            repeat(() -> {
                channel.write(ByteBuffer.allocate(1 << 16), 0);
                channel.force(true);
            });
        }
    }

    private void metadata() throws Exception {
        repeat(() -> {
            try (Stream<Path> files = Files.list(directory)) {
                files.forEach(file -> file.toFile().lastModified());
            }
            Files.getLastModifiedTime(fifo);
        });
    }

    private void lookUp() throws Exception {
        repeat(() -> {
            try {
                InetAddress.getByName("host-" + names++ + ".invalid");
            } catch (UnknownHostException e) {
                // it took its time all the same
            }
        });
    }

    /** Is initialized once in a JVM. */
    private static final class Slow {
        static {
            sleep();
        }
    }

    private void nativeCall() throws Exception {
        new NativeSleep().sleep(Duration.ofMillis(MILLIS));
    }

    private void compute() throws Exception {
        repeat(Thread::onSpinWait);
    }
}
