package nbd;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The fixed newstyle negotiation: what comes before the first request. There is one export, and its name is empty. */
final class Handshake {
    private static final int MAX_OPTION_BYTES = Nbd.MAX_NAME + 256;
    private static final int MAX_SKIPPED_BYTES = 1 << 20;
    private static final byte[] NOTHING = {};

    private final Wire wire;
    private final long size;
    private final int flags;

    /** An export of this many bytes that can do what the flags say. */
    Handshake(Wire wire, long size, int flags) {
        this.wire = wire;
        this.size = size;
        this.flags = flags;
    }

    /** True: the client goes on to the transmission. False: it was content to ask. */
    boolean succeeds() throws IOException {
        wire.write(ByteBuffer.allocate(18)
                .putLong(Nbd.MAGIC)
                .putLong(Nbd.OPTION_MAGIC)
                .putShort((short) (Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES))
                .flip());
        wire.require(4);
        int clientFlags = wire.in().getInt();
        if ((clientFlags & ~(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES)) != 0) {
            throw new ProtocolException("unknown client flags: 0x" + Integer.toHexString(clientFlags));
        }
        boolean fixed = (clientFlags & Nbd.FIXED_NEWSTYLE) != 0;
        boolean noZeroes = (clientFlags & Nbd.NO_ZEROES) != 0;
        while (true) {
            wire.require(16);
            long magic = wire.in().getLong();
            if (magic != Nbd.OPTION_MAGIC) {
                throw new ProtocolException("no option: 0x" + Long.toHexString(magic));
            }
            int option = wire.in().getInt();
            long length = Integer.toUnsignedLong(wire.in().getInt());
            if (!fixed && option != Nbd.OPT_EXPORT_NAME) {
                throw new ProtocolException("option " + option + " of a client without fixed newstyle");
            }
            if (length > MAX_OPTION_BYTES) {
                refuseLarge(option, length);
                continue;
            }
            wire.require((int) length);
            ByteBuffer data = ByteBuffer.allocate((int) length);
            wire.readFully(data);
            data.flip();
            switch (option) {
                case Nbd.OPT_EXPORT_NAME -> {
                    acceptOldStyle(data, noZeroes);
                    return true;
                }
                case Nbd.OPT_GO -> {
                    if (inform(option, data)) {
                        return true;
                    }
                }
                case Nbd.OPT_INFO -> inform(option, data);
                case Nbd.OPT_LIST -> list(data);
                case Nbd.OPT_ABORT -> {
                    reply(option, Nbd.REP_ACK, NOTHING);
                    return false;
                }
                default -> reply(option, Nbd.REP_ERR_UNSUP, NOTHING);
            }
        }
    }

    private void refuseLarge(int option, long length) throws IOException {
        if (option == Nbd.OPT_EXPORT_NAME || length > MAX_SKIPPED_BYTES) {
            throw new ProtocolException("option " + option + " with " + length + " bytes");
        }
        wire.skip(length);
        reply(option, Nbd.REP_ERR_TOO_BIG, text("at most " + MAX_OPTION_BYTES + " bytes"));
    }

    /** The option that has no way to say no: the answer is the export, or the end. */
    private void acceptOldStyle(ByteBuffer name, boolean noZeroes) throws IOException {
        if (name.hasRemaining()) {
            throw new ProtocolException("unknown export: " + StandardCharsets.UTF_8.decode(name));
        }
        wire.write(ByteBuffer.allocate(noZeroes ? 10 : 134).putLong(0, size).putShort(8, (short) flags));
    }

    private void list(ByteBuffer data) throws IOException {
        if (data.hasRemaining()) {
            reply(Nbd.OPT_LIST, Nbd.REP_ERR_INVALID, text("LIST takes no data"));
            return;
        }
        reply(Nbd.OPT_LIST, Nbd.REP_SERVER, new byte[4]); // the length of the empty name
        reply(Nbd.OPT_LIST, Nbd.REP_ACK, NOTHING);
    }

    /** INFO, or GO, which is the same and then begins. */
    private boolean inform(int option, ByteBuffer data) throws IOException {
        byte[] name = nameOf(data);
        if (name == null) {
            reply(option, Nbd.REP_ERR_INVALID, text("malformed: name, or number of information requests"));
            return false;
        }
        if (name.length != 0) {
            reply(option, Nbd.REP_ERR_UNKNOWN, text("the one export has an empty name"));
            return false;
        }
        ByteBuffer export = ByteBuffer.allocate(12)
                .putShort((short) Nbd.INFO_EXPORT)
                .putLong(size)
                .putShort((short) flags);
        ByteBuffer blocks = ByteBuffer.allocate(14)
                .putShort((short) Nbd.INFO_BLOCK_SIZE)
                .putInt(1)
                .putInt(Nbd.PREFERRED_BLOCK)
                .putInt(Nbd.MAX_PAYLOAD);
        reply(option, Nbd.REP_INFO, export.array());
        reply(option, Nbd.REP_INFO, blocks.array());
        reply(option, Nbd.REP_ACK, NOTHING);
        return true;
    }

    /** Length, name, count, and as many 16-bit information types, all of which get the same answer; null if malformed. */
    private static byte[] nameOf(ByteBuffer data) {
        if (data.remaining() < 6) {
            return null;
        }
        long length = Integer.toUnsignedLong(data.getInt());
        if (length > data.remaining() - 2) {
            return null;
        }
        byte[] name = new byte[(int) length];
        data.get(name);
        int count = Short.toUnsignedInt(data.getShort());
        return data.remaining() == 2 * count ? name : null;
    }

    private static byte[] text(String message) {
        return message.getBytes(StandardCharsets.UTF_8);
    }

    private void reply(int option, int type, byte[] data) throws IOException {
        wire.write(ByteBuffer.allocate(20 + data.length)
                .putLong(Nbd.OPTION_REPLY_MAGIC)
                .putInt(option)
                .putInt(type)
                .putInt(data.length)
                .put(data)
                .flip());
    }
}
