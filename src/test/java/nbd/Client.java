package nbd;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that can also misbehave: it sends what a test tells it to, and returns what comes back. */
final class Client implements AutoCloseable {
    record OptionReply(int option, int type, byte[] data) {
        ByteBuffer buffer() {
            return ByteBuffer.wrap(data);
        }
    }

    record Reply(int error, long cookie, byte[] data) {}

    record ReplyHeader(int error, long cookie) {}

    /** A structured reply of one chunk. */
    record Chunk(int type, long cookie, byte[] data) {
        ByteBuffer buffer() {
            return ByteBuffer.wrap(data);
        }

        /** The error that it carries, or OK. */
        int error() {
            return type == Nbd.CHUNK_ERROR ? buffer().getInt() : Nbd.OK;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private long cookies;

    /** Connected, and nothing more. */
    Client(NbdServer server) throws IOException {
        this(server.address());
    }

    Client(SocketAddress address) throws IOException {
        socket = new Socket();
        socket.connect(address);
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** Through the handshake by GO, ready for requests. */
    static Client of(NbdServer server) throws IOException {
        return of(server.address());
    }

    static Client of(SocketAddress address) throws IOException {
        Client client = new Client(address);
        client.greet(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES);
        client.option(Nbd.OPT_GO, infoData(""));
        List<OptionReply> replies = client.optionReplies();
        if (replies.getLast().type() != Nbd.REP_ACK) {
            throw new IOException("GO was answered by "
                    + Integer.toHexString(replies.getLast().type()));
        }
        return client;
    }

    /** As {@link #of}, with structured replies and, if wanted, block status. */
    static Client structured(NbdServer server, boolean withStatus) throws IOException {
        Client client = new Client(server);
        client.greet(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES);
        client.option(Nbd.OPT_STRUCTURED_REPLY, new byte[0]);
        client.optionReplies();
        if (withStatus) {
            client.option(Nbd.OPT_SET_META_CONTEXT, queries("", "base:allocation"));
            client.optionReplies();
        }
        client.option(Nbd.OPT_GO, infoData(""));
        client.optionReplies();
        return client;
    }

    void greet(int clientFlags) throws IOException {
        if (in.readLong() != Nbd.MAGIC || in.readLong() != Nbd.OPTION_MAGIC || in.readShort() != 3) {
            throw new IOException("no greeting");
        }
        out.writeInt(clientFlags);
    }

    /** The data of INFO and GO: a name, and information requests. */
    static byte[] infoData(String name, int... requests) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + bytes.length + 2 * requests.length);
        data.putInt(bytes.length).put(bytes).putShort((short) requests.length);
        for (int request : requests) {
            data.putShort((short) request);
        }
        return data.array();
    }

    /** The data of LIST_META_CONTEXT and SET_META_CONTEXT: a name, and queries. */
    static byte[] queries(String name, String... queries) {
        ByteBuffer data = ByteBuffer.allocate(1000);
        put(data, name).putInt(queries.length);
        for (String query : queries) {
            put(data, query);
        }
        return Arrays.copyOf(data.array(), data.position());
    }

    private static ByteBuffer put(ByteBuffer data, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return data.putInt(bytes.length).put(bytes);
    }

    void option(int option, byte[] data) throws IOException {
        optionHeader(option, data.length);
        out.write(data);
    }

    /** Two options without data that arrive together. */
    void optionTwice(int first, int second) throws IOException {
        ByteBuffer both = ByteBuffer.allocate(32);
        for (int option : new int[] {first, second}) {
            both.putLong(Nbd.OPTION_MAGIC).putInt(option).putInt(0);
        }
        out.write(both.array());
    }

    void optionHeader(int option, int length) throws IOException {
        out.write(ByteBuffer.allocate(16)
                .putLong(Nbd.OPTION_MAGIC)
                .putInt(option)
                .putInt(length)
                .array());
    }

    OptionReply optionReply() throws IOException {
        if (in.readLong() != Nbd.OPTION_REPLY_MAGIC) {
            throw new IOException("no reply to an option");
        }
        int option = in.readInt();
        int type = in.readInt();
        byte[] data = new byte[in.readInt()];
        in.readFully(data);
        return new OptionReply(option, type, data);
    }

    /** All replies to an option, the last being an ACK or an error. */
    List<OptionReply> optionReplies() throws IOException {
        List<OptionReply> replies = new ArrayList<>();
        do {
            replies.add(optionReply());
        } while (replies.getLast().type() > Nbd.REP_ACK);
        return replies;
    }

    /** Sends a request's header, and returns its cookie. */
    long request(int type, int flags, long offset, long length) throws IOException {
        long cookie = ++cookies;
        out.write(ByteBuffer.allocate(Nbd.REQUEST_BYTES)
                .putInt(Nbd.REQUEST_MAGIC)
                .putShort((short) flags)
                .putShort((short) type)
                .putLong(cookie)
                .putLong(offset)
                .putInt((int) length)
                .array());
        return cookie;
    }

    long write(int flags, long offset, byte[] payload) throws IOException {
        long cookie = request(Nbd.WRITE, flags, offset, payload.length);
        out.write(payload);
        return cookie;
    }

    void send(byte[] anything) throws IOException {
        out.write(anything);
    }

    /** The next reply, which carries this many bytes if it is not an error. */
    Reply reply(int length) throws IOException {
        int magic = in.readInt();
        if (magic != Nbd.REPLY_MAGIC) {
            throw new IOException("no reply: " + Integer.toHexString(magic));
        }
        int error = in.readInt();
        long cookie = in.readLong();
        byte[] data = new byte[error == Nbd.OK ? length : 0];
        in.readFully(data);
        return new Reply(error, cookie, data);
    }

    /** The magic number of the next reply, which stays to be read. */
    int peekMagic() throws IOException {
        in.mark(4);
        int magic = in.readInt();
        in.reset();
        return magic;
    }

    /** The next reply, which is a simple one, without what it carries. */
    ReplyHeader replyHeader() throws IOException {
        Reply reply = reply(0);
        return new ReplyHeader(reply.error(), reply.cookie());
    }

    /** The next reply, which is a structured one of one chunk. */
    Chunk chunk() throws IOException {
        int magic = in.readInt();
        if (magic != Nbd.STRUCTURED_REPLY_MAGIC) {
            throw new IOException("no structured reply: " + Integer.toHexString(magic));
        }
        if (in.readShort() != Nbd.CHUNK_DONE) {
            throw new IOException("more than one chunk");
        }
        int type = Short.toUnsignedInt(in.readShort());
        long cookie = in.readLong();
        byte[] data = new byte[in.readInt()];
        in.readFully(data);
        return new Chunk(type, cookie, data);
    }

    /** The error of the next reply, which is to this request and carries nothing. */
    int errorOf(long cookie) throws IOException {
        Reply reply = reply(0);
        if (reply.cookie() != cookie) {
            throw new IOException("a reply to " + reply.cookie() + " instead of " + cookie);
        }
        return reply.error();
    }

    byte[] read(long offset, int length) throws IOException {
        long cookie = request(Nbd.READ, 0, offset, length);
        Reply reply = reply(length);
        if (reply.cookie() != cookie || reply.error() != Nbd.OK) {
            throw new IOException("error " + reply.error());
        }
        return reply.data();
    }

    byte[] readFully(int count) throws IOException {
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        return bytes;
    }

    /** Waits for the server to hang up; what it sends before counts for nothing. */
    boolean isHungUpOn() throws IOException {
        try {
            byte[] dropped = new byte[1 << 16];
            while (in.read(dropped) >= 0) {
                // replies that were on their way
            }
            return true;
        } catch (EOFException | SocketException e) {
            return true;
        }
    }

    /** Sends no more, and goes on reading. */
    void hangUpHalf() throws IOException {
        socket.shutdownOutput();
    }

    /** Hangs up with a reset, as a killed client may. */
    void die() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
