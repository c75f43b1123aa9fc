package nbd;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The fixed newstyle negotiation: what comes before the first request. There is one export; the empty name is its, too.
 */
final class Handshake {
    /** The one metadata context, and the number that stands for it from then on. */
    private static final String ALLOCATION = "base:allocation";

    private static final int ALLOCATION_ID = 1;
    private static final int MAX_OPTION_BYTES = Nbd.MAX_NAME + 4096;
    private static final int MAX_SKIPPED_BYTES = 1 << 20;
    private static final byte[] NOTHING = {};

    private final Wire wire;
    private final Export export;
    private final Tls tls; // null: not offered
    private boolean secured;
    private boolean structured;
    private boolean allocation;

    Handshake(Wire wire, Export export, Tls tls) {
        this.wire = wire;
        this.export = export;
        this.tls = tls;
    }

    boolean structured() {
        return structured;
    }

    /** Returns the number of {@code base:allocation}, or 0 if the client does not use it. */
    int allocationContext() {
        return allocation ? ALLOCATION_ID : 0;
    }

    /** True: the client goes on to the transmission. False: it was content to ask. */
    boolean succeeds() throws IOException {
        wire.writeFully(ByteBuffer.allocate(18)
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
            ByteBuffer data = ByteBuffer.allocate((int) length);
            wire.readFully(data);
            data.flip();
            if (option == Nbd.OPT_ABORT) {
                reply(option, Nbd.REP_ACK, NOTHING);
                return false;
            }
            if (option == Nbd.OPT_EXPORT_NAME) {
                acceptOldStyle(data, noZeroes);
                return true;
            }
            if (answer(option, data)) {
                return true;
            }
        }
    }

    /** Answers an option that can be refused. True: the negotiation has come to its end. */
    private boolean answer(int option, ByteBuffer data) throws IOException {
        if (tls != null && !secured && option != Nbd.OPT_STARTTLS) {
            reply(option, Nbd.REP_ERR_TLS_REQD, text("STARTTLS first"));
            return false;
        }
        switch (option) {
            case Nbd.OPT_GO, Nbd.OPT_INFO -> {
                return inform(option, data) && option == Nbd.OPT_GO;
            }
            case Nbd.OPT_LIST -> list(data);
            case Nbd.OPT_STARTTLS -> startTls(data);
            case Nbd.OPT_STRUCTURED_REPLY -> {
                boolean valid = !data.hasRemaining();
                structured |= valid;
                reply(option, valid ? Nbd.REP_ACK : Nbd.REP_ERR_INVALID, NOTHING);
            }
            case Nbd.OPT_LIST_META_CONTEXT, Nbd.OPT_SET_META_CONTEXT -> contexts(option, data);
            default -> reply(option, Nbd.REP_ERR_UNSUP, NOTHING);
        }
        return false;
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
        if (tls != null && !secured) {
            throw new ProtocolException("EXPORT_NAME without TLS");
        }
        String wanted = StandardCharsets.UTF_8.decode(name).toString();
        if (!isName(wanted)) {
            throw new ProtocolException("unknown export: " + printable(wanted));
        }
        allocation &= structured;
        wire.writeFully(ByteBuffer.allocate(noZeroes ? 10 : 134)
                .putLong(0, export.image().size())
                .putShort(8, (short) export.flags(structured)));
    }

    /** What a client sends may hold anything, and is printed to a terminal. */
    private static String printable(String text) {
        String cut = text.length() > 100 ? text.substring(0, 100) + "..." : text;
        return cut.replaceAll("\\P{Print}", "?");
    }

    private boolean isName(String wanted) {
        return wanted.isEmpty() || wanted.equals(export.name());
    }

    private void list(ByteBuffer data) throws IOException {
        if (data.hasRemaining()) {
            reply(Nbd.OPT_LIST, Nbd.REP_ERR_INVALID, text("LIST takes no data"));
            return;
        }
        byte[] name = text(export.name());
        reply(
                Nbd.OPT_LIST,
                Nbd.REP_SERVER,
                ByteBuffer.allocate(4 + name.length)
                        .putInt(name.length)
                        .put(name)
                        .array());
        reply(Nbd.OPT_LIST, Nbd.REP_ACK, NOTHING);
    }

    /** All that was agreed before is void: someone else could have agreed to it. */
    private void startTls(ByteBuffer data) throws IOException {
        if (tls == null) {
            reply(Nbd.OPT_STARTTLS, Nbd.REP_ERR_UNSUP, NOTHING);
        } else if (secured || data.hasRemaining()) {
            reply(Nbd.OPT_STARTTLS, Nbd.REP_ERR_INVALID, NOTHING);
        } else {
            reply(Nbd.OPT_STARTTLS, Nbd.REP_ACK, NOTHING);
            wire.secure(tls.accept(wire));
            secured = true;
            structured = false;
            allocation = false;
        }
    }

    /** INFO, or GO, which is the same and then begins. False: refused. */
    private boolean inform(int option, ByteBuffer data) throws IOException {
        String name = nameOf(data);
        int count = data.remaining() < 2 ? -1 : Short.toUnsignedInt(data.getShort());
        if (name == null || data.remaining() != 2 * count) {
            reply(option, Nbd.REP_ERR_INVALID, text("malformed: name, or number of information requests"));
            return false;
        }
        if (!isName(name)) {
            reply(option, Nbd.REP_ERR_UNKNOWN, text("no such export"));
            return false;
        }
        ByteBuffer size = ByteBuffer.allocate(12)
                .putShort((short) Nbd.INFO_EXPORT)
                .putLong(export.image().size())
                .putShort((short) export.flags(structured));
        ByteBuffer blocks = ByteBuffer.allocate(14)
                .putShort((short) Nbd.INFO_BLOCK_SIZE)
                .putInt(1)
                .putInt(Nbd.PREFERRED_BLOCK)
                .putInt(Nbd.MAX_PAYLOAD);
        reply(option, Nbd.REP_INFO, size.array());
        reply(option, Nbd.REP_INFO, blocks.array());
        while (data.hasRemaining()) {
            if (data.getShort() == Nbd.INFO_NAME) {
                byte[] canonical = text(export.name());
                ByteBuffer info = ByteBuffer.allocate(2 + canonical.length).putShort((short) Nbd.INFO_NAME);
                reply(option, Nbd.REP_INFO, info.put(canonical).array());
            }
        }
        reply(option, Nbd.REP_ACK, NOTHING);
        return true;
    }

    /** Which metadata contexts there are, or which of them the client will use: {@code base:allocation}, or none. */
    private void contexts(int option, ByteBuffer data) throws IOException {
        boolean set = option == Nbd.OPT_SET_META_CONTEXT;
        if (set) {
            allocation = false;
        }
        String name = nameOf(data);
        long queries = data.remaining() < 4 ? -1 : Integer.toUnsignedLong(data.getInt());
        boolean found = queries == 0 && !set; // a list of nothing asks for all
        boolean valid = name != null && queries >= 0 && (structured || !set);
        for (long i = 0; valid && i < queries; i++) {
            String query = nameOf(data);
            valid = query != null;
            found |= ALLOCATION.equals(query) || !set && "base:".equals(query);
        }
        if (!valid || data.hasRemaining()) {
            reply(option, Nbd.REP_ERR_INVALID, text("malformed queries, or no structured replies yet"));
            return;
        }
        if (!isName(name)) {
            reply(option, Nbd.REP_ERR_UNKNOWN, text("no such export"));
            return;
        }
        if (found) {
            allocation |= set;
            byte[] context = text(ALLOCATION);
            reply(
                    option,
                    Nbd.REP_META_CONTEXT,
                    ByteBuffer.allocate(4 + context.length)
                            .putInt(set ? ALLOCATION_ID : 0)
                            .put(context)
                            .array());
        }
        reply(option, Nbd.REP_ACK, NOTHING);
    }

    /** Reads a length and as many bytes of UTF-8; null: malformed. */
    private static String nameOf(ByteBuffer data) {
        if (data.remaining() < 4) {
            return null;
        }
        long length = Integer.toUnsignedLong(data.getInt());
        if (length > data.remaining()) {
            return null;
        }
        byte[] name = new byte[(int) length];
        data.get(name);
        return new String(name, StandardCharsets.UTF_8);
    }

    private static byte[] text(String message) {
        return message.getBytes(StandardCharsets.UTF_8);
    }

    private void reply(int option, int type, byte[] data) throws IOException {
        wire.writeFully(ByteBuffer.allocate(20 + data.length)
                .putLong(Nbd.OPTION_REPLY_MAGIC)
                .putInt(option)
                .putInt(type)
                .putInt(data.length)
                .put(data)
                .flip());
    }
}
