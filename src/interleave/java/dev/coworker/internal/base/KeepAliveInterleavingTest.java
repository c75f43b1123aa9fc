package dev.coworker.internal.base;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import org.junit.jupiter.api.Test;

/** The JVM is kept alive as long as a pool holds it, and no longer. */
class KeepAliveInterleavingTest {

    @Test
    void aHoldOutlivesTheReleaseOfAnother() throws Exception {
        explore("keep-alive, hold against hold and release", () -> {
            Actor other = Actor.start(() -> {
                Threads.KeepAlive.hold();
                Threads.KeepAlive.release();
            });
            Threads.KeepAlive.hold();
            other.end();
            Check.that(keepers() == 1, "a hold without a keeper");
            Threads.KeepAlive.release();
        });
    }

    private static int keepers() {
        ThreadGroup root = Thread.currentThread().getThreadGroup().getParent();
        Thread[] all = new Thread[64];
        int found = 0;
        for (int i = root.enumerate(all) - 1; i >= 0; i--) {
            found += all[i].getName().equals("coworker-keep-alive") ? 1 : 0;
        }
        return found;
    }
}
