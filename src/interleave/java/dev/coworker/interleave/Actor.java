package dev.coworker.interleave;

/** A thread of a model. What it throws, its {@link #end} throws. */
public final class Actor {
    private static Object shared;

    private final Thread thread;
    private volatile Throwable failure;

    private Actor(Interleavings.Model body) {
        thread = new Thread(() -> {
            try {
                body.run();
            } catch (Throwable e) {
                failure = e;
            }
        });
    }

    /**
     * Has every access to the object, and to what it refers to, be a step. Lincheck 3.7 takes an object for one
     * thread's own until it sees it escape, and does not see what a lambda captures.
     */
    public static <T> T share(T object) {
        shared = object;
        return object;
    }

    public static Actor start(Interleavings.Model body) {
        Actor actor = new Actor(body);
        actor.thread.start();
        return actor;
    }

    public void interrupt() {
        thread.interrupt();
    }

    /** Waits until the actor has done what it was to do. */
    public void end() throws Throwable {
        thread.join();
        if (failure != null) {
            throw failure;
        }
    }

    public static void end(Actor... actors) throws Throwable {
        for (Actor actor : actors) {
            actor.end();
        }
    }
}
