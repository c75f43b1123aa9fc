package nbd;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A client's socket, which never blocks. One thread, the reader, waits in {@link #pause} for all that can happen to the
 * connection: bytes that arrive, room for bytes that a worker could not write, a wake-up by another thread, and the end
 * of the patience with a client that has stopped in the middle of a message.
 */
final class Wire {
    private static final int IN_BYTES = 64 << 10;

    private final SocketChannel socket;
    private final Selector selector;
    private final SelectionKey key;
    private volatile boolean dropped;
    private volatile boolean blocked; // a write is incomplete; the reader finishes it

    // the reader's
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES).limit(0); // arrived, not yet looked at
    private final Pace reading;
    private final Pace writing;
    private Runnable writable = () -> {};
    private int interest = SelectionKey.OP_READ;
    private boolean drained = true; // the last read has emptied the socket
    private long arrived;

    private volatile Transport transport; // changed by the reader before the first request
    private long sent; // of the thread that writes; the reader's while blocked

    /** How long the other side has kept this one waiting in the middle of something. */
    private static final class Pace {
        private static final long ENOUGH_BYTES = 64 << 10;
        private final long patienceNanos;
        private long since; // 0: not waiting
        private long bytesThen;

        private Pace(long patienceNanos) {
            this.patienceNanos = patienceNanos;
        }

        private void begin(long bytes) {
            if (since == 0) {
                since = System.nanoTime() | 1;
                bytesThen = bytes;
            }
        }

        private void end() {
            since = 0;
        }

        /** Returns what is left of the patience, 0 when none is. One byte now and then does not renew it. */
        private long nanosLeft(long bytes) {
            if (since == 0) {
                return Long.MAX_VALUE;
            }
            long left = patienceNanos - (System.nanoTime() - since);
            if (left <= 0 && bytes - bytesThen >= ENOUGH_BYTES) {
                since = System.nanoTime() | 1;
                bytesThen = bytes;
                return patienceNanos;
            }
            return Math.max(0, left);
        }
    }

    Wire(SocketChannel socket, Duration patience) throws IOException {
        this.socket = socket;
        this.transport = Transport.plain(socket);
        this.reading = new Pace(patience.toNanos());
        this.writing = new Pace(patience.toNanos());
        socket.configureBlocking(false);
        selector = Selector.open();
        boolean registered = false;
        try {
            key = socket.register(selector, SelectionKey.OP_READ);
            registered = true;
        } finally {
            if (!registered) {
                selector.close();
            }
        }
    }

    /** Sets what the reader runs when the socket takes bytes again after an incomplete write. */
    void onWritable(Runnable writable) {
        this.writable = writable;
    }

    SocketChannel socket() {
        return socket;
    }

    /** Goes on over TLS. Nothing may have arrived that is not yet looked at: an attacker could have put it there. */
    void secure(Transport tls) throws IOException {
        if (in.hasRemaining()) {
            throw new ProtocolException("bytes between STARTTLS and the TLS handshake");
        }
        transport = tls;
        drained = false;
    }

    /** Waits for this many bytes, which are then in the buffer; false: the client has hung up instead of beginning. */
    boolean await(int count) throws IOException {
        boolean begun = in.hasRemaining();
        while (in.remaining() < count) {
            if (begun) {
                reading.begin(arrived);
            }
            if (in.capacity() - in.position() < count || !in.hasRemaining()) {
                in.compact().flip();
            }
            int from = in.position();
            int to = in.limit();
            in.limit(in.capacity()).position(to);
            int more;
            try {
                more = read(in);
            } finally {
                in.limit(in.position()).position(from);
            }
            if (more < 0) {
                if (begun) {
                    throw new EOFException("hung up in the middle of a message");
                }
                return false;
            }
            begun = true;
        }
        reading.end();
        return true;
    }

    /** As {@link #await}, in the middle of a message: the client is to send the bytes soon. */
    void require(int count) throws IOException {
        if (in.remaining() >= count) {
            return;
        }
        reading.begin(arrived);
        if (!await(count)) {
            throw new EOFException("hung up in the middle of a message");
        }
    }

    /** What {@link #await} or {@link #require} has waited for; to be consumed. */
    ByteBuffer in() {
        return in;
    }

    /** Fills what is left of the buffer: from what has arrived, then directly. */
    void readFully(ByteBuffer into) throws IOException {
        int buffered = Math.min(in.remaining(), into.remaining());
        into.put(into.position(), in, in.position(), buffered).position(into.position() + buffered);
        in.position(in.position() + buffered);
        while (into.hasRemaining()) {
            reading.begin(arrived);
            if (read(into) < 0) {
                throw new EOFException("hung up in the middle of a payload");
            }
        }
        reading.end();
    }

    /** Drops this many bytes of a message. */
    void skip(long count) throws IOException {
        for (long left = count; left > 0; ) {
            require(1);
            int part = (int) Math.min(left, in.remaining());
            in.position(in.position() + part);
            left -= part;
        }
    }

    /** Waits for some bytes; -1: the client sends no more. */
    private int read(ByteBuffer into) throws IOException {
        while (true) {
            if (!drained) {
                int room = into.remaining();
                int count = transport.read(into);
                drained = count == 0 || count < room;
                arrived += Math.max(0, count);
                if (count != 0) {
                    return count;
                }
            }
            pause(true);
        }
    }

    /** Waits until there is something to read, if that is wanted, or {@link #wakeup} was called. */
    void pause(boolean read) throws IOException {
        int wanted = (read ? SelectionKey.OP_READ : 0) | (blocked ? SelectionKey.OP_WRITE : 0);
        if (wanted != interest) {
            key.interestOps(wanted);
            interest = wanted;
        }
        boolean owing = (wanted & SelectionKey.OP_WRITE) != 0;
        if (owing) {
            writing.begin(sent);
        } else {
            writing.end();
        }
        long readingLeft = read ? reading.nanosLeft(arrived) : Long.MAX_VALUE;
        long writingLeft = owing ? writing.nanosLeft(sent) : Long.MAX_VALUE;
        long nanos = Math.min(readingLeft, writingLeft);
        if (nanos == 0) {
            throw new SocketTimeoutException(
                    writingLeft == 0 ? "it does not read its replies" : "it has stopped in the middle of a message");
        }
        // a timeout of 0 is none; round up, or the last millisecond would be spent in a loop
        long millis = nanos == Long.MAX_VALUE ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos) + 1;
        int ready = selector.select(millis) > 0 ? key.readyOps() : 0;
        selector.selectedKeys().clear();
        if (dropped) {
            throw new ClosedChannelException();
        }
        if ((ready & SelectionKey.OP_READ) != 0) {
            drained = false;
        }
        if ((ready & SelectionKey.OP_WRITE) != 0) {
            blocked = false;
            writable.run();
        }
    }

    /**
     * Writes what the socket takes, from one thread at a time. True: all is written. False: the rest is to be written
     * when the socket takes more, for which the caller can {@link #block}.
     */
    boolean write(ByteBuffer[] sources, int first, int count) throws IOException {
        sent += transport.write(sources, first, count);
        return !transport.hasPending() && (count == 0 || !sources[first + count - 1].hasRemaining());
    }

    /** Leaves the rest of a write to the reader: it runs {@code writable} when the socket takes more. */
    void block() {
        blocked = true;
        selector.wakeup();
    }

    /** For the reader. True: a write was left to it, and now it is not. */
    boolean unblock() {
        boolean was = blocked;
        blocked = false;
        return was;
    }

    /** Writes all, from the reader. */
    void writeFully(ByteBuffer source) throws IOException {
        ByteBuffer[] sources = {source};
        while (!write(sources, 0, 1)) {
            blocked = true;
            while (blocked) {
                pause(false);
            }
        }
    }

    /** Has the reader look again at what it waits for. */
    void wakeup() {
        selector.wakeup();
    }

    /** No more requests: the client seems to have hung up. */
    void stopReading() {
        try {
            socket.shutdownInput();
        } catch (IOException e) {
            // closed already
        }
        selector.wakeup();
    }

    /** Ends what the reader and the writer do, with an exception there. From any thread. */
    void drop() {
        dropped = true;
        selector.wakeup();
    }

    /** Closes the socket; the reader can still {@link #awaitWakeup}. */
    void closeSocket() {
        dropped = true;
        try {
            socket.close();
        } catch (IOException e) {
            // there is nothing to be done about it
        }
    }

    /** Waits for a wake-up when the socket is closed. */
    void awaitWakeup() {
        try {
            selector.select();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last thing that the reader does. */
    void close() {
        closeSocket();
        try {
            selector.close();
        } catch (IOException e) {
            // there is nothing to be done about it
        }
    }
}
