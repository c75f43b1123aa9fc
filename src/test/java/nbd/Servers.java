package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPoolStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Servers for a test, each with an image of its own; and an eye on what they leave behind. */
final class Servers implements AfterEachCallback {
    static final int IMAGE_BYTES = 4 << 20;

    private static final Map<Integer, byte[]> RANDOM_BYTES = new ConcurrentHashMap<>();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Queue<String> log = new ConcurrentLinkedQueue<>();

    /** Keeps a pool's worker in the work until it is opened. */
    static final class Gate implements AutoCloseable {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        private void hold() throws InterruptedException {
            entered.countDown();
            assertThat(open.await(60, TimeUnit.SECONDS))
                    .as("the gate is opened")
                    .isTrue();
        }

        void open() {
            open.countDown();
        }

        @Override
        public void close() {
            open();
        }
    }

    NbdServer open() throws IOException {
        return open(UnaryOperator.identity());
    }

    NbdServer open(UnaryOperator<Settings> change) throws IOException {
        return open(newImage(IMAGE_BYTES), change);
    }

    NbdServer open(Path image, UnaryOperator<Settings> change) throws IOException {
        Settings settings = Settings.of(image, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return closeAfterwards(new NbdServer(change.apply(settings), log::add));
    }

    /** A server whose image the test has in its hand. */
    NbdServer open(ScriptedImage image, UnaryOperator<Settings> change) throws IOException {
        Settings settings =
                Settings.of(Path.of("scripted"), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return closeAfterwards(new NbdServer(change.apply(settings), image, log::add));
    }

    ScriptedImage newScriptedImage(int bytes) throws IOException {
        return new ScriptedImage(Image.open(newImage(bytes), false));
    }

    /** Returns when a server has logged a line with this in it. */
    void awaitLogged(String part) {
        until("it is logged: " + part, () -> logged(part) > 0);
    }

    /** How many lines with this in them servers have logged. */
    long logged(String part) {
        return log.stream().filter(line -> line.contains(part)).count();
    }

    /** A server with one worker, whose image is not cached: each read needs the worker. */
    NbdServer openWithOneWorker() throws IOException {
        return open(newScriptedImage(IMAGE_BYTES), settings -> settings.withWorkers(1));
    }

    /** Takes one of the server's workers. */
    Gate takeWorker(NbdServer server) throws InterruptedException {
        Gate gate = closeAfterwards(new Gate());
        server.export().pool().submit(gate::hold);
        assertThat(gate.entered.await(30, TimeUnit.SECONDS)).isTrue();
        return gate;
    }

    Client connect(NbdServer server) throws IOException {
        return closeAfterwards(Client.of(server));
    }

    /** Closed after the test, last opened first. */
    <T extends AutoCloseable> T closeAfterwards(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Random bytes, the same each time; deleted after the test. */
    Path newImage(int bytes) throws IOException {
        Path image = Files.createTempFile("nbd", ".img");
        closeAfterwards(() -> Files.deleteIfExists(image));
        Files.write(image, randomBytes(bytes));
        return image;
    }

    static byte[] randomBytes(int count) {
        return RANDOM_BYTES
                .computeIfAbsent(count, size -> {
                    byte[] bytes = new byte[size];
                    new Random(size).nextBytes(bytes);
                    return bytes;
                })
                .clone();
    }

    /** The bytes that requests hold. */
    static long inFlight(NbdServer server) {
        return server.settings().bytesInFlight() - server.budget().available();
    }

    /** Returns when as many requests without a payload, or with a small one, are in flight. */
    static void awaitInFlight(NbdServer server, int requests) {
        until(requests + " are in flight", () -> inFlight(server) == (long) requests * Buffers.capacityFor(0));
    }

    static ThreadPoolStats stats(NbdServer server) {
        return server.export().pool().stats();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        while (!opened.isEmpty()) {
            AutoCloseable resource = opened.pop();
            resource.close();
            if (resource instanceof NbdServer server) {
                assertNothingIsLeft(server);
            }
        }
    }

    static void assertNothingIsLeft(NbdServer server) {
        ThreadPoolStats stats = stats(server);
        assertThat(server.connected()).as("connections").isZero();
        assertThat(server.budget().available())
                .as("budget")
                .isEqualTo(server.settings().bytesInFlight());
        assertThat(stats.curThreads()).as("%s", stats).isZero();
        assertThat(stats.queued() + stats.active()).as("%s", stats).isZero();
        assertThat(stats.completed() + stats.failed() + stats.canceled())
                .as("%s", stats)
                .isEqualTo(stats.submitted());
    }

    /** Returns when everybody has left and nothing is in flight. */
    static void awaitIdle(NbdServer server) {
        until(
                "the server is idle",
                () -> server.connected() == 0
                        && server.budget().available() == server.settings().bytesInFlight()
                        && stats(server).queued() + stats(server).active() == 0);
    }

    /** Bounds that are soon reached: one large request, or many small ones. */
    static UnaryOperator<Settings> tight(Duration patience) {
        int bytes = Buffers.capacityFor(Nbd.MAX_PAYLOAD);
        return settings -> settings.withBytesInFlight(bytes, bytes).withPatience(patience, Duration.ofMillis(200));
    }

    /** Returns when the condition holds; for states that nothing signals. */
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline)
                    .as("time left until %s", what)
                    .isNegative();
            LockSupport.parkNanos(200_000);
        }
    }
}
