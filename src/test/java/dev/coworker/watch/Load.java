package dev.coworker.watch;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import jdk.jfr.FlightRecorder;

/**
 * Virtual threads that hold their carriers, and innocent ones beside them. It measures itself what the watch has to
 * find: the truth of a guilty method is the time spent in its guilty call.
 */
final class Load implements AutoCloseable {
    private final Map<String, Truth> truths = new TreeMap<>();
    private final Path directory;
    private final Path fifo;
    private final List<Socket> sockets = new ArrayList<>();
    private volatile boolean closed;
    private final List<Thread> innocents = new ArrayList<>();
    private final LongAdder ran = new LongAdder();
    private final LongAdder waited = new LongAdder();
    private final LongAccumulator longestStep = new LongAccumulator(Math::max, 0);
    volatile long sink;

    /** What a guilty method held: in all, how often, and at most. */
    record Truth(long nanos, long holds, long longest) {
        Truth plus(long hold) {
            return new Truth(nanos + hold, holds + 1, Math.max(longest, hold));
        }
    }

    Load() throws Exception {
        directory = Files.createTempDirectory("load");
        fifo = directory.resolve("fifo");
        Processes.makeFifo(fifo);
    }

    /**
     * Runs innocent threads, and guilty methods one after another. The arguments are the number of rounds and
     * the methods.
     */
    public static void main(String[] arguments) throws Exception {
        try (Load load = new Load()) {
            load.startInnocents();
            int rounds = Integer.parseInt(arguments[0]);
            for (int round = 0; round < rounds; round++) {
                for (int i = 1; i < arguments.length; i++) {
                    load.run(arguments[i], Duration.ofMillis(250));
                }
            }
            System.out.println("processor " + (double) load.ran.sum() / (load.ran.sum() + load.waited.sum()));
            System.out.println("recordings "
                    + FlightRecorder.getFlightRecorder().getRecordings().size());
            load.truths.forEach((name, truth) -> System.out.println(
                    "truth " + name + " " + truth.nanos() + " " + truth.holds() + " " + truth.longest()));
        }
    }

    Map<String, Truth> truths() {
        return truths;
    }

    /**
     * Returns the longest step of an innocent thread in nanoseconds, once the load is closed. An innocent thread leaves
     * its carrier in each step, so it held none for longer. On a busy machine a step is long.
     */
    long longestStep() {
        return longestStep.get();
    }

    /** Starts a virtual thread that sleeps in native code. */
    Thread startNativeSleep(Duration time) {
        return Thread.ofVirtual().start(() -> {
            try {
                sleepInNative(time);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Runs a guilty method on a virtual thread, for about the given time. */
    void run(String guilty, Duration time) throws Exception {
        switch (guilty) {
            case "readFifo" -> inVirtualThread(() -> readFifo(time));
            case "querySqlite" -> inVirtualThread(() -> querySqlite(time));
            case "sleepInNative" -> inVirtualThread(() -> sleepInNative(time));
            case "hashPassword" -> inVirtualThread(() -> hashPassword(time));
            case "touchPages" -> inVirtualThread(() -> touchPages(time));
            case "waitForInitializer" -> waitForInitializer(time);
            default -> throw new IllegalArgumentException(guilty);
        }
    }

    private void readFifo(Duration time) throws IOException, InterruptedException {
        Thread writer = Thread.ofPlatform().start(() -> {
            try (FileOutputStream out = new FileOutputStream(fifo.toFile())) {
                Thread.sleep(time);
                out.write(1);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try (FileInputStream in = new FileInputStream(fifo.toFile())) {
            long start = System.nanoTime();
            sink += in.read();
            truth("readFifo", start);
        }
        writer.join();
    }

    private void querySqlite(Duration time) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                var statement = connection.createStatement()) {
            long rows = 1_500L * time.toMillis();
            String sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows
                    + ") SELECT sum(i) FROM n";
            long start = System.nanoTime();
            try (ResultSet result = statement.executeQuery(sql)) {
                sink += result.getLong(1);
            }
            truth("querySqlite", start);
        }
    }

    /** The foreign function interface is final in 22, but there in 21. */
    private void sleepInNative(Duration time) throws Throwable {
        MethodHandle usleep = Native.usleep();
        long start = System.nanoTime();
        sink += (int) usleep.invoke((int) (time.toNanos() / 1_000));
        truth("sleepInNative", start);
    }

    private static final class Native {
        static MethodHandle usleep() throws ReflectiveOperationException {
            Class<?> layouts = Class.forName("java.lang.foreign.ValueLayout");
            Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
            Class<?> descriptors = Class.forName("java.lang.foreign.FunctionDescriptor");
            Class<?> linkers = Class.forName("java.lang.foreign.Linker");
            Class<?> options = Class.forName("java.lang.foreign.Linker$Option");
            Object integer = layouts.getField("JAVA_INT").get(null);
            Object arguments = java.lang.reflect.Array.newInstance(layout, 1);
            java.lang.reflect.Array.set(arguments, 0, integer);
            Object descriptor =
                    descriptors.getMethod("of", layout, arguments.getClass()).invoke(null, integer, arguments);
            Object linker = linkers.getMethod("nativeLinker").invoke(null);
            Object lookup = linkers.getMethod("defaultLookup").invoke(linker);
            Object symbol = ((java.util.Optional<?>) Class.forName("java.lang.foreign.SymbolLookup")
                            .getMethod("find", String.class)
                            .invoke(lookup, "usleep"))
                    .orElseThrow();
            Object noOptions = java.lang.reflect.Array.newInstance(options, 0);
            return (MethodHandle) linkers.getMethod(
                            "downcallHandle",
                            Class.forName("java.lang.foreign.MemorySegment"),
                            descriptors,
                            noOptions.getClass())
                    .invoke(linker, symbol, descriptor, noOptions);
        }
    }

    private void hashPassword(Duration time) throws GeneralSecurityException, IOException {
        int iterations = (int) (500 * time.toMillis());
        SecretKeyFactory factory = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256");
        addProcessorTime(-1);
        long start = System.nanoTime();
        sink += factory.generateSecret(new PBEKeySpec("secret".toCharArray(), new byte[16], iterations, 256))
                .getEncoded()
                .length;
        truth("hashPassword", start);
        addProcessorTime(1);
    }

    private void touchPages(Duration time) throws IOException {
        long size = 1 << 28;
        Path file = Files.createTempFile(directory, "pages", "");
        try (RandomAccessFile pages = new RandomAccessFile(file.toFile(), "rw")) {
            pages.setLength(size);
            addProcessorTime(-1);
            long start = System.nanoTime();
            while (System.nanoTime() - start < time.toNanos()) {
                MappedByteBuffer map = pages.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, size);
                sink += touch(map, start + time.toNanos());
            }
            truth("touchPages", start);
            addProcessorTime(1);
        }
        Files.delete(file);
    }

    private static long touch(MappedByteBuffer map, long end) {
        long sum = 0;
        for (int at = 0; at < map.capacity() && (at % (1 << 20) != 0 || System.nanoTime() < end); at += 4096) {
            sum += map.get(at);
        }
        return sum;
    }

    /** One class for each call, as a class is initialized once. */
    private void waitForInitializer(Duration time) throws Exception {
        Class<?> slow = new ClassLoader(Load.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.equals(Slow.class.getName())) {
                    return super.loadClass(name, resolve);
                }
                try (var bytes = Load.class.getResourceAsStream("Load$Slow.class")) {
                    byte[] code = bytes.readAllBytes();
                    return defineClass(name, code, 0, code.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        }.loadClass(Slow.class.getName());
        Semaphore started = new Semaphore(0);
        System.getProperties().put("load.started", started);
        System.setProperty("load.millis", Long.toString(time.toMillis()));
        Thread initializer = Thread.ofPlatform().start(() -> initialize(slow));
        started.acquire();
        inVirtualThread(() -> {
            long start = System.nanoTime();
            initialize(slow);
            truth("waitForInitializer", start);
        });
        initializer.join();
    }

    private static void initialize(Class<?> slow) {
        try {
            Class.forName(slow.getName(), true, slow.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** It is defined by a loader of its own, so it shares nothing with this class but the JDK. */
    static final class Slow {
        static {
            ((Semaphore) System.getProperties().get("load.started")).release();
            try {
                Thread.sleep(Long.getLong("load.millis"));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private Slow() {}
    }

    /** Starts virtual threads that leave their carriers all the time. */
    void startInnocents() throws IOException {
        ReentrantLock lock = new ReentrantLock();
        Semaphore never = new Semaphore(0);
        for (int i = 0; i < 3; i++) {
            innocent(() -> Thread.sleep(1));
            innocent(() -> {
                lock.lock();
                try {
                    Thread.sleep(1);
                } finally {
                    lock.unlock();
                }
            });
            innocent(() -> never.tryAcquire(1, TimeUnit.MILLISECONDS));
            innocent(() -> {
                compute(200_000);
                Thread.sleep(1);
            });
        }
        Path cached = Files.write(directory.resolve("cached"), new byte[4096]);
        innocent(() -> {
            sink += Files.readAllBytes(cached).length;
            Thread.sleep(1);
        });
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept();
        server.close();
        sockets.addAll(List.of(client, accepted));
        innocent(
                () -> accepted.getOutputStream().write(accepted.getInputStream().read()));
        innocent(() -> {
            client.getOutputStream().write(1);
            sink += client.getInputStream().read();
        });
    }

    private void compute(long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos) {
            sink++;
        }
    }

    private void innocent(Step step) {
        innocents.add(Thread.ofVirtual().start(() -> {
            long start = System.nanoTime();
            try {
                while (!closed) {
                    step.run();
                    long now = System.nanoTime();
                    longestStep.accumulate(now - start);
                    start = now;
                }
            } catch (Throwable e) {
                if (!closed) {
                    throw new IllegalStateException(e);
                }
            }
            longestStep.accumulate(System.nanoTime() - start);
        }));
    }

    /** Adds up how long the thread below has had a processor, and waited for one. Where Linux tells. */
    private void addProcessorTime(int sign) throws IOException {
        Path times = Path.of("/proc/thread-self/schedstat");
        if (Files.exists(times)) {
            String[] words = Files.readString(times).split(" ");
            ran.add(sign * Long.parseLong(words[0]));
            waited.add(sign * Long.parseLong(words[1]));
        }
    }

    private void truth(String name, long start) {
        long nanos = System.nanoTime() - start;
        synchronized (truths) {
            truths.put(name, truths.getOrDefault(name, new Truth(0, 0, 0)).plus(nanos));
        }
    }

    private static void inVirtualThread(Step step) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        List<Throwable> thrown = new ArrayList<>();
        Thread.ofVirtual().start(() -> {
            try {
                step.run();
            } catch (Throwable e) {
                thrown.add(e);
            } finally {
                done.countDown();
            }
        });
        done.await();
        if (!thrown.isEmpty()) {
            throw new IllegalStateException(thrown.get(0));
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Step {
        void run() throws Throwable;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closed = true;
        sockets.forEach(Load::close);
        for (Thread innocent : innocents) {
            innocent.join();
        }
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
