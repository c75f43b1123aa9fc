package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The pool as an executor: what is handed in, and what comes of it. */
class ExecutorViewTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Throwable> uncaught = Collections.synchronizedList(new ArrayList<>());
    private final ThreadPool pool = pools.open(ThreadPool.builder()
            .maxThreads(1)
            .maxQueued(20)
            .uncaughtExceptionHandler((thread, failure) -> uncaught.add(failure)));
    private final ExecutorService view = pool.asExecutorService();
    private final Gate gate = new Gate();

    @Test
    void anExecutedCommandRunsOnAWorker() throws Exception {
        CompletableFuture<Thread> runner = new CompletableFuture<>();
        view.execute(() -> runner.complete(Thread.currentThread()));
        assertThat(runner.get(30, TimeUnit.SECONDS).getName()).startsWith(pool.name() + "-worker-");
    }

    @Test
    void aSubmittedCallableReturnsItsValue() throws Exception {
        Future<Integer> future = view.submit(() -> 42);
        assertThat(future.get()).isEqualTo(42);
        assertThat(future.isDone()).isTrue();
        assertThat(future.isCancelled()).isFalse();
        assertThat(future.resultNow()).isEqualTo(42);
    }

    @Test
    void aSubmittedRunnableReturnsNull() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        assertThat(view.submit((Runnable) ran::incrementAndGet).get()).isNull();
        assertThat(ran.get()).isEqualTo(1);
    }

    @Test
    void aRunnableSubmittedWithAResultReturnsIt() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        assertThat(view.submit(ran::incrementAndGet, "done").get()).isEqualTo("done");
        assertThat(ran.get()).isEqualTo(1);
    }

    @Test
    void nullIsRefusedAndNothingIsCounted() {
        assertThatNullPointerException().isThrownBy(() -> view.execute(null));
        assertThatNullPointerException().isThrownBy(() -> view.submit((Runnable) null));
        assertThatNullPointerException().isThrownBy(() -> view.submit((Callable<?>) null));
        assertThatNullPointerException().isThrownBy(() -> view.submit(null, "done"));
        assertThat(pool.stats().submitted()).isZero();
    }

    @Test
    void whatASubmittedTaskThrowsIsTheCauseOfItsExecutionException() {
        IOException failure = new IOException("on purpose");
        Future<Object> future = view.submit(() -> {
            throw failure;
        });
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(future::get)
                .havingCause()
                .isSameAs(failure);
        assertThat(future.exceptionNow()).isSameAs(failure);
        assertThat(uncaught).isEmpty();
    }

    @Test
    void anErrorOfASubmittedTaskIsTheCauseToo() {
        Error failure = new StackOverflowError("on purpose");
        Future<?> future = view.submit((Runnable) () -> {
            throw failure;
        });
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(future::get)
                .havingCause()
                .isSameAs(failure);
    }

    @Test
    void whatAnExecutedCommandThrowsGoesToTheHandler() throws Exception {
        IllegalStateException failure = new IllegalStateException("on purpose");
        view.execute(() -> {
            throw failure;
        });
        assertThat(view.submit(() -> 42).get()).isEqualTo(42);
        assertThat(uncaught).containsExactly(failure);
        assertThat(pool.stats().failed()).isEqualTo(1);
    }

    @Test
    void tasksAreStartedInTheOrderOfTheirSubmission() throws Exception {
        view.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        List<Integer> started = Collections.synchronizedList(new ArrayList<>());
        List<Future<Boolean>> futures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            futures.add(view.submit(() -> started.add(number)));
        }
        gate.open();
        for (Future<Boolean> future : futures) {
            future.get();
        }
        assertThat(started).isEqualTo(IntStream.range(0, 20).boxed().toList());
    }

    @Test
    void getWaitsNoLongerThanItsTimeout() throws Exception {
        Future<Integer> future = view.submit(() -> {
            gate.pass();
            return 42;
        });
        assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(1, TimeUnit.MILLISECONDS));
        assertThat(future.isDone()).isFalse();
        gate.open();
        assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo(42);
    }

    @Test
    void anInterruptEndsTheWaitForAFutureAndNotItsTask() throws Exception {
        Future<Integer> future = view.submit(() -> {
            gate.pass();
            return 42;
        });
        gate.awaitArrived(1);
        Caller<Integer> getter = Callers.platform(future::get);
        getter.thread.interrupt();
        assertThat(getter.failure()).isInstanceOf(InterruptedException.class);
        gate.open();
        assertThat(future.get()).isEqualTo(42);
    }

    @Test
    void aTaskMaySubmitAnother() throws Exception {
        Future<Future<Integer>> outer = view.submit(() -> view.submit(() -> 42));
        assertThat(outer.get().get()).isEqualTo(42);
    }

    @Test
    void aCompletableFutureRunsOnIt() throws Exception {
        CompletableFuture<String> future =
                CompletableFuture.supplyAsync(() -> Thread.currentThread().getName(), view);
        assertThat(future.get(30, TimeUnit.SECONDS)).startsWith(pool.name() + "-worker-");
    }

    @Test
    void aFutureTaskOfTheCallersRuns() throws Exception {
        FutureTask<Integer> task = new FutureTask<>(() -> 42);
        view.execute(task);
        assertThat(task.get(30, TimeUnit.SECONDS)).isEqualTo(42);
    }

    @Test
    void aFutureTaskThatIsToRunAgainIsNotCanceledByItsFirstRun() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        class Repeated extends FutureTask<Void> {
            Repeated() {
                super(runs::incrementAndGet, null);
            }

            @Override
            public void run() {
                runAndReset();
            }
        }
        Repeated task = new Repeated();
        view.execute(task);
        view.execute(task);
        assertThat(view.submit(() -> 42).get()).isEqualTo(42);
        assertThat(task.isCancelled()).isFalse();
        assertThat(runs.get()).isEqualTo(2);
    }

    @Test
    void atTheBoundATaskIsRejectedAndLeavesNothingBehind() throws Exception {
        view.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        for (int i = 0; i < 20; i++) {
            view.execute(() -> {});
        }
        AtomicInteger ran = new AtomicInteger();
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> view.submit(ran::incrementAndGet));
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.execute(ran::incrementAndGet));
        assertThat(pool.stats().rejected()).isEqualTo(2);
        gate.open();
        view.shutdown();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ran.get()).isZero();
    }

    @Test
    void whileACallerWaitsForAPlaceATaskIsRejected() throws Exception {
        view.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        for (int i = 0; i < 20; i++) {
            view.execute(() -> {});
        }
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("it waits", () -> pool.stats().waiting() == 1);
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> view.execute(() -> {}));
        gate.open();
        assertThat(caller.result()).isEqualTo(42);
    }
}
