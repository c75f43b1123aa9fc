package nbd;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A client's socket. One thread reads, through a buffer, so that many small requests arrive in one call; whoever has the
 * turn writes. It knows how long it has been waiting for the client in the middle of something.
 */
final class Wire implements Closeable {
    private static final int IN_BYTES = 128 << 10;
    private static final long NOT_WAITING = 0;

    private final SocketChannel socket;
    private final Buffers buffers;
    private final ByteBuffer in; // the reader's; from position to limit: arrived, not yet looked at

    // System.nanoTime() made odd, each written by one side and read by whoever looks for stalled clients
    private volatile long readingSince = NOT_WAITING;
    private volatile long writingSince = NOT_WAITING;

    Wire(SocketChannel socket, Buffers buffers) {
        this.socket = socket;
        this.buffers = buffers;
        this.in = buffers.take(IN_BYTES).clear().limit(0);
    }

    /** Waits for this many bytes, which are then in the buffer; false: the client has hung up instead of beginning. */
    boolean await(int count) throws IOException {
        boolean begun = in.hasRemaining();
        while (in.remaining() < count) {
            if (in.capacity() - in.position() < count || !in.hasRemaining()) {
                in.compact().flip();
            }
            int from = in.position();
            int to = in.limit();
            in.limit(in.capacity()).position(to);
            int arrived;
            try {
                arrived = socket.read(in);
            } finally {
                in.limit(in.position()).position(from);
            }
            if (arrived < 0) {
                if (begun) {
                    throw new EOFException("hung up in the middle");
                }
                return false;
            }
            begun = true;
        }
        return true;
    }

    /** As {@link #await}, where the client owes the bytes: while it waits, it counts as stalled. */
    void require(int count) throws IOException {
        if (in.remaining() >= count) {
            return;
        }
        readingSince = now();
        try {
            if (!await(count)) {
                throw new EOFException("hung up in the middle");
            }
        } finally {
            readingSince = NOT_WAITING;
        }
    }

    /** What {@link #await} or {@link #require} has waited for; to be consumed. */
    ByteBuffer in() {
        return in;
    }

    boolean hasArrived(int count) {
        return in.remaining() >= count;
    }

    /** Fills what is left of the buffer: from what has arrived, then directly. */
    void readFully(ByteBuffer into) throws IOException {
        int buffered = Math.min(in.remaining(), into.remaining());
        into.put(into.position(), in, in.position(), buffered).position(into.position() + buffered);
        in.position(in.position() + buffered);
        if (!into.hasRemaining()) {
            return;
        }
        try {
            while (into.hasRemaining()) {
                readingSince = now();
                if (socket.read(into) < 0) {
                    throw new EOFException("hung up in the middle of a payload");
                }
            }
        } finally {
            readingSince = NOT_WAITING;
        }
    }

    /** Drops this many bytes that the client owes. */
    void skip(long count) throws IOException {
        for (long left = count; left > 0; ) {
            require(1);
            int part = (int) Math.min(left, in.remaining());
            in.position(in.position() + part);
            left -= part;
        }
    }

    /** Writes all of the buffers, gathered. */
    void writeFully(ByteBuffer[] sources, int count) throws IOException {
        try {
            for (int first = 0; first < count; ) {
                writingSince = now();
                socket.write(sources, first, count - first);
                while (first < count && !sources[first].hasRemaining()) {
                    first++;
                }
            }
        } finally {
            writingSince = NOT_WAITING;
        }
    }

    void write(ByteBuffer source) throws IOException {
        writeFully(new ByteBuffer[] {source}, 1);
    }

    private static long now() {
        return System.nanoTime() | 1;
    }

    /** How long the client has kept this side waiting, in the middle of what it sends or what it is sent. */
    long stalledNanos() {
        return Math.max(since(readingSince), since(writingSince));
    }

    private static long since(long start) {
        return start == NOT_WAITING ? 0 : System.nanoTime() - start;
    }

    /** No more requests: what has arrived is still read, then the client seems to have hung up. */
    void stopReading() {
        try {
            socket.shutdownInput();
        } catch (IOException e) {
            // closed already
        }
    }

    /** Ends what waits in this socket, with an exception there. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // there is nothing to be done about it
        }
    }

    /** The last thing that the reader does. */
    void giveBackBuffer() {
        buffers.giveBack(in);
    }
}
