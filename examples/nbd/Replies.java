package nbd;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Replies on their way out, in the order in which the requests ended. A thread that finds no other writing writes its
 * own reply and all that others add meanwhile, gathered. So no thread has to be woken for a reply, and the more there
 * is to write, the more goes out in one call.
 *
 * <p>No writer waits for the client. What the socket does not take is left to the connection's reader, which goes on
 * when the socket is writable; until then replies only queue up, and the connection's budget bounds them.
 */
final class Replies {
    private static final int GATHERED = 64;

    private final Wire wire;
    private final Consumer<Request> released;
    private final Consumer<Throwable> failed;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean broken;

    // guarded by lock
    private final ArrayDeque<Request> answered;
    private boolean writing;

    // of the thread that writes
    private final Request[] batch = new Request[GATHERED];
    private final ByteBuffer[] buffers = new ByteBuffer[GATHERED];
    private int first;
    private int end;
    private boolean incomplete;

    /**
     * Calls {@code released} once for each reply that is written or given up, and {@code failed} if the client is gone.
     */
    Replies(Wire wire, int capacity, Consumer<Request> released, Consumer<Throwable> failed) {
        this.wire = wire;
        this.answered = new ArrayDeque<>(capacity);
        this.released = released;
        this.failed = failed;
    }

    /** Sends an answered request, which belongs to this object from then on. */
    void send(Request request) {
        lock.lock();
        try {
            answered.addLast(request);
            if (writing) {
                return;
            }
            writing = true;
        } finally {
            lock.unlock();
        }
        write();
    }

    /** Goes on after an incomplete write: the socket is writable. */
    void resume() {
        write();
    }

    /**
     * From the reader: gives up what is not written yet, now and from now on. To be called again after each wake-up.
     */
    void abandon() {
        broken = true;
        if (wire.unblock()) { // the thread that wrote has left the rest to the reader, which is this one
            write();
        }
    }

    private void write() {
        while (first < end || incomplete || takeBatch()) {
            if (!broken) {
                writeBatch();
            }
            while (first < end && (broken || !buffers[first].hasRemaining())) {
                Request request = batch[first];
                batch[first] = null;
                buffers[first++] = null;
                released.accept(request);
            }
            if (broken) {
                incomplete = false;
            } else if (incomplete) {
                wire.block(); // the last step: the reader can go on at once
                return;
            }
        }
    }

    private void writeBatch() {
        try {
            incomplete = !wire.write(buffers, first, end - first);
        } catch (Throwable e) {
            broken = true; // what is left only has to be released
            failed.accept(e);
        }
    }

    /** False: there is nothing left, and another thread may write from now on. */
    private boolean takeBatch() {
        lock.lock();
        try {
            first = 0;
            end = 0;
            while (end < GATHERED && !answered.isEmpty()) {
                batch[end] = answered.pollFirst();
                buffers[end] = batch[end].buffer;
                end++;
            }
            writing = end > 0;
            return writing;
        } finally {
            lock.unlock();
        }
    }
}
