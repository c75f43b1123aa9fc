package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The foreign executor of a context no longer takes anything. */
class RejectingExecutorTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private final Gate gate = new Gate();
    private final Outcome<Object> outcome = new Outcome<>();
    private Log log;

    @BeforeEach
    void captureLog() {
        log = new Log();
    }

    @AfterEach
    void releaseLog() {
        log.close();
    }

    private ThreadPool open(Executor executor) {
        return open(AioContext.on(executor));
    }

    private ThreadPool open(AioContext context) {
        return pools.open(
                ThreadPool.builder().context(context).uncaughtExceptionHandler((thread, e) -> handled.add(e)));
    }

    private static void reject(Runnable task) {
        throw new RejectedExecutionException("closed for ever");
    }

    private static ExecutorService shutDown() {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.shutdownNow();
        return executor;
    }

    @Test
    void anExecutorThatHasNoThreadForItIsAskedAgain() throws Exception {
        ExecutorService executor = pools.closeAfterwards(Executors.newSingleThreadExecutor());
        AtomicInteger asked = new AtomicInteger();
        ThreadPool pool = open(task -> {
            if (asked.incrementAndGet() <= 3) {
                throw new OutOfMemoryError("unable to create native thread, says the test");
            }
            executor.execute(task);
        });
        pool.submitAio(() -> 42, outcome);
        assertThat(outcome.value()).isEqualTo(42);
        pool.close();
        assertThat(asked).hasValueGreaterThan(3);
        assertThat(handled).isEmpty();
    }

    @Test
    void theHandlerReceivesTheRejectionOfEachCallbackAndNoneRuns() {
        ThreadPool pool = open(shutDown());
        for (int i = 0; i < 10; i++) {
            pool.submitAio(() -> "done", outcome);
        }
        pool.close();
        assertThat(handled).hasSize(10).allMatch(e -> e instanceof RejectedExecutionException);
        assertThat(outcome.calls()).isZero();
        assertThat(pool.stats().completed()).isEqualTo(10);
    }

    @Test
    void theHandlerReceivesTheVeryRejectionOfTheExecutor() {
        RejectedExecutionException rejection = new RejectedExecutionException("closed for ever");
        ThreadPool pool = open((Executor) task -> {
            throw rejection;
        });
        pool.submitAio(() -> "done", outcome);
        pool.close();
        assertThat(handled).containsExactly(rejection);
    }

    @Test
    void whateverElseTheExecutorThrowsIsARejectionToo() {
        IllegalStateException broken = new IllegalStateException("broken");
        ThreadPool pool = open((Executor) task -> {
            throw broken;
        });
        pool.submitAio(() -> "done", outcome);
        pool.close();
        Callers.until("the handler has heard of 1", () -> handled.size() == 1);
        assertThat(handled.get(0))
                .isInstanceOf(RejectedExecutionException.class)
                .hasCause(broken);
    }

    @Test
    void cancelStopsWaitingForTheCallback() throws Exception {
        ThreadPool pool = open(RejectingExecutorTest::reject);
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    gate.pass();
                    return "done";
                },
                outcome);
        gate.awaitArrived(1);
        Caller<Boolean> canceler = Callers.platform(request::cancel);
        Await.parked(canceler.thread);
        gate.open();
        assertThat(canceler.result()).isFalse();
        assertThat(request.state()).isEqualTo(State.DONE);
        assertThat(outcome.calls()).isZero();
        Callers.until("the handler has heard of 1", () -> handled.size() == 1);
    }

    @Test
    void cancelOfAQueuedRequestDoesNotHangEither() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .context(AioContext.on(RejectingExecutorTest::reject))
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> handled.add(e)));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<String> request = pool.submitAio(() -> "never", outcome);
        assertThat(request.cancel()).isTrue();
        assertThat(outcome.calls()).isZero();
        assertThat(handled).hasSize(1).first().isInstanceOf(RejectedExecutionException.class);
        gate.open();
    }

    @Test
    void closeWithinADurationEndsAndSaysSo() {
        ThreadPool pool = open(RejectingExecutorTest::reject);
        pool.submitAio(() -> "done", outcome);
        assertThat(pool.close(Duration.ofSeconds(30))).isTrue();
        Callers.until("the handler has heard of 1", () -> handled.size() == 1);
    }

    @Test
    void theOtherLayersGoOn() throws Exception {
        ThreadPool pool = open(RejectingExecutorTest::reject);
        Outcome<String> ran = new Outcome<>();
        pool.submit(() -> ran.accept("ran", null));
        assertThat(Callers.<String>onVirtual(() -> pool.submitCo(() -> "returned")))
                .isEqualTo("returned");
        assertThat(ran.value()).isEqualTo("ran");
        assertThat(handled).isEmpty();
    }

    @Test
    void callbacksAreDeliveredAgainOnceTheExecutorTakesThem() throws Exception {
        AtomicBoolean rejecting = new AtomicBoolean(true);
        ExecutorService executor = pools.closeAfterwards(Executors.newSingleThreadExecutor());
        ThreadPool pool = open((Executor) task -> {
            if (rejecting.get()) {
                reject(task);
            }
            executor.execute(task);
        });
        Outcome<Object> lost = new Outcome<>();
        AioRequest<String> request = pool.submitAio(() -> "lost", lost);
        Callers.until("given up", () -> handled.size() == 1);
        rejecting.set(false);
        pool.submitAio(() -> "delivered", outcome);
        assertThat(outcome.value()).isEqualTo("delivered");
        assertThat(request.cancel()).isFalse();
        assertThat(lost.calls()).isZero();
    }

    @Test
    void aHandlerThatThrowsDoesNotKeepTheOthersWaiting() {
        AssertionError thrown = new AssertionError("the handler's own");
        ThreadPool pool = pools.open(ThreadPool.builder()
                .context(AioContext.on(RejectingExecutorTest::reject))
                .uncaughtExceptionHandler((thread, e) -> {
                    handled.add(e);
                    throw thrown;
                }));
        for (int i = 0; i < 5; i++) {
            pool.submitAio(() -> "done", outcome);
        }
        pool.close();
        Callers.until("the handler has heard of 5", () -> handled.size() == 5);
        assertThat(log.of(thrown)).hasSize(5);
    }

    /** The loop thread knows itself and waits by polling, while a worker hears that the executor rejects. */
    @Test
    void cancelOnTheLoopThreadReturnsWhereverTheRejectionFindsIt() throws Exception {
        int requests = 2_000;
        AtomicInteger delivered = new AtomicInteger();
        Caller<Object> home = Callers.platform(() -> {
            Thread me = Thread.currentThread();
            ThreadPool pool = open(AioContext.on(RejectingExecutorTest::reject, () -> Thread.currentThread() == me));
            for (int i = 0; i < requests; i++) {
                int length = i % 37 * 5;
                AioRequest<Object> request = pool.submitAio(
                        () -> {
                            spin(length);
                            return null;
                        },
                        (value, failure) -> delivered.incrementAndGet());
                while (request.state() == State.QUEUED) {
                    Thread.onSpinWait();
                }
                spin(i % 41 * 5);
                request.cancel();
            }
            pool.close();
            return null;
        });
        home.result();
        assertThat(delivered.get() + handled.size()).isEqualTo(requests);
        assertThat(log.records())
                .as("no worker died of it")
                .noneMatch(record -> record.getLevel().intValue() > Level.WARNING.intValue());
    }

    @Test
    void aCallbackOnTheLoopThreadMayCancelAnotherRequest() throws Exception {
        Gate second = new Gate();
        CountDownLatch bothRun = new CountDownLatch(1);
        AtomicBoolean canceled = new AtomicBoolean();
        Caller<Object> home = Callers.platform(() -> {
            Thread me = Thread.currentThread();
            ThreadPool pool = open(AioContext.on(RejectingExecutorTest::reject, () -> Thread.currentThread() == me));
            AioRequest<Object> other = pool.submitAio(
                    () -> {
                        second.pass();
                        return "other";
                    },
                    outcome);
            AioRequest<Object> request = pool.submitAio(
                    () -> {
                        gate.pass();
                        return "done";
                    },
                    (value, failure) -> {
                        second.open();
                        Callers.until("the other has ended", () -> pool.stats().idleThreads() == 2);
                        other.cancel();
                        canceled.set(true);
                    });
            gate.awaitArrived(1);
            second.awaitArrived(1);
            bothRun.countDown();
            request.cancel();
            pool.close();
            return null;
        });
        bothRun.await();
        Await.parked(home.thread);
        gate.open();
        Callers.until("delivered, or given up", () -> canceled.get() || !handled.isEmpty());
        second.open();
        home.result();
        assertThat(outcome.calls() + handled.size()).isEqualTo(canceled.get() ? 1 : 2);
    }

    @Test
    void aHandlerMayCloseThePool() throws Exception {
        AtomicReference<ThreadPool> opened = new AtomicReference<>();
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        opened.set(pools.open(ThreadPool.builder()
                .context(AioContext.on(RejectingExecutorTest::reject))
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> {
                    called.countDown();
                    opened.get().close();
                    closed.countDown();
                })));
        opened.get().submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Thread canceler = Thread.ofPlatform()
                .start(() -> opened.get().submitAio(() -> "never", outcome).cancelAsync());
        called.await();
        gate.open();
        closed.await();
        canceler.join();
        assertThat(opened.get().toString()).contains("Closed");
    }

    private static void spin(int times) {
        for (int i = 0; i < times; i++) {
            Thread.onSpinWait();
        }
    }
}
