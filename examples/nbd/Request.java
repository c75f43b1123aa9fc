package nbd;

import dev.coworker.Action;
import java.nio.ByteBuffer;

/**
 * A request in flight: what the client asked, and the buffer that holds the payload behind room for the reply's header.
 * One thread at a time owns it: the reader, then a worker, then the thread that writes the reply.
 */
final class Request implements Action<RuntimeException> {
    final int type;
    final int flags;
    final long cookie;
    final long offset;
    final long length;
    final ByteBuffer buffer;
    private final Commands commands;
    long zeroed; // of a WRITE_ZEROES that is carried out in parts

    Request(int type, int flags, long cookie, long offset, long length, ByteBuffer buffer, Commands commands) {
        this.type = type;
        this.flags = flags;
        this.cookie = cookie;
        this.offset = offset;
        this.length = length;
        this.buffer = buffer;
        this.commands = commands;
    }

    /** The work of a worker. */
    @Override
    public void run() {
        commands.serve(this);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The buffer, set to the payload. */
    ByteBuffer payload() {
        return buffer.limit(Buffers.HEADER + (int) length).position(Buffers.HEADER);
    }

    /** Sets the buffer to a simple reply: the header, and behind it what a READ has read. */
    void answerSimply(int error) {
        int payload = type == Nbd.READ && error == Nbd.OK ? (int) length : 0;
        int start = Buffers.HEADER - Nbd.REPLY_BYTES;
        buffer.clear().putInt(start, Nbd.REPLY_MAGIC).putInt(start + 4, error).putLong(start + 8, cookie);
        buffer.limit(Buffers.HEADER + payload).position(start);
    }

    /** Sets the buffer to an error in the form that replies to READ and BLOCK_STATUS have when they are structured. */
    void answerWithErrorChunk(int error) {
        buffer.clear().putInt(Buffers.HEADER, error).putShort(Buffers.HEADER + 4, (short) 0);
        chunk(Nbd.CHUNK_ERROR, Buffers.HEADER, 6, Buffers.HEADER + 6);
    }

    /** Sets the buffer to a chunk with what a READ has read. */
    void answerWithData() {
        if (length == 0) {
            chunk(Nbd.CHUNK_NONE, Buffers.HEADER, 0, Buffers.HEADER);
            return;
        }
        int start = Buffers.HEADER - Long.BYTES;
        buffer.clear().putLong(start, offset);
        chunk(Nbd.CHUNK_OFFSET_DATA, start, Long.BYTES + (int) length, Buffers.HEADER + (int) length);
    }

    /** Sets the buffer to a chunk that says that what is read is nothing but zeroes. */
    void answerWithHole() {
        buffer.clear().putLong(Buffers.HEADER, offset).putInt(Buffers.HEADER + 8, (int) length);
        chunk(Nbd.CHUNK_OFFSET_HOLE, Buffers.HEADER, 12, Buffers.HEADER + 12);
    }

    /** Sets the buffer to a chunk with the extents that are in it already, behind room for the context. */
    void answerWithExtents(int context, int bytes) {
        buffer.clear().putInt(Buffers.HEADER, context);
        chunk(Nbd.CHUNK_BLOCK_STATUS, Buffers.HEADER, 4 + bytes, Buffers.HEADER + 4 + bytes);
    }

    private void chunk(int type, int content, int length, int end) {
        int start = content - Nbd.CHUNK_BYTES;
        buffer.clear()
                .putInt(start, Nbd.STRUCTURED_REPLY_MAGIC)
                .putShort(start + 4, (short) Nbd.CHUNK_DONE)
                .putShort(start + 6, (short) type)
                .putLong(start + 8, cookie)
                .putInt(start + 16, length);
        buffer.limit(end).position(start);
    }
}
