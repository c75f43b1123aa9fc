package dev.coworker.bench;

import dev.coworker.Action;
import dev.coworker.ThreadPool;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the first {@code submit} of a JVM costs its caller. {@link #main} is that JVM, with one contender alone. The
 * work is this class: the first lambda of a JVM is expensive.
 */
public final class FirstSubmit implements Action<RuntimeException>, Runnable {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Override
    public void run() {}

    public static void main(String[] args) {
        THREADS.getCurrentThreadCpuTime();
        FirstSubmit work = new FirstSubmit();
        System.out.println(args[0].equals(Contender.EXECUTOR) ? onExecutor(work) : onCoworker(work));
        System.exit(0);
    }

    private static String onCoworker(FirstSubmit work) {
        long created = System.nanoTime();
        ThreadPool pool = ThreadPool.builder().maxThreads(Contender.WORKERS).build();
        long cpu = THREADS.getCurrentThreadCpuTime();
        long since = System.nanoTime();
        pool.submit(work);
        return result(created, since, cpu);
    }

    private static String onExecutor(FirstSubmit work) {
        long created = System.nanoTime();
        ExecutorService pool = Executors.newFixedThreadPool(Contender.WORKERS);
        long cpu = THREADS.getCurrentThreadCpuTime();
        long since = System.nanoTime();
        pool.execute(work);
        return result(created, since, cpu);
    }

    private static String result(long created, long since, long cpu) {
        double cpuMicros = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3;
        long now = System.nanoTime();
        return (now - since) / 1e3 + " " + cpuMicros + " " + (now - created) / 1e3;
    }

    static void measure(Rounds rounds) throws Exception {
        List<String> contenders = List.of(Contender.COWORKER, Contender.EXECUTOR);
        List<Metric> metrics = List.of(Metric.CALLER_TIME, Metric.CALLER_CPU, Metric.WITH_POOL);
        rounds.measure("in a new JVM", contenders, metrics, (name, idle) -> fork(name));
    }

    /** Either version of the library is a jar here, as it is for users. */
    private static double[] fork(String contender) throws Exception {
        String jar = contender.equals(Contender.BEFORE) ? OldVersion.jar().toString() : System.getProperty("jmh.jar");
        String classPath = jar + File.pathSeparator + System.getProperty("java.class.path");
        Process jvm = Benchmarks.java(classPath, List.of(), FirstSubmit.class, contender)
                .redirectOutput(Redirect.PIPE)
                .start();
        return Arrays.stream(jvm.inputReader().readLine().split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }
}
