package nbd;

import dev.coworker.ThreadPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * A network block device: exports a raw image to NBD clients on this machine, with all file I/O on Coworker.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample="-Dimage=disk.img -Dport=10809 nbd.NbdServer"
 * </pre>
 */
public final class NbdServer implements AutoCloseable {
    private final Settings settings;
    private final Consumer<String> log;
    private final Image image;
    private final ThreadPool pool;
    private final Export export;
    private final Budget budget;
    private final ServerSocketChannel listener;
    private final SocketAddress address;
    private final Map<Connection, Thread> connections = new ConcurrentHashMap<>();
    private final Thread acceptor;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean closing;

    NbdServer(Settings settings, Consumer<String> log) throws IOException {
        this.settings = settings;
        this.log = log;
        image = new Image(settings.image(), settings.readOnly());
        try {
            listener = listen(settings.address());
        } catch (Throwable e) {
            image.close();
            throw e;
        }
        address = listener.getLocalAddress();
        pool = ThreadPool.builder().name("nbd").maxThreads(settings.workers()).build();
        export = new Export(image, settings.readOnly(), pool, new Buffers(settings.bytesInFlight() / 2));
        budget = new Budget(
                settings.bytesInFlight(),
                settings.bytesInFlightPerConnection(),
                settings.patience().toNanos());
        acceptor = Thread.ofVirtual().name("nbd-acceptor").start(this::acceptAll);
    }

    private static ServerSocketChannel listen(SocketAddress address) throws IOException {
        ServerSocketChannel channel = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        try {
            if (address instanceof UnixDomainSocketAddress unix) {
                removeIfDead(unix);
            }
            return channel.bind(address, 128);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    /** A socket that a killed server has left behind. */
    private static void removeIfDead(UnixDomainSocketAddress address) throws IOException {
        if (!Files.exists(address.getPath())) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(address);
        } catch (IOException e) {
            if (Files.readAttributes(address.getPath(), "isOther")
                    .get("isOther")
                    .equals(true)) {
                Files.delete(address.getPath());
            }
        }
    }

    private void acceptAll() {
        while (!closing) {
            SocketChannel socket = null;
            try {
                socket = listener.accept();
                if (address instanceof InetSocketAddress) {
                    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                if (connections.size() >= settings.connections()) {
                    dropStalled(null);
                    socket.close();
                    continue;
                }
                serve(new Connection(socket, export, budget, this::dropStalled));
            } catch (IOException | OutOfMemoryError e) {
                closeQuietly(socket);
                if (!listener.isOpen()) {
                    return;
                }
                pause();
            }
        }
    }

    private void serve(Connection connection) {
        Thread thread = Thread.ofVirtual().name("nbd-connection").unstarted(() -> {
            try {
                connection.run();
            } finally {
                connections.remove(connection);
                if (!closing) {
                    log("one client less: " + export.statistics());
                }
            }
        });
        connections.put(connection, thread);
        boolean started = false;
        try {
            thread.start();
            started = true;
        } finally {
            if (!started) {
                connections.remove(connection);
            }
        }
    }

    /** Printing can block, so a worker does it. */
    private void log(String line) {
        try {
            pool.submit(() -> log.accept(line));
        } catch (RejectedExecutionException e) {
            // closed meanwhile
        }
    }

    /** Out of file descriptors, most likely: clients that leave will free some. */
    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(SocketChannel socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // it is not needed any more
        }
    }

    /** Somebody needs what a client holds that has kept the server waiting for too long. */
    private void dropStalled(Connection starving) {
        long patience = settings.patience().toNanos();
        for (Connection connection : connections.keySet()) {
            if (connection != starving && connection.stalledNanos() >= patience) {
                connection.drop();
            }
        }
    }

    /** Where clients find it, in the notation of the NBD project's {@code doc/uri.md}. */
    String uri() {
        if (address instanceof UnixDomainSocketAddress unix) {
            String path = unix.getPath().toAbsolutePath().toString();
            return "nbd+unix:///?socket="
                    + URLEncoder.encode(path, StandardCharsets.UTF_8)
                            .replace("+", "%20")
                            .replace("%2F", "/");
        }
        InetSocketAddress inet = (InetSocketAddress) address;
        return "nbd://" + inet.getAddress().getHostAddress() + ":" + inet.getPort();
    }

    SocketAddress address() {
        return address;
    }

    Export export() {
        return export;
    }

    Settings settings() {
        return settings;
    }

    Budget budget() {
        return budget;
    }

    int connected() {
        return connections.size();
    }

    /** Takes no more requests, answers those that are in flight, and returns when all that was written is on disk. */
    @Override
    public void close() throws IOException {
        closing = true;
        listener.close();
        join(acceptor, Duration.ofNanos(Long.MAX_VALUE));
        connections.keySet().forEach(Connection::stop);
        long deadline = System.nanoTime() + settings.drain().toNanos();
        connections.forEach((connection, thread) -> {
            if (!join(thread, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                connection.drop();
            }
        });
        for (Thread thread : connections.values()) {
            join(thread, Duration.ofNanos(Long.MAX_VALUE));
        }
        pool.close();
        if (image.isOpen()) {
            image.forceChanges();
            image.close();
        }
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
        closed.countDown();
    }

    /** Uninterruptibly; false: it has not ended in time. */
    private static boolean join(Thread thread, Duration atMost) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return thread.join(atMost);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        NbdServer server;
        try {
            server = new NbdServer(Settings.fromProperties(), System.out::println);
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("nbd: " + e);
            System.exit(2);
            return;
        }
        System.out.println(server.uri());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                server.close();
                System.out.println(server.export().statistics());
            } catch (IOException e) {
                System.err.println("nbd: not everything is on disk: " + e);
            }
        }));
        server.closed.await();
    }
}
