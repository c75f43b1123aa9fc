package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UncaughtHandlerTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    private ThreadPool open() {
        return pools.open(handling());
    }

    private ThreadPool.Builder handling() {
        return ThreadPool.builder().name("handled").uncaughtExceptionHandler((thread, e) -> {
            threads.add(thread);
            handled.add(e);
        });
    }

    @Test
    void hearsWhatSubmittedWorkThrewAndWhichWorkerRanIt() {
        ThreadPool pool = open();
        IOException failure = new IOException("failed");
        pool.submit(() -> {
            throw failure;
        });
        pool.close();
        assertThat(handled).containsExactly(failure);
        assertThat(threads.get(0).getName()).startsWith("handled-worker-");
    }

    @Test
    void hearsWhatACallbackThrewOnTheLoopThread() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(handling().context(context));
        IllegalStateException failure = new IllegalStateException("the callback's");
        pool.submitAio(() -> null, (value, thrown) -> {
            throw failure;
        });
        pool.close();
        assertThat(handled).containsExactly(failure);
        assertThat(threads.get(0).getName()).isEqualTo("home");
        assertThat(pool.stats().completed()).isOne();
        assertThat(pool.stats().failed()).isZero();
    }

    @Test
    void hearsNothingOfWhatTheOtherLayersDeliver() throws Exception {
        ThreadPool pool = open();
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(
                () -> {
                    throw new IOException("for the callback");
                },
                outcome);
        Throwable failure = Callers.virtual(() -> pool.submitCo(() -> {
                    throw new IOException("for the caller");
                }))
                .failure();
        pool.close();
        assertThat(outcome.failure()).hasMessage("for the callback");
        assertThat(failure).hasMessage("for the caller");
        assertThat(handled).isEmpty();
    }

    @Test
    void hearsNothingOfACancellation() throws Exception {
        ThreadPool pool = pools.open(handling().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Outcome<String> outcome = new Outcome<>();
        pool.submitAio(() -> "never", outcome).cancelAsync();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        gate.open();
        pool.close();
        assertThat(handled).isEmpty();
    }

    @Test
    void byDefaultAFailureIsLoggedAsAWarningWithItsStack() {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(ThreadPool.builder().name("loud"));
            IOException work = new IOException("the work's");
            IllegalStateException callback = new IllegalStateException("the callback's");
            pool.submit(() -> {
                throw work;
            });
            pool.submitAio(() -> null, (value, failure) -> {
                throw callback;
            });
            pool.close();
            for (Throwable failure : List.of(work, callback)) {
                assertThat(log.of(failure)).hasSize(1);
                assertThat(log.of(failure).get(0).getLevel()).isEqualTo(Level.WARNING);
                assertThat(log.of(failure).get(0).getMessage()).contains("loud");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHandlerThatThrowsIsLoggedAndDropped(boolean error) {
        try (Log log = new Log()) {
            RuntimeException exception = new IllegalStateException("the handler's own");
            Error assertion = new AssertionError("the handler's own");
            ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> {
                handled.add(e);
                if (error) {
                    throw assertion;
                }
                throw exception;
            }));
            List<Thread> workers = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 3; i++) {
                pool.submit(() -> {
                    workers.add(Thread.currentThread());
                    throw new IOException("failed");
                });
                pool.submitAio(() -> null, (value, failure) -> {
                    throw new IllegalArgumentException("the callback's");
                });
            }
            pool.close();
            assertThat(handled).hasSize(6);
            assertThat(log.of(error ? assertion : exception))
                    .hasSize(6)
                    .allMatch(record -> record.getLevel() == Level.WARNING);
            assertThat(workers).hasSize(3).containsOnly(workers.get(0));
            assertThat(pool.stats().failed()).isEqualTo(3);
            assertThat(pool.stats().completed()).isEqualTo(3);
        }
    }

    @Test
    void aFailureIsCountedBeforeTheHandlerHearsOfIt() throws Exception {
        Outcome<Long> counted = new Outcome<>();
        ThreadPool[] opened = new ThreadPool[1];
        opened[0] = pools.open(ThreadPool.builder()
                .uncaughtExceptionHandler(
                        (thread, e) -> counted.accept(opened[0].stats().failed(), e)));
        opened[0].submit(() -> {
            throw new IOException("failed");
        });
        assertThat(counted.value()).isOne();
    }

    @Test
    void closeWaitsForTheHandler() throws Exception {
        Gate gate = new Gate();
        ThreadPool pool =
                pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> gate.passUninterruptibly()));
        pool.submit(() -> {
            throw new IOException("failed");
        });
        gate.awaitArrived(1);
        Callers.Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
    }
}
