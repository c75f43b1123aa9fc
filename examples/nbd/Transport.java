package nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * What carries the bytes: the socket itself, or TLS on it. One thread reads and one writes at a time; neither waits.
 */
interface Transport {
    /** Reads what has arrived; 0: nothing has; -1: the client sends no more. */
    int read(ByteBuffer into) throws IOException;

    /** Takes from the sources what can be written without waiting, and returns how many bytes that was. */
    long write(ByteBuffer[] sources, int first, int count) throws IOException;

    /**
     * True: the socket has not taken yet all that was taken from the sources; to be called again when it is writable.
     */
    boolean hasPending();

    /** The socket as it is. */
    static Transport plain(SocketChannel socket) {
        return new Transport() {
            @Override
            public int read(ByteBuffer into) throws IOException {
                return socket.read(into);
            }

            @Override
            public long write(ByteBuffer[] sources, int first, int count) throws IOException {
                return count == 1 ? socket.write(sources[first]) : socket.write(sources, first, count);
            }

            @Override
            public boolean hasPending() {
                return false;
            }
        };
    }
}
