package dev.coworker.watch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The runs of one thread. Those that ended are kept back for a while: the exact event of a long read comes at its end,
 * after all its samples.
 */
final class Track {
    private static final int MAX_ENDED = 16;

    final Deque<Run> ended = new ArrayDeque<>();

    @Nullable
    Run inNative;

    @Nullable
    Run inJava;

    long seen;

    void endNative(Consumer<Run> commit) {
        end(inNative, commit);
        inNative = null;
    }

    void endJava(Consumer<Run> commit) {
        end(inJava, commit);
        inJava = null;
    }

    private void end(@Nullable Run run, Consumer<Run> commit) {
        if (run != null && !run.stacks.isEmpty()) {
            ended.add(run);
            if (ended.size() > MAX_ENDED) {
                commit.accept(ended.remove());
            }
        }
    }

    List<Run> all() {
        List<Run> runs = new ArrayList<>(ended);
        Stream.of(inNative, inJava).filter(Objects::nonNull).forEach(runs::add);
        return runs;
    }

    /** Consecutive samples of one thread. Of a platform thread no stacks are kept. */
    static final class Run {
        private static final int MAX_STACKS = 64;

        final HoldKind kind;
        final String thread;
        final Map<Stack, Integer> stacks = new LinkedHashMap<>();
        final long first;
        long last;
        long lastIndex;
        long count;

        Run(HoldKind kind, String thread, @Nullable Stack stack, long now, long index) {
            this.kind = kind;
            this.thread = thread;
            this.first = now;
            add(stack, now, index);
        }

        void add(@Nullable Stack stack, long now, long index) {
            if (stack != null && (stacks.size() < MAX_STACKS || stacks.containsKey(stack))) {
                stacks.merge(stack, 1, Integer::sum);
            }
            last = now;
            lastIndex = index;
            count++;
        }

        boolean sameCall(@Nullable Stack stack) {
            return stack == null
                    ? stacks.isEmpty()
                    : !stacks.isEmpty()
                            && stacks.keySet().iterator().next().site().equals(stack.site())
                            && stacks.keySet().iterator().next().operation().equals(stack.operation());
        }

        /** Leaves out the share of the samples that came after the given time. */
        void cut(long time) {
            if (last < time) {
                return;
            }
            count = Math.max(1, count * (time - first) / Math.max(1, last - first));
            last = count == 1 ? first : time;
        }

        /** The innermost frame that four in five samples have in common. */
        Stack stack() {
            Stack best = stacks.keySet().iterator().next();
            if (stacks.size() == 1) {
                return best;
            }
            int all = stacks.values().stream().mapToInt(Integer::intValue).sum();
            List<Stack.Frame> common = new ArrayList<>();
            for (int depth = 0; ; depth++) {
                Stack.Frame frame = commonAt(depth, common, all, false);
                if (frame != null) {
                    common.add(frame);
                    continue;
                }
                frame = commonAt(depth, common, all, true);
                if (frame != null || common.isEmpty()) {
                    common.add(frame == null ? best.root() : frame);
                }
                break;
            }
            Stack.Frame site = common.get(common.size() - 1);
            String operation = site.method();
            for (Stack stack : stacks.keySet()) {
                if (stack.path().size() == common.size() && stack.site().equals(site)) {
                    operation = stack.operation();
                }
            }
            return new Stack(List.copyOf(common), operation, false);
        }

        private Stack.@Nullable Frame commonAt(int depth, List<Stack.Frame> above, int all, boolean anyLine) {
            Map<Stack.Frame, Integer> counts = new HashMap<>();
            stacks.forEach((stack, n) -> {
                if (stack.path().size() > depth
                        && stack.path().subList(0, depth).equals(above)) {
                    Stack.Frame frame = stack.path().get(depth);
                    counts.merge(anyLine ? new Stack.Frame(frame.method(), 0) : frame, n, Integer::sum);
                }
            });
            for (Map.Entry<Stack.Frame, Integer> entry : counts.entrySet()) {
                if (entry.getValue() * 5L >= all * 4L) {
                    return entry.getKey();
                }
            }
            return null;
        }
    }
}
