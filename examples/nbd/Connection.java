package nbd;

import dev.coworker.Slice;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One client, from the handshake to the end. Its thread, the reader, takes requests from the socket and hands them to
 * the pool; workers carry them out and write the replies. When it returns, nothing of the connection is in flight, and
 * all that it had taken is given back.
 */
final class Connection implements Runnable, Commands.Owner {
    private final String client;
    private final Export export;
    private final Log log;
    private final Wire wire;
    private final Budget.Share share;
    private final Replies replies;
    private final Slice slice;
    private final Commands commands;
    private final Handshake handshake;
    private final int mostInFlight;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile int wakeAt = -1; // the reader waits until no more than this are in flight
    private volatile boolean dead;
    private volatile boolean stopping;

    /** {@code client} names it in the log. The socket is this object's only when the constructor returns. */
    Connection(String client, SocketChannel socket, NbdServer server, Tls tls) throws IOException {
        Settings settings = server.settings();
        this.client = client;
        this.export = server.export();
        this.log = server.log();
        this.mostInFlight = settings.requestsPerConnection();
        this.wire = new Wire(socket, settings.patience());
        this.share = server.budget().newShare(wire::wakeup);
        this.replies = new Replies(wire, mostInFlight + 1, this::release, this::fail);
        boolean opened = false;
        try {
            this.slice = export.pool().slice(client, settings.workersPerConnection());
            opened = true;
        } finally {
            if (!opened) {
                wire.close();
            }
        }
        this.commands = new Commands(export, slice, replies, this);
        this.handshake = new Handshake(wire, export, tls);
        wire.onWritable(replies::resume);
    }

    @Override
    public void run() {
        try {
            if (handshake.succeeds()) {
                commands.agree(handshake.structured(), handshake.allocationContext());
                transmit();
            }
            awaitAtMost(0); // also after half a hang-up: the client may still read
        } catch (ClosedChannelException e) {
            // dropped, or failed and said so
        } catch (Throwable e) {
            fail(e);
        } finally {
            end();
        }
    }

    /** Returns when nothing is in flight; what the client takes no more is given up. */
    void end() {
        dead = true;
        share.cancel();
        wire.closeSocket();
        wakeAt = 0;
        replies.abandon();
        while (inFlight.get() > 0) {
            wire.awaitWakeup();
            replies.abandon();
        }
        slice.close();
        wire.close();
    }

    /** Ends when the client says goodbye, or sends no more. */
    private void transmit() throws IOException {
        while (!stopping && wire.await(Nbd.REQUEST_BYTES)) {
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
                return;
            }
            if (inFlight.get() >= mostInFlight) {
                awaitAtMost(mostInFlight / 2);
            }
            accept(type, flags, cookie, offset, length);
        }
    }

    /** Waits until no more than this many requests are in flight. */
    private void awaitAtMost(int count) throws IOException {
        wakeAt = count;
        while (inFlight.get() > count) {
            wire.pause(false);
        }
        wakeAt = -1;
    }

    private void accept(int type, int flags, long cookie, long offset, long length) throws IOException {
        if (type == Nbd.WRITE && length > Nbd.MAX_PAYLOAD) {
            throw new ProtocolException("a WRITE of " + length + " bytes");
        }
        int error = commands.check(type, flags, offset, length);
        boolean carries = error == Nbd.OK && (type == Nbd.READ || type == Nbd.WRITE);
        ByteBuffer buffer = takeBuffer(carries ? (int) length : 0);
        boolean alone = inFlight.incrementAndGet() == 1;
        Request request = null;
        boolean handedOver = false;
        try {
            request = new Request(type, flags, cookie, offset, length, buffer, commands);
            if (type == Nbd.WRITE) {
                receivePayload(request, error);
            }
            handedOver = true;
        } finally {
            if (!handedOver) {
                giveBack(buffer);
            }
        }
        if (error == Nbd.OK) {
            commands.begin(request, alone);
        } else {
            log.line(client + ": error " + error + " for " + describe(request));
            commands.refuse(request, error);
        }
    }

    private void receivePayload(Request request, int error) throws IOException {
        if (error == Nbd.OK) {
            wire.readFully(request.payload());
        } else {
            wire.skip(request.length);
        }
    }

    /** Waits until the budget allows it, and until there is memory. */
    private ByteBuffer takeBuffer(int payload) throws IOException {
        int bytes = Buffers.capacityFor(payload);
        while (!share.tryTake(bytes)) {
            wire.pause(false);
        }
        boolean taken = false;
        try {
            ByteBuffer buffer = export.buffers().takePatiently(payload);
            taken = true;
            return buffer;
        } finally {
            if (!taken) {
                share.giveBack(bytes);
            }
        }
    }

    private void giveBack(ByteBuffer buffer) {
        int bytes = buffer.capacity();
        export.buffers().giveBack(buffer);
        share.giveBack(bytes);
        int left = inFlight.decrementAndGet();
        if (left <= wakeAt) {
            wire.wakeup();
        }
    }

    private static String describe(Request request) {
        return Statistics.nameOf(request.type) + " of " + request.length + " bytes at " + request.offset;
    }

    // what workers call

    @Override
    public boolean isDead() {
        return dead;
    }

    @Override
    public void release(Request request) {
        giveBack(request.buffer);
    }

    @Override
    public void report(Request request, int error, Throwable cause) {
        log.line(client + ": error " + error + " for " + describe(request) + ": " + cause);
    }

    @Override
    public void fail(Throwable cause) {
        if (!dead) {
            dead = true;
            log.line(client + ": dropped: " + cause);
        }
        wire.drop();
    }

    // what the server calls

    /** Has it end what is in flight, and then end. */
    void stop() {
        stopping = true;
        wire.stopReading();
    }

    /** Has it end at once: what is in flight is not answered. */
    void drop() {
        dead = true;
        wire.drop();
    }
}
