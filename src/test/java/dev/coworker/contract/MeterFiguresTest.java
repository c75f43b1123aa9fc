package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the meters of a pool show. */
class MeterFiguresTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final MeterRegistry registry = new SimpleMeterRegistry();

    private ThreadPool watched(ThreadPool.Builder builder) {
        ThreadPool pool = pools.open(builder.name("disk"));
        new ThreadPoolMetrics(pool).bindTo(registry);
        return pool;
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    private double counter(String name) {
        return registry.get(name).functionCounter().count();
    }

    private Timer request(String layer) {
        return registry.get("coworker.request").tag("layer", layer).timer();
    }

    @Test
    void gaugesShowWhatIsQueuedAndWhatRuns() throws Exception {
        ThreadPool pool =
                watched(ThreadPool.builder().minThreads(1).maxThreads(2).maxQueued(5));
        Gate gate = new Gate();
        for (int i = 0; i < 5; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(2);

        assertThat(gauge("executor.active")).isEqualTo(2);
        assertThat(gauge("executor.queued")).isEqualTo(3);
        assertThat(gauge("executor.queue.remaining")).isEqualTo(2);
        assertThat(gauge("executor.pool.size")).isEqualTo(2);
        assertThat(gauge("executor.pool.core")).isEqualTo(1);
        assertThat(gauge("executor.pool.max")).isEqualTo(2);
        assertThat(gauge("coworker.pool.idle")).isZero();
        gate.open();
    }

    @Test
    void anUnboundedQueueHasAsMuchLeftAsAnInterpreterOfGaugesExpects() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        pool.submit(gate::pass);
        gate.awaitArrived(1);

        assertThat(gauge("executor.queue.remaining")).isEqualTo(Integer.MAX_VALUE - 1);
        gate.open();
    }

    @Test
    void gaugesShowIdleWorkersAndWaitingCallers() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1).maxQueued(1));
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        Callers.until("the worker idles", () -> gauge("coworker.pool.idle") == 1);
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submit(gate::pass);
        Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1));

        Callers.until("a caller waits", () -> gauge("coworker.waiting") == 1);
        gate.open();
        caller.result();
        Callers.until("none waits", () -> gauge("coworker.waiting") == 0);
    }

    @Test
    void workThatThrewCountsAsCompletedAndAsFailed() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> {
                    throw new IOException("broken");
                })))
                .isInstanceOf(IOException.class);

        assertThat(counter("executor.completed")).isEqualTo(2);
        assertThat(counter("coworker.failed")).isEqualTo(1);
        assertThat(registry.get("executor").timer().count()).isEqualTo(2);
    }

    @Test
    void canceledAndTimedOutWorkIsCountedAndNotTimedAsRun() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<Integer> request = pool.submitAio(() -> 1, (value, failure) -> {});
        assertThat(request.cancel()).isTrue();
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ofMillis(1))))
                .isInstanceOf(TimeoutException.class);

        assertThat(counter("coworker.canceled")).isEqualTo(2);
        assertThat(counter("coworker.timed.out")).isEqualTo(1);
        assertThat(request("aio").count()).isEqualTo(1);
        assertThat(request("co").count()).isEqualTo(1);
        assertThat(request("co").totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(1);
        assertThat(registry.get("executor.idle").timer().count()).isEqualTo(1);
        assertThat(registry.get("executor").timer().count()).isZero();
        gate.open();
    }

    @Test
    void theWaitIsTimedByItsOutcomeThoughNoWorkerStartedTheWork() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submitAio(() -> 1, (value, failure) -> {}).cancel();
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ofMillis(20))))
                .isInstanceOf(TimeoutException.class);
        gate.open();
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> {
                    throw new IOException("broken");
                })))
                .isInstanceOf(IOException.class);
        pool.close();

        assertThat(waited("completed").count()).isEqualTo(1);
        assertThat(waited("failed").count()).isEqualTo(1);
        assertThat(waited("canceled").count()).isEqualTo(1);
        assertThat(waited("timed out").count()).isEqualTo(1);
        assertThat(waited("timed out").max(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(20);
    }

    private Timer waited(String outcome) {
        return registry.get("coworker.wait").tag("outcome", outcome).timer();
    }

    @Test
    void aGaugeShowsCallbacksThatWaitForTheirContext() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = watched(ThreadPool.builder().context(context));
        for (int i = 0; i < 3; i++) {
            pool.submitAio(() -> 1, (value, failure) -> {});
        }
        Callers.until("three wait", () -> gauge("coworker.undelivered") == 3);
        assertThat(pool.stats().undelivered()).isEqualTo(3);
        Await.polling(context, "all are delivered", () -> gauge("coworker.undelivered") == 0);
    }

    @Test
    void refusedWorkIsCountedAndNotTimed() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1).maxQueued(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submit(gate::pass);
        assertThatThrownBy(() -> pool.submit(gate::pass)).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> pool.submitAio(() -> 1, (value, failure) -> {}))
                .isInstanceOf(RejectedExecutionException.class);
        gate.open();
        pool.close();
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1)))
                .isInstanceOf(RejectedExecutionException.class);

        assertThat(counter("coworker.rejected")).isEqualTo(3);
        assertThat(request("submit").count()).isEqualTo(2);
        assertThat(request("aio").count()).isZero();
        assertThat(request("co").count()).isZero();
    }

    @Test
    void failedStartsAreCounted() throws Exception {
        FailingFactory factory = new FailingFactory();
        ThreadPool pool = watched(ThreadPool.builder().threadFactory(factory));
        try (Log log = new Log()) {
            factory.fail(FailingFactory::outOfMemory);
            Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1));
            Callers.until("two starts have failed", () -> counter("coworker.spawn.failures") >= 2);
            factory.heal();
            caller.result();
            Callers.until("the burst is reported", () -> !log.records().isEmpty());
        }
        assertThat(counter("coworker.spawn.failures")).isEqualTo(pool.stats().spawnFailures());
    }

    @Test
    void theWaitForAWorkerIsQueueTime() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Timer idle = registry.get("executor.idle").timer();
        double others = idle.totalTime(TimeUnit.NANOSECONDS);
        long before = System.nanoTime();
        Outcome<Integer> outcome = new Outcome<>();
        pool.submitAio(() -> 1, outcome);
        awaitNanos(5_000_000);
        gate.open();
        outcome.await();
        double atMost = System.nanoTime() - before;

        double queued = idle.totalTime(TimeUnit.NANOSECONDS) - others;
        assertThat(queued).isBetween(5_000_000.0, atMost);
        assertThat(request("aio").max(TimeUnit.NANOSECONDS)).isBetween(queued, atMost);
    }

    @Test
    void theRunOfTheWorkIsNotQueueTime() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        Gate gate = new Gate();
        Outcome<Integer> outcome = new Outcome<>();
        long before = System.nanoTime();
        pool.submitAio(
                () -> {
                    gate.pass();
                    return 1;
                },
                outcome);
        gate.awaitArrived(1);
        double atMost = System.nanoTime() - before;
        awaitNanos(5_000_000);
        gate.open();
        outcome.await();

        assertThat(registry.get("executor.idle").timer().max(TimeUnit.NANOSECONDS))
                .isBetween(1.0, atMost);
        double ran = registry.get("executor").timer().max(TimeUnit.NANOSECONDS);
        assertThat(ran).isGreaterThanOrEqualTo(5_000_000.0);
        assertThat(request("aio").max(TimeUnit.NANOSECONDS)).isGreaterThan(ran);
    }

    private static void awaitNanos(long nanos) {
        long since = System.nanoTime();
        Callers.until(nanos + " ns have passed", () -> System.nanoTime() - since >= nanos);
    }

    @Test
    void eachLayerIsTimedUnderItsTag() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        for (int i = 0; i < 2; i++) {
            Outcome<Integer> outcome = new Outcome<>();
            pool.submitAio(() -> 1, outcome);
            outcome.await();
        }
        pool.submit(() -> {});
        ExecutorService view = pool.asExecutorService();
        view.submit(() -> {}).get();
        view.invokeAll(List.of(() -> 1));
        pool.close();

        assertThat(request("co").count()).isEqualTo(1);
        assertThat(request("aio").count()).isEqualTo(2);
        assertThat(request("submit").count()).isEqualTo(3);
        assertThat(registry.get("executor").timer().count()).isEqualTo(6);
        assertThat(registry.get("executor.idle").timer().count()).isEqualTo(6);
    }

    @Test
    void aRequestIsTimedBeforeItsCallerOrCallbackKnows() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        for (int i = 1; i <= 100; i++) {
            int calls = i;
            assertThat(Callers.onVirtual(() -> {
                        pool.submitCo(() -> calls);
                        return request("co").count();
                    }))
                    .isEqualTo(i);
            Outcome<Long> seen = new Outcome<>();
            pool.submitAio(
                    () -> 1, (value, failure) -> seen.accept(request("aio").count(), null));
            assertThat(seen.value()).isEqualTo(i);
        }
    }

    @Test
    void aCanceledFutureOfTheExecutorViewIsSeenAsCanceled() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Future<?> future = pool.asExecutorService().submit(() -> {});
        future.cancel(false);
        assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);

        assertThat(counter("coworker.canceled")).isEqualTo(1);
        assertThat(request("submit").count()).isEqualTo(1);
        gate.open();
    }

    @Test
    void requestsFromBeforeTheBindingAreCountedButNotTimed() throws Exception {
        ThreadPool pool = pools.open();
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        new ThreadPoolMetrics(pool).bindTo(registry);

        assertThat(counter("executor.completed")).isEqualTo(1);
        assertThat(registry.get("executor").timer().count()).isZero();
    }

    @Test
    void percentilesAndObjectivesAreSetAsForAnyTimer() throws Exception {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        prometheus.config().meterFilter(new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                DistributionStatisticConfig.Builder builder = DistributionStatisticConfig.builder();
                return switch (id.getName()) {
                    case "executor.idle" ->
                        builder.percentilesHistogram(true).build().merge(config);
                    case "coworker.request" ->
                        builder.serviceLevelObjectives(Duration.ofMinutes(1).toNanos())
                                .build()
                                .merge(config);
                    default -> config;
                };
            }
        });
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk"));
        new ThreadPoolMetrics(pool).bindTo(prometheus);
        Callers.onVirtual(() -> pool.submitCo(() -> 1));

        assertThat(prometheus.scrape())
                .containsPattern("executor_idle_seconds_bucket\\{name=\"disk\",le=\"[0-9.]+\"} 1")
                .containsPattern("coworker_request_seconds_bucket\\{layer=\"co\",name=\"disk\",le=\"60.0\"} 1\n")
                .doesNotContain("executor_seconds_bucket");
    }
}
