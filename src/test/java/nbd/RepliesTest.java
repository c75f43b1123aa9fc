package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepliesTest {
    private static final int SENDERS = 4;
    private static final int EACH = 20_000;

    private final Buffers buffers = new Buffers(1 << 20);
    private final AtomicLong written = new AtomicLong();
    private final Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
    private Socket client;
    private Wire wire;
    private Thread reader;
    private SocketChannel socket;
    private Replies replies;

    @BeforeEach
    void connect() throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client = new Socket();
            client.setReceiveBufferSize(64 << 10);
            client.connect(listener.getLocalAddress());
            client.setSoTimeout(20_000);
            socket = listener.accept();
            socket.setOption(StandardSocketOptions.SO_SNDBUF, 64 << 10);
        }
        wire = new Wire(socket, Duration.ofHours(1));
        replies = new Replies(
                wire,
                10,
                request -> {
                    written.addAndGet(request.buffer.capacity());
                    buffers.giveBack(request.buffer);
                },
                failed::add);
        wire.onWritable(replies::resume);
        reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    wire.pause(false);
                }
            } catch (IOException e) {
                wire.closeSocket();
                replies.abandon();
            }
        });
    }

    @AfterEach
    void disconnect() throws Exception {
        client.close();
        wire.drop();
        reader.join();
        wire.close();
    }

    private Request answered(long cookie) {
        Request request = new Request(Nbd.FLUSH, 0, cookie, 0, 0, buffers.take(0), null);
        request.answerSimply(Nbd.OK);
        return request;
    }

    @Test
    void everyReplyOfManySendersIsWrittenOnceAndWhole() throws Exception {
        Thread[] senders = new Thread[SENDERS];
        for (int i = 0; i < SENDERS; i++) {
            int first = i * EACH;
            senders[i] = Thread.ofPlatform().daemon().start(() -> {
                for (int cookie = first; cookie < first + EACH; cookie++) {
                    replies.send(answered(cookie));
                }
            });
        }
        BitSet seen = new BitSet();
        InputStream in = new BufferedInputStream(client.getInputStream());
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
        wire.drop();
        reader.join();
        for (int cookie = 0; cookie < 10; cookie++) {
            replies.send(answered(cookie));
        }
        assertThat(written.get()).isEqualTo(10L * Buffers.capacityFor(0));
    }

    @Test
    void noSenderWaitsForAClientThatDoesNotRead() throws Exception {
        for (int cookie = 0; cookie < 200_000; cookie++) {
            replies.send(answered(cookie));
        }
        assertThat(written.get()).as("more than sockets hold").isLessThan(200_000L * Buffers.capacityFor(0));
        InputStream in = new BufferedInputStream(client.getInputStream());
        for (int cookie = 0; cookie < 200_000; cookie++) {
            ByteBuffer reply = ByteBuffer.wrap(in.readNBytes(Nbd.REPLY_BYTES));
            assertThat(reply.getLong(8)).isEqualTo(cookie);
        }
        Servers.until("all have left", () -> written.get() == 200_000L * Buffers.capacityFor(0));
        assertThat(failed).isEmpty();
    }
}
