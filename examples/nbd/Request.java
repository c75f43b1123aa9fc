package nbd;

import java.nio.ByteBuffer;

/** A request in flight: what the client asked, and the buffer that holds the payload behind room for the reply's header. */
final class Request {
    final int type;
    final int flags;
    final long cookie;
    final long offset;
    final long length;
    final ByteBuffer buffer;
    Request next; // in Replies

    Request(int type, int flags, long cookie, long offset, long length, ByteBuffer buffer) {
        this.type = type;
        this.flags = flags;
        this.cookie = cookie;
        this.offset = offset;
        this.length = length;
        this.buffer = buffer;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The buffer, set to the payload. */
    ByteBuffer payload() {
        return buffer.limit(Nbd.REPLY_BYTES + (int) length).position(Nbd.REPLY_BYTES);
    }

    /** The buffer, set to the reply: the header, and behind it what a READ has read. */
    void answer(int error) {
        buffer.putInt(0, Nbd.REPLY_MAGIC).putInt(4, error).putLong(8, cookie);
        int payload = type == Nbd.READ && error == Nbd.OK ? (int) length : 0;
        buffer.limit(Nbd.REPLY_BYTES + payload).position(0);
    }
}
