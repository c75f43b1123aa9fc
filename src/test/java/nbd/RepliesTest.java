package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepliesTest {
    private static final int SENDERS = 4;
    private static final int EACH = 20_000;

    private final Buffers buffers = new Buffers(1 << 20);
    private final AtomicLong written = new AtomicLong();
    private Socket client;
    private SocketChannel socket;
    private Replies replies;

    @BeforeEach
    void connect() throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client = new Socket();
            client.connect(listener.getLocalAddress());
            client.setSoTimeout(20_000);
            socket = listener.accept();
        }
        replies = new Replies(new Wire(socket, buffers), buffers, written::addAndGet, () -> 0);
    }

    @AfterEach
    void disconnect() throws Exception {
        client.close();
        socket.close();
    }

    private Request answered(long cookie) {
        Request request = new Request(Nbd.FLUSH, 0, cookie, 0, 0, buffers.take(0));
        request.answer(Nbd.OK);
        return request;
    }

    @Test
    void everyReplyOfManySendersIsWrittenOnceAndWhole() throws Exception {
        Thread[] senders = new Thread[SENDERS];
        for (int i = 0; i < SENDERS; i++) {
            int first = i * EACH;
            senders[i] = Thread.ofPlatform().daemon().start(() -> {
                for (int cookie = first; cookie < first + EACH; cookie++) {
                    if (cookie % 3 == 0) {
                        replies.sendLater(answered(cookie));
                    } else {
                        replies.send(answered(cookie));
                    }
                }
            });
        }
        BitSet seen = new BitSet();
        InputStream in = client.getInputStream();
        for (int i = 0; i < SENDERS * EACH; i++) {
            ByteBuffer reply = ByteBuffer.wrap(in.readNBytes(Nbd.REPLY_BYTES));
            assertThat(reply.getInt()).isEqualTo(Nbd.REPLY_MAGIC);
            assertThat(reply.getInt()).isZero();
            seen.set((int) reply.getLong());
        }
        assertThat(seen.cardinality()).isEqualTo(SENDERS * EACH);
        for (Thread sender : senders) {
            sender.join();
        }
        long expected = (long) SENDERS * EACH * Buffers.capacityFor(0);
        Servers.until("all buffers are accounted for", () -> written.get() == expected);
    }

    @Test
    void repliesOfOneSenderLeaveInOrder() throws Exception {
        for (int cookie = 0; cookie < 1000; cookie++) {
            replies.send(answered(cookie));
        }
        for (int cookie = 0; cookie < 1000; cookie++) {
            ByteBuffer reply = ByteBuffer.wrap(client.getInputStream().readNBytes(Nbd.REPLY_BYTES));
            assertThat(reply.getLong(8)).isEqualTo(cookie);
        }
    }

    @Test
    void whatCannotBeWrittenIsGivenBackAllTheSame() throws Exception {
        socket.close();
        for (int cookie = 0; cookie < 10; cookie++) {
            replies.send(answered(cookie));
        }
        assertThat(written.get()).isEqualTo(10L * Buffers.capacityFor(0));
    }
}
