package dev.coworker.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.coworker.watch.Processes;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

@Timeout(120)
class HoldsNoCarrierTest {
    @Test
    void failsATestWhoseVirtualThreadReadsAFifo() {
        Event failed = run("reads").failed().stream().findFirst().orElseThrow();

        assertThat(failed.getPayload().orElseThrow().toString())
                .contains(HoldsNoCarrierTest.class.getName() + "$Tests.read:")
                .contains("held a carrier for")
                .contains("longer than 20ms; seen as file read")
                .contains(Runtime.version().feature() < 23 ? "this JDK adds a carrier" : "wrap it");
    }

    @Test
    void passesATestWhoseVirtualThreadsPark() {
        run("parks").assertStatistics(statistics -> statistics.succeeded(1).failed(0));
    }

    @Test
    void passesAnExceptedMethod() {
        run("readsWhereItMay")
                .assertStatistics(statistics -> statistics.succeeded(1).failed(0));
    }

    @Test
    void appliesToEachMethodOfAClass() {
        Events events = EngineTestKit.engine("junit-jupiter")
                .selectors(selectMethod(AnnotatedClass.class, "reads"))
                .execute()
                .testEvents();

        events.assertStatistics(statistics -> statistics.failed(1));
    }

    @Test
    void passesWhatTheJdkMakesUpFor() {
        boolean madeUpFor = Runtime.version().feature() < 23;

        run("readsAsTheJdkAllows").assertStatistics(statistics -> statistics.failed(madeUpFor ? 0 : 1));
    }

    /** Other work on the machine can only slow a test down, so the fastest of many tells the cost. */
    @Test
    void costsATestLessThan100Millis() {
        run("doesNothing"); // the first watch of a JVM loads the flight recorder
        Duration cost = Duration.ofDays(1);
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                cost.toMillis() >= 100 && System.nanoTime() < end; ) {
            long start = System.nanoTime();
            run("doesNothing").assertStatistics(statistics -> statistics.succeeded(1));
            cost = Duration.ofNanos(System.nanoTime() - start);
        }
        assertThat(cost).isLessThan(Duration.ofMillis(100));
    }

    private static Events run(String method) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectMethod(Tests.class, method))
                .execute()
                .testEvents();
    }

    /** Run by the tests above only: surefire leaves out nested classes that are not annotated. */
    static class Tests {
        @Test
        @HoldsNoCarrier(evenIfCompensated = true)
        void reads() throws Exception {
            readInVirtualThread();
        }

        @Test
        @HoldsNoCarrier
        void doesNothing() {}

        @Test
        @HoldsNoCarrier
        void readsAsTheJdkAllows() throws Exception {
            readInVirtualThread();
        }

        @Test
        @HoldsNoCarrier(except = "dev.coworker.junit.HoldsNoCarrierTest$Tests.read", evenIfCompensated = true)
        void readsWhereItMay() throws Exception {
            readInVirtualThread();
        }

        @Test
        @HoldsNoCarrier
        void parks() throws Exception {
            Semaphore never = new Semaphore(0);
            Thread parking = Thread.ofVirtual().start(() -> {
                try {
                    never.tryAcquire(200, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            parking.join();
        }

        static void readInVirtualThread() throws Exception {
            Path fifo = Files.createTempDirectory("fifo").resolve("fifo");
            Processes.makeFifo(fifo);
            Thread writer = Thread.ofPlatform().start(() -> write(fifo));
            Thread.ofVirtual().start(() -> read(fifo)).join();
            writer.join();
            Files.delete(fifo);
            Files.delete(fifo.getParent());
        }

        private static void read(Path fifo) {
            try (FileInputStream in = new FileInputStream(fifo.toFile())) {
                in.read();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void write(Path fifo) {
            try (FileOutputStream out = new FileOutputStream(fifo.toFile())) {
                Thread.sleep(100);
                out.write(1);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @HoldsNoCarrier(evenIfCompensated = true)
    static class AnnotatedClass {
        @Test
        void reads() throws Exception {
            Tests.readInVirtualThread();
        }
    }
}
