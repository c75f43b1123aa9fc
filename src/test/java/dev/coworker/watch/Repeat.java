package dev.coworker.watch;

/** Repeats what a machine that does other work at the same time may upset. */
final class Repeat {
    interface Test {
        void run() throws Exception;
    }

    private Repeat() {}

    static void untilPassed(int times, Test test) throws Exception {
        for (int left = times - 1; ; left--) {
            try {
                test.run();
                return;
            } catch (AssertionError e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }
}
