package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SlowClientTest {
    private static final int MIB = 1 << 20;
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofHours(1);

    @RegisterExtension
    final Servers servers = new Servers();

    /** More than sockets hold. */
    private Client thatNeverReads(NbdServer server) throws IOException {
        Client client = servers.connect(server);
        for (int i = 0; i < 200; i++) {
            client.request(Nbd.READ, 0, 0, MIB);
        }
        return client;
    }

    private static int inFlight(NbdServer server) {
        return server.settings().bytesInFlight() - server.budget().available();
    }

    @Test
    void aClientThatNeverReadsHoldsNoWorker() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Client client = thatNeverReads(server);
        Servers.until("the worker has read for it", () -> Servers.stats(server).completed() > 32);
        assertThat(servers.connect(server).read(0, 8)).hasSize(8);
        client.die();
    }

    @Test
    void aClientsBytesInFlightAreBounded() throws Exception {
        NbdServer server = servers.open(Servers.tight(LONG));
        int atMost = server.settings().bytesInFlight() / Buffers.capacityFor(MIB);
        Servers.Gate[] gates = new Servers.Gate[server.settings().workers()];
        for (int i = 0; i < gates.length; i++) {
            gates[i] = servers.takeWorker(server);
        }
        Client client = thatNeverReads(server);
        Servers.until(
                "as many as may be are in flight", () -> Servers.stats(server).queued() == atMost);
        for (Servers.Gate gate : gates) {
            gate.open();
        }
        for (int i = 0; i < 200; i++) {
            client.reply(MIB);
        }
        assertThat(Servers.stats(server).queued()).isZero();
    }

    @Test
    void aClientLeavesOthersTheirPartOfTheBudget() throws Exception {
        int most = Buffers.capacityFor(Nbd.MAX_PAYLOAD);
        NbdServer server = servers.open(settings -> settings.withBytesInFlight(2 * most, most)
                .withPatience(LONG, SHORT)
                .withWorkers(1));
        Servers.Gate gate = servers.takeWorker(server);
        thatNeverReads(server);
        int atMost = most / Buffers.capacityFor(MIB);
        Servers.until("it has its part", () -> Servers.stats(server).queued() == atMost);
        Client other = servers.connect(server);
        other.request(Nbd.READ, 0, 0, 4);
        Servers.until("the other is in flight", () -> Servers.stats(server).queued() == atMost + 1);
        gate.open();
        assertThat(other.reply(4).error()).isEqualTo(Nbd.OK);
    }

    @Test
    void aClientThatNeverReadsIsDroppedWhenAnotherStarves() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client stalled = thatNeverReads(server);
        Client other = servers.connect(server);
        Servers.until("only the other is left", () -> {
            try {
                return other.read(0, 2 * MIB).length == 2 * MIB && server.connected() == 1;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(stalled.isHungUpOn()).isTrue();
    }

    @Test
    void aClientThatOwesAPayloadIsDroppedWhenAnotherStarves() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client stalled = servers.connect(server);
        stalled.request(Nbd.WRITE, 0, 0, Servers.IMAGE_BYTES);
        stalled.send(new byte[100]);
        Servers.until("it holds what it asked for", () -> inFlight(server) > Servers.IMAGE_BYTES);
        Client other = servers.connect(server);
        long[] reads = new long[10];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = other.request(Nbd.READ, 0, 0, Servers.IMAGE_BYTES);
        }
        for (long ignored : reads) {
            assertThat(other.reply(Servers.IMAGE_BYTES).error()).isEqualTo(Nbd.OK);
        }
        assertThat(servers.connect(server).read(0, 8)).hasSize(8);
    }

    @Test
    void aClientThatIsMerelySlowIsAnsweredInFull() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client client = thatNeverReads(server);
        Servers.until("the server is at its bound", () -> server.budget().available() < MIB);
        byte[] expected = Arrays.copyOf(Servers.randomBytes(Servers.IMAGE_BYTES), MIB);
        for (int i = 0; i < 200; i++) {
            assertThat(client.reply(MIB).data()).isEqualTo(expected);
        }
    }

    @Test
    void moreClientsThanAllowedAreHungUpOn() throws Exception {
        NbdServer server = servers.open(settings -> settings.withConnections(2).withPatience(LONG, SHORT));
        Client first = servers.connect(server);
        servers.connect(server);
        assertThat(servers.closeAfterwards(new Client(server)).isHungUpOn()).isTrue();
        first.close();
        Servers.until("a place is free", () -> server.connected() == 1);
        assertThat(servers.connect(server).read(0, 8)).hasSize(8);
    }

    @Test
    void aSilentClientDoesNotKeepOthersOut() throws Exception {
        NbdServer server = servers.open(settings -> settings.withConnections(1).withPatience(SHORT, SHORT));
        Client silent = servers.closeAfterwards(new Client(server));
        Servers.until("another gets in", () -> {
            try (Client other = Client.of(server)) {
                return other.read(0, 8).length == 8;
            } catch (IOException e) {
                return false;
            }
        });
        assertThat(silent.isHungUpOn()).isTrue();
    }
}
