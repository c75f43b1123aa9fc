package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransmissionTest {
    @RegisterExtension
    final Servers servers = new Servers();

    private final byte[] original = Servers.randomBytes(Servers.IMAGE_BYTES);

    private byte[] slice(long offset, int length) {
        return Arrays.copyOfRange(original, (int) offset, (int) offset + length);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 4096", "511, 4097", "4194303, 1", "0, 4194304", "1, 131073", "77, 0"})
    void readReturnsWhatTheImageHolds(long offset, int length) throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.read(offset, length)).isEqualTo(slice(offset, length));
    }

    @Test
    void readOfTheLargestPayloadIsAnsweredInOnePiece() throws Exception {
        NbdServer server = servers.open(servers.newImage(Nbd.MAX_PAYLOAD + 1), settings -> settings);
        Client client = servers.connect(server);
        assertThat(client.read(1, Nbd.MAX_PAYLOAD))
                .isEqualTo(Arrays.copyOfRange(Servers.randomBytes(Nbd.MAX_PAYLOAD + 1), 1, Nbd.MAX_PAYLOAD + 1));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "4096, 4096, 0", "513, 4097, 1", "4194303, 1, 1", "3, 300001, 0", "9, 0, 0"})
    void whatWasWrittenIsReadOnAnyConnection(long offset, int length, int flags) throws Exception {
        NbdServer server = servers.open();
        Client writer = servers.connect(server);
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 0x5a);
        assertThat(writer.errorOf(writer.write(flags, offset, payload))).isEqualTo(Nbd.OK);
        assertThat(servers.connect(server).read(offset, length)).isEqualTo(payload);
    }

    @Test
    void writeLeavesItsNeighboursAlone() throws Exception {
        Client client = servers.connect(servers.open());
        client.errorOf(client.write(0, 5000, new byte[3000]));
        assertThat(client.read(0, 5000)).isEqualTo(slice(0, 5000));
        assertThat(client.read(8000, 5000)).isEqualTo(slice(8000, 5000));
    }

    @ParameterizedTest
    @CsvSource({"4096, 4096, 0", "1, 1, 0", "1, 3000001, 0", "0, 4194304, 0", "0, 4194304, 2", "100, 2000000, 1"})
    void writeZeroesZeroesTheRangeAndNothingElse(int offset, int length, int flags) throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(Nbd.WRITE_ZEROES, flags, offset, length)))
                .isEqualTo(Nbd.OK);
        byte[] expected = original.clone();
        Arrays.fill(expected, offset, offset + length, (byte) 0);
        assertThat(client.read(0, original.length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"4096, 8192", "1, 3000001"})
    void trimLeavesItsNeighboursAlone(int offset, int length) throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(Nbd.TRIM, Nbd.FLAG_FUA, offset, length)))
                .isEqualTo(Nbd.OK);
        assertThat(client.read(0, offset)).isEqualTo(slice(0, offset));
        int end = offset + length;
        assertThat(client.read(end, original.length - end)).isEqualTo(slice(end, original.length - end));
    }

    @Test
    void flushIsAnswered() throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(Nbd.FLUSH, 0, 0, 0))).isEqualTo(Nbd.OK);
    }

    @Test
    void cacheIsAnswered() throws Exception {
        Client client = servers.connect(servers.open());
        assertThat(client.errorOf(client.request(Nbd.CACHE, 0, 0, original.length)))
                .isEqualTo(Nbd.OK);
    }

    @Test
    void repliesCarryTheCookiesOfManyRequestsInFlight() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Servers.Gate gate = servers.takeWorker(server);
        Client client = servers.connect(server);
        Set<Long> cookies = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            cookies.add(client.request(Nbd.READ, 0, i, 1));
        }
        Servers.awaitInFlight(server, server.settings().requestsPerConnection());
        gate.open();
        for (int i = 0; i < 500; i++) {
            Client.Reply reply = client.reply(1);
            assertThat(cookies.remove(reply.cookie()))
                    .as("cookie %s", reply.cookie())
                    .isTrue();
            assertThat(reply.data()).isEqualTo(slice(reply.cookie() - 1, 1));
        }
    }

    @Test
    void aReplyOvertakesThatOfAnEarlierRequest() throws Exception {
        ScriptedImage image = servers.newScriptedImage(Servers.IMAGE_BYTES);
        CountDownLatch gate = new CountDownLatch(1);
        image.beforeForce = () -> await(gate);
        Client client = servers.connect(servers.open(image, settings -> settings));
        long slow = client.request(Nbd.FLUSH, 0, 0, 0);
        long fast = client.request(Nbd.READ, 0, 0, 1);
        assertThat(client.reply(1).cookie()).isEqualTo(fast);
        gate.countDown();
        assertThat(client.reply(0).cookie()).isEqualTo(slow);
    }

    private static void await(CountDownLatch gate) throws IOException {
        try {
            assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void disconnectWaitsForTheAnswersOfWhatIsInFlight() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Servers.Gate gate = servers.takeWorker(server);
        Client client = servers.connect(server);
        long write = client.write(0, 0, new byte[4096]);
        long flush = client.request(Nbd.FLUSH, 0, 0, 0);
        client.request(Nbd.DISC, 0, 0, 0);
        Servers.awaitInFlight(server, 2);
        gate.open();
        Set<Long> answered = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            Client.Reply reply = client.reply(0);
            assertThat(reply.error()).isEqualTo(Nbd.OK);
            answered.add(reply.cookie());
        }
        assertThat(answered).containsExactlyInAnyOrder(write, flush);
        assertThat(client.isHungUpOn()).isTrue();
        Servers.awaitIdle(server);
    }

    @Test
    void whatADeadClientHasWaitingIsWithdrawn() throws Exception {
        ScriptedImage image = servers.newScriptedImage(Servers.IMAGE_BYTES);
        NbdServer server = servers.open(image, settings -> settings.withWorkers(1));
        Servers.Gate gate = servers.takeWorker(server);
        try (Client client = Client.of(server)) {
            for (int i = 0; i < 10; i++) {
                client.request(Nbd.FLUSH, 0, 0, 0);
            }
            Servers.awaitInFlight(server, 10);
            client.die();
        }
        servers.awaitLogged("dropped");
        gate.open();
        Servers.awaitIdle(server);
        assertThat(image.forces).hasValue(0);
    }

    @Test
    void afterHalfAHangUpTheRepliesStillArrive() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Servers.Gate gate = servers.takeWorker(server);
        Client client = servers.connect(server);
        long read = client.request(Nbd.READ, 0, 5, 100);
        client.hangUpHalf();
        Servers.awaitInFlight(server, 1);
        gate.open();
        Client.Reply reply = client.reply(100);
        assertThat(reply.cookie()).isEqualTo(read);
        assertThat(reply.data()).isEqualTo(slice(5, 100));
        assertThat(client.isHungUpOn()).isTrue();
    }

    @Test
    void aWriteThatHasArrivedIsCarriedOutThoughTheClientIsGone() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Servers.Gate gate = servers.takeWorker(server);
        try (Client client = Client.of(server)) {
            client.write(0, 0, new byte[4096]);
            Servers.awaitInFlight(server, 1);
        }
        gate.open();
        Servers.awaitIdle(server);
        assertThat(servers.connect(server).read(0, 4096)).containsOnly(0);
    }
}
