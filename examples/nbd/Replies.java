package nbd;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;

/**
 * Replies on their way out, in the order in which the requests ended. Whoever finds nobody writing writes, its own and
 * all that others add meanwhile, gathered; the others go. So there is no thread that must be woken for a reply, and the
 * more there is to write, the more goes out in one call.
 *
 * <pre>
 *   null                 nothing to write, nobody writes
 *   request -> ...       to be written, newest first; somebody has the turn
 *   TAKEN                all taken, somebody has the turn
 * </pre>
 */
final class Replies {
    private static final int GATHERED = 256;
    private static final Request TAKEN = new Request(0, 0, 0, 0, 0, null);

    private final Wire wire;
    private final Buffers buffers;
    private final LongConsumer written;
    private final IntSupplier inFlight;
    private final AtomicReference<Request> newest = new AtomicReference<>();

    // of whoever has the turn
    private final ByteBuffer[] gathered = new ByteBuffer[GATHERED];
    private boolean broken;

    /** Tells {@code written} how many bytes of buffers have come free, of those {@code inFlight}. */
    Replies(Wire wire, Buffers buffers, LongConsumer written, IntSupplier inFlight) {
        this.wire = wire;
        this.buffers = buffers;
        this.written = written;
        this.inFlight = inFlight;
    }

    /** Sends an answered request; waits for the client if it falls to this thread to write. */
    void send(Request answered) {
        int bytes = answered.buffer.capacity();
        if (add(answered)) {
            if (inFlight.getAsInt() > bytes) {
                Thread.yield(); // others that have been woken with this one add theirs first
            }
            write();
        }
    }

    /** As {@link #send}, from a thread that must not wait. */
    void sendLater(Request answered) {
        if (add(answered)) {
            Thread.startVirtualThread(this::write);
        }
    }

    /** True: the calling thread has the turn now. */
    private boolean add(Request answered) {
        while (true) {
            Request first = newest.get();
            answered.next = first == TAKEN ? null : first;
            if (newest.compareAndSet(first, answered)) {
                return first == null;
            }
        }
    }

    private void write() {
        while (true) {
            Request taken = newest.getAndSet(TAKEN);
            if (taken != TAKEN) {
                writeAll(oldestFirst(taken));
            } else if (newest.compareAndSet(TAKEN, null)) {
                return;
            }
        }
    }

    private static Request oldestFirst(Request newestFirst) {
        Request oldest = null;
        for (Request each = newestFirst; each != null; ) {
            Request older = each.next;
            each.next = oldest;
            oldest = each;
            each = older;
        }
        return oldest;
    }

    private void writeAll(Request oldest) {
        for (Request each = oldest; each != null; ) {
            int count = 0;
            for (; each != null && count < GATHERED; each = each.next) {
                gathered[count++] = each.buffer;
            }
            try {
                if (!broken) {
                    wire.writeFully(gathered, count);
                }
            } catch (Throwable e) {
                broken = true; // the client is gone, or lost; what is left only has to be given back
                wire.close();
            }
            long bytes = 0;
            for (int i = 0; i < count; i++) {
                bytes += gathered[i].capacity();
                buffers.giveBack(gathered[i]);
                gathered[i] = null;
            }
            written.accept(bytes);
        }
    }
}
