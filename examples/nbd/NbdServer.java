package nbd;

import dev.coworker.Slice;
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
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A network block device: exports a raw image to NBD clients on this machine, with all file I/O on Coworker.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample="-Dimage=disk.img -Dport=10809 nbd.NbdServer"
 * </pre>
 */
public final class NbdServer implements AutoCloseable {
    private static final int DESCRIPTORS_EACH = 3; // a connection's: socket, epoll, eventfd
    private static final int DESCRIPTORS_LEFT = 24; // for what the JVM itself opens
    private static final int SOCKET_BYTES = 1 << 20; // a reply of nbdcopy's size fits, so its writer is done at once
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(5);

    private final Settings settings;
    private final Log log;
    private final int mostConnections;
    private final Image image;
    private final ThreadPool pool;
    private final Export export;
    private final Budget budget;
    private final Tls tls;
    private final ServerSocketChannel listener;
    private final SocketAddress address;
    private final Map<Connection, Thread> connections = new ConcurrentHashMap<>();
    private final AtomicLong clients = new AtomicLong();
    private final Thread acceptor;
    private volatile boolean closing;
    private boolean closed; // guarded by this

    NbdServer(Settings settings, Consumer<String> printer) throws IOException {
        this(settings, Image.open(settings.image(), settings.readOnly()), printer);
    }

    /** The image is the server's from now on. */
    NbdServer(Settings settings, Image image, Consumer<String> printer) throws IOException {
        this.settings = settings;
        this.image = image;
        ServerSocketChannel listening = null;
        boolean started = false;
        pool = ThreadPool.builder().name("nbd").maxThreads(settings.workers()).build();
        try {
            warmUp(pool);
            tls = settings.keyStore() == null ? null : Tls.of(settings.keyStore(), settings.keyStorePassword());
            Buffers buffers = new Buffers(settings.bytesInFlight() / 4);
            export = new Export(image, settings.exportName(), settings.readOnly(), pool, buffers);
            budget = new Budget(settings.bytesInFlight(), settings.bytesPerConnection(), settings.bytesReserved());
            mostConnections = mostConnections(settings.connections());
            listening = listen(settings.address());
            listener = listening;
            address = listener.getLocalAddress();
            log = new Log(printer);
            acceptor = Thread.ofPlatform().name("nbd-acceptor").daemon().start(this::acceptAll);
            started = true;
        } finally {
            if (!started) {
                stopListening(listening);
                pool.close();
                image.close();
            }
        }
    }

    /**
     * The first request of a pool loads the classes of the JDK's flight recorder, and no client should wait for that.
     */
    private static void warmUp(ThreadPool pool) {
        CountDownLatch done = new CountDownLatch(1);
        try (Slice slice = pool.slice("warm-up", 1)) {
            slice.submit(done::countDown);
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** No more than there are file descriptors for: when they are used up, the JVM cannot even load a class. */
    private static int mostConnections(int wanted) {
        try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"));
                Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            String most = limits.filter(line -> line.startsWith("Max open files"))
                    .map(line -> line.split(" +")[3])
                    .findFirst()
                    .orElseThrow();
            long free = Long.parseLong(most) - open.count() - DESCRIPTORS_LEFT;
            return Math.clamp(free / DESCRIPTORS_EACH, 1, wanted);
        } catch (IOException | RuntimeException e) {
            return wanted; // not Linux, or unlimited
        }
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

    /**
     * Removes a Unix socket's file while this server still listens: as long as it does, others respect the file. Later
     * the file could be that of another server, which has found this one's dead.
     */
    private static void stopListening(ServerSocketChannel listener) throws IOException {
        if (listener == null) {
            return;
        }
        try (listener) {
            if (listener.getLocalAddress() instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        }
    }

    private void acceptAll() {
        while (!closing) {
            SocketChannel socket = null;
            boolean served = false;
            try {
                socket = listener.accept();
                if (connections.size() < mostConnections) {
                    serve(socket);
                    served = true;
                } else {
                    log.line("a client was sent away: there are " + mostConnections + " already"
                            + (mostConnections < settings.connections() ? ", and no more file descriptors" : ""));
                }
            } catch (Throwable e) {
                if (!listener.isOpen()) {
                    return;
                }
                log.line("a client could not be accepted: " + e);
                pause();
            } finally {
                if (!served) {
                    closeQuietly(socket);
                }
            }
        }
    }

    private void serve(SocketChannel socket) throws IOException {
        socket.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BYTES);
        socket.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BYTES);
        String client = "client-" + clients.incrementAndGet();
        if (address instanceof InetSocketAddress) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            log.line(client + ": " + socket.getRemoteAddress());
        }
        Connection connection = new Connection(client, socket, this, tls);
        boolean started = false;
        try {
            Thread thread = Thread.ofPlatform().name("nbd-" + client).daemon().unstarted(() -> run(connection));
            connections.put(connection, thread);
            thread.start();
            started = true;
        } finally {
            if (!started) {
                connections.remove(connection);
                connection.end();
            }
        }
    }

    private void run(Connection connection) {
        try {
            connection.run();
        } finally {
            connections.remove(connection);
        }
        log.line("one client less: " + export.statistics());
    }

    /** Out of file descriptors or threads, most likely: clients that leave will free some. */
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

    /** Where clients find it, in the notation of the NBD project's {@code doc/uri.md}. */
    String uri() {
        if (address instanceof UnixDomainSocketAddress unix) {
            String path = unix.getPath().toAbsolutePath().toString();
            return (tls == null ? "nbd" : "nbds") + "+unix:///?socket="
                    + URLEncoder.encode(path, StandardCharsets.UTF_8)
                            .replace("+", "%20")
                            .replace("%2F", "/");
        }
        InetSocketAddress inet = (InetSocketAddress) address;
        return (tls == null ? "nbd://" : "nbds://") + inet.getAddress().getHostAddress() + ":" + inet.getPort();
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

    Log log() {
        return log;
    }

    int connected() {
        return connections.size();
    }

    /**
     * Takes no more requests, answers those that are in flight, and returns when all that was written is on disk.
     * Clients that do not take their replies, and a disk that does not answer, do not keep it for ever.
     */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        closing = true;
        stopListening(listener);
        join(acceptor, FOR_EVER);
        connections.keySet().forEach(Connection::stop);
        joinAll(settings.drain());
        connections.keySet().forEach(Connection::drop);
        boolean ended = joinAll(LAST_REQUESTS) && pool.close(LAST_REQUESTS);
        try {
            if (!ended) {
                throw new IOException("the disk does not answer: not all requests have ended");
            }
            export.forceChanges();
        } finally {
            if (ended) { // otherwise a worker still uses its number
                image.close();
            }
            log.line(export.statistics().toString());
            log.close();
        }
    }

    /** Returns true if all connections have ended in time. */
    private boolean joinAll(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        for (Thread thread : connections.values()) {
            if (!join(thread, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                return false;
            }
        }
        return true;
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
        // asked first: if the parent ends while the server starts, the handle still tells
        Optional<ProcessHandle> parent =
                Boolean.getBoolean("endWithParent") ? ProcessHandle.current().parent() : Optional.empty();
        CompletableFuture<NbdServer> started = new CompletableFuture<>();
        try {
            Settings settings = Settings.fromProperties();
            closeAtExit(started, settings);
            started.complete(new NbdServer(settings, System.out::println));
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("nbd: " + (e instanceof FileSystemException ? e.toString() : e.getMessage()));
            started.cancel(false);
            System.exit(2);
        } finally {
            started.cancel(false); // without effect on a server
        }
        parent.ifPresent(process -> process.onExit().thenRun(() -> System.exit(0)));
        System.out.println(started.join().uri());
        new CountDownLatch(1).await();
    }

    /**
     * Has the server closed when the process ends. This is to be called before the server is made: from then on there
     * are a socket and requests that a signal must not end in the middle. If the signal comes earlier, it waits.
     */
    private static void closeAtExit(CompletableFuture<NbdServer> started, Settings settings) {
        Thread closing = new Thread(() -> {
            try {
                started.join().close();
            } catch (CancellationException e) {
                // it was not started
            } catch (IOException e) {
                System.err.println("nbd: not everything is on disk: " + e);
            }
        });
        closing.setDaemon(true);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            closing.start();
            join(closing, settings.drain().plusSeconds(20));
        }));
    }
}
