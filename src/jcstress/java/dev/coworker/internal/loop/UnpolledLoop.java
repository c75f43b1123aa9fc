package dev.coworker.internal.loop;

/** A loop that no actor is the thread of, and that is never polled. */
public final class UnpolledLoop {
    public static final EventLoop LOOP = new Maker().make();

    private UnpolledLoop() {}

    /** A class of its own: its thread would wait for the initialization of the outer one. */
    private static final class Maker extends Thread {
        private EventLoop made;

        @Override
        public void run() {
            made = EventLoop.manual(this);
        }

        EventLoop make() {
            start();
            try {
                join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return made;
        }
    }
}
