package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.EventNotifier;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A notifier between threads: nothing set is lost, and a context that sleeps is woken. */
class EventNotifierThreadsTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final EventNotifier notifier = new EventNotifier();
    private final AtomicInteger runs = new AtomicInteger();

    private void handle() {
        assertThat(notifier.testAndClear()).isTrue();
        runs.incrementAndGet();
    }

    /** As {@link Callers#until}, but quick enough to meet a thread that is about to sleep. */
    static void soon(BooleanSupplier condition) {
        for (int i = 0; i < 1_000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.onSpinWait();
        }
        Callers.until("soon", condition);
    }

    /** A moment, another in each round: so that some round meets a thread just where it must not be met. */
    static void pause(long round) {
        for (long spins = round * 31 % 101; spins > 0; spins--) {
            Thread.onSpinWait();
        }
    }

    @Test
    void ofTwoTestAndClearThatMeetOneSetOneIsTrue() throws Exception {
        int rounds = 2_000;
        AtomicInteger round = new AtomicInteger();
        AtomicInteger cleared = new AtomicInteger();
        Callers.Caller<Void> other = Callers.platform(() -> {
            for (int i = 1; i <= rounds; i++) {
                int current = i;
                soon(() -> round.get() == current);
                cleared.addAndGet(notifier.testAndClear() ? 1 : 0);
                runs.set(current);
            }
            return null;
        });
        for (int i = 1; i <= rounds; i++) {
            int current = i;
            notifier.set();
            round.set(current);
            pause(current);
            cleared.addAndGet(notifier.testAndClear() ? 1 : 0);
            soon(() -> runs.get() == current);
            assertThat(cleared).hasValue(current);
        }
        other.result();
    }

    @Test
    void attachingOneThatIsSetWakesAContextThatSleeps() throws Exception {
        AioContext loop = pools.closeAfterwards(AioContext.start("loop"));
        LoopContextTest.untilAsleep(loop, LoopContextTest.threadOf(loop));
        notifier.set();

        loop.setEventNotifier(notifier, this::handle);

        Callers.until("handled", () -> runs.get() == 1);
    }

    @Test
    void setWakesAContextThatSleeps() throws Exception {
        AioContext loop = pools.closeAfterwards(AioContext.start("loop"));
        loop.setEventNotifier(notifier, this::handle);
        for (int i = 1; i <= 10; i++) {
            int expected = i;
            LoopContextTest.untilAsleep(loop, LoopContextTest.threadOf(loop));

            notifier.set();

            Callers.until("handled", () -> runs.get() == expected);
        }
    }

    @Test
    void noSetIsLostWhileTheContextFallsAsleep() {
        AioContext loop = pools.closeAfterwards(AioContext.start("loop"));
        AtomicLong published = new AtomicLong();
        AtomicLong seen = new AtomicLong();
        loop.setEventNotifier(notifier, () -> {
            notifier.testAndClear();
            seen.set(published.get());
        });
        for (long i = 1; i <= 2_000; i++) {
            long last = i;
            published.set(last);
            pause(i);
            notifier.set();
            soon(() -> seen.get() == last);
        }
    }

    @Test
    void detachingWhileAnotherThreadAttachesLeavesANotifierThatIsWatchedOrNot() throws Exception {
        AioContext direct = AioContext.on(Runnable::run);
        CyclicBarrier start = new CyclicBarrier(2);
        int rounds = 3_000;
        Callers.Caller<Void> detacher = Callers.platform(() -> {
            for (int round = 0; round < rounds; round++) {
                start.await(30, TimeUnit.SECONDS);
                direct.setEventNotifier(notifier, null);
                start.await(30, TimeUnit.SECONDS);
                start.await(30, TimeUnit.SECONDS);
            }
            return null;
        });
        for (int round = 0; round < rounds; round++) {
            direct.setEventNotifier(notifier, this::handle);
            start.await(30, TimeUnit.SECONDS);
            direct.setEventNotifier(notifier, this::handle);
            start.await(30, TimeUnit.SECONDS);

            runs.set(0);
            notifier.set();
            int heard = runs.get();
            direct.execute(() -> {});
            assertThat(runs.get()).as("round %s", round).isEqualTo(heard);
            notifier.testAndClear();
            start.await(30, TimeUnit.SECONDS);
        }
        detacher.result();
    }

    @Test
    void whatWasDoneBeforeSetHappensBeforeTheTestAndClearThatSawIt() throws Exception {
        EventNotifier answer = new EventNotifier();
        int[] data = new int[1];
        int rounds = 1_000;
        Callers.Caller<Integer> reader = Callers.platform(() -> {
            int torn = 0;
            for (int round = 1; round <= rounds; round++) {
                soon(notifier::testAndClear);
                torn += data[0] == round ? 0 : 1;
                answer.set();
            }
            return torn;
        });
        for (int round = 1; round <= rounds; round++) {
            data[0] = round;
            notifier.set();
            soon(answer::testAndClear);
        }
        assertThat(reader.result()).isZero();
    }
}
