package dev.coworker.internal.base;

import dev.coworker.internal.base.Timer.Task;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a timer, the one that is due first on top: a pairing heap. The tasks are its nodes, so nothing is
 * allocated, and a retry can be scheduled when there is no memory. It must not be used by several threads at once.
 *
 * <p>Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap: a new form of self-adjusting heap", 1986.
 */
final class TimerHeap {
    // Task.child is the first child. Task.next is the next sibling. Task.previous is the previous sibling; of a first
    // child it is the parent.
    private @Nullable Task top;

    /** Returns the task that is due first, or null. */
    @Nullable
    Task first() {
        return top;
    }

    void add(Task task) {
        top = merge(task, top);
    }

    /** Removes a task that is in this heap. */
    void remove(Task task) {
        Task children = mergeAll(task.child);
        task.child = null;
        Task before = top;
        if (before == null || before == task) {
            top = children;
        } else {
            cut(task);
            top = merge(before, children);
        }
    }

    /** Puts the later of two tops under the earlier one, which it returns. */
    private static Task merge(Task one, @Nullable Task other) {
        if (other == null) {
            return one;
        }
        boolean inOrder = isBefore(one, other);
        Task parent = inOrder ? one : other;
        Task child = inOrder ? other : one;
        child.next = parent.child;
        if (child.next != null) {
            child.next.previous = child;
        }
        child.previous = parent;
        parent.child = child;
        return parent;
    }

    /** Merges siblings two by two, then the pairs, the last one first. */
    private static @Nullable Task mergeAll(@Nullable Task firstSibling) {
        Task pairs = null; // linked by next
        for (Task one = firstSibling; one != null; ) {
            Task other = one.next;
            Task rest = other == null ? null : other.next;
            unlink(one);
            if (other != null) {
                unlink(other);
            }
            Task pair = merge(one, other);
            pair.next = pairs;
            pairs = pair;
            one = rest;
        }
        Task all = null;
        while (pairs != null) {
            Task pair = pairs;
            pairs = pair.next;
            pair.next = null;
            all = merge(pair, all);
        }
        return all;
    }

    /** Takes a task with all that is below it out of its parent's children. */
    private static void cut(Task task) {
        Task previous = task.previous;
        if (previous != null && previous.child == task) {
            previous.child = task.next;
        } else if (previous != null) {
            previous.next = task.next;
        }
        if (task.next != null) {
            task.next.previous = previous;
        }
        unlink(task);
    }

    private static void unlink(Task task) {
        task.next = null;
        task.previous = null;
    }

    /** Of two that are due at the same time, the one that was scheduled first. Times may overflow. */
    private static boolean isBefore(Task one, Task other) {
        long byTime = one.dueNanos - other.dueNanos;
        return byTime != 0 ? byTime < 0 : one.sequence < other.sequence;
    }
}
