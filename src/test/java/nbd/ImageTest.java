package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ImageTest {
    private static final int SIZE = 1 << 20;

    @RegisterExtension
    final Servers servers = new Servers();

    private Image open(Path path) throws Exception {
        return servers.closeAfterwards(new Image(path, false));
    }

    private static byte[] read(Image image, long offset, int length) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        image.read(buffer, offset);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    @Test
    void anInterruptedReadIsCarriedOutAndTheStatusKept() throws Exception {
        Image image = open(servers.newImage(SIZE));
        Thread.currentThread().interrupt();
        byte[] bytes = read(image, 5, 100);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(bytes).isEqualTo(Arrays.copyOfRange(Servers.randomBytes(SIZE), 5, 105));
    }

    @Test
    void anInterruptedWriteIsCarriedOutAndTheStatusKept() throws Exception {
        Image image = open(servers.newImage(SIZE));
        Thread.currentThread().interrupt();
        image.write(ByteBuffer.allocateDirect(100), 5, true);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(read(image, 5, 100)).containsOnly(0);
    }

    @Test
    void anInterruptLeavesTheImageUsableForOthers() throws Exception {
        Image image = open(servers.newImage(SIZE));
        byte[] expected = Servers.randomBytes(SIZE);
        for (int i = 0; i < 50; i++) {
            Thread interrupted = Thread.ofPlatform().start(() -> {
                Thread.currentThread().interrupt();
                try {
                    read(image, 0, 100);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(read(image, 0, SIZE)).isEqualTo(expected);
            interrupted.join();
        }
    }

    @Test
    void writeZeroesZeroesTheRangeAndNothingElse() throws Exception {
        Image image = open(servers.newImage(3 * SIZE));
        image.writeZeroes(1, 2 * SIZE + 5);
        assertThat(read(image, 1, 2 * SIZE + 5)).containsOnly(0);
        assertThat(read(image, 0, 1)[0]).isEqualTo(Servers.randomBytes(3 * SIZE)[0]);
    }

    @Test
    void afterCloseNothingIsOpenedAgain() throws Exception {
        Image image = open(servers.newImage(SIZE));
        image.close();
        assertThatThrownBy(() -> read(image, 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThat(image.isOpen()).isFalse();
    }

    @Test
    void aMissingImageIsNotMade() {
        assertThatThrownBy(() -> new Image(Path.of("/no/such/image"), false)).isInstanceOf(NoSuchFileException.class);
    }
}
