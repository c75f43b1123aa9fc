package dev.coworker.bench;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.*;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Whether an operation costs the same however much there is of something else. Measured by JMH, as only Coworker is
 * compared, and with itself.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public abstract class Flat {
    static final String MANY = "many";
    static final String FEW = "none or one";
    private static final int OPERATIONS = 10_000;

    final ThreadPool pool = ThreadPool.builder().maxThreads(Contender.WORKERS).build();
    private final CountDownLatch running = new CountDownLatch(Contender.WORKERS);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Callable<Object> blocked = () -> {
        running.countDown();
        gate.await();
        return null;
    };

    AioRequest<?> block() {
        return pool.submitAio(blocked, (value, failure) -> {});
    }

    static void await(LongAdder counter) {
        while (counter.sum() < OPERATIONS) {
            LockSupport.parkNanos(10_000);
        }
    }

    @TearDown
    public void close() {
        gate.countDown();
        pool.close();
    }

    /** Beside threads that wait in {@code cancel()} for the end of the same running request. */
    public static class Cancelling extends Flat {
        @Param({"0", "10000"})
        public int threads;

        @Setup
        public void start() throws InterruptedException {
            AioRequest<?> request = block();
            while (request.state() != AioRequest.State.ACTIVE) {
                Thread.sleep(1);
            }
            CountDownLatch started = new CountDownLatch(threads);
            for (int i = 0; i < threads; i++) {
                Thread.startVirtualThread(() -> {
                    started.countDown();
                    request.cancel();
                });
            }
            started.await();
        }

        @Benchmark
        @OperationsPerInvocation(OPERATIONS)
        public void submit() {
            LongAdder ran = new LongAdder();
            for (int i = 0; i < OPERATIONS; i++) {
                pool.submit(ran::increment);
            }
            await(ran);
        }
    }

    /** Beside slices that are open. */
    public static class Slices extends Flat {
        @Param({"1", "20000"})
        public int slices;

        private Slice[] open;

        @Setup
        public void open() {
            open = new Slice[slices];
            for (int i = 0; i < slices; i++) {
                open[i] = pool.slice("slice " + i, Contender.WORKERS);
            }
        }

        @Benchmark
        @OperationsPerInvocation(OPERATIONS)
        public void submitInTurn() {
            LongAdder ran = new LongAdder();
            for (int i = 0; i < OPERATIONS; i++) {
                open[i % slices].submit(ran::increment);
            }
            await(ran);
        }

        @Benchmark
        public void openAndClose() {
            pool.slice("one more", 1).close();
        }
    }

    /** Behind requests that are queued, as all workers are blocked. */
    public static class Outstanding extends Flat {
        @Param({"0", "1000000"})
        public int requests;

        @Setup
        public void block64() throws InterruptedException {
            for (int i = 0; i < Contender.WORKERS; i++) {
                block();
            }
            super.running.await();
            for (int i = 0; i < requests; i++) {
                pool.submitAio(() -> null, (value, failure) -> {});
            }
        }

        @Benchmark
        @OperationsPerInvocation(OPERATIONS)
        public void submitAndCancel() {
            LongAdder calledBack = new LongAdder();
            for (int i = 0; i < OPERATIONS; i++) {
                pool.submitAio(() -> null, (value, failure) -> calledBack.increment())
                        .cancelAsync();
            }
            await(calledBack);
        }
    }

    static void measure(Rounds rounds) throws Exception {
        String json = System.getProperty("jmh.file").replace(".json", "-jmh.json");
        String settings = Rounds.QUICK ? "-wi 1 -w 100ms -i 3 -r 100ms" : "-wi 4 -w 500ms -i 7 -r 500ms";
        String options = "-v SILENT -f 1 -foe true " + settings + " -rf json -rff " + json + " " + Flat.class.getName();
        for (RunResult result : new Runner(new CommandLineOptions(options.split(" "))).run()) {
            String parameter = result.getParams().getParamsKeys().iterator().next();
            int size = Integer.parseInt(result.getParams().getParam(parameter));
            double[] nanos = result.getBenchmarkResults().iterator().next().getIterationResults().stream()
                    .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                    .toArray();
            rounds.add(cell(result.getPrimaryResult().getLabel()), Metric.COST, size > 1 ? MANY : FEW, nanos);
        }
    }

    private static String cell(String benchmark) {
        return switch (benchmark) {
            case "submit" -> "submit until run, 10,000 threads in cancel()";
            case "submitInTurn" -> "submit until run, through 20,000 slices in turn";
            case "openAndClose" -> "open and close a slice, 20,000 others";
            case "submitAndCancel" -> "submitAio and cancel, 1,000,000 outstanding";
            default -> throw new IllegalArgumentException(benchmark);
        };
    }
}
