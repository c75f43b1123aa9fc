package nbd;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Direct buffers for requests, used again. Each has room for a reply's header in front of its payload, so that a reply
 * is one buffer, read from the file and written to the socket without a copy. Sizes are powers of two from 4 KiB. What
 * waits for use is bounded; the rest is left to the garbage collector.
 */
final class Buffers {
    /** Where the payload begins: behind the longest header, and aligned for the copy from the page cache. */
    static final int HEADER = 64;

    private static final int SMALLEST = 4096;
    private static final int ATTEMPTS = 500;
    private static final int SIZES = 14; // the largest holds Nbd.MAX_PAYLOAD

    private final ReentrantLock lock = new ReentrantLock();
    private final long maxIdleBytes;

    // guarded by lock
    private final ArrayDeque<ByteBuffer>[] idle = newStacks();
    private long idleBytes;

    Buffers(long maxIdleBytes) {
        this.maxIdleBytes = maxIdleBytes;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ArrayDeque<ByteBuffer>[] newStacks() {
        ArrayDeque<ByteBuffer>[] stacks = new ArrayDeque[SIZES];
        for (int i = 0; i < SIZES; i++) {
            stacks[i] = new ArrayDeque<>();
        }
        return stacks;
    }

    private static int sizeIndex(int payload) {
        return Math.max(0, 32 - Integer.numberOfLeadingZeros((payload - 1) / SMALLEST));
    }

    /** What a buffer for this payload takes from a budget. */
    static int capacityFor(int payload) {
        return HEADER + (SMALLEST << sizeIndex(payload));
    }

    /** A buffer with at least this room behind the header; its position and limit mean nothing. */
    ByteBuffer take(int payload) {
        int size = sizeIndex(payload);
        lock.lock();
        try {
            ByteBuffer buffer = idle[size].pollLast();
            if (buffer != null) {
                idleBytes -= buffer.capacity();
                return buffer;
            }
        } finally {
            lock.unlock();
        }
        return ByteBuffer.allocateDirect(capacityFor(payload));
    }

    /**
     * As {@link #take}, and waits for memory when there is none: requests that end, and the garbage collector, free
     * some.
     */
    ByteBuffer takePatiently(int payload) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                return take(payload);
            } catch (OutOfMemoryError e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                trim();
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    void giveBack(ByteBuffer buffer) {
        lock.lock();
        try {
            if (idleBytes + buffer.capacity() <= maxIdleBytes) {
                idle[sizeIndex(buffer.capacity() - HEADER)].addLast(buffer);
                idleBytes += buffer.capacity();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Leaves what waits for use to the garbage collector: another size is needed, and memory is short. */
    private void trim() {
        lock.lock();
        try {
            for (ArrayDeque<ByteBuffer> stack : idle) {
                stack.clear();
            }
            idleBytes = 0;
        } finally {
            lock.unlock();
        }
    }
}
