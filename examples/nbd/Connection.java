package nbd;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/**
 * One client, from the handshake to the end; its virtual thread only reads. Requests are begun as they arrive and end in any
 * order. When it returns, nothing of the connection is in flight, and all that it had taken is given back.
 */
final class Connection implements Runnable {
    private final Export export;
    private final Wire wire;
    private final Budget.Share share;
    private final Replies replies;
    private final Execution execution;
    private volatile boolean stopping;

    /** Has {@code starving} called with itself, when others hold what its client needs. */
    Connection(SocketChannel socket, Export export, Budget budget, Consumer<Connection> starving) {
        this.export = export;
        this.wire = new Wire(socket, export.buffers());
        this.share = budget.newShare(() -> starving.accept(this));
        this.replies = new Replies(wire, export.buffers(), share::giveBack, share::taken);
        this.execution = new Execution(export, replies);
    }

    @Override
    public void run() {
        boolean orderly = false;
        try {
            orderly = !new Handshake(wire, export.image().size(), export.flags()).succeeds() || transmit();
        } catch (IOException e) {
            // the client is gone, or does not speak the protocol: either way there is nobody to tell
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(orderly || stopping);
        }
    }

    /** Waits for what is in flight; unless the client is still there to be answered, that does not take long. */
    private void end(boolean orderly) {
        if (!orderly) {
            drop();
        }
        share.awaitAll();
        wire.close();
        wire.giveBackBuffer();
    }

    /** True: the client has said goodbye. False: it hung up. */
    private boolean transmit() throws IOException, InterruptedException {
        while (!stopping && awaitRequest()) {
            ByteBuffer in = wire.in();
            int magic = in.getInt();
            if (magic != Nbd.REQUEST_MAGIC) {
                throw new ProtocolException("no request: 0x" + Integer.toHexString(magic));
            }
            int flags = Short.toUnsignedInt(in.getShort());
            int type = Short.toUnsignedInt(in.getShort());
            long cookie = in.getLong();
            long offset = in.getLong();
            long length = Integer.toUnsignedLong(in.getInt());
            if (type == Nbd.DISC) {
                return true;
            }
            accept(type, flags, cookie, offset, length);
        }
        return false;
    }

    private boolean awaitRequest() throws IOException {
        if (!wire.hasArrived(Nbd.REQUEST_BYTES)) {
            Thread.yield(); // requests begin, replies leave, and more arrives to be read in one call
        }
        return wire.await(Nbd.REQUEST_BYTES);
    }

    private void accept(int type, int flags, long cookie, long offset, long length)
            throws IOException, InterruptedException {
        if (type == Nbd.WRITE && length > Nbd.MAX_PAYLOAD) {
            throw new ProtocolException("a WRITE of " + length + " bytes");
        }
        int error = check(type, flags, offset, length);
        boolean carries = error == Nbd.OK && (type == Nbd.READ || type == Nbd.WRITE);
        ByteBuffer buffer = null;
        if (carries) {
            buffer = takeBuffer((int) length);
            error = buffer == null ? Nbd.ENOMEM : Nbd.OK;
        }
        if (type == Nbd.WRITE && error != Nbd.OK) {
            wire.skip(length);
        }
        if (buffer == null) {
            buffer = takeBuffer(0);
            if (buffer == null) {
                throw new IOException("no memory for an answer");
            }
        }
        Request request = new Request(type, flags, cookie, offset, length, buffer);
        if (error != Nbd.OK) {
            execution.end(request, error);
            return;
        }
        if (type == Nbd.WRITE) {
            receivePayload(request);
        }
        execution.begin(request);
    }

    private void receivePayload(Request request) throws IOException {
        boolean arrived = false;
        try {
            wire.readFully(request.payload());
            arrived = true;
        } finally {
            if (!arrived) {
                giveBack(request.buffer);
            }
        }
    }

    /** Waits until the budget allows it. Null: there is no memory. */
    private ByteBuffer takeBuffer(int payload) throws InterruptedException {
        int bytes = Buffers.capacityFor(payload);
        share.take(bytes);
        try {
            return export.buffers().take(payload);
        } catch (OutOfMemoryError e) {
            share.giveBack(bytes);
            return null;
        }
    }

    private void giveBack(ByteBuffer buffer) {
        int bytes = buffer.capacity();
        export.buffers().giveBack(buffer);
        share.giveBack(bytes);
    }

    private int check(int type, int flags, long offset, long length) {
        int known = switch (type) {
            case Nbd.READ, Nbd.FLUSH, Nbd.CACHE, Nbd.WRITE, Nbd.TRIM -> Nbd.FLAG_FUA;
            case Nbd.WRITE_ZEROES -> Nbd.FLAG_FUA | Nbd.FLAG_NO_HOLE;
            default -> -1;
        };
        boolean changes = type == Nbd.WRITE || type == Nbd.TRIM || type == Nbd.WRITE_ZEROES;
        if (known == -1 || (flags & ~known) != 0) {
            return Nbd.EINVAL;
        }
        if (changes && export.readOnly()) {
            return Nbd.EPERM;
        }
        if (type == Nbd.FLUSH) {
            return offset == 0 && length == 0 ? Nbd.OK : Nbd.EINVAL;
        }
        long size = export.image().size();
        if (offset < 0 || offset > size || length > size - offset) {
            return type == Nbd.WRITE || type == Nbd.WRITE_ZEROES ? Nbd.ENOSPC : Nbd.EINVAL;
        }
        return type == Nbd.READ && length > Nbd.MAX_PAYLOAD ? Nbd.EINVAL : Nbd.OK;
    }

    /** Has it end what is in flight, and then end. */
    void stop() {
        stopping = true;
        wire.stopReading();
    }

    /** Has it end at once: what is in flight is answered to nobody. */
    void drop() {
        execution.abandon();
        wire.close();
    }

    /** How long the client has kept the server waiting in the middle of something. */
    long stalledNanos() {
        return wire.stalledNanos();
    }
}
