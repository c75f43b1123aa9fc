package dev.coworker.bench;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.*;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/** Whether an operation costs the same however much there is of something else: JMH compares Coworker with itself. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Flat {
    static final String MANY = "many";
    static final String FEW = "none or one";
    private static final int OPERATIONS = 10_000;

    @Param({FEW, MANY})
    public String others;

    private final ThreadPool pool =
            ThreadPool.builder().maxThreads(Contender.WORKERS).build();
    private final CountDownLatch gate = new CountDownLatch(1);
    private Slice[] slices;

    @Setup
    public void addOthers(BenchmarkParams benchmark) throws InterruptedException {
        boolean many = others.equals(MANY);
        switch (benchmark.getBenchmark().replaceFirst(".*\\.", "")) {
            case "submitBesideTenThousandThreadsInCancel" -> cancelOneRequest(many ? 10_000 : 0);
            case "submitToTwentyThousandSlicesInTurn", "openASliceBesideTwentyThousand" ->
                openSlices(many ? 20_000 : 1);
            default -> queue(many ? 1_000_000 : 0);
        }
    }

    /** Threads that wait in {@code cancel()} for the end of the same running request. */
    private void cancelOneRequest(int threads) throws InterruptedException {
        AioRequest<?> request = block();
        CountDownLatch started = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            Thread.startVirtualThread(() -> {
                started.countDown();
                request.cancel();
            });
        }
        started.await();
    }

    private void openSlices(int count) {
        slices = new Slice[count];
        for (int i = 0; i < count; i++) {
            slices[i] = pool.slice("slice " + i, Contender.WORKERS);
        }
    }

    /** Requests that are queued, as all workers are blocked. */
    private void queue(int requests) throws InterruptedException {
        for (int i = 0; i < Contender.WORKERS; i++) {
            block();
        }
        for (int i = 0; i < requests; i++) {
            pool.submitAio(() -> null, (value, failure) -> {});
        }
    }

    private AioRequest<?> block() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        Callable<?> work = () -> {
            running.countDown();
            gate.await();
            return null;
        };
        AioRequest<?> request = pool.submitAio(work, (value, failure) -> {});
        running.await();
        return request;
    }

    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public void submitBesideTenThousandThreadsInCancel() {
        submitTo(pool);
    }

    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public void submitToTwentyThousandSlicesInTurn() {
        submitTo(slices);
    }

    private static void submitTo(Submitter... submitters) {
        LongAdder ran = new LongAdder();
        for (int i = 0; i < OPERATIONS; i++) {
            submitters[i % submitters.length].submit(ran::increment);
        }
        await(ran);
    }

    @Benchmark
    public void openASliceBesideTwentyThousand() {
        pool.slice("one more", 1).close();
    }

    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public void submitAioAndCancelBesideAMillionRequests() {
        LongAdder calledBack = new LongAdder();
        for (int i = 0; i < OPERATIONS; i++) {
            pool.submitAio(() -> null, (value, failure) -> calledBack.increment())
                    .cancelAsync();
        }
        await(calledBack);
    }

    private static void await(LongAdder counter) {
        while (counter.sum() < OPERATIONS) {
            LockSupport.parkNanos(10_000);
        }
    }

    @TearDown
    public void close() {
        gate.countDown();
        pool.close();
    }

    static void measure(Rounds rounds) throws Exception {
        String json = Benchmarks.file(Row.FLAT).toString().replace(".json", "-jmh.json");
        String settings = Rounds.QUICK ? "-wi 1 -w 100ms -i 3 -r 100ms" : "-wi 4 -w 500ms -i 7 -r 500ms";
        String options = "-v SILENT -f 1 -foe true " + settings + " -rf json -rff " + json + " " + Flat.class.getName();
        for (RunResult result : new Runner(new CommandLineOptions(options.split(" "))).run()) {
            double[] nanos = result.getAggregatedResult().getIterationResults().stream()
                    .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                    .toArray();
            String method = result.getPrimaryResult().getLabel();
            String cell = method.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
            rounds.add(cell, Metric.COST, result.getParams().getParam("others"), nanos);
        }
    }
}
