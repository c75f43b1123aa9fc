package dev.coworker.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Gate;
import dev.coworker.contract.InvariantChecker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Reactor's subscribers on the workers of a pool that has one, which is occupied until a test opens the gate. */
class ReactorIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private ThreadPool pool;

    @BeforeEach
    void occupyTheWorker() throws Exception {
        pool = pools.open(ThreadPool.builder()
                .name("disk")
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
        pool.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                (value, failure) -> {}); // close interrupts it
        gate.awaitArrived(1);
    }

    private Scheduler scheduler() {
        return Schedulers.fromExecutorService(pool.asExecutorService());
    }

    /** A Mono over the callback layer: it ends with the request, and a subscriber that leaves withdraws it. */
    private <T> Mono<T> mono(Callable<T> work) {
        return Mono.create(sink -> {
            AioRequest<T> request = pool.submitAio(work, (value, failure) -> {
                if (failure != null) {
                    sink.error(failure);
                } else {
                    sink.success(value);
                }
            });
            sink.onCancel(request::cancelAsync);
        });
    }

    @Test
    void aFluxIsPublishedInOrderOnAWorker() {
        gate.open();
        List<String> threads = new CopyOnWriteArrayList<>();
        List<Integer> values = Flux.range(0, 1_000)
                .publishOn(scheduler())
                .doOnNext(value -> threads.add(Thread.currentThread().getName()))
                .collectList()
                .block(PATIENCE);

        assertThat(values).hasSize(1_000).isSorted();
        assertThat(threads).allMatch(name -> name.startsWith("disk-worker-"));
    }

    @Test
    void whatTheWorkThrowsReachesTheSubscriberAndNotTheHandler() {
        gate.open();
        IllegalStateException thrown = new IllegalStateException("no such block");
        Mono<Integer> failing = Mono.<Integer>fromCallable(() -> {
                    throw thrown;
                })
                .subscribeOn(scheduler());

        assertThatThrownBy(() -> failing.block(PATIENCE)).isSameAs(thrown);
        assertThat(handled).isEmpty();
    }

    @Test
    void aSubscriberThatLeavesTakesItsTaskOutOfTheQueue() {
        Disposable subscription =
                Mono.fromCallable(() -> 42).subscribeOn(scheduler()).subscribe();
        assertThat(pool.stats().queued()).isEqualTo(1);

        subscription.dispose();

        assertThat(pool.stats().queued()).isZero();
        assertThat(handled).isEmpty();
        gate.open();
    }

    @Test
    void aTaskOfASchedulerThatCloseDropsGoesToTheHandler() {
        CompletableFuture<Integer> outcome =
                Mono.fromCallable(() -> 42).subscribeOn(scheduler()).toFuture();

        pool.close(Duration.ZERO);

        assertThat(outcome).isNotDone();
        assertThat(handled)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContainingAll("disk", "reactor.core.scheduler"));
    }

    @Test
    void aCommandOfASchedulerOverExecuteThatCloseDropsGoesToTheHandler() {
        CompletableFuture<Integer> outcome = Mono.fromCallable(() -> 42)
                .subscribeOn(Schedulers.fromExecutor(pool.asExecutorService()::execute))
                .toFuture();

        pool.close(Duration.ZERO);

        assertThat(handled)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContaining("disk"));
        assertThat(outcome).isNotDone();
    }

    @Test
    void aMonoOverTheCallbackLayerEndsWhenCloseDropsItsRequest() {
        CompletableFuture<Integer> outcome = mono(() -> 42).toFuture();

        pool.close(Duration.ZERO);

        assertThatThrownBy(() -> outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(handled).isEmpty();
    }

    @Test
    void aSubscriberOfSuchAMonoThatLeavesWithdrawsTheRequest() {
        Disposable subscription = mono(() -> 42).subscribe();

        subscription.dispose();

        assertThat(pool.stats().canceled()).isEqualTo(1);
        gate.open();
    }
}
