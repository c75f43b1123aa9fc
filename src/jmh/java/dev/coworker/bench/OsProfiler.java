package dev.coworker.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/** Processor time and context switches of an operation, as Linux counts them for the process. */
public final class OsProfiler implements InternalProfiler {
    private static final OperatingSystemMXBean OS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private long cpuNanos;
    private Map<String, Long> switches = Map.of();

    @Override
    public String getDescription() {
        return "processor time and context switches";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        switches = switchesByThread();
        cpuNanos = OS.getProcessCpuTime();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        long cpu = OS.getProcessCpuTime() - cpuNanos;
        long switched = 0;
        // of the threads that are still there; a pool's are
        for (Map.Entry<String, Long> thread : switchesByThread().entrySet()) {
            switched += thread.getValue() - switches.getOrDefault(thread.getKey(), 0L);
        }
        double operations = result.getMetadata().getAllOps();
        return List.of(
                new ScalarResult("os.cpu", cpu / operations, "ns/op", AggregationPolicy.AVG),
                new ScalarResult("os.switches", switched / operations, "1/op", AggregationPolicy.AVG));
    }

    private static Map<String, Long> switchesByThread() {
        Map<String, Long> all = new HashMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            threads.forEach(thread -> {
                try {
                    long sum = 0;
                    for (String line : Files.readAllLines(thread.resolve("status"))) {
                        if (line.contains("ctxt_switches")) {
                            sum += Long.parseLong(
                                    line.substring(line.indexOf(':') + 1).trim());
                        }
                    }
                    all.put(thread.toString(), sum);
                } catch (IOException e) {
                    // it has ended meanwhile
                }
            });
        } catch (IOException e) {
            // not Linux: nothing to count
        }
        return all;
    }
}
