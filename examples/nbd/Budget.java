package nbd;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bytes that requests in flight may hold: a bound for each connection, and one for the whole server. Connections at
 * the server's bound are served first come, first served. What is reserved for each connection it gets in any case, so
 * that clients which hold all there is do not stop the others.
 */
final class Budget {
    private final int perConnection;
    private final int reserved;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by lock
    private final ArrayDeque<Share> waiting = new ArrayDeque<>();
    private long free; // negative while reserved bytes are taken beyond the bound

    Budget(int total, int perConnection, int reserved) {
        this.free = total;
        this.perConnection = perConnection;
        this.reserved = reserved;
    }

    /** A connection's share; {@code granted} is run when bytes that were refused at first have been taken. */
    Share newShare(Runnable granted) {
        return new Share(granted);
    }

    /** What is free. */
    long available() {
        lock.lock();
        try {
            return free;
        } finally {
            lock.unlock();
        }
    }

    private void grant() {
        for (Iterator<Share> each = waiting.iterator(); each.hasNext(); ) {
            Share share = each.next();
            if (share.taken + share.wanted > perConnection) {
                continue; // it waits for its own replies, and holds up no other
            }
            if (!share.isReserved(share.wanted) && free < share.wanted) {
                return;
            }
            each.remove();
            share.add(share.wanted);
            share.granted = true;
            share.wakeup.run();
        }
    }

    /** One connection's. Its reader takes, and the thread that has written a reply gives back. */
    final class Share {
        private final Runnable wakeup;

        // guarded by lock
        private long taken;
        private int wanted;
        private boolean granted;

        private Share(Runnable wakeup) {
            this.wakeup = wakeup;
        }

        /** True: taken. False: to be called again, with the same bytes, when {@code granted} has been run. */
        boolean tryTake(int bytes) {
            lock.lock();
            try {
                if (granted) {
                    granted = false;
                    wanted = 0;
                    return true;
                }
                if (wanted == 0) {
                    boolean fits = isReserved(bytes) || waiting.isEmpty() && free >= bytes;
                    if (taken + bytes <= perConnection && fits) {
                        add(bytes);
                        return true;
                    }
                    wanted = bytes;
                    waiting.addLast(this);
                }
                return false;
            } finally {
                lock.unlock();
            }
        }

        /** Takes back a refused request: nothing is wanted any more. */
        void cancel() {
            lock.lock();
            try {
                if (granted) {
                    add(-wanted);
                } else {
                    waiting.remove(this);
                }
                granted = false;
                wanted = 0;
                grant();
            } finally {
                lock.unlock();
            }
        }

        void giveBack(int bytes) {
            lock.lock();
            try {
                add(-bytes);
                grant();
            } finally {
                lock.unlock();
            }
        }

        private boolean isReserved(int bytes) {
            return taken + bytes <= reserved;
        }

        private void add(int bytes) {
            taken += bytes;
            free -= bytes;
        }
    }
}
