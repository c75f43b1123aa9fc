package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class CarrierWatchTest {
    private static final Duration SLACK = Duration.ofMillis(5);
    private static final WatchConfig CONFIG =
            WatchConfig.defaults().period(Duration.ofMillis(1)).skip("org.sqlite");

    @Test
    void measuresReadsAndNativeCallsWhileInnocentThreadsRun() throws Exception {
        Repeat.untilPassed(3, () -> {
            try (Load load = new Load();
                    CarrierWatch watch = CarrierWatch.start(CONFIG)) {
                load.startInnocents();
                load.run("readFifo", Duration.ofMillis(300));
                load.run("sleepInNative", Duration.ofMillis(300));

                CarrierReport report = watch.stop();

                for (String guilty : List.of("readFifo", "sleepInNative")) {
                    CarrierSite site = Recordings.siteIn(report, guilty);
                    long truth = load.truths().get(guilty).nanos();
                    // where others keep the sampler from its processor, a round takes long
                    long bound = Math.max(truth / 5, report.nativeLimit().toNanos());
                    assertThat(site.held().toNanos()).isCloseTo(truth, within(bound));
                    assertThat(site.callers()).isNotEmpty();
                }
            }
        });
    }

    @Test
    void accusesNoInnocentThreadInTenRuns() throws Exception {
        List<String> accused = new ArrayList<>();
        for (int run = 0; run < 10; run++) {
            Load load = new Load();
            CarrierReport report;
            try (load) {
                load.startInnocents();
                Thread.sleep(50); // classes are initialized on first use, which holds a carrier
                try (CarrierWatch watch = CarrierWatch.start(CONFIG)) {
                    Thread.sleep(300);
                    report = watch.stop();
                }
            }
            long bound = 2 * load.longestStep() + SLACK.toNanos();
            report.sites().stream()
                    .filter(site -> site.longest().toNanos() > bound)
                    .forEach(site ->
                            accused.add(site.frame() + " " + site.kinds() + " " + site.longest() + " of " + bound));
        }
        assertThat(accused).isEmpty();
    }

    @Test
    void seesAWaitForAMonitorWhereItHoldsTheCarrier() throws Exception {
        Object monitor = new Object();
        try (CarrierWatch watch = CarrierWatch.start(CONFIG)) {
            Thread waiting;
            synchronized (monitor) {
                waiting = Thread.ofVirtual().start(() -> enter(monitor));
                while (waiting.getState() != Thread.State.BLOCKED) {
                    Thread.onSpinWait();
                }
                Thread.sleep(100);
            }
            waiting.join();

            List<CarrierSite> seen = watch.stop().sites().stream()
                    .filter(site -> site.kinds().contains(HoldKind.PINNED))
                    .filter(site -> site.isAt(CarrierWatchTest.class.getName() + ".enter"))
                    .toList();

            if (Runtime.version().feature() < 24) {
                assertThat(seen).hasSize(1);
                assertThat(seen.get(0).longest()).isGreaterThan(Duration.ofMillis(90));
                assertThat(seen.get(0).advice()).contains("use JDK 24 and newer if synchronized pins it");
            } else {
                assertThat(seen).isEmpty();
            }
        }
    }

    private static void enter(Object monitor) {
        synchronized (monitor) {
            monitor.notifyAll();
        }
    }

    @Test
    void tellsAListenerOfEachHold() throws Exception {
        BlockingQueue<Hold> holds = new LinkedBlockingQueue<>();
        try (Load load = new Load();
                CarrierWatch watch =
                        CarrierWatch.start(CONFIG.min(Duration.ofMillis(50)).onHold(holds::add))) {
            load.run("readFifo", Duration.ofMillis(100));

            Hold hold = holds.poll(60, TimeUnit.SECONDS);
            while (hold != null && hold.kind() != HoldKind.FILE_READ) { // the FIFO was opened, and that took long
                hold = holds.poll(60, TimeUnit.SECONDS);
            }

            assertThat(watch.starvations()).isNotNegative();
            assertThat(hold).isNotNull();
            assertThat(hold.site()).startsWith(Load.class.getName() + ".readFifo:");
            assertThat(hold.duration()).isGreaterThan(Duration.ofMillis(50));
            assertThat(hold.compensated()).isEqualTo(Runtime.version().feature() < 23);
        }
    }

    @Test
    void goesOnWhenAListenerThrows() throws Exception {
        Queue<Hold> holds = new ConcurrentLinkedQueue<>();
        WatchConfig config = CONFIG.min(Duration.ofMillis(50)).onHold(hold -> {
            holds.add(hold);
            throw new IllegalStateException("a listener that throws");
        });
        try (Load load = new Load();
                CarrierWatch watch = CarrierWatch.start(config)) {
            load.run("readFifo", Duration.ofMillis(100));
            load.run("readFifo", Duration.ofMillis(100));

            watch.stop();

            assertThat(holds)
                    .filteredOn(hold -> hold.kind() == HoldKind.FILE_READ)
                    .hasSize(2);
        }
    }

    @Test
    void tellsWhoHoldsAllCarriersWhileOthersWait() throws Exception {
        BlockingQueue<Starvation> starvations = new LinkedBlockingQueue<>();
        int carriers = Runtime.getRuntime().availableProcessors();
        CountDownLatch spinning = new CountDownLatch(carriers);
        AtomicBoolean released = new AtomicBoolean();
        List<Thread> spinners = new ArrayList<>();
        for (int i = 0; i < carriers; i++) {
            spinners.add(Thread.ofVirtual().start(() -> spin(spinning, released)));
        }
        spinning.await();
        try (CarrierWatch watch = CarrierWatch.start(CONFIG.onStarvation(starvations::add))) {
            Starvation starvation = starvations.poll(60, TimeUnit.SECONDS);

            assertThat(starvation).isNotNull();
            assertThat(watch.starvations()).isPositive();
            while (watch.starvations() < 3) { // it lasts
                Thread.sleep(10);
            }
            if (Runtime.version().feature() >= 24) {
                assertThat(starvation.queued()).isPositive();
                assertThat(starvation.carriers()).isEqualTo(carriers);
                assertThat(starvation.sites())
                        .hasSize(carriers)
                        .allMatch(site -> site.startsWith(CarrierWatchTest.class.getName() + ".spin:"));
            }
        } finally {
            released.set(true);
            for (Thread spinner : spinners) {
                spinner.join();
            }
        }
    }

    private static void spin(CountDownLatch spinning, AtomicBoolean released) {
        spinning.countDown();
        while (!released.get()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void publishesHoldsAndTheSchedulerAsMeters() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Load load = new Load();
                CarrierWatch watch = CarrierWatch.start(CONFIG.min(Duration.ofMillis(50)))) {
            new CarrierMeters(watch).bindTo(registry);
            load.run("readFifo", Duration.ofMillis(100));

            CarrierReport report = watch.stop();

            CarrierSite site = Recordings.siteIn(report, "readFifo");
            Timer held = registry.get("coworker.carriers.held")
                    .tag("site", site.frame())
                    .timer();
            assertThat(held.count()).isEqualTo(site.holds());
            assertThat(held.totalTime(TimeUnit.NANOSECONDS))
                    .isEqualTo(site.held().toNanos());
            assertThat(registry.get("coworker.carriers.starved")
                            .functionCounter()
                            .count())
                    .isNotNegative();
            if (Runtime.version().feature() >= 24) {
                assertThat(registry.get("coworker.carriers.queued").gauge().value())
                        .isNotNegative();
                assertThat(registry.get("coworker.carriers.mounted").gauge().value())
                        .isNotNegative();
            }
        }
    }
}
