package dev.coworker.watch;

import dev.coworker.internal.base.Log;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.consumer.EventStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import org.jspecify.annotations.Nullable;

/**
 * Makes holds of flight recorder events, in one pass and in memory that does not grow with the recording.
 *
 * <p><b>Exact events.</b> {@code jdk.FileRead}, {@code FileWrite}, {@code FileForce} and {@code VirtualThreadPinned} of
 * a virtual thread are holds as they are, on JDK 23 and older {@code JavaMonitorEnter} too. Samples of the same thread
 * within such an event are dropped.
 *
 * <p><b>Runs of samples.</b> Consecutive samples of one virtual thread join to a run. A run lasts from its first sample
 * to its last, and one mean gap more. What ends a run, is the proof that the thread was away in between:
 * <ul>
 *   <li>An event says that it slept, parked or waited, or a sample shows it while it parks.
 *   <li>Native: the sampler takes one native thread a period, in turn. So if another native thread was sampled twice
 *       since, a whole round passed without this one. Or more time passed than the samples in between account for.
 *       The call site and the native method must be the same.
 *   <li>Java: the sampler takes up to five threads a period, in turn. More than three rounds passed.
 * </ul>
 *
 * <p><b>What is proved.</b> A lone sample says that the thread was there, not that it stayed: it is a brief stay. A run
 * is a hold from two native or three Java samples on, if chance does not explain it: a thread that is often there, but
 * briefly, is now and then seen in a row. Of such a thread the lone samples outnumber the pairs, the pairs the triples,
 * and so on, at the same ratio. So the ratio of pairs to lone samples tells how many runs of each length chance makes,
 * among native ones at one site, and among Java ones below one outermost frame. A length that chance would make is no
 * hold.
 *
 * <p>Events must arrive in the order of their ends. The stream's thread feeds the analyser; any thread may ask for a
 * report.
 */
final class HoldAnalyzer {
    private static final Map<String, HoldKind> EXACT = Map.of(
            "jdk.FileRead", HoldKind.FILE_READ,
            "jdk.FileWrite", HoldKind.FILE_WRITE,
            "jdk.FileForce", HoldKind.FILE_FORCE,
            "jdk.VirtualThreadPinned", HoldKind.PINNED);
    private static final List<String> AWAY =
            List.of("jdk.ThreadSleep", "jdk.ThreadPark", "jdk.JavaMonitorWait", "jdk.VirtualThreadEnd");
    private static final Pattern FEATURE = Pattern.compile("\\((\\d+)");
    private static final Pattern FILE_OPERATION = Pattern.compile(
            "(java\\.io\\.(File(In|Out)putStream|RandomAccessFile)|java\\.nio\\.file|sun\\.nio\\.ch\\..*File).*");
    static final Pattern COMPENSATED_EVER = Pattern.compile("java\\.net\\.Inet.*|(.*\\W)?(?=\\w*File)\\w++\\.force0?");
    private static final int JAVA_SAMPLES_A_PERIOD = 5;
    private static final long SECOND = 1_000_000_000L;

    private final WatchConfig config;
    private final Map<Long, String> eventNames;
    private final boolean beacon;
    private final Sites sites;
    private final Map<Long, Track> tracks = new HashMap<>();
    private final List<Hold> found = new ArrayList<>();
    private final List<Consumer<? super Hold>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean listenerThrew = new AtomicBoolean();

    private int feature;
    private int hardwareThreads = Integer.MAX_VALUE;
    private long nativePeriod;
    private long javaPeriod;
    private @Nullable Duration fileThreshold;
    private @Nullable Instant begin;
    private @Nullable Instant end;
    private long lastSweep = Long.MIN_VALUE;

    // Native rounds: the number of native samples so far, and the latest sample whose thread was sampled again since.
    private long nativeSamples;
    private long latestRepeated = -1;
    private long nativeRound;

    // Java rounds: the threads sampled in the current window, and their number in the one before.
    private final Map<Long, Long> javaWindow = new HashMap<>();

    /**
     * Makes an analyser.
     *
     * @param eventNames the names of the event types by identifier, in which the settings are recorded
     * @param feature the version of the recorded JDK, or 0 until the recording tells
     * @param beacon whether a platform thread is known to be in native code all the time
     */
    HoldAnalyzer(WatchConfig config, Map<Long, String> eventNames, int feature, boolean beacon) {
        this.config = config;
        this.eventNames = eventNames;
        this.feature = feature;
        this.beacon = beacon;
        this.sites = new Sites(config.min());
        Consumer<? super Hold> listener = config.holdListener();
        if (listener != null) {
            listeners.add(listener);
        }
    }

    /**
     * Reads a recording up to the event that says which JDK it is of. It can come after the first holds, whose verdict
     * depends on it.
     */
    void findJvm(EventStream stream) {
        stream.setOrdered(false);
        stream.setReuse(true);
        stream.onError(damage -> {}); // reading the events tells of it
        stream.onEvent("jdk.JVMInformation", event -> {
            jvm(event);
            stream.close();
        });
        stream.start();
    }

    void subscribe(EventStream stream) {
        EXACT.forEach((name, kind) -> on(stream, name, event -> exact(event, kind)));
        AWAY.forEach(name -> on(stream, name, this::away));
        on(stream, "jdk.JavaMonitorEnter", this::monitor);
        on(stream, "jdk.NativeMethodSample", this::nativeSample);
        on(stream, "jdk.ExecutionSample", this::javaSample);
        on(stream, "jdk.ActiveSetting", this::setting);
        on(stream, "jdk.JVMInformation", this::jvm);
        on(stream, "jdk.CPUInformation", event -> hardwareThreads = Math.max(1, event.getInt("hwThreads")));
    }

    private void on(EventStream stream, String name, Consumer<RecordedEvent> handler) {
        stream.onEvent(name, event -> {
            List<Hold> holds;
            synchronized (this) {
                handler.accept(event);
                sweep(nanos(event.getEndTime()));
                holds = takeFound();
            }
            tell(holds);
        });
    }

    /** Ends all runs. For the end of the stream. */
    void finish() {
        List<Hold> holds;
        synchronized (this) {
            tracks.values().forEach(track -> track.all().forEach(this::commit));
            tracks.clear();
            holds = takeFound();
        }
        tell(holds);
    }

    synchronized CarrierReport report() {
        Duration span = begin == null || end == null ? Duration.ZERO : Duration.between(begin, end);
        return new CarrierReport(
                sites.list(),
                span,
                feature,
                Duration.ofNanos(Math.max(nativeRound, nativePeriod)),
                Duration.ofNanos(javaPeriod),
                fileThreshold);
    }

    private List<Hold> takeFound() {
        if (found.isEmpty()) {
            return List.of();
        }
        List<Hold> holds = List.copyOf(found);
        found.clear();
        return holds;
    }

    private void tell(List<Hold> holds) {
        holds.forEach(hold -> listeners.forEach(listener -> {
            try {
                listener.accept(hold);
            } catch (RuntimeException e) {
                if (listenerThrew.compareAndSet(false, true)) {
                    Log.quietly(() -> Log.LOGGER.log(System.Logger.Level.WARNING, "A listener threw; logged once", e));
                }
            }
        }));
    }

    void addListener(Consumer<? super Hold> listener) {
        listeners.add(listener);
    }

    // Exact events

    private void exact(RecordedEvent event, HoldKind kind) {
        seen(event);
        RecordedThread thread = event.getThread();
        if (thread == null || !thread.isVirtual()) {
            return;
        }
        dropSamples(thread.getJavaThreadId(), nanos(event.getStartTime()));
        String reason = event.hasField("pinnedReason") ? event.getString("pinnedReason") : null;
        Stack stack = Stack.of(event.getStackTrace(), config);
        if (kind.file() && stack.operation().equals(stack.site().method())) {
            stack = new Stack(
                    stack.path(), kind.label(), false); // newer JDKs leave their own frames out of these events
        }
        long nanos = event.getDuration().toNanos();
        boolean compensated = compensated(kind, stack.operation());
        sites.hold(stack, kind, nanos, reason, compensated);
        if (nanos >= config.min().toNanos()) {
            found.add(new Found(
                    stack.site().toString(),
                    kind,
                    stack.operation(),
                    reason,
                    event.getStartTime(),
                    event.getDuration(),
                    name(thread),
                    compensated));
        }
    }

    /** Until JDK 24, a virtual thread that waits for a monitor holds its carrier. No other event says so. */
    private void monitor(RecordedEvent event) {
        if (feature > 0 && feature < 24) {
            exact(event, HoldKind.PINNED);
        } else {
            away(event);
        }
    }

    /** Drops the samples taken since the start of an exact event, which says it better. */
    private void dropSamples(long id, long start) {
        Track track = tracks.remove(id);
        if (track != null) {
            for (Track.Run run : track.all()) {
                if (run.first < start) {
                    run.cut(start);
                    commit(run);
                }
            }
        }
    }

    /** JDK 21 and 22 start a further carrier during file I/O, newer ones still during force and name look-ups. */
    private boolean compensated(HoldKind kind, String operation) {
        if (kind == HoldKind.FILE_FORCE || COMPENSATED_EVER.matcher(operation).matches()) {
            return true;
        }
        return feature > 0
                && feature < 23
                && (kind.file() || FILE_OPERATION.matcher(operation).matches());
    }

    // Samples

    private void nativeSample(RecordedEvent event) {
        seen(event);
        RecordedThread thread = event.getThread("sampledThread");
        if (thread == null) {
            return;
        }
        long now = nanos(event.getStartTime());
        long index = nativeSamples++;
        Track track = track(thread, now);
        Stack stack = thread.isVirtual() ? Stack.of(event.getStackTrace(), config) : null;
        Track.Run run = track.inNative;
        boolean stays = run != null && staysNative(run, now) && run.sameCall(stack);
        if (run != null) {
            latestRepeated = Math.max(latestRepeated, run.lastIndex);
        }
        if (run != null && stays) {
            nativeRound = nativeRound == 0 ? now - run.last : nativeRound + (now - run.last - nativeRound) / 8;
            run.add(stack, now, index);
            return;
        }
        track.endNative(this::commit);
        if (stack == null || !stack.parking()) {
            track.inNative = new Track.Run(HoldKind.NATIVE, name(thread), stack, now, index);
        }
    }

    /** Returns whether the thread may have been in native code since: no round passed that did not meet it. */
    private boolean staysNative(Track.Run run, long now) {
        long samples = nativeSamples - 1 - run.lastIndex;
        boolean inTime = beacon || nativePeriod == 0 || now - run.last <= (samples + 1) * nativePeriod * 5 / 2;
        return latestRepeated <= run.lastIndex && inTime;
    }

    private void javaSample(RecordedEvent event) {
        seen(event);
        RecordedThread thread = event.getThread("sampledThread");
        if (thread == null) {
            return;
        }
        long now = nanos(event.getStartTime());
        long id = thread.getJavaThreadId();
        javaWindow.put(id, now);
        if (!thread.isVirtual()) {
            return;
        }
        Stack stack = Stack.of(event.getStackTrace(), config);
        Track track = track(thread, now);
        Track.Run run = track.inJava;
        if (run != null && !stack.parking() && now - run.last <= 3 * javaRound(now)) {
            run.add(stack, now, 0);
            return;
        }
        track.endJava(this::commit);
        if (stack.parking()) {
            track.endNative(this::commit);
        } else {
            track.inJava = new Track.Run(HoldKind.JAVA, name(thread), stack, now, 0);
        }
    }

    /**
     * The time in which each running thread is sampled once. The number of running threads is at most that of
     * processors.
     */
    private long javaRound(long now) {
        long period = javaPeriod == 0 ? SECOND / 50 : javaPeriod;
        if (javaWindow.size() > JAVA_SAMPLES_A_PERIOD) {
            javaWindow.values().removeIf(time -> time < now - 10 * period);
        }
        int running = Math.min(javaWindow.size(), hardwareThreads);
        return period * Math.max(1, (running + JAVA_SAMPLES_A_PERIOD - 1) / JAVA_SAMPLES_A_PERIOD);
    }

    private void away(RecordedEvent event) {
        RecordedThread thread = event.getThread();
        Track track = thread == null ? null : tracks.get(thread.getJavaThreadId());
        if (track != null && thread.isVirtual()) {
            track.endNative(this::commit);
            track.endJava(this::commit);
        }
    }

    private Track track(RecordedThread thread, long now) {
        Track track = tracks.computeIfAbsent(thread.getJavaThreadId(), id -> new Track());
        track.seen = now;
        return track;
    }

    /** Adds a run to its site. No exact event can cover it any more. */
    private void commit(Track.Run run) {
        if (run.stacks.isEmpty()) {
            return; // a platform thread's, kept for the rounds alone
        }
        boolean inNative = run.kind == HoldKind.NATIVE;
        long round = inNative ? Math.max(nativeRound, nativePeriod) : Math.max(javaPeriod, 1);
        long nanos = run.count == 1 ? round : (run.last - run.first) / (run.count - 1) * run.count;
        Stack stack = run.stack();
        boolean compensated = inNative && compensated(run.kind, stack.operation());
        if (sites.run(stack, run.kind, run.count, nanos, compensated)) {
            found.add(new Found(
                    stack.site().toString(),
                    run.kind,
                    stack.operation(),
                    null,
                    Instant.ofEpochSecond(run.first / SECOND, run.first % SECOND),
                    Duration.ofNanos(nanos),
                    run.thread,
                    compensated));
        }
    }

    /** Commits the runs of threads that were not seen for long. */
    private void sweep(long now) {
        if (now - lastSweep < SECOND / 4 && now >= lastSweep) {
            return;
        }
        lastSweep = now;
        long before = now - Math.max(SECOND, 4 * Math.max(nativeRound, javaRound(now)));
        tracks.values().removeIf(track -> {
            boolean gone = track.seen < before;
            if (gone) {
                track.all().forEach(this::commit);
            }
            return gone;
        });
    }

    // What the recording says of itself

    private void setting(RecordedEvent event) {
        String name = event.getString("name");
        String value = event.getString("value");
        if (name.equals("period") || name.equals("threshold")) {
            String type = eventName(event);
            long nanos = parse(value);
            if (nanos > 0 && name.equals("period") && type.equals("jdk.NativeMethodSample")) {
                nativePeriod = nativePeriod == 0 ? nanos : Math.min(nativePeriod, nanos);
            } else if (nanos > 0 && name.equals("period") && type.equals("jdk.ExecutionSample")) {
                javaPeriod = javaPeriod == 0 ? nanos : Math.min(javaPeriod, nanos);
            } else if (nanos >= 0 && name.equals("threshold") && type.equals("jdk.FileRead")) {
                fileThreshold = Duration.ofNanos(nanos);
            }
        }
    }

    private String eventName(RecordedEvent setting) {
        return eventNames.getOrDefault(setting.getLong("id"), "");
    }

    /** Reads a setting such as {@code 20 ms}; -1 if it is none. */
    private static long parse(String value) {
        try {
            return CarrierReport.parse(value).toNanos();
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    private void jvm(RecordedEvent event) {
        Matcher matcher = FEATURE.matcher(String.valueOf(event.getString("jvmVersion")));
        if (matcher.find()) {
            feature = Integer.parseInt(matcher.group(1));
        }
    }

    private void seen(RecordedEvent event) {
        if (begin == null || event.getStartTime().isBefore(begin)) {
            begin = event.getStartTime();
        }
        if (end == null || event.getEndTime().isAfter(end)) {
            end = event.getEndTime();
        }
    }

    private static String name(RecordedThread thread) {
        String name = thread.getJavaName();
        return name == null || name.isEmpty() ? "#" + thread.getJavaThreadId() : name;
    }

    private static long nanos(Instant instant) {
        return instant.getEpochSecond() * SECOND + instant.getNano();
    }

    private record Found(
            String site,
            HoldKind kind,
            String operation,
            @Nullable String reason,
            Instant start,
            Duration duration,
            String thread,
            boolean compensated)
            implements Hold {}
}
