package dev.coworker.internal.base;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import org.junit.jupiter.api.Test;

/** As many carriers are added as are held, whatever is taken away meanwhile. */
class CarriersInterleavingTest {
    private static final int BASE = 2;

    /** The account, and a scheduler. */
    static final class Model implements Carriers.Dial {
        final Carriers carriers = new Carriers(this, new ModelTimer(), 256);
        private int parallelism = BASE;
        private int held;

        @Override
        public synchronized int parallelism() {
            return parallelism;
        }

        @Override
        public synchronized void setParallelism(int size) {
            parallelism = size;
        }

        @Override
        public void signal() {}

        void holdOnce() {
            Check.that(carriers.hold(false), "refused");
            count(1);
            count(-1);
            carriers.release(false);
        }

        private synchronized void count(int difference) {
            held += difference;
            Check.that(parallelism >= BASE + held, parallelism + " carriers, and " + held + " held");
        }
    }

    @Test
    void aHolderFindsItsCarrierAdded() throws Exception {
        explore("carriers, hold against settle", () -> {
            Model model = Actor.share(new Model());
            model.holdOnce(); // its carrier stays for a while
            Actor holder = Actor.start(model::holdOnce);
            model.carriers.settle();
            Actor.end(holder);
            model.carriers.settle();
            Check.that(model.parallelism() == BASE, model.parallelism());
        });
    }
}
