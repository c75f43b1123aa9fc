package demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HeldCarriersTest {
    @Test
    void aThreadThatComputesHoldsItsCarrierAndOneThatIsParkedDoesNot() throws Exception {
        CountDownLatch forParked = new CountDownLatch(1);
        Thread parked = Thread.startVirtualThread(() -> await(forParked));
        while (parked.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(1);
        Thread computing = Thread.startVirtualThread(() -> {
            begun.countDown();
            while (!over.get()) {
                Thread.onSpinWait();
            }
        });
        begun.await();
        try {
            assertThat(HeldCarriers.isMounted(computing)).isTrue();
            assertThat(HeldCarriers.isMounted(parked)).isFalse();

            HeldCarriers held = new HeldCarriers();
            held.sample(List.of(computing, parked));
            assertThat(held.mean()).isEqualTo(1);
        } finally {
            over.set(true);
            forParked.countDown();
        }
        computing.join();
        parked.join();
    }

    @Test
    void theMeanIsOverAllSamples() {
        Thread ended = Thread.ofVirtual().unstarted(() -> {});
        HeldCarriers held = new HeldCarriers();
        assertThat(held.mean()).isZero();

        held.sample(List.of(ended));
        assertThat(held.mean()).isZero();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
