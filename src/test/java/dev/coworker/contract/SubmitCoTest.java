package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import dev.coworker.Work;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SubmitCoTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @Test
    void returnsTheValueOfTheWork() throws Exception {
        ThreadPool pool = pools.open();
        Object value = new Object();
        assertThat(Callers.<Object>onVirtual(() -> pool.submitCo(() -> value))).isSameAs(value);
    }

    @Test
    void returnsNullWhenTheWorkReturnsNull() throws Exception {
        ThreadPool pool = pools.open();
        String value = Callers.onVirtual(() -> pool.submitCo(() -> (String) null));
        assertThat(value).isNull();
        assertThat(pool.stats().completed()).isOne();
    }

    @Test
    void returnsWhenTheActionHasRun() throws Exception {
        ThreadPool pool = pools.open();
        AtomicBoolean ran = new AtomicBoolean();
        boolean seen = Callers.onVirtual(() -> {
            pool.submitCo(() -> ran.set(true));
            return ran.get();
        });
        assertThat(seen).isTrue();
    }

    @Test
    void runsTheWorkOnAPlatformThreadOfThePool() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("co"));
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        assertThat(worker.isVirtual()).isFalse();
        assertThat(worker.getName()).startsWith("co-worker-");
    }

    static Stream<Throwable> throwables() {
        return Stream.of(
                new IOException("checked"),
                new IllegalStateException("unchecked"),
                new AssertionError("error"),
                new InterruptedException("the work's own"),
                new TimeoutException("the work's own"),
                new Throwable("bare"));
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void throwsTheVeryInstanceThatTheWorkThrew(Throwable thrown) throws Exception {
        ThreadPool pool = pools.open();
        Throwable caught = Callers.onVirtual(() -> {
            try {
                pool.submitCo(() -> SubmitCoTest.<RuntimeException>sneak(thrown));
                return null;
            } catch (Throwable e) {
                return e;
            }
        });
        assertThat(caught).isSameAs(thrown);
        assertThat(pool.stats().failed()).isOne();
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }

    private static int read(byte[] buffer) throws IOException {
        if (buffer.length == 0) {
            throw new IOException("no room");
        }
        return buffer.length;
    }

    private static void flush(byte[] buffer) throws IOException {
        read(buffer);
    }

    /** Compiles only as long as the overloads resolve and the exception's type is inferred. */
    @Test
    void theCheckedExceptionOfALambdaIsInferredWithoutACast() throws Exception {
        ThreadPool pool = pools.open();
        byte[] empty = {};
        Callers.onVirtual(() -> {
            try {
                int n = pool.submitCo(() -> read(empty));
                return fail("read " + n);
            } catch (IOException e) {
                assertThat(e).hasMessage("no room");
            }
            try {
                pool.submitCo(() -> flush(empty));
                return fail("flushed");
            } catch (IOException e) {
                assertThat(e).hasMessage("no room");
            }
            try {
                int n = pool.submitCo(() -> read(empty), Duration.ofMinutes(1));
                return fail("read " + n);
            } catch (IOException e) {
                assertThat(e).hasMessage("no room");
            }
            try {
                pool.submitCo(() -> flush(empty), Duration.ofMinutes(1));
                return fail("flushed");
            } catch (IOException e) {
                assertThat(e).hasMessage("no room");
            }
            return null;
        });
    }

    /** Compiles only as long as nothing but InterruptedException is declared where the lambda throws nothing. */
    @Test
    void aLambdaThatThrowsNothingNeedsNoHandlerOfItsOwn() throws Exception {
        ThreadPool pool = pools.open();
        List<Object> values = new ArrayList<>();
        Thread caller = Thread.startVirtualThread(() -> {
            try {
                values.add(pool.submitCo(() -> 1));
                values.add(pool.submitCo(() -> {
                    return "block";
                }));
                pool.submitCo(() -> {});
                pool.submitCo(() -> {
                    values.add("action");
                });
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        caller.join();
        assertThat(values).containsExactly(1, "block", "action");
    }

    @Test
    void aMethodReferenceThatIsNotOverloadedResolves() throws Exception {
        ThreadPool pool = pools.open();
        Gate gate = new Gate();
        gate.open();
        byte[] buffer = new byte[7];
        Callable<Integer> readBuffer = () -> read(buffer);
        int n = Callers.onVirtual(() -> {
            pool.submitCo(gate::pass);
            return pool.submitCo(readBuffer::call);
        });
        assertThat(n).isEqualTo(7);
    }

    private static final class Both implements Work<String, RuntimeException>, Action<RuntimeException> {
        @Override
        public String call() {
            return "called";
        }

        @Override
        public void run() {
            ran.set(true);
        }

        final AtomicBoolean ran = new AtomicBoolean();
    }

    @Test
    void whatIsBothWorkAndActionRunsAsWhatItWasPassedAs() throws Exception {
        ThreadPool pool = pools.open();
        Both both = new Both();
        Action<RuntimeException> action = both;
        Work<String, RuntimeException> work = both;
        String value = Callers.onVirtual(() -> {
            pool.submitCo(action);
            return pool.submitCo(work);
        });
        assertThat(value).isEqualTo("called");
        assertThat(both.ran).isTrue();
    }

    @Test
    void moreCallersThanCarriersWaitAtOnce() throws Exception {
        int callers = 4 * Runtime.getRuntime().availableProcessors();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(callers));
        Gate gate = new Gate();
        List<Caller<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            int n = i;
            calls.add(Callers.virtual(() -> pool.submitCo(() -> {
                gate.pass();
                return n;
            })));
        }
        gate.awaitArrived(callers);
        gate.open();
        for (int i = 0; i < callers; i++) {
            assertThat(calls.get(i).result()).isEqualTo(i);
        }
    }

    @Test
    void aPlatformThreadIsRefusedAndNothingIsCounted() {
        ThreadPool pool = pools.open();
        AtomicBoolean ran = new AtomicBoolean();
        assertThatThrownBy(() -> pool.submitCo(() -> ran.set(true)))
                .isInstanceOf(WrongThreadException.class)
                .hasMessageContaining("virtual thread");
        assertThatThrownBy(() -> pool.submitCo(() -> ran.getAndSet(true), Duration.ZERO))
                .isInstanceOf(WrongThreadException.class);
        pool.close();
        assertThat(ran).isFalse();
        assertThat(pool.stats().submitted() + pool.stats().rejected()).isZero();
    }

    @Test
    void theLoopThreadIsRefusedWithTheWayOut() throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        AtomicReference<ThreadPool> opened = new AtomicReference<>();
        Throwable refusal = Callers.virtual(() -> {
                    ThreadPool pool = ThreadPool.create(AioContext.manual());
                    opened.set(pool);
                    try {
                        pool.submitCo(() -> ran.set(true));
                        return null;
                    } finally {
                        pool.close();
                    }
                })
                .failure();
        assertThat(refusal).isInstanceOf(IllegalStateException.class).hasMessageContaining("submitAio");
        assertThat(ran).isFalse();
        assertThat(opened.get().stats().submitted()).isZero();
    }

    @Test
    void theLoopThreadOfAnotherContextMayCall() throws Exception {
        ThreadPool pool = pools.open();
        String value = Callers.onVirtual(() -> {
            try (AioContext mine = AioContext.manual()) {
                assertThat(mine).isNotSameAs(pool.context());
                return pool.submitCo(() -> "other");
            }
        });
        assertThat(value).isEqualTo("other");
    }

    @Test
    void aCallReturnsWhileTheContextNeverPolls() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        assertThat(Callers.<String>onVirtual(() -> pool.submitCo(() -> "done"))).isEqualTo("done");
    }
}
