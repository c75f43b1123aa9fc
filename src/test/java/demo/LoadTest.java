package demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadTest {
    @Test
    void eachClientHasAVirtualThreadAndAllAreServedAtOnce() throws Exception {
        CyclicBarrier allThere = new CyclicBarrier(5);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        Load load = Load.start(5, () -> {
            if (seen.add(Thread.currentThread())) {
                allThere.await(30, TimeUnit.SECONDS);
            }
        });
        load.close();
        load.throwFailure();

        assertThat(seen).containsExactlyInAnyOrderElementsOf(load.threads()).allMatch(Thread::isVirtual);
    }

    @Test
    void aClientIsServedAgainAndAgain() throws Exception {
        CountDownLatch thrice = new CountDownLatch(3);
        try (Load load = Load.start(1, thrice::countDown)) {
            assertThat(thrice.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(load.served()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void closeWaitsForWhatIsInFlight() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Load load = Load.start(3, end::await);
        Thread closer = Thread.startVirtualThread(load::close);
        while (closer.getState() != Thread.State.WAITING) {
            assertThat(closer.isAlive()).isTrue();
            Thread.yield();
        }
        end.countDown();
        closer.join();

        assertThat(load.served()).isGreaterThanOrEqualTo(3);
        load.throwFailure();
    }

    @Test
    void whatARequestThrowsIsThrownAndNotCounted() {
        IOException thrown = new IOException("the disk is gone");
        Load load = Load.start(2, () -> {
            throw thrown;
        });
        load.close();

        assertThatThrownBy(load::throwFailure).isSameAs(thrown);
        assertThat(load.served()).isZero();
    }
}
