package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An Error that work throws is a failure like any other, and costs no worker. */
class ErrorsTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Throwable> handled = new CopyOnWriteArrayList<>();

    /** What is meant to end its thread, as ThreadDeath was: no message, no trace, not to be caught. */
    private static final class Death extends Error {
        private static final long serialVersionUID = 1;

        Death() {
            super(null, null, false, false);
        }
    }

    /** Work that fails in earnest. */
    enum Fault {
        STACK_OVERFLOW(StackOverflowError.class) {
            @Override
            void strike() {
                dig(0);
            }
        },
        OUT_OF_MEMORY(OutOfMemoryError.class) {
            @Override
            void strike() {
                sink = new byte[Integer.MAX_VALUE]; // longer than any JVM's longest array
            }
        },
        ASSERTION(AssertionError.class) {
            @Override
            void strike() {
                throw new AssertionError("failed");
            }
        },
        LINKAGE(NoClassDefFoundError.class) {
            @Override
            void strike() {
                throw new NoClassDefFoundError("gone");
            }
        },
        THREAD_DEATH(Death.class) {
            @Override
            void strike() {
                throw new Death();
            }
        };

        final Class<? extends Error> type;

        Fault(Class<? extends Error> type) {
            this.type = type;
        }

        abstract void strike();
    }

    private static volatile Object sink;

    private static int dig(int depth) {
        return dig(depth + 1) + 1;
    }

    private ThreadPool open() {
        return pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> handled.add(e)));
    }

    /** JUnit takes some of these for its own end, so they must not get out. */
    private static Throwable caughtBy(ThreadPool pool, Fault fault) throws Exception {
        return Callers.onVirtual(() -> {
            try {
                pool.submitCo(() -> fault.strike());
                return null;
            } catch (Error e) {
                return e;
            }
        });
    }

    private static Thread workerOf(ThreadPool pool) throws Exception {
        return Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
    }

    @ParameterizedTest
    @EnumSource
    void theCallerReceivesIt(Fault fault) throws Exception {
        ThreadPool pool = open();
        Thread worker = workerOf(pool);
        for (int i = 0; i < 3; i++) {
            assertThat(caughtBy(pool, fault)).isInstanceOf(fault.type);
        }
        assertThat(workerOf(pool)).isSameAs(worker);
        assertThat(pool.stats().failed()).isEqualTo(3);
        assertThat(handled).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void theCallbackReceivesIt(Fault fault) throws Exception {
        ThreadPool pool = open();
        Thread worker = workerOf(pool);
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(
                () -> {
                    fault.strike();
                    return null;
                },
                outcome);
        assertThat(outcome.failure()).isInstanceOf(fault.type);
        assertThat(outcome.value()).isNull();
        assertThat(workerOf(pool)).isSameAs(worker);
        assertThat(pool.stats().failed()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void theHandlerReceivesIt(Fault fault) throws Exception {
        ThreadPool pool = open();
        Thread worker = workerOf(pool);
        pool.submit(fault::strike);
        assertThat(workerOf(pool)).isSameAs(worker);
        assertThat(handled).hasSize(1).first().isInstanceOf(fault.type);
        assertThat(pool.stats().failed()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void aCallbackThatThrowsItHarmsNoOther(Fault fault) throws Exception {
        ThreadPool pool = open();
        Outcome<String> next = new Outcome<>();
        pool.submitAio(() -> 1, (value, failure) -> fault.strike());
        pool.submitAio(() -> "next", next);
        assertThat(next.value()).isEqualTo("next");
        assertThat(handled).hasSize(1).first().isInstanceOf(fault.type);
        assertThat(pool.stats().failed()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aHandlerThatThrowsItHarmsNoRequest(Fault fault) throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(
                    ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> fault.strike()));
            Thread worker = workerOf(pool);
            Outcome<String> next = new Outcome<>();
            pool.submit(() -> {
                throw new IllegalStateException("for the handler");
            });
            pool.submitAio(() -> 1, (value, failure) -> {
                throw new IllegalStateException("for the handler");
            });
            pool.submitAio(() -> "next", next);
            assertThat(next.value()).isEqualTo("next");
            assertThat(workerOf(pool)).isSameAs(worker);
            assertThat(log.records()).hasSize(2).allMatch(record -> fault.type.isInstance(record.getThrown()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDecoratorThatThrowsItAroundTheWorkFailsTheRequestOnly(Fault fault) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> handled.add(e))
                .taskDecorator(task -> () -> {
                    if (!Thread.currentThread().getName().contains("-worker-")) {
                        task.run();
                    } else {
                        fault.strike();
                    }
                }));
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(() -> "never", outcome);
        assertThat(outcome.failure()).isInstanceOf(fault.type);
        assertThat(caughtBy(pool, fault)).isInstanceOf(fault.type);
        pool.close();
        assertThat(pool.stats().failed()).isEqualTo(2);
        assertThat(handled).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aDecoratorThatThrowsItAfterTheWorkOrTheCallbackLosesNeither(Fault fault) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> handled.add(e))
                .taskDecorator(task -> () -> {
                    task.run();
                    fault.strike();
                }));
        Outcome<String> outcome = new Outcome<>();
        Thread worker = workerOf(pool);
        pool.submitAio(() -> "done", outcome);
        assertThat(outcome.value()).isEqualTo("done");
        assertThat(workerOf(pool)).isSameAs(worker);
        pool.close();
        assertThat(handled).hasSize(4).allMatch(fault.type::isInstance);
    }

    @ParameterizedTest
    @EnumSource
    void anObserverThatThrowsItHarmsNoRequest(Fault fault) throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = open();
            new ThreadPoolMetrics(pool).bindTo(new BrokenRegistry(fault::strike));
            Outcome<String> outcome = new Outcome<>();
            Thread worker = workerOf(pool);
            pool.submitAio(() -> "done", outcome);
            pool.submit(() -> {});
            assertThat(outcome.value()).isEqualTo("done");
            assertThat(workerOf(pool)).isSameAs(worker);
            pool.close();
            assertThat(handled).isEmpty();
            assertThat(pool.stats().completed()).isEqualTo(4);
            assertThat(log.records()).hasSize(1);
        }
    }

    @Test
    void theCallersTraceIsAddedToAnErrorToo() throws Exception {
        Throwable error = Callers.virtual(() -> open().submitCo(() -> {
                    throw new AssertionError("failed");
                }))
                .failure();
        assertThat(error).isInstanceOf(AssertionError.class).hasMessage("failed");
        assertThat(error.getSuppressed()).hasSize(1);
    }
}
