package dev.coworker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What the threads of a pool do in ten seconds without work: those that came with it, whatever they are called. */
public final class QuietProgram {
    private static final int SECONDS = 10;

    /** As Linux counts: how often it was taken off a processor, and for how long it was on one. */
    private record Activity(long switches, long nanos) {}

    private QuietProgram() {}

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Thread.startVirtualThread(() -> {}).join(); // the carriers are ForkJoinPool-1
        Map<String, Activity> others = activity();
        try (Contender pool = Contender.named(args[0])) {
            use(pool);
            TimeUnit.SECONDS.sleep(3); // what was begun ends: the way to sleep, looks that a timer owes
            Map<String, Activity> before = without(others.keySet());
            TimeUnit.SECONDS.sleep(SECONDS);
            Map<String, Activity> after = without(others.keySet());
            long switches = 0;
            long nanos = 0;
            for (Map.Entry<String, Activity> thread : after.entrySet()) {
                Activity since = before.getOrDefault(thread.getKey(), new Activity(0, 0));
                switches += thread.getValue().switches() - since.switches();
                nanos += thread.getValue().nanos() - since.nanos();
            }
            Samples samples = new Samples(args[0]);
            samples.add("quiet", "switches", switches);
            samples.also("cpu", "us", nanos / 1e3);
            samples.also("threads", "threads", after.size());
            samples.write(Path.of(args[1]));
        }
    }

    /** Until all of its threads have been there, and its timers. */
    private static void use(Contender pool) throws Exception {
        pool.call(
                1_000,
                10,
                caller -> () -> {
                    Thread.sleep(1);
                    return null;
                },
                null);
    }

    private static Map<String, Activity> without(Set<String> others) throws IOException {
        Map<String, Activity> activity = activity();
        activity.keySet().removeAll(others);
        return activity;
    }

    /** Of all threads but the JVM's own, which may come and go: compilers, collectors, carriers of virtual threads. */
    private static Map<String, Activity> activity() throws IOException {
        Map<String, Activity> activity = new TreeMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                try {
                    String name = Files.readString(thread.resolve("comm")).trim();
                    if (name.matches(
                            "(C[12] CompilerThre|G1 |GC Thread|VM |VirtualThread-|ForkJoinPool-1|Common-Cleaner).*")) {
                        continue;
                    }
                    long switches = Files.readAllLines(thread.resolve("status")).stream()
                            .filter(line -> line.contains("ctxt_switches"))
                            .mapToLong(line -> Long.parseLong(
                                    line.substring(line.indexOf(':') + 1).trim()))
                            .sum();
                    long nanos = Long.parseLong(
                            Files.readString(thread.resolve("schedstat")).split(" ")[0]);
                    activity.put(name + " " + thread.getFileName(), new Activity(switches, nanos));
                } catch (NoSuchFileException e) {
                    // it has ended meanwhile
                }
            }
        }
        return activity;
    }
}
