package dev.coworker.interleave;

/** Assertions inside a model, where every call is a step to be explored: AssertJ would be most of them. */
public final class Check {
    private Check() {}

    public static void that(boolean condition, Object what) {
        if (!condition) {
            throw new AssertionError(String.valueOf(what));
        }
    }
}
