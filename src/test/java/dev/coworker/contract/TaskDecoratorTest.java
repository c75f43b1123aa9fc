package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TaskDecoratorTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private final Outcome<Object> outcome = new Outcome<>();
    private final AtomicInteger runs = new AtomicInteger();

    private ThreadPool open(UnaryOperator<Runnable> decorator) {
        return pools.open(
                ThreadPool.builder().taskDecorator(decorator).uncaughtExceptionHandler((thread, e) -> handled.add(e)));
    }

    @Test
    void itIsCalledOnTheSubmitterOnceForTheWorkAndOnceForTheCallback() throws Exception {
        List<Thread> decorators = new CopyOnWriteArrayList<>();
        ThreadPool pool = open(task -> {
            decorators.add(Thread.currentThread());
            return task;
        });
        Thread me = Thread.currentThread();
        pool.submit(runs::incrementAndGet);
        assertThat(decorators).containsExactly(me);
        pool.submitAio(runs::incrementAndGet, outcome);
        assertThat(decorators).containsExactly(me, me, me);
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(runs::incrementAndGet));
        caller.result();
        assertThat(decorators).containsExactly(me, me, me, caller.thread);
        pool.close();
        assertThat(runs).hasValue(3);
        assertThat(outcome.calls()).isOne();
        assertThat(handled).isEmpty();
    }

    @Test
    void whatItReturnsRunsAroundTheWorkAndAroundTheCallback() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        ThreadPool pool = open(task -> () -> {
            order.add("before");
            task.run();
            order.add("after");
        });
        pool.submitAio(
                () -> {
                    order.add("work");
                    return 1;
                },
                (value, failure) -> order.add("callback"));
        pool.close();
        assertThat(order).containsExactly("before", "work", "after", "before", "callback", "after");
    }

    @Test
    void theContextOfTheSubmitterCanBeCarriedAlong() throws Exception {
        ThreadLocal<String> tenant = new ThreadLocal<>();
        ThreadPool pool = open(task -> {
            String captured = tenant.get();
            return () -> {
                tenant.set(captured);
                try {
                    task.run();
                } finally {
                    tenant.remove();
                }
            };
        });
        tenant.set("platform");
        List<Object> seen = new CopyOnWriteArrayList<>();
        pool.submitAio(tenant::get, (value, failure) -> {
            seen.add(value);
            seen.add(tenant.get());
        });
        pool.submit(() -> outcome.accept(tenant.get(), null));
        assertThat(outcome.value()).isEqualTo("platform");
        String co = Callers.onVirtual(() -> {
            tenant.set("virtual");
            return pool.submitCo(tenant::get);
        });
        assertThat(co).isEqualTo("virtual");
        pool.close();
        assertThat(seen).containsExactly("platform", "platform");
    }

    @Test
    void valuesAndFailuresComeThroughAsThemselves() throws Exception {
        ThreadPool pool = open(task -> task::run);
        Object value = new Object();
        IOException failure = new IOException("typed");
        assertThat(Callers.<Object>onVirtual(() -> pool.submitCo(() -> value))).isSameAs(value);
        assertThat(Callers.virtual(() -> pool.submitCo(() -> {
                            throw failure;
                        }))
                        .failure())
                .isSameAs(failure);
        pool.submitAio(
                () -> {
                    throw failure;
                },
                outcome);
        assertThat(outcome.failure()).isSameAs(failure);
        pool.submit(() -> {
            throw failure;
        });
        pool.close();
        assertThat(handled).containsExactly(failure);
        assertThat(pool.stats().failed()).isEqualTo(3);
    }

    @Test
    void whatItThrowsGoesToTheSubmitterAndNothingIsCounted() throws Exception {
        IllegalStateException thrown = new IllegalStateException("the decorator's");
        ThreadPool pool = open(task -> {
            throw thrown;
        });
        assertThatThrownBy(() -> pool.submit(runs::incrementAndGet)).isSameAs(thrown);
        assertThatThrownBy(() -> pool.submitAio(runs::incrementAndGet, outcome)).isSameAs(thrown);
        assertThat(Callers.virtual(() -> pool.submitCo(runs::incrementAndGet)).failure())
                .isSameAs(thrown);
        assertNothingHappened(pool);
        assertThat(thrown.getSuppressed()).isEmpty();
    }

    @Test
    void whatItThrowsOverTheCallbackLeavesTheWorkUnsubmitted() throws Exception {
        AssertionError thrown = new AssertionError("the decorator's");
        AtomicInteger calls = new AtomicInteger();
        ThreadPool pool = open(task -> {
            if (calls.incrementAndGet() % 2 == 0) {
                throw thrown;
            }
            return task;
        });
        assertThatThrownBy(() -> pool.submitAio(runs::incrementAndGet, outcome)).isSameAs(thrown);
        assertThat(calls).hasValue(2);
        assertNothingHappened(pool);
    }

    @Test
    void aNullResultIsRefused() throws Exception {
        ThreadPool pool = open(task -> null);
        assertThatThrownBy(() -> pool.submit(runs::incrementAndGet))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("taskDecorator");
        assertThatThrownBy(() -> pool.submitAio(runs::incrementAndGet, outcome))
                .isInstanceOf(NullPointerException.class);
        assertThat(Callers.virtual(() -> pool.submitCo(runs::incrementAndGet)).failure())
                .isInstanceOf(NullPointerException.class);
        assertNothingHappened(pool);
    }

    private void assertNothingHappened(ThreadPool pool) {
        pool.close();
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.submitted() + stats.rejected()).isZero();
        assertThat(runs).hasValue(0);
        assertThat(outcome.calls()).isZero();
        assertThat(handled).isEmpty();
    }

    @Test
    void whatNeverRunsTheWorkFailsTheRequest() throws Exception {
        ThreadPool pool = open(task -> () -> {});
        assertThat(Callers.virtual(() -> pool.submitCo(runs::incrementAndGet)).failure())
                .isInstanceOf(IllegalStateException.class);
        pool.submit(runs::incrementAndGet);
        pool.close();
        assertThat(handled).hasSize(1).first().isInstanceOf(IllegalStateException.class);
        assertThat(pool.stats().failed()).isEqualTo(2);
        assertThat(runs).hasValue(0);
    }

    @Test
    void aWorkThatNeverRanReachesTheCallbackAsItsFailure() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        ThreadPool pool = open(task -> calls.incrementAndGet() == 1 ? () -> {} : task);
        pool.submitAio(runs::incrementAndGet, outcome);
        assertThat(outcome.failure()).isInstanceOf(IllegalStateException.class);
        pool.close();
        assertThat(pool.stats().failed()).isOne();
        assertThat(runs).hasValue(0);
    }

    @Test
    void aDecoratorThatNeverRunsTheCallbackIsReportedAndNotWaitedFor() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        ThreadPool pool = open(task -> calls.incrementAndGet() == 1 ? task : () -> {});
        AioRequest<Integer> request = pool.submitAio(runs::incrementAndGet, outcome);
        pool.close();
        assertThat(request.cancel()).isFalse();
        assertThat(runs).hasValue(1);
        assertThat(outcome.calls()).isZero();
        assertThat(handled).hasSize(1).first().isInstanceOf(IllegalStateException.class);
        assertThat(pool.stats().completed()).isOne();
    }

    @Test
    void aSecondRunIsRefused() throws Exception {
        List<Throwable> refused = new CopyOnWriteArrayList<>();
        ThreadPool pool = open(task -> () -> {
            task.run();
            try {
                task.run();
            } catch (RuntimeException e) {
                refused.add(e);
            }
        });
        pool.submitAio(runs::incrementAndGet, outcome);
        assertThat(outcome.value()).isEqualTo(1);
        pool.close();
        assertThat(outcome.calls()).isOne();
        assertThat(refused).hasSize(2).allMatch(e -> e instanceof IllegalStateException);
        assertThat(handled).isEmpty();
    }

    @Test
    void aSecondRunThatIsNotCaughtKeepsTheResult() throws Exception {
        ThreadPool pool = open(task -> () -> {
            task.run();
            task.run();
        });
        assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(runs::incrementAndGet)))
                .isOne();
        pool.close();
        assertThat(handled).hasSize(1).first().isInstanceOf(IllegalStateException.class);
        assertThat(pool.stats().completed()).isOne();
    }

    @Test
    void aRunAfterTheRequestHasEndedIsRefused() throws Exception {
        List<Runnable> escaped = new ArrayList<>();
        ThreadPool pool = open(task -> {
            escaped.add(task);
            return escaped.size() == 1 ? () -> {} : task;
        });
        Callers.virtual(() -> pool.submitCo(runs::incrementAndGet)).failure();
        pool.submit(() -> escaped.get(0).run());
        pool.close();
        assertThat(handled).hasSize(1).first().isInstanceOf(IllegalStateException.class);
        assertThat(runs).hasValue(0);
    }

    @Test
    void aRunOnAnotherThreadIsRefused() throws Exception {
        AtomicReference<Throwable> refused = new AtomicReference<>();
        ThreadPool pool = open(task -> () -> {
            Thread other = new Thread(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    refused.set(e);
                }
            });
            other.start();
            Callers.until("the other thread has ended", () -> !other.isAlive());
        });
        Throwable failure =
                Callers.virtual(() -> pool.submitCo(runs::incrementAndGet)).failure();
        assertThat(failure).isInstanceOf(IllegalStateException.class);
        assertThat(refused.get()).isInstanceOf(IllegalStateException.class);
        assertThat(runs).hasValue(0);
    }

    @Test
    void whatIsThrownAfterTheWorkGoesToTheHandlerAndTheResultStays() throws Exception {
        IllegalStateException late = new IllegalStateException("after the work");
        ThreadPool pool = open(task -> () -> {
            task.run();
            throw late;
        });
        assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(runs::incrementAndGet)))
                .isOne();
        IOException failure = new IOException("the work's");
        assertThat(Callers.virtual(() -> pool.submitCo(() -> {
                            throw failure;
                        }))
                        .failure())
                .isSameAs(failure);
        pool.submitAio(runs::incrementAndGet, outcome);
        assertThat(outcome.value()).isEqualTo(2);
        pool.close();
        assertThat(handled).hasSize(4).containsOnly(late);
        assertThat(pool.stats().completed()).isEqualTo(2);
        assertThat(pool.stats().failed()).isOne();
    }

    @Test
    void theCallbackOfACanceledRequestIsDecoratedToo() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        Gate gate = new Gate();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).taskDecorator(task -> () -> {
            order.add("decorated");
            task.run();
        }));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        order.clear();
        assertThat(pool.submitAio(runs::incrementAndGet, outcome).cancel()).isTrue();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(order).containsExactly("decorated");
        gate.open();
    }
}
