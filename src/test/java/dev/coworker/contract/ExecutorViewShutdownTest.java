package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The end of a view that was shut down. */
class ExecutorViewShutdownTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, failure) -> {}));
    private final ExecutorService view = pool.asExecutorService();
    private final Gate gate = new Gate();

    /** The one worker stands at the gate, for this view. */
    private Future<?> occupy() throws InterruptedException {
        Future<?> future = view.submit(() -> {
            gate.pass();
            return null;
        });
        gate.awaitArrived(1);
        return future;
    }

    private static void untilWaits(Caller<?> caller) {
        Callers.until("it waits", () -> switch (caller.thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            default -> false;
        });
    }

    private void assertTerminates() throws InterruptedException {
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(view.isShutdown()).isTrue();
        assertThat(view.isTerminated()).isTrue();
    }

    @Test
    void aFreshViewIsNeitherShutDownNorTerminated() throws Exception {
        assertThat(view.isShutdown()).isFalse();
        assertThat(view.isTerminated()).isFalse();
        assertThat(view.awaitTermination(0, TimeUnit.SECONDS)).isFalse();
        assertThat(view.awaitTermination(-1, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void anUnusedViewTerminatesWhenItIsShutDown() throws Exception {
        view.shutdown();
        assertTerminates();
        assertThat(view.awaitTermination(0, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatWasAcceptedBeforeShutdownRuns() throws Exception {
        occupy();
        Future<Integer> queued = view.submit(() -> 42);
        view.shutdown();
        assertThat(view.isShutdown()).isTrue();
        assertThat(view.isTerminated()).isFalse();
        gate.open();
        assertTerminates();
        assertThat(queued.resultNow()).isEqualTo(42);
    }

    @Test
    void whatComesAfterShutdownIsRejected() throws Exception {
        view.shutdown();
        AtomicInteger ran = new AtomicInteger();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.execute(ran::incrementAndGet));
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> view.submit(ran::incrementAndGet));
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.invokeAll(List.of(ran::incrementAndGet)));
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.invokeAny(List.of(ran::incrementAndGet)));
        assertTerminates();
        pool.close();
        assertThat(ran.get()).isZero();
        assertThat(pool.stats().submitted()).isZero();
    }

    @Test
    void shutdownTwiceIsShutdownOnce() throws Exception {
        view.shutdown();
        view.shutdown();
        assertThat(view.shutdownNow()).isEmpty();
        assertTerminates();
    }

    @Test
    void shutdownDoesNotInterruptWhatRuns() throws Exception {
        Future<?> running = occupy();
        view.shutdown();
        gate.open();
        assertThat(running.get()).isNull();
        assertTerminates();
    }

    @Test
    void shutdownNowReturnsWhatNeverRanInOrder() throws Exception {
        occupy();
        List<Object> submitted = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Runnable command = () -> {};
            view.execute(command);
            submitted.add(command);
            submitted.add(view.submit(() -> 42));
        }
        assertThat(new ArrayList<Object>(view.shutdownNow())).isEqualTo(submitted);
        assertThat(pool.stats().queued()).isZero();
        assertThat(pool.stats().canceled()).isEqualTo(6);
        assertTerminates();
    }

    @Test
    void shutdownNowInterruptsWhatRuns() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        view.execute(() -> {
            try {
                gate.pass();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        gate.awaitArrived(1);
        assertThat(view.shutdownNow()).isEmpty();
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        assertTerminates();
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isInterrupted())))
                .isFalse();
    }

    @Test
    void whatShutdownNowReturnedCanStillBeRun() throws Exception {
        occupy();
        Future<Integer> future = view.submit(() -> 42);
        List<Runnable> neverRun = view.shutdownNow();
        assertThat(future.isDone()).isFalse();
        neverRun.get(0).run();
        assertThat(future.get()).isEqualTo(42);
    }

    @Test
    void shutdownNowReturnsNothingThatWasCanceledBefore() throws Exception {
        occupy();
        Future<Integer> canceled = view.submit(() -> 1);
        Future<Integer> left = view.submit(() -> 2);
        canceled.cancel(false);
        assertThat(new ArrayList<Object>(view.shutdownNow())).containsExactly(left);
    }

    @Test
    void awaitTerminationGivesUpWhenItsTimeIsOver() throws Exception {
        occupy();
        view.shutdown();
        assertThat(view.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(view.isTerminated()).isFalse();
        gate.open();
        assertTerminates();
    }

    @Test
    void awaitTerminationReturnsWhenTheLastTaskHasEnded() throws Exception {
        occupy();
        view.shutdown();
        Caller<Boolean> waiter = Callers.platform(() -> view.awaitTermination(Long.MAX_VALUE, TimeUnit.DAYS));
        untilWaits(waiter);
        gate.open();
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void awaitTerminationReturnsWhenTheLastTaskIsCanceled() throws Exception {
        occupy();
        Future<Integer> queued = pool.asExecutorService().submit(() -> 1);
        ExecutorService other = pool.asExecutorService();
        Future<Integer> last = other.submit(() -> 2);
        other.shutdown();
        Caller<Boolean> waiter = Callers.virtual(() -> other.awaitTermination(1, TimeUnit.HOURS));
        untilWaits(waiter);
        assertThat(last.cancel(false)).isTrue();
        assertThat(waiter.result()).isTrue();
        assertThat(queued.isDone()).isFalse();
        gate.open();
    }

    @Test
    void awaitTerminationReturnsWhenAnUnusedViewIsShutDown() throws Exception {
        Caller<Boolean> waiter = Callers.platform(() -> view.awaitTermination(1, TimeUnit.HOURS));
        untilWaits(waiter);
        view.shutdown();
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void awaitTerminationReturnsWhenAnUnusedViewIsStopped() throws Exception {
        Caller<Boolean> waiter = Callers.platform(() -> view.awaitTermination(1, TimeUnit.HOURS));
        untilWaits(waiter);
        assertThat(view.shutdownNow()).isEmpty();
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void aRejectionSaysWhoseViewIsShutDown() {
        view.shutdown();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.execute(() -> {}))
                .withMessage("ExecutorService of %s is shut down", pool.name());
    }

    @Test
    void anInterruptEndsTheWaitForTermination() throws Exception {
        occupy();
        view.shutdown();
        Caller<Boolean> waiter = Callers.platform(() -> view.awaitTermination(1, TimeUnit.HOURS));
        waiter.thread.interrupt();
        assertThat(waiter.failure()).isInstanceOf(InterruptedException.class);
        Caller<Boolean> virtual = Callers.virtual(() -> view.awaitTermination(1, TimeUnit.HOURS));
        untilWaits(virtual);
        virtual.thread.interrupt();
        assertThat(virtual.failure()).isInstanceOf(InterruptedException.class);
        gate.open();
        assertTerminates();
    }

    @Test
    void awaitTerminationTakesNoNull() {
        assertThatNullPointerException().isThrownBy(() -> view.awaitTermination(1, null));
    }

    @Test
    void closeWaitsForWhatWasAccepted() throws Exception {
        Future<?> running = occupy();
        Future<Integer> queued = view.submit(() -> 42);
        Caller<Void> closer = Callers.platform(() -> {
            view.close();
            return null;
        });
        Callers.until("it is shut down", view::isShutdown);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
        assertThat(view.isTerminated()).isTrue();
        assertThat(running.isDone()).isTrue();
        assertThat(queued.resultNow()).isEqualTo(42);
        view.close();
    }

    @Test
    void anInterruptedCloseStopsWhatRunsAndKeepsTheStatus() throws Exception {
        Future<?> running = occupy();
        Future<Integer> queued = view.submit(() -> 42);
        Caller<Boolean> closer = Callers.platform(() -> {
            view.close();
            return Thread.currentThread().isInterrupted();
        });
        untilWaits(closer);
        closer.thread.interrupt();
        assertThat(closer.result()).isTrue();
        assertThat(running.state()).isEqualTo(Future.State.FAILED);
        assertThat(queued.isDone()).isFalse();
        assertThat(view.isTerminated()).isTrue();
    }

    @Test
    void whateverRacesWithShutdownNowRunsOrIsReturnedOrIsRejected() throws Exception {
        int rounds = 300;
        occupy();
        AtomicInteger others = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        AtomicReferenceArray<ExecutorService> raced = new AtomicReferenceArray<>(rounds);
        AtomicInteger submitted = new AtomicInteger();
        Caller<Integer> submitter = Callers.platform(() -> {
            int accepted = 0;
            for (int round = 0; round < rounds; round++) {
                ExecutorService each;
                while ((each = raced.get(round)) == null) {
                    Thread.yield();
                }
                try {
                    each.execute(ran::incrementAndGet);
                    accepted++;
                } catch (RejectedExecutionException e) {
                    // shutdownNow came first
                }
                submitted.incrementAndGet();
            }
            return accepted;
        });
        int returned = 0;
        for (int round = 0; round < rounds; round++) {
            pool.submit(others::incrementAndGet);
            ExecutorService each = pool.asExecutorService();
            raced.set(round, each);
            for (int spin = 0; spin < round % 100; spin++) {
                Thread.onSpinWait();
            }
            returned += each.shutdownNow().size();
            while (submitted.get() <= round) {
                Thread.yield();
            }
        }
        int accepted = submitter.result();
        gate.open();
        pool.close();
        assertThat(others.get()).isEqualTo(rounds);
        assertThat(ran.get() + returned).isEqualTo(accepted);
    }

    /** Which waits for what is not the view's. */
    @Test
    void whoWaitsForItIsToldAsSoonAsThePoolBeginsToClose() throws Exception {
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Boolean> waiter = Callers.platform(() -> view.awaitTermination(1, TimeUnit.HOURS));
        untilWaits(waiter);
        Caller<Void> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        assertThat(waiter.result()).isTrue();
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
    }
}
