package dev.coworker.watch;

import dev.coworker.internal.base.Carriers.Scheduler;
import dev.coworker.internal.base.Log;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * Looks each 10 ms whether virtual threads still get a carrier. A virtual thread that was started 20 ms ago and has not
 * run, is the sign; from JDK 24 on the scheduler must confirm it: threads wait, and each carrier is taken. So a
 * scheduler that is only busy is not starved, nor is one whose JVM was stopped for a moment. While one such thread does
 * not run, that counts once a second.
 *
 * <p>Then, and at most once in ten seconds, a thread dump is taken for the listener. It shows from JDK 24 on the
 * virtual thread on each carrier, and stops the JVM for some 10 ms.
 */
final class StarvationDetector {
    private static final long TICK = 10_000_000;
    private static final long LATE = 2 * TICK;
    private static final long AGAIN = 1_000_000_000L;
    private static final long QUIET = 10_000_000_000L;
    private static final Pattern FRAME = Pattern.compile("\\s+at ([^(]+)\\((?:[^:)]*:)?(\\d*).*");

    private final WatchConfig config;
    private final @Nullable Scheduler scheduler = Scheduler.get();
    private final AtomicLong count = new AtomicLong();
    private volatile boolean closed;
    private volatile boolean probeRan = true;

    StarvationDetector(WatchConfig config) {
        this.config = config;
    }

    void start() {
        Thread.ofPlatform()
                .name("coworker-watch-starvation")
                .daemon()
                .inheritInheritableThreadLocals(false)
                .start(this::run);
    }

    long count() {
        return count.get();
    }

    void close() {
        closed = true;
    }

    private void run() {
        long probeStart = 0;
        long told = System.nanoTime() - QUIET;
        long counted = 0;
        while (!closed) {
            long now = System.nanoTime();
            if (probeRan) {
                probeRan = false;
                probeStart = now;
                counted = now - AGAIN;
                Thread.ofVirtual().inheritInheritableThreadLocals(false).start(() -> probeRan = true);
            } else if (now - probeStart >= LATE && now - counted >= AGAIN && confirmed()) {
                counted = now;
                count.incrementAndGet();
                Consumer<? super Starvation> listener = config.starvationListener();
                if (listener != null && now - told >= QUIET) {
                    told = now;
                    tell(listener);
                }
            }
            LockSupport.parkNanos(TICK);
        }
    }

    private boolean confirmed() {
        return scheduler == null || (scheduler.queued() > 0 && scheduler.mounted() >= scheduler.parallelism());
    }

    private void tell(Consumer<? super Starvation> listener) {
        long queued = scheduler == null ? 0 : scheduler.queued();
        int carriers = scheduler == null ? 0 : scheduler.parallelism();
        try {
            listener.accept(new Seen(Instant.now(), queued, carriers, mountedSites(threadDump(), config)));
        } catch (JMException | RuntimeException e) {
            Log.quietly(() -> Log.LOGGER.log(
                    System.Logger.Level.WARNING, "Starvation of virtual threads could not be reported", e));
        }
    }

    private static String threadDump() throws JMException {
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "threadPrint",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
    }

    /** Reads the sites of the mounted virtual threads from a thread dump. */
    static List<String> mountedSites(String dump, WatchConfig config) {
        Map<String, Integer> counts = new HashMap<>();
        List<Stack.Frame> frames = new ArrayList<>();
        boolean mounted = false;
        for (String line : (dump + "\n\"").lines().toList()) {
            if (line.startsWith("\"") || line.contains("irtual thread #")) {
                if (mounted && !frames.isEmpty()) {
                    counts.merge(site(frames, config), 1, Integer::sum);
                }
                frames.clear();
                mounted = line.contains("Mounted virtual thread #");
            } else if (mounted) {
                Matcher frame = FRAME.matcher(line);
                if (frame.matches()) {
                    int number = frame.group(2).isEmpty() ? 0 : Integer.parseInt(frame.group(2));
                    frames.add(new Stack.Frame(frame.group(1), number));
                }
            }
        }
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .flatMap(entry -> Collections.nCopies(entry.getValue(), entry.getKey()).stream())
                .toList();
    }

    private static String site(List<Stack.Frame> frames, WatchConfig config) {
        Stack.@Nullable Frame user = null;
        for (Stack.Frame frame : frames) {
            String type = frame.method().substring(0, frame.method().lastIndexOf('.'));
            if (config.isUser(type)) {
                if (config.isNamed(type)) {
                    return frame.toString();
                }
                user = user == null ? frame : user;
            }
        }
        return (user == null ? frames.get(0) : user).toString();
    }

    private record Seen(Instant at, long queued, int carriers, List<String> sites) implements Starvation {}
}
