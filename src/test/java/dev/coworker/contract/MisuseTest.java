package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.CallOptions;
import dev.coworker.ThreadPool;
import dev.coworker.Work;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MisuseTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AtomicInteger ran = new AtomicInteger();
    private final Outcome<Object> outcome = new Outcome<>();

    private interface Call {
        void on(ThreadPool pool) throws Exception;
    }

    private static Stream<Call> callsWithNull() {
        AtomicInteger never = new AtomicInteger();
        return Stream.of(
                pool -> pool.submit(null),
                pool -> pool.submitAio(null, (value, failure) -> never.incrementAndGet()),
                pool -> pool.submitAio(never::incrementAndGet, null),
                pool -> pool.submitAio(null, null),
                pool -> pool.submitCo((Work<Object, RuntimeException>) null),
                pool -> pool.submitCo((Action<RuntimeException>) null),
                pool -> pool.submitCo((Work<Object, RuntimeException>) null, Duration.ZERO),
                pool -> pool.submitCo((Action<RuntimeException>) null, Duration.ZERO),
                pool -> pool.submitCo(() -> never.incrementAndGet(), (Duration) null),
                pool -> pool.submitCo(() -> never.incrementAndGet(), (CallOptions) null),
                pool -> pool.submitCo(() -> never.set(1), (Duration) null),
                pool -> pool.submitCo(() -> never.set(1), (CallOptions) null),
                pool -> CallOptions.defaults().startWithin(null),
                pool -> CallOptions.defaults().endWithin(null),
                pool -> CallOptions.defaults().onCancel(null),
                pool -> pool.close(null),
                pool -> pool.awaitIdle(null));
    }

    @ParameterizedTest
    @MethodSource("callsWithNull")
    void nullIsRefusedAndNothingIsCounted(Call call) throws Exception {
        ThreadPool pool = pools.open();
        Throwable refusal = Callers.virtual(() -> {
                    call.on(pool);
                    return null;
                })
                .failure();
        assertThat(refusal).isInstanceOf(NullPointerException.class);
        assertThat(pool.stats().submitted() + pool.stats().rejected()).isZero();
        assertThat(pool.stats().curThreads()).isZero();
        pool.submitAio(() -> "still open", outcome);
        assertThat(outcome.value()).isEqualTo("still open");
    }

    @Test
    void aNullCallbackIsRefusedBeforeTheWorkIsDecorated() {
        AtomicInteger decorated = new AtomicInteger();
        ThreadPool pool = pools.open(ThreadPool.builder().taskDecorator(task -> {
            decorated.incrementAndGet();
            return task;
        }));
        assertThatThrownBy(() -> pool.submitAio(ran::incrementAndGet, null)).isInstanceOf(NullPointerException.class);
        assertThat(decorated).hasValue(0);
    }

    private static Stream<Call> submissions() {
        Callable<String> work = () -> {
            throw new AssertionError("ran after close");
        };
        return Stream.of(
                pool -> pool.submit(() -> work.call()),
                pool -> pool.submitAio(work, (value, failure) -> {
                    throw new AssertionError("called back after close");
                }),
                pool -> pool.submitCo(() -> work.call()),
                pool -> pool.submitCo(() -> {
                    work.call();
                }),
                pool -> pool.submitCo(() -> work.call(), Duration.ZERO),
                pool -> pool.submitCo(() -> work.call(), Duration.ofMinutes(1)));
    }

    @ParameterizedTest
    @MethodSource("submissions")
    void afterCloseASubmissionIsRejectedAndCounted(Call submission) throws Exception {
        for (boolean bounded : new boolean[] {false, true}) {
            ThreadPool pool = pools.open(bounded ? ThreadPool.builder().maxQueued(1) : ThreadPool.builder());
            pool.close();
            Throwable refusal = Callers.virtual(() -> {
                        submission.on(pool);
                        return null;
                    })
                    .failure();
            assertThat(refusal).isInstanceOf(RejectedExecutionException.class).hasMessageContaining(pool.name());
            assertThat(pool.stats().rejected()).isOne();
            assertThat(pool.stats().submitted()).isZero();
            assertThat(pool.stats().waiting()).isZero();
        }
    }

    @Test
    void atTheBoundTheLayersThatCannotWaitAreRejected() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(2));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submit(ran::incrementAndGet);
        pool.submitAio(ran::incrementAndGet, outcome);
        Outcome<Object> rejected = new Outcome<>();
        assertThatThrownBy(() -> pool.submit(ran::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> pool.submitAio(ran::incrementAndGet, rejected))
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(pool.stats().rejected()).isEqualTo(2);
        assertThat(pool.stats().submitted()).isEqualTo(3);
        gate.open();
        pool.close();
        assertThat(ran).hasValue(2);
        assertThat(rejected.calls()).isZero();
    }

    @Test
    void aBuilderRefusesNull() {
        ThreadPool.Builder builder = ThreadPool.builder();
        Stream<Consumer<ThreadPool.Builder>> setters = Stream.of(
                b -> b.name(null),
                b -> b.context(null),
                b -> b.idleTimeout(null),
                b -> b.threadFactory(null),
                b -> b.taskDecorator(null),
                b -> b.uncaughtExceptionHandler(null));
        setters.forEach(
                setter -> assertThatThrownBy(() -> setter.accept(builder)).isInstanceOf(NullPointerException.class));
        assertThatThrownBy(() -> ThreadPool.create(null)).isInstanceOf(NullPointerException.class);
        pools.open(builder).submit(() -> {});
    }

    private static Throwable refusalOf(Call call, ThreadPool pool) {
        try {
            call.on(pool);
            return null;
        } catch (Exception e) {
            return e;
        }
    }

    private final Call submitCo = pool -> pool.submitCo(() -> ran.set(1));

    private void assertRefused(ThreadPool pool, Throwable refusal, Class<?> type, String... parts) {
        assertThat(refusal).isInstanceOf(type).hasMessageContainingAll(parts);
        pool.close();
        assertThat(ran).hasValue(0);
    }

    @Test
    void submitCoOnAPlatformThreadNamesTheThreeWaysOut() {
        ThreadPool pool = pools.open();
        assertRefused(
                pool,
                refusalOf(submitCo, pool),
                WrongThreadException.class,
                "platform thread: use Thread.startVirtualThread, submitAio, or asExecutorService()",
                Thread.currentThread().getName());
    }

    @Test
    void submitCoInACallbackIsToldToUseSubmitAio() throws Exception {
        ThreadPool pool = pools.open();
        pool.submitAio(() -> 1, (value, failure) -> outcome.accept(refusalOf(submitCo, pool), null));
        assertRefused(
                pool,
                (Throwable) outcome.value(),
                WrongThreadException.class,
                "in a callback",
                pool.context().toString(),
                "use submitAio here");
    }

    @Test
    void submitCoInACallbackOnAVirtualLoopThreadIsToldToUseSubmitAio() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().context(AioContext.on(Thread::startVirtualThread)));
        pool.submitAio(() -> 1, (value, failure) -> outcome.accept(refusalOf(submitCo, pool), null));
        assertRefused(
                pool,
                (Throwable) outcome.value(),
                IllegalStateException.class,
                "in a callback",
                pool.context().toString(),
                "use submitAio here");
    }

    @Test
    void submitCoOnAPlatformLoopThreadIsToldThatItMustNotWait() {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        assertRefused(
                pool,
                refusalOf(submitCo, pool),
                WrongThreadException.class,
                "the thread of " + context + ", which must not wait: use submitAio here");
    }

    @Test
    void submitCoOnAVirtualLoopThreadIsToldThatItWouldStopThePolling() throws Exception {
        Callers.onVirtual(() -> {
            AioContext context = AioContext.manual();
            ThreadPool pool = ThreadPool.create(context);
            assertRefused(
                    pool,
                    refusalOf(submitCo, pool),
                    IllegalStateException.class,
                    "loop thread of " + context + " would stop the polling it depends on",
                    "call it on another virtual thread, or use submitAio here");
            context.close();
            return null;
        });
    }

    @Test
    void closeByAWorkerIsToldToCloseElsewhere() throws Exception {
        ThreadPool pool = pools.open();
        pool.submitAio(() -> refusalOf(ThreadPool::close, pool), outcome);
        assertRefused(
                pool,
                (Throwable) outcome.value(),
                IllegalStateException.class,
                "by a worker of " + pool.name(),
                "close it on another thread");
    }

    @Test
    void closeInACallbackIsToldToCloseElsewhere() throws Exception {
        ThreadPool pool = pools.open();
        pool.submitAio(() -> 1, (value, failure) -> outcome.accept(refusalOf(ThreadPool::close, pool), null));
        assertRefused(
                pool,
                (Throwable) outcome.value(),
                IllegalStateException.class,
                "in one of its callbacks",
                "on another thread");
    }

    @Test
    void cancelByTheWorkItselfIsToldToReturn() throws Exception {
        ThreadPool pool = pools.open();
        Gate known = new Gate();
        AtomicReference<AioRequest<?>> request = new AtomicReference<>();
        request.set(pool.submitAio(
                () -> {
                    known.pass();
                    return refusalOf(ignored -> request.get().cancel(), pool);
                },
                outcome));
        known.open();
        assertRefused(
                pool,
                (Throwable) outcome.value(),
                IllegalStateException.class,
                "from its own work",
                "return or throw instead, or use cancelAsync()");
    }

    @Test
    void closeOfAContextNamesThePoolsToCloseFirst() {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        assertRefused(
                pool,
                refusalOf(ignored -> context.close(), pool),
                IllegalStateException.class,
                context.toString(),
                "to be closed first",
                pool.name());
    }

    @Test
    void pollOffTheLoopThreadIsToldToUseExecute() {
        ThreadPool pool = pools.open();
        assertRefused(
                pool,
                refusalOf(ignored -> pool.context().poll(false), pool),
                WrongThreadException.class,
                pool.context().toString(),
                Thread.currentThread().toString(),
                "use execute to run something there");
    }
}
