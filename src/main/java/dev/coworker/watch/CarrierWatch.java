package dev.coworker.watch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordingStream;

/**
 * Watches the carriers of the JVM it runs in, with a recording of its own.
 *
 * <pre>{@code
 * try (CarrierWatch watch = CarrierWatch.start()) {
 *     serve();
 *     log.info(watch.report().toString());
 * }
 * }</pre>
 *
 * <p>The first watch of a JVM loads the flight recorder, which takes up to some seconds. What the watch sees arrives in
 * it about a second later. A hold that is sampled counts when it has ended, and another second later.
 */
public final class CarrierWatch implements AutoCloseable {
    private final Pipe silence;
    private final RecordingStream stream;
    private final HoldAnalyzer analyzer;
    private final StarvationDetector starvations;
    private boolean closed;

    private CarrierWatch(WatchConfig config) throws IOException {
        silence = Pipe.open();
        stream = new RecordingStream();
        Map<Long, String> names = FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .collect(Collectors.toMap(EventType::getId, EventType::getName));
        analyzer = new HoldAnalyzer(config, names, Runtime.version().feature(), true);
        starvations = new StarvationDetector(config);
        enable(config);
        analyzer.subscribe(stream);
    }

    /**
     * Starts a watch with the defaults.
     *
     * @return the watch; close it
     */
    public static CarrierWatch start() {
        return start(WatchConfig.defaults());
    }

    /**
     * Starts a watch.
     *
     * @param config what it looks at, and whom it tells
     * @return the watch; close it
     */
    public static CarrierWatch start(WatchConfig config) {
        try {
            CarrierWatch watch = new CarrierWatch(config);
            Thread.ofPlatform()
                    .name("coworker-watch-beacon")
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .start(watch::beInNative);
            watch.stream.startAsync();
            watch.starvations.start();
            return watch;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void enable(WatchConfig config) {
        Duration threshold = config.min().compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : config.min();
        for (String exact : List.of("jdk.FileRead", "jdk.FileWrite", "jdk.FileForce", "jdk.VirtualThreadPinned")) {
            stream.enable(exact).withThreshold(threshold).withStackTrace().with("throttle", "off");
        }
        for (String away : List.of("jdk.ThreadSleep", "jdk.JavaMonitorWait")) {
            stream.enable(away).withThreshold(Duration.ofNanos(100_000)).withoutStackTrace();
        }
        stream.enable("jdk.JavaMonitorEnter").withThreshold(threshold).withStackTrace(); // it pins until JDK 24
        stream.enable("jdk.NativeMethodSample").withPeriod(config.period());
        stream.enable("jdk.ExecutionSample").withPeriod(config.period());
        stream.enable("jdk.ActiveSetting");
        stream.enable("jdk.JVMInformation");
        stream.enable("jdk.CPUInformation");
    }

    /** Blocks in native code until the watch ends. The sampler meets this thread once a round. */
    private void beInNative() {
        try {
            while (silence.source().read(ByteBuffer.allocate(1)) >= 0) {
                // there is nothing to read
            }
        } catch (IOException e) {
            // the watch has ended
        }
    }

    /**
     * Returns what was seen so far.
     *
     * @return the sites, those with the longest time held first
     */
    public List<CarrierSite> sites() {
        return report().sites();
    }

    /**
     * Returns what was seen so far.
     *
     * @return the report; after {@link #stop()} that of the whole watch
     */
    public CarrierReport report() {
        return analyzer.report();
    }

    /**
     * Returns how many times all carriers were held while virtual threads waited for one. A time that lasts counts once
     * a second.
     *
     * @return the number of such times since the start
     */
    public long starvations() {
        return starvations.count();
    }

    void addHoldListener(Consumer<? super Hold> listener) {
        analyzer.addListener(listener);
    }

    /**
     * Ends the watch, having analysed what was recorded until now. Takes some tens of milliseconds. A second call does
     * nothing.
     *
     * @return the report of the whole watch
     */
    public CarrierReport stop() {
        synchronized (this) {
            if (closed) {
                return report();
            }
            closed = true;
        }
        starvations.close();
        stream.stop();
        stream.close();
        analyzer.finish();
        try {
            silence.sink().close();
            silence.source().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return report();
    }

    /** Ends the watch as {@link #stop()} does. */
    @Override
    public void close() {
        stop();
    }
}
