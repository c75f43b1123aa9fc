package dev.coworker.bench;

import dev.coworker.Action;
import dev.coworker.ThreadPool;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What the first {@code submit} of a JVM costs its caller. {@link #main} is that JVM, with one contender alone. */
public final class FirstSubmit {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private FirstSubmit() {}

    public static void main(String[] args) {
        THREADS.getCurrentThreadCpuTime();
        System.out.println(args[0].equals(Contender.EXECUTOR) ? OnExecutor.measure() : OnCoworker.measure());
        System.exit(0);
    }

    private static String result(long created, long since, long cpu) {
        double cpuMicros = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3;
        long now = System.nanoTime();
        return (now - since) / 1e3 + " " + cpuMicros + " " + (now - created) / 1e3;
    }

    /** The work is a class: the first lambda of a JVM is expensive. */
    private static final class OnCoworker implements Action<RuntimeException> {
        @Override
        public void run() {}

        static String measure() {
            OnCoworker work = new OnCoworker();
            long created = System.nanoTime();
            ThreadPool pool = ThreadPool.builder().maxThreads(Contender.WORKERS).build();
            long cpu = THREADS.getCurrentThreadCpuTime();
            long since = System.nanoTime();
            pool.submit(work);
            return result(created, since, cpu);
        }
    }

    private static final class OnExecutor implements Runnable {
        @Override
        public void run() {}

        static String measure() {
            OnExecutor work = new OnExecutor();
            int workers = Contender.WORKERS;
            long created = System.nanoTime();
            ThreadPoolExecutor pool =
                    new ThreadPoolExecutor(workers, workers, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
            long cpu = THREADS.getCurrentThreadCpuTime();
            long since = System.nanoTime();
            pool.execute(work);
            return result(created, since, cpu);
        }
    }

    static void measure(Rounds rounds) throws Exception {
        List<String> contenders = List.of(Contender.COWORKER, Contender.EXECUTOR);
        List<Metric> metrics = List.of(Metric.CALLER_TIME, Metric.CALLER_CPU, Metric.WITH_POOL);
        rounds.measure("in a new JVM", contenders, metrics, (name, idle) -> fork(name));
    }

    /** Either version of the library is a jar here, as it is for users. */
    private static double[] fork(String contender) throws IOException {
        String jar = contender.equals(Contender.BEFORE) ? OldVersion.jar().toString() : System.getProperty("jmh.jar");
        String classPath = jar + File.pathSeparator + System.getProperty("java.class.path");
        Process jvm = Benchmarks.java(classPath, List.of(), FirstSubmit.class, contender)
                .redirectOutput(Redirect.PIPE)
                .start();
        String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Arrays.stream(output.trim().split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }
}
