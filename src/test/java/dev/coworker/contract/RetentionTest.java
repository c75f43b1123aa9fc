package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import dev.coworker.Work;
import dev.coworker.contract.Callers.Caller;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What was withdrawn or refused is unreachable at once, although the only worker is stuck. */
class RetentionTest {
    private static final int BOUND = 4;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    /** How a pool may be watched or its work wrapped, which costs objects of its own. */
    enum Kind {
        PLAIN,
        OBSERVED,
        DECORATED
    }

    /** Objects that nothing but the pool may keep. */
    private static final class Traces {
        private final List<WeakReference<Object>> references = new ArrayList<>();

        <T> T of(T object) {
            references.add(new WeakReference<>(object));
            return object;
        }

        void awaitUnreachable(Way way) {
            for (WeakReference<Object> reference : references) {
                Await.unreachable("what is left of " + way, reference);
            }
        }
    }

    /** A way for a request not to run. The neighbours, before and behind it in the queue, stay there. */
    enum Way {
        CANCELED {
            @Override
            void go(ThreadPool pool, Traces traces) {
                AioRequest<Integer> request = traces.of(submitAio(pool, traces));
                neighbour(pool);
                assertThat(request.cancel()).isTrue();
            }
        },
        CANCELED_WITH_ITS_REQUEST_KEPT {
            @Override
            void go(ThreadPool pool, Traces traces) {
                AioRequest<Integer> request = submitAio(pool, traces);
                neighbour(pool);
                assertThat(request.cancel()).isTrue();
                kept = request;
            }
        },
        CALL_INTERRUPTED {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                int queued = pool.stats().queued();
                Caller<Object> caller = call(pool, traces, null);
                Callers.until("queued", () -> pool.stats().queued() > queued);
                neighbour(pool);
                caller.thread.interrupt();
                assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
            }
        },
        CALL_TIMED_OUT {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                assertThat(call(pool, traces, Duration.ofNanos(1)).failure()).isInstanceOf(TimeoutException.class);
            }
        },
        CALL_THAT_FOUND_NO_WORKER_FREE {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                assertThat(call(pool, traces, Duration.ZERO).failure()).isInstanceOf(TimeoutException.class);
            }
        },
        CALL_INTERRUPTED_IN_LINE {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                fill(pool);
                Caller<Object> caller = call(pool, traces, null);
                Callers.until("in line", () -> pool.stats().waiting() == 1);
                caller.thread.interrupt();
                assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
            }
        },
        CALL_TIMED_OUT_IN_LINE {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                fill(pool);
                assertThat(call(pool, traces, Duration.ofNanos(1)).failure()).isInstanceOf(TimeoutException.class);
            }
        },
        SUBMIT_AT_THE_BOUND {
            @Override
            void go(ThreadPool pool, Traces traces) {
                fill(pool);
                assertRejected(() -> submit(pool, traces));
            }
        },
        SUBMIT_AIO_AT_THE_BOUND {
            @Override
            void go(ThreadPool pool, Traces traces) {
                fill(pool);
                assertRejected(() -> submitAio(pool, traces));
            }
        },
        TASK_OF_A_VIEW_AT_THE_BOUND {
            @Override
            void go(ThreadPool pool, Traces traces) {
                fill(pool);
                ExecutorService view = pool.asExecutorService();
                assertRejected(() -> viewSubmit(view, traces));
                kept = view;
            }
        },
        SUBMIT_AFTER_CLOSE {
            @Override
            void go(ThreadPool pool, Traces traces) {
                beginClose(pool);
                assertRejected(() -> submit(pool, traces));
            }
        },
        SUBMIT_AIO_AFTER_CLOSE {
            @Override
            void go(ThreadPool pool, Traces traces) {
                beginClose(pool);
                assertRejected(() -> submitAio(pool, traces));
            }
        },
        CALL_AFTER_CLOSE {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                beginClose(pool);
                assertThat(call(pool, traces, null).failure()).isInstanceOf(RejectedExecutionException.class);
            }
        },
        CANCELED_FUTURE_OF_A_VIEW {
            @Override
            void go(ThreadPool pool, Traces traces) {
                Future<Integer> future = viewSubmit(pool.asExecutorService(), traces);
                neighbour(pool);
                assertThat(future.cancel(false)).isTrue();
                kept = future;
            }
        },
        RETURNED_BY_SHUTDOWN_NOW {
            @Override
            void go(ThreadPool pool, Traces traces) {
                ExecutorService view = pool.asExecutorService();
                viewSubmit(view, traces);
                neighbour(pool);
                assertThat(view.shutdownNow()).hasSize(1);
                kept = view;
            }
        },
        CANCELED_BY_CLOSE {
            @Override
            void go(ThreadPool pool, Traces traces) throws Exception {
                submit(pool, traces);
                traces.of(submitAio(pool, traces));
                fill(pool);
                Caller<Object> caller = call(pool, traces, null);
                Callers.until("in line", () -> pool.stats().waiting() == 1);
                assertThat(pool.close(Duration.ZERO)).isFalse();
                caller.failure();
            }
        };

        abstract void go(ThreadPool pool, Traces traces) throws Exception;

        static void neighbour(ThreadPool pool) {
            pool.submitAio(() -> 0, (value, failure) -> {});
        }

        static void fill(ThreadPool pool) {
            while (pool.stats().queued() < BOUND) {
                neighbour(pool);
            }
        }

        /** The call waits for what is stuck; when this returns, nothing more is accepted. */
        static void beginClose(ThreadPool pool) {
            Callers.platform(() -> {
                pool.close();
                return null;
            });
            ExecutorService view = pool.asExecutorService();
            Callers.until("closing", view::isShutdown);
            Callers.until("closed to others", () -> {
                try {
                    pool.submit(() -> {});
                    return false;
                } catch (RejectedExecutionException e) {
                    return e.getMessage().endsWith("is closed");
                }
            });
        }

        static void assertRejected(Runnable submission) {
            assertThatThrownBy(submission::run).isInstanceOf(RejectedExecutionException.class);
        }

        static void submit(ThreadPool pool, Traces traces) {
            Object inWork = traces.of(new Object());
            pool.submit(traces.of((Action<RuntimeException>) () -> inWork.hashCode()));
        }

        static AioRequest<Integer> submitAio(ThreadPool pool, Traces traces) {
            Object inWork = traces.of(new Object());
            Object inCallback = traces.of(new Object());
            return pool.submitAio(() -> inWork.hashCode(), (value, failure) -> inCallback.hashCode());
        }

        static Future<Integer> viewSubmit(ExecutorService view, Traces traces) {
            Object inWork = traces.of(new Object());
            return view.submit(() -> inWork.hashCode());
        }

        static Caller<Object> call(ThreadPool pool, Traces traces, Duration startWithin) {
            Object inWork = traces.of(new Object());
            Work<Object, RuntimeException> work = () -> inWork.hashCode();
            return Callers.virtual(() -> startWithin == null ? pool.submitCo(work) : pool.submitCo(work, startWithin));
        }
    }

    /** What a user may keep, which must not keep the rest. */
    private static volatile Object kept;

    static Stream<Arguments> waysAndKinds() {
        return Stream.of(Way.values()).flatMap(way -> Stream.of(Kind.values()).map(kind -> Arguments.of(way, kind)));
    }

    @ParameterizedTest
    @MethodSource("waysAndKinds")
    void nothingIsLeftOfWhatDidNotRun(Way way, Kind kind) throws Exception {
        go(way, kind, pools.open(stuckable(kind)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Way.class,
            names = {"CANCELED", "CANCELED_WITH_ITS_REQUEST_KEPT", "CANCELED_BY_CLOSE"})
    void norOfACallbackThatTheContextsExecutorRejects(Way way) throws Exception {
        AioContext rejecting = AioContext.on(task -> {
            throw new RejectedExecutionException("closed");
        });
        go(
                way,
                Kind.PLAIN,
                pools.open(stuckable(Kind.PLAIN).context(rejecting).uncaughtExceptionHandler((thread, e) -> {})));
    }

    private void go(Way way, Kind kind, ThreadPool pool) throws Exception {
        if (kind == Kind.OBSERVED) {
            new ThreadPoolMetrics(pool).bindTo(new SimpleMeterRegistry());
        }
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Way.neighbour(pool);
        Traces traces = new Traces();
        way.go(pool, traces);
        traces.awaitUnreachable(way);
        assertThat(pool.stats().active()).isOne();
        kept = null;
        gate.open();
    }

    private static ThreadPool.Builder stuckable(Kind kind) {
        ThreadPool.Builder builder = ThreadPool.builder().maxThreads(1).maxQueued(BOUND);
        return kind == Kind.DECORATED ? builder.taskDecorator(task -> () -> task.run()) : builder;
    }
}
