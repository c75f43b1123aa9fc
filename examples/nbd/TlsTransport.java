package nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** TLS on a socket that does not block. The engine lets one thread read while another writes. */
final class TlsTransport implements Transport {
    private static final int OUT_BYTES = 256 << 10;
    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    private final SocketChannel socket;
    private final SSLEngine engine;

    // the reader's
    private final ByteBuffer netIn; // from position to limit: arrived, still encrypted
    private final ByteBuffer plain; // from position to limit: decrypted, not yet taken
    private boolean ended;

    private final ReentrantLock writing = new ReentrantLock(); // the reader writes, too, when the engine has to
    private final ByteBuffer netOut; // guarded by writing; from position to limit: encrypted, not yet sent
    private volatile boolean pending;

    TlsTransport(SocketChannel socket, SSLEngine engine) {
        this.socket = socket;
        this.engine = engine;
        int packet = engine.getSession().getPacketBufferSize();
        netIn = ByteBuffer.allocateDirect(4 * packet).limit(0);
        netOut = ByteBuffer.allocateDirect(Math.max(OUT_BYTES, packet)).limit(0);
        plain = ByteBuffer.allocateDirect(2 * engine.getSession().getApplicationBufferSize())
                .limit(0);
    }

    /**
     * Reads until the buffer is full or nothing more has arrived, so that a short read means the same as a socket's.
     */
    @Override
    public int read(ByteBuffer into) throws IOException {
        int start = into.position();
        while (into.hasRemaining() && (plain.hasRemaining() || decrypt())) {
            int count = Math.min(plain.remaining(), into.remaining());
            into.put(into.position(), plain, plain.position(), count).position(into.position() + count);
            plain.position(plain.position() + count);
        }
        int count = into.position() - start;
        return count == 0 && ended ? -1 : count;
    }

    /** Goes on with what has arrived; false: more is needed. */
    private boolean decrypt() throws IOException {
        while (!ended) {
            HandshakeStatus handshake = engine.getHandshakeStatus();
            if (handshake == HandshakeStatus.NEED_TASK) {
                runTasks();
                continue;
            }
            if (handshake == HandshakeStatus.NEED_WRAP) {
                write(NOTHING, 0, 1);
                if (pending) {
                    throw new SSLException("it does not read the TLS handshake");
                }
                continue;
            }
            plain.clear();
            SSLEngineResult result;
            try {
                result = engine.unwrap(netIn, plain);
            } finally {
                plain.flip();
            }
            switch (result.getStatus()) {
                case CLOSED -> ended = true;
                case BUFFER_UNDERFLOW -> {
                    if (!receive()) {
                        return false;
                    }
                }
                case BUFFER_OVERFLOW -> throw new SSLException("a TLS record that is too large");
                default -> {
                    if (plain.hasRemaining()) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private boolean receive() throws IOException {
        netIn.compact();
        int count;
        try {
            count = socket.read(netIn);
        } finally {
            netIn.flip();
        }
        ended = count < 0;
        return count > 0;
    }

    private void runTasks() {
        for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
            task.run();
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int first, int count) throws IOException {
        writing.lock();
        try {
            long taken = 0;
            while (true) {
                if (netOut.hasRemaining()) {
                    socket.write(netOut);
                }
                pending = netOut.hasRemaining();
                boolean more = count > 0 && sources[first + count - 1].hasRemaining();
                boolean owing = engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
                if (pending || !more && !owing) {
                    return taken;
                }
                taken += encrypt(count > 0 ? sources : NOTHING, count > 0 ? first : 0, Math.max(1, count));
            }
        } finally {
            writing.unlock();
        }
    }

    /** Encrypts as much as the buffer holds. */
    private long encrypt(ByteBuffer[] sources, int first, int count) throws IOException {
        long taken = 0;
        netOut.clear();
        try {
            while (true) {
                SSLEngineResult result = engine.wrap(sources, first, count, netOut);
                taken += result.bytesConsumed();
                boolean tasks = result.getHandshakeStatus() == HandshakeStatus.NEED_TASK;
                if (tasks) {
                    runTasks();
                }
                switch (result.getStatus()) {
                    case CLOSED -> throw new SSLException("the TLS session has ended");
                    case BUFFER_OVERFLOW -> {
                        return taken;
                    }
                    default -> {
                        boolean more = sources[first + count - 1].hasRemaining();
                        boolean owing = engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
                        if (!owing && (!more || result.bytesProduced() == 0)) {
                            return taken;
                        }
                    }
                }
            }
        } finally {
            netOut.flip();
        }
    }

    @Override
    public boolean hasPending() {
        return pending;
    }
}
