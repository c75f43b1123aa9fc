package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadInputTest {
    private static final int SIZE = Servers.IMAGE_BYTES;

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void aWrongRequestMagicEndsTheSession() throws Exception {
        Client client = servers.connect(servers.open());
        client.send(new byte[Nbd.REQUEST_BYTES]);
        assertThat(client.isHungUpOn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 8, 99, 0xffff})
    void anUnknownCommandIsInvalidAndTheSessionGoesOn(int type) throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(type, 0, 0, 0))).isEqualTo(Nbd.EINVAL);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "0, 4", "3, 8", "4, 2", "5, 32", "6, 32", "6, 32768"})
    void anUnknownFlagIsInvalidAndTheSessionGoesOn(int type, int flag) throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(type, flag, 0, 0))).isEqualTo(Nbd.EINVAL);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4194304, 1, 22",
        "0, 4194303, 2, 22",
        "0, -1, 1, 22",
        "0, -4096, 4096, 22",
        "0, 9223372036854775807, 1, 22",
        "0, 0, 33554433, 22",
        "0, 0, 4294967295, 22",
        "4, 4194303, 2, 22",
        "5, 4194303, 2, 22",
        "6, 4194303, 2, 28",
        "6, -1, 4294967295, 28",
        "3, 1, 0, 22",
        "3, 0, 1, 22"
    })
    void whatIsOutOfBoundsIsAnErrorAndTheSessionGoesOn(int type, long offset, long length, int error) throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(type, 0, offset, length))).isEqualTo(error);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @ParameterizedTest
    @CsvSource({"4194304, 1", "4194303, 2", "-1, 4096", "4190000, 200000"})
    void aWritePastTheEndFindsNoSpaceAndChangesNothing(long offset, int length) throws Exception {
        Path image = servers.newImage(SIZE);
        Client client = servers.connect(servers.open(image, settings -> settings));
        assertThat(client.errorOf(client.write(0, offset, new byte[length]))).isEqualTo(Nbd.ENOSPC);
        assertThat(client.read(0, 8)).hasSize(8);
        assertThat(image).hasBinaryContent(Servers.randomBytes(SIZE));
    }

    @Test
    void aRefusedWriteIsReadOverWhateverItsSize() throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.write(0, SIZE, new byte[Nbd.MAX_PAYLOAD])))
                .isEqualTo(Nbd.ENOSPC);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @Test
    void aWriteWithAnUnknownFlagIsInvalidAndReadOver() throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.write(Nbd.FLAG_NO_HOLE, 0, new byte[5000])))
                .isEqualTo(Nbd.EINVAL);
        assertThat(client.read(0, 8)).isEqualTo(Arrays.copyOf(Servers.randomBytes(SIZE), 8));
    }

    @ParameterizedTest
    @ValueSource(longs = {Nbd.MAX_PAYLOAD + 1, 4294967295L})
    void aWriteThatIsTooLargeEndsTheSession(long length) throws Exception {
        Client client = servers.connect(servers.open());
        client.request(Nbd.WRITE, 0, 0, length);
        assertThat(client.isHungUpOn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {Nbd.TRIM, Nbd.WRITE_ZEROES})
    void aReadOnlyExportDoesNotPermitChanges(int type) throws Exception {
        Client client = servers.connect(servers.open(settings -> settings.withReadOnly(true)));
        assertThat(client.errorOf(client.request(type, 0, 0, 4096))).isEqualTo(Nbd.EPERM);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @Test
    void aReadOnlyExportReadsOverAWrite() throws Exception {
        Client client = servers.connect(servers.open(settings -> settings.withReadOnly(true)));
        assertThat(client.errorOf(client.write(0, 0, new byte[300_000]))).isEqualTo(Nbd.EPERM);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 200_000, 999_999})
    void aClientThatDiesInThePayloadChangesNothing(int sent) throws Exception {
        Path image = servers.newImage(SIZE);
        NbdServer server = servers.open(image, settings -> settings);
        Client client = servers.connect(server);
        client.request(Nbd.WRITE, 0, 0, 1_000_000);
        client.send(new byte[sent]);
        client.close();
        Servers.awaitIdle(server);
        assertThat(image).hasBinaryContent(Servers.randomBytes(SIZE));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 27})
    void aClientThatDiesInTheHeaderLeavesNothing(int sent) throws Exception {
        NbdServer server = servers.open();
        Client client = servers.connect(server);
        client.send(Arrays.copyOf(new byte[] {0x25, 0x60, (byte) 0x95, 0x13}, sent));
        client.close();
        Servers.awaitIdle(server);
    }

    @Test
    void aReadOfAnImageThatHasShrunkIsAnErrorAndTheSessionGoesOn() throws Exception {
        Path image = servers.newImage(SIZE);
        Client client = servers.connect(servers.open(image, settings -> settings));
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.truncate(4096);
        }
        assertThat(client.errorOf(client.request(Nbd.READ, 0, 4000, 200))).isEqualTo(Nbd.EIO);
        assertThat(client.read(0, 4096)).hasSize(4096);
    }

    @Test
    void noiseNeverStopsTheServer() throws Exception {
        long seed = Long.getLong("test.noise.seed", System.nanoTime());
        System.out.println("noiseNeverStopsTheServer: -Dtest.noise.seed=" + seed);
        Random random = new Random(seed);
        Path image = servers.newImage(SIZE);
        NbdServer server = servers.open(image, settings -> settings.withReadOnly(true));
        for (int round = 0; round < 100; round++) {
            try (Client client = round % 2 == 0 ? new Client(server) : Client.of(server)) {
                byte[] noise = new byte[random.nextInt(2000)];
                random.nextBytes(noise);
                if (round % 4 >= 2) {
                    nearlyRequests(noise, random);
                }
                client.send(noise);
                if (random.nextBoolean()) {
                    client.die();
                }
            } catch (SocketException e) {
                // the server was quicker to hang up
            }
        }
        Servers.awaitIdle(server);
        assertThat(servers.connect(server).read(0, 8)).hasSize(8);
        assertThat(Files.readAllBytes(image)).isEqualTo(Servers.randomBytes(SIZE));
    }

    /** Right magic, and anything behind. */
    private static void nearlyRequests(byte[] noise, Random random) {
        ByteBuffer buffer = ByteBuffer.wrap(noise);
        for (int at = 0; at + Nbd.REQUEST_BYTES <= noise.length; at += Nbd.REQUEST_BYTES) {
            buffer.putInt(at, Nbd.REQUEST_MAGIC)
                    .putShort(at + 4, (short) random.nextInt(4))
                    .putShort(at + 6, (short) random.nextInt(9))
                    .putLong(at + 16, random.nextInt(SIZE))
                    .putInt(at + 24, random.nextInt(1 << 16));
        }
    }
}
