package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MisuseTest {
    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

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
                pool -> pool.submitCo(() -> never.incrementAndGet(), null),
                pool -> pool.submitCo(() -> never.set(1), null),
                pool -> pool.close(null));
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
}
