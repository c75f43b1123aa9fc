package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StructuredReplyTest {
    private static final int SIZE = Servers.IMAGE_BYTES;
    private static final int HOLE_FROM = 1 << 20;
    private static final int HOLE_TO = 3 << 20;

    @RegisterExtension
    final Servers servers = new Servers();

    private final byte[] original = Servers.randomBytes(SIZE);
    private NbdServer server;
    private Client client;

    /** An image with a hole in the middle, where the system can make one. */
    @BeforeEach
    void serve() throws Exception {
        server = servers.open();
        server.export().image().punch(HOLE_FROM, HOLE_TO - HOLE_FROM);
        client = servers.closeAfterwards(Client.structured(server, true));
    }

    private static boolean holes() {
        return Libc.isAvailable();
    }

    private Client.Chunk answerTo(int type, int flags, long offset, int length) throws Exception {
        long cookie = client.request(type, flags, offset, length);
        Client.Chunk chunk = client.chunk();
        assertThat(chunk.cookie()).isEqualTo(cookie);
        return chunk;
    }

    @Test
    void readIsAnsweredByAChunkWithItsOffset() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.READ, 0, 4095, 5000);
        assertThat(chunk.type()).isEqualTo(Nbd.CHUNK_OFFSET_DATA);
        assertThat(chunk.buffer().getLong()).isEqualTo(4095);
        assertThat(Arrays.copyOfRange(chunk.data(), 8, chunk.data().length))
                .isEqualTo(Arrays.copyOfRange(original, 4095, 9095));
    }

    @Test
    void readOfNothingIsAnsweredByAnEmptyChunk() throws Exception {
        assertThat(answerTo(Nbd.READ, 0, 0, 0).type()).isEqualTo(Nbd.CHUNK_NONE);
    }

    @Test
    void readOfAHoleIsAnsweredWithoutIt() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.READ, 0, HOLE_FROM, 1 << 20);
        assertThat(chunk.type()).isEqualTo(holes() ? Nbd.CHUNK_OFFSET_HOLE : Nbd.CHUNK_OFFSET_DATA);
        if (holes()) {
            assertThat(chunk.data())
                    .isEqualTo(ByteBuffer.allocate(12)
                            .putLong(HOLE_FROM)
                            .putInt(1 << 20)
                            .array());
        }
    }

    @Test
    void readOfAHoleIsAnsweredByDataWhenTheClientWantsNoFragments() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.READ, Nbd.FLAG_DF, HOLE_FROM, 1 << 20);
        assertThat(chunk.type()).isEqualTo(Nbd.CHUNK_OFFSET_DATA);
        assertThat(chunk.data()).hasSize(8 + (1 << 20));
    }

    @Test
    void readOfAHoleAndDataIsAnsweredByData() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.READ, 0, HOLE_FROM + 4096, HOLE_TO - HOLE_FROM);
        assertThat(chunk.type()).isEqualTo(Nbd.CHUNK_OFFSET_DATA);
        assertThat(Arrays.copyOfRange(chunk.data(), chunk.data().length - 4096, chunk.data().length))
                .isEqualTo(Arrays.copyOfRange(original, HOLE_TO, HOLE_TO + 4096));
    }

    @Test
    void aFailedReadIsAnsweredByAnErrorChunk() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.READ, 0, SIZE, 1);
        assertThat(chunk.error()).isEqualTo(Nbd.EINVAL);
        assertThat(chunk.data()).hasSize(6);
    }

    @Test
    void otherRequestsAreAnsweredSimply() throws Exception {
        assertThat(client.errorOf(client.write(0, 0, new byte[10]))).isEqualTo(Nbd.OK);
        assertThat(client.errorOf(client.request(Nbd.FLUSH, 0, 0, 0))).isEqualTo(Nbd.OK);
    }

    @Test
    void blockStatusTellsDataAndHoles() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.BLOCK_STATUS, 0, 4096, SIZE - 8192);
        assertThat(chunk.type()).isEqualTo(Nbd.CHUNK_BLOCK_STATUS);
        ByteBuffer expected = ByteBuffer.allocate(holes() ? 28 : 12).putInt(1);
        if (holes()) {
            expected.putInt(HOLE_FROM - 4096).putInt(0);
            expected.putInt(HOLE_TO - HOLE_FROM).putInt(Nbd.STATE_HOLE | Nbd.STATE_ZERO);
            expected.putInt(SIZE - 4096 - HOLE_TO).putInt(0);
        } else {
            expected.putInt(SIZE - 8192).putInt(0);
        }
        assertThat(chunk.data()).isEqualTo(expected.array());
    }

    @Test
    void blockStatusTellsOneExtentWhenOnlyOneIsWanted() throws Exception {
        Client.Chunk chunk = answerTo(Nbd.BLOCK_STATUS, Nbd.FLAG_REQ_ONE, 0, SIZE);
        assertThat(chunk.data())
                .isEqualTo(ByteBuffer.allocate(12)
                        .putInt(1)
                        .putInt(holes() ? HOLE_FROM : SIZE)
                        .putInt(0)
                        .array());
    }

    @Test
    void blockStatusOfNothingOrBehindTheEndIsInvalid() throws Exception {
        assertThat(answerTo(Nbd.BLOCK_STATUS, 0, 0, 0).error()).isEqualTo(Nbd.EINVAL);
        assertThat(answerTo(Nbd.BLOCK_STATUS, 0, 1, SIZE).error()).isEqualTo(Nbd.EINVAL);
    }

    @Test
    void blockStatusIsInvalidWhenItWasNotAgreedOn() throws Exception {
        Client other = servers.closeAfterwards(Client.structured(server, false));
        other.request(Nbd.BLOCK_STATUS, 0, 0, 4096);
        assertThat(other.chunk().error()).isEqualTo(Nbd.EINVAL);
    }
}
