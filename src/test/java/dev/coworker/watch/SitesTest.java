package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which sampled runs are holds. Only made-up samples set up exact numbers of lone samples and pairs. */
class SitesTest {
    private static final long MILLI = 1_000_000;
    private static final Stack READ = stack("com.acme.Blobs.load", "java.io.FileInputStream.read");

    private final Sites sites = new Sites(Duration.ofMillis(1));

    @Test
    void twoNativeSamplesInARowAreAHold() {
        sites.run(READ, HoldKind.NATIVE, 2, 40 * MILLI, false);

        assertThat(only().holds()).isEqualTo(1);
        assertThat(only().held()).isEqualTo(Duration.ofMillis(40));
        assertThat(only().kinds()).containsExactly(HoldKind.NATIVE);
    }

    @Test
    void aLoneSampleIsABriefStay() {
        sites.run(READ, HoldKind.NATIVE, 1, 20 * MILLI, false);

        assertThat(only().holds()).isZero();
        assertThat(only().brief()).isEqualTo(Duration.ofMillis(20));
        assertThat(only().advice()).startsWith("leave it: no hold was proved");
    }

    @Test
    void twoJavaSamplesInARowAreABriefStay() {
        sites.run(READ, HoldKind.JAVA, 2, 40 * MILLI, false);

        assertThat(only().holds()).isZero();
    }

    @Test
    void pairsThatChanceMakesOfManyLoneSamplesAreNoHolds() {
        for (int i = 0; i < 100; i++) {
            sites.run(READ, HoldKind.NATIVE, i % 5 == 0 ? 2 : 1, 40 * MILLI, false);
        }

        assertThat(only().holds()).isZero();
    }

    @Test
    void aLongRunAmongManyLoneSamplesIsAHold() {
        for (int i = 0; i < 100; i++) {
            sites.run(READ, HoldKind.NATIVE, i % 5 == 0 ? 2 : 1, 40 * MILLI, false);
        }
        sites.run(READ, HoldKind.NATIVE, 20, 400 * MILLI, false);

        assertThat(only().holds()).isEqualTo(1);
        assertThat(only().longest()).isEqualTo(Duration.ofMillis(400));
    }

    @Test
    void aMeasuredHoldBelowTheMinimumIsABriefStay() {
        sites.hold(READ, HoldKind.FILE_READ, MILLI / 2, null, false);

        assertThat(only().holds()).isZero();
        assertThat(only().brief()).isEqualTo(Duration.ofNanos(MILLI / 2));
    }

    @Test
    void aCallThatHoldsItsCarrierFor20MicrosecondsOnAverageIsToBeWrapped() {
        Sites all = new Sites(Duration.ZERO);
        all.hold(READ, HoldKind.FILE_READ, 1_000, null, false);
        all.hold(READ, HoldKind.FILE_READ, 39_000, null, false);

        assertThat(all.list().get(0).advice()).isEqualTo("wrap it: pool.submitCo(() -> ...)");
    }

    @Test
    void aCallThatHoldsItsCarrierForLessThan20MicrosecondsOnAverageIsToBeLeft() {
        Sites all = new Sites(Duration.ZERO);
        all.hold(READ, HoldKind.FILE_READ, 1_000, null, false);
        all.hold(READ, HoldKind.FILE_READ, 38_900, null, false);

        assertThat(all.list().get(0).advice()).startsWith("leave it: held less than 20 µs on average");
    }

    @Test
    void whatTheJdkMakesUpForIsToBeLeft() {
        sites.hold(READ, HoldKind.FILE_READ, 10 * MILLI, null, true);

        assertThat(only().advice()).startsWith("leave it: this JDK adds a carrier meanwhile");
    }

    @Test
    void aHoldThatTheJdkDoesNotMakeUpForIsToBeWrappedThoughItDoesForOthers() {
        sites.hold(READ, HoldKind.FILE_READ, 10 * MILLI, null, true);
        sites.run(READ, HoldKind.NATIVE, 5, 10 * MILLI, false);

        assertThat(only().advice()).isEqualTo("wrap it: pool.submitCo(() -> ...)");
    }

    @Test
    void aWaitForAClassIsNotToBeWrapped() {
        sites.hold(READ, HoldKind.PINNED, 10 * MILLI, "Waited for initialization of com.acme.Slow", false);

        assertThat(only().advice()).startsWith("initialize the class before the load starts");
    }

    @Test
    void whatPinsWithoutAReasonMayBeSynchronized() {
        sites.hold(READ, HoldKind.PINNED, 10 * MILLI, null, false);

        assertThat(only().advice()).startsWith("wrap it: ").contains("JDK 24 and newer if synchronized pins it");
    }

    @Test
    void ranksByTheTimeHeld() {
        sites.hold(READ, HoldKind.FILE_READ, 10 * MILLI, null, false);
        sites.hold(stack("com.acme.Blobs.store", "x"), HoldKind.FILE_WRITE, 20 * MILLI, null, false);

        assertThat(sites.list())
                .extracting(CarrierSite::frame)
                .containsExactly("com.acme.Blobs.store:42", "com.acme.Blobs.load:42");
    }

    @Test
    void aSiteIsAtItsPackageItsClassItsMethodAndItsCaller() {
        sites.hold(READ, HoldKind.FILE_READ, 10 * MILLI, null, false);

        assertThat(List.of("com.acme", "com.acme.Blobs", "com.acme.Blobs.load", "com.acme.Boot"))
                .allMatch(only()::isAt);
        assertThat(List.of("com.acm", "com.acme.Blob", "com.acme.Blobs.lo")).noneMatch(only()::isAt);
    }

    @Test
    void theSitesOfAThreadDumpAreThoseOfMountedVirtualThreads() {
        String dump = """
                "ForkJoinPool-1-worker-1" #33 daemon
                   Carrying virtual thread #43
                \tat jdk.internal.vm.Continuation.run(java.base@25.0.3/Continuation.java:254)
                   Mounted virtual thread #43
                \tat java.io.FileInputStream.read0(java.base@25.0.3/Native Method)
                \tat com.acme.Blobs.load(Blobs.java:42)
                \tat java.lang.VirtualThread.run(java.base@25.0.3/VirtualThread.java:460)

                "main" #1
                \tat com.acme.Main.main(Main.java:7)
                """;

        assertThat(StarvationDetector.mountedSites(dump, WatchConfig.defaults()))
                .containsExactly("com.acme.Blobs.load:42");
    }

    private CarrierSite only() {
        assertThat(sites.list()).hasSize(1);
        return sites.list().get(0);
    }

    private static Stack stack(String method, String operation) {
        return new Stack(
                List.of(new Stack.Frame("com.acme.Boot.run", 1), new Stack.Frame(method, 42)), operation, false);
    }
}
