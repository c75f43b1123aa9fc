package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands of a view that a pool's close drops: the one who waits for each is told. */
class DroppedCommandsTest {
    /** How the pool is closed, so that it drops what waits. */
    enum Close {
        WITHIN_NO_TIME {
            @Override
            void of(ThreadPool pool) {
                pool.close(Duration.ZERO);
            }
        },
        INTERRUPTED {
            @Override
            void of(ThreadPool pool) {
                Thread.currentThread().interrupt();
                pool.close();
                assertThat(Thread.interrupted()).isTrue();
            }
        };

        abstract void of(ThreadPool pool);
    }

    /** As other libraries have them: a future that is no FutureTask, and the command at the same time. */
    private static final class ForeignTask<T> implements Runnable, Future<T> {
        private final CompletableFuture<T> outcome = new CompletableFuture<>();
        private final Callable<T> work;

        ForeignTask(Callable<T> work) {
            this.work = work;
        }

        @Override
        public void run() {
            try {
                outcome.complete(work.call());
            } catch (Exception e) {
                outcome.completeExceptionally(e);
            }
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            return outcome.cancel(mayInterrupt);
        }

        @Override
        public boolean isCancelled() {
            return outcome.isCancelled();
        }

        @Override
        public boolean isDone() {
            return outcome.isDone();
        }

        @Override
        public T get() throws InterruptedException, ExecutionException {
            return outcome.get();
        }

        @Override
        public T get(long time, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
            return outcome.get(time, unit);
        }
    }

    /** A decorator that makes futures of its own, as listening executors do. */
    private static final class ForeignExecutor extends AbstractExecutorService {
        private final ExecutorService view;

        ForeignExecutor(ExecutorService view) {
            this.view = view;
        }

        @Override
        public void execute(Runnable command) {
            view.execute(command);
        }

        @Override
        public void shutdown() {
            view.shutdown();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return view.shutdownNow();
        }

        @Override
        public boolean isShutdown() {
            return view.isShutdown();
        }

        @Override
        public boolean isTerminated() {
            return view.isTerminated();
        }

        @Override
        public boolean awaitTermination(long time, TimeUnit unit) throws InterruptedException {
            return view.awaitTermination(time, unit);
        }
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private ThreadPool pool;
    private ExecutorService view;

    @BeforeEach
    void occupyTheWorker() throws Exception {
        pool = pools.open(ThreadPool.builder()
                .name("closing")
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
        view = pool.asExecutorService();
        pool.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                (value, failure) -> {}); // its interrupt is not for the handler
        gate.awaitArrived(1);
    }

    private static void assertCanceled(Future<?> future) {
        assertThat(future).isCancelled();
        assertThatThrownBy(() -> future.get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
    }

    private void close(Close close) throws Exception {
        Callers.platform(() -> {
                    close.of(pool);
                    return null;
                })
                .result();
    }

    @ParameterizedTest
    @EnumSource
    void futuresOfTheViewAreCanceled(Close close) throws Exception {
        Future<Integer> future = view.submit(() -> 42);
        Future<?> runnable = view.submit(() -> {});
        close(close);
        assertCanceled(future);
        assertCanceled(runnable);
        assertThat(handled).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aForeignFutureThatIsTheCommandIsCanceled(Close close) throws Exception {
        ForeignTask<Integer> task = new ForeignTask<>(() -> 42);
        view.execute(task);
        close(close);
        assertCanceled(task);
        assertThat(handled).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aForeignFutureThatWasSubmittedIsCanceledWithTheViewsOwn(Close close) throws Exception {
        ForeignTask<Integer> task = new ForeignTask<>(() -> 42);
        Future<?> future = view.submit(task);
        close(close);
        assertCanceled(task);
        assertCanceled(future);
        assertThat(handled).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void futuresOfAnExecutorAroundTheViewAreCanceled(Close close) throws Exception {
        Future<Integer> future = new ForeignExecutor(view).submit(() -> 42);
        assertThat(future).isInstanceOf(FutureTask.class);
        close(close);
        assertCanceled(future);
    }

    @ParameterizedTest
    @EnumSource
    void anExecutorCompletionServiceHandsOutDoneFutures(Close close) throws Exception {
        ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(view);
        Future<Integer> future = service.submit(() -> 42);
        close(close);
        Future<Integer> handedOut = service.poll(10, TimeUnit.SECONDS);
        assertThat(handedOut).isSameAs(future);
        assertCanceled(handedOut);
    }

    @ParameterizedTest
    @EnumSource
    void theTaskOfACompletableFutureGoesToTheHandlerAndEndsExceptionally(Close close) throws Exception {
        CompletableFuture<Integer> future = CompletableFuture.supplyAsync(() -> 42, view);
        close(close);
        assertThat(handled)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContainingAll("closing", "AsyncSupply"));
        assertThat(future).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void aPlainRunnableGoesToTheHandlerByName(Close close) throws Exception {
        AssertionError never = new AssertionError("must not run");
        view.execute(new Runnable() {
            @Override
            public void run() {
                throw never;
            }

            @Override
            public String toString() {
                return "the nightly report";
            }
        });
        close(close);
        assertThat(handled)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContainingAll("closing", "the nightly report"));
    }

    /** A library's own task, such as Reactor's: it keeps the future for its cancel only. */
    @ParameterizedTest
    @EnumSource
    void whatIsRunnableAndCallableGoesToTheHandlerToo(Close close) throws Exception {
        class Both implements Runnable, Callable<Integer> {
            @Override
            public void run() {}

            @Override
            public Integer call() {
                return 42;
            }
        }
        Future<?> future = view.submit((Runnable) new Both());
        close(close);
        assertCanceled(future);
        assertThat(handled)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContaining("Both"));
    }

    @ParameterizedTest
    @EnumSource
    void theTaskOfACompletionServiceAroundAnotherExecutorGoesToTheHandler(Close close) throws Exception {
        new ExecutorCompletionService<Integer>(new ForeignExecutor(view)).submit(() -> 42);
        close(close);
        assertThat(handled).singleElement().isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void whatRunsIsNotCanceledWithTheCommandThatCameAfterIt() throws Exception {
        Gate inTask = new Gate();
        Future<Integer> runs = view.submit(() -> {
            inTask.passUninterruptibly();
            return 42;
        });
        gate.open();
        inTask.awaitArrived(1);
        view.execute(() -> {});
        Caller<Boolean> closer = Callers.platform(() -> pool.close(Duration.ZERO));
        Callers.until("the command is dropped", () -> handled.size() == 1);
        inTask.open();
        assertThat(runs.get(10, TimeUnit.SECONDS)).isEqualTo(42);
        closer.result();
    }

    @Test
    void shutdownNowReturnsEveryKindOfCommandAndTellsNoHandler() throws Exception {
        ForeignTask<Integer> task = new ForeignTask<>(() -> 42);
        Runnable plain = () -> {};
        view.execute(task);
        view.execute(plain);
        Future<Integer> future = view.submit(() -> 42);
        assertThat(view.shutdownNow()).hasSize(3).startsWith(task, plain).last().isSameAs(future);
        assertThat(task.isDone()).isFalse();
        task.run();
        assertThat(task.get()).isEqualTo(42);
        gate.open();
        assertThat(handled).isEmpty();
    }

    @Test
    void theOthersAreToldThoughOneOfThemThrowsWhenItIsCanceled() throws Exception {
        view.execute(new FutureTask<>(() -> 42) {
            @Override
            protected void done() {
                throw new IllegalStateException("a listener that fails");
            }
        });
        Future<Integer> next = view.submit(() -> 42);
        try (Log log = new Log()) {
            close(Close.WITHIN_NO_TIME);
        }
        assertCanceled(next);
        assertThat(handled).singleElement().isInstanceOf(IllegalStateException.class);
    }

    @Test
    void submitCoCallersAreToldToo() throws Exception {
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("it is queued", () -> pool.stats().queued() == 1);
        close(Close.INTERRUPTED);
        assertThat(caller.failure()).isInstanceOf(CancellationException.class);
    }
}
