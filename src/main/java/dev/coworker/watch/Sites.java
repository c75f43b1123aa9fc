package dev.coworker.watch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of each site. Which sampled runs are holds is decided when a report is made: the more is known of a
 * thread's brief stays, the better chance can be told from a hold. So the runs are kept by length.
 */
final class Sites {
    /** Sites beyond these, of generated code for example, are added up in one. */
    private static final int MAX_SITES = 10_000;

    private static final Stack.Frame OTHERS = new Stack.Frame("(further sites)", 0);
    private static final int MAX_CALLERS = 100;

    /** Runs of so many samples and more are kept together: chance does not make them. */
    private static final int MAX_LENGTH = 64;

    /** The number of chance runs that is accepted in a whole recording. */
    private static final double CHANCE = 0.05;

    /** A thread seen in three of four rounds is busy there, whether it parks in between or not. */
    private static final double MAX_RATIO = 0.75;

    /** Handing work to a pool and back takes some 10 µs; see docs/benchmarks.md. */
    private static final Duration WORTH_IT = Duration.ofNanos(20_000);

    private final long min;
    private final Map<Stack.Frame, Site> sites = new LinkedHashMap<>();
    private final Map<Group, long[]> groups = new HashMap<>();

    /** Makes an empty table; holds shorter than {@code min} count as brief stays. */
    Sites(Duration min) {
        this.min = min.toNanos();
    }

    /** Runs among which chance is told from holds: native ones at one site, Java ones below one outermost frame. */
    private record Group(String root, HoldKind kind) {}

    /** Adds a hold that the flight recorder measured. */
    void hold(Stack stack, HoldKind kind, long nanos, @Nullable String reason, boolean compensated) {
        Site site = site(stack, reason, compensated);
        if (nanos < min) {
            site.briefExact.add(nanos);
        } else {
            site.exact.add(nanos);
            site.exactKinds.add(kind);
            site.callers(stack);
        }
    }

    /** Adds a run of samples, and returns whether it is a hold by what is known so far. */
    boolean run(Stack stack, HoldKind kind, long samples, long nanos, boolean compensated) {
        String root =
                kind == HoldKind.NATIVE ? stack.site().toString() : stack.root().method();
        Group group = new Group(groups.size() < MAX_SITES ? root : OTHERS.method(), kind);
        long[] lengths = groups.computeIfAbsent(group, any -> new long[3]);
        if (samples < lengths.length) {
            lengths[(int) samples]++;
        }
        Site site = site(stack, null, compensated);
        Sums[] runs = site.runs.computeIfAbsent(group, any -> Sums.array(MAX_LENGTH + 1));
        runs[(int) Math.min(samples, MAX_LENGTH)].add(nanos);
        boolean proved = samples >= shortestProof(kind, lengths) && nanos >= min;
        if (proved) {
            site.callers(stack);
        }
        return proved;
    }

    /** Returns the sites, those with the longest time held first. */
    List<CarrierSite> list() {
        List<CarrierSite> list = new ArrayList<>();
        sites.values().forEach(site -> list.add(site.total(min, groups)));
        list.sort(Comparator.comparing(CarrierSite::held)
                .thenComparing(CarrierSite::brief)
                .reversed());
        return Collections.unmodifiableList(list);
    }

    /**
     * The number of samples from which on a run is a hold. Chance makes n runs, and each is one longer with probability
     * p, the ratio of pairs to lone samples. So it makes n p^(k-1) runs of k samples or more.
     */
    private static int shortestProof(HoldKind kind, long[] lengths) {
        int least = kind == HoldKind.NATIVE ? 2 : 3;
        double lone = lengths[1];
        double pairs = lengths[2];
        if (lone < 3 || pairs >= lone) {
            return least; // chance makes more lone samples than pairs
        }
        double p = Math.min(MAX_RATIO, Math.max(pairs, 0.5) / lone);
        return Math.max(least, 1 + (int) Math.ceil(Math.log(CHANCE / (lone + pairs)) / Math.log(p)));
    }

    private Site site(Stack stack, @Nullable String reason, boolean compensated) {
        Stack.Frame frame = sites.size() < MAX_SITES || sites.containsKey(stack.site()) ? stack.site() : OTHERS;
        Site site = sites.computeIfAbsent(frame, f -> new Site(f, stack.operation()));
        site.uncompensated |= !compensated;
        site.reason = reason == null ? site.reason : reason;
        return site;
    }

    private static final class Site {
        final Stack.Frame frame;
        final String operation;
        final Set<HoldKind> exactKinds = EnumSet.noneOf(HoldKind.class);
        final Map<String, Long> callers = new HashMap<>();
        final Sums exact = new Sums();
        final Sums briefExact = new Sums();
        final Map<Group, Sums[]> runs = new HashMap<>();

        @Nullable
        String reason;

        boolean uncompensated;

        Site(Stack.Frame frame, String operation) {
            this.frame = frame;
            this.operation = operation;
        }

        void callers(Stack stack) {
            String caller = stack.caller();
            if (caller != null && (callers.size() < MAX_CALLERS || callers.containsKey(caller))) {
                callers.merge(caller, 1L, Long::sum);
            }
        }

        CarrierSite total(long min, Map<Group, long[]> groups) {
            Sums held = new Sums();
            Sums brief = new Sums();
            Set<HoldKind> kinds = EnumSet.noneOf(HoldKind.class);
            kinds.addAll(exactKinds);
            held.add(exact);
            brief.add(briefExact);
            runs.forEach((group, lengths) -> {
                long[] known = Objects.requireNonNull(groups.get(group));
                int proof = shortestProof(group.kind(), known);
                for (int length = 0; length < lengths.length; length++) {
                    boolean proved = length >= proof && lengths[length].longest >= min && lengths[length].count > 0;
                    (proved ? held : brief).add(lengths[length]);
                    if (proved) {
                        kinds.add(group.kind());
                    }
                }
            });
            Map<String, Long> top = new LinkedHashMap<>();
            callers.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .limit(3)
                    .forEach(entry -> top.put(entry.getKey(), entry.getValue()));
            return new Total(
                    frame.toString(),
                    Collections.unmodifiableSet(kinds),
                    operation,
                    reason,
                    held.count,
                    Duration.ofNanos(held.nanos),
                    Duration.ofNanos(held.longest),
                    Duration.ofNanos(brief.nanos),
                    !uncompensated,
                    Collections.unmodifiableMap(top));
        }
    }

    private record Total(
            String frame,
            Set<HoldKind> kinds,
            String operation,
            @Nullable String reason,
            long holds,
            Duration held,
            Duration longest,
            Duration brief,
            boolean compensated,
            Map<String, Long> callers)
            implements CarrierSite {
        @Override
        public boolean isAt(String name) {
            return WatchConfig.covers(name, frame)
                    || callers.keySet().stream().anyMatch(caller -> WatchConfig.covers(name, caller));
        }

        @Override
        public String advice() {
            if (holds == 0) {
                return "leave it: no hold was proved; a shorter period proves shorter ones";
            }
            if (held.toNanos() / holds < WORTH_IT.toNanos()) {
                return "leave it: held less than 20 µs on average, which a pool would cost too";
            }
            if (reason != null && reason.startsWith("Waited for initialization of ")) {
                return "initialize the class before the load starts; a pool would only move the wait";
            }
            if (compensated) {
                return "leave it: this JDK adds a carrier meanwhile, 256 in all; "
                        + "JDK 23 and newer do so only for force and name look-ups";
            }
            if (kinds.contains(HoldKind.PINNED) && reason == null) {
                return "wrap it: pool.submitCo(() -> ...), or use JDK 24 and newer if synchronized pins it";
            }
            return "wrap it: pool.submitCo(() -> ...)";
        }
    }

    /** A number of holds, their sum and the longest. */
    private static final class Sums {
        long count;
        long nanos;
        long longest;

        static Sums[] array(int size) {
            Sums[] array = new Sums[size];
            Arrays.setAll(array, i -> new Sums());
            return array;
        }

        void add(long hold) {
            count++;
            nanos += hold;
            longest = Math.max(longest, hold);
        }

        void add(Sums other) {
            count += other.count;
            nanos += other.nanos;
            longest = Math.max(longest, other.longest);
        }
    }
}
