package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that misbehave, and others that must not notice. */
class SlowClientTest {
    private static final int MIB = 1 << 20;
    private static final Duration SHORT = Duration.ofMillis(300);
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

    /** One that sends a part of a large payload and stops. */
    private Client thatOwesAPayload(NbdServer server) throws IOException {
        Client client = servers.connect(server);
        client.request(Nbd.WRITE, 0, 0, Servers.IMAGE_BYTES);
        client.send(new byte[100]);
        return client;
    }

    private static void assertServes(Client client) throws IOException {
        for (int i = 0; i < 20; i++) {
            assertThat(client.read(i, 4096)).hasSize(4096);
        }
    }

    @Test
    void aClientThatNeverReadsHoldsNoWorker() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Client client = thatNeverReads(server);
        Servers.until("the worker has read for it", () -> Servers.stats(server).completed() > 5);
        assertServes(servers.connect(server));
        client.die();
    }

    @Test
    void aClientsBytesInFlightAreBounded() throws Exception {
        int most = Buffers.capacityFor(Nbd.MAX_PAYLOAD);
        NbdServer server = servers.open(
                settings -> settings.withBytesInFlight(4 * most, most).withPatience(LONG, SHORT));
        Client client = thatNeverReads(server);
        long bound = most / Buffers.capacityFor(MIB) * (long) Buffers.capacityFor(MIB);
        Servers.until("as many as may be are in flight", () -> Servers.inFlight(server) == bound);
        for (int i = 0; i < 200; i++) {
            assertThat(client.reply(MIB).error()).isEqualTo(Nbd.OK);
            assertThat(Servers.inFlight(server)).isLessThanOrEqualTo(bound);
        }
    }

    @Test
    void aClientsRequestsInFlightAreBounded() throws Exception {
        ScriptedImage image = servers.newScriptedImage(Servers.IMAGE_BYTES);
        NbdServer server =
                servers.open(image, settings -> settings.withWorkers(1).withRequestsPerConnection(10));
        Servers.Gate gate = servers.takeWorker(server);
        Client client = servers.connect(server);
        for (int i = 0; i < 1000; i++) {
            client.request(Nbd.READ, 0, i, 1);
        }
        Servers.awaitInFlight(server, 10);
        gate.open();
        for (int i = 0; i < 1000; i++) {
            assertThat(client.reply(1).error()).isEqualTo(Nbd.OK);
            assertThat(Servers.inFlight(server)).isLessThanOrEqualTo(10L * Buffers.capacityFor(0));
        }
    }

    /** 15,000 requests without a payload, none of which gets on: the other client finds a free worker all the same. */
    @ParameterizedTest
    @ValueSource(ints = {Nbd.FLUSH, Nbd.TRIM})
    void manyRequestsOfOneClientDoNotHoldUpAnother(int type) throws Exception {
        ScriptedImage image = servers.newScriptedImage(Servers.IMAGE_BYTES);
        CountDownLatch gate = new CountDownLatch(1);
        image.beforePunch = image.beforeForce = () -> await(gate);
        NbdServer server = servers.open(image, settings -> settings.withWorkers(4));
        Client greedy = servers.connect(server);
        Thread sender = Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int i = 0; i < 15_000; i++) {
                    greedy.request(type, type == Nbd.TRIM ? Nbd.FLAG_FUA : 0, 0, type == Nbd.TRIM ? 4096 : 0);
                }
            } catch (IOException e) {
                // the test has seen enough, and hung up
            }
        });
        Servers.awaitInFlight(server, server.settings().requestsPerConnection());
        assertServes(servers.connect(server));
        gate.countDown();
        for (int i = 0; i < 1_000; i++) {
            assertThat(greedy.reply(0).error()).isEqualTo(Nbd.OK);
        }
        greedy.die();
        sender.join();
    }

    private static void await(CountDownLatch gate) throws IOException {
        try {
            assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void aClientThatHoldsTheWholeBudgetDoesNotHoldUpAnother() throws Exception {
        NbdServer server = servers.open(Servers.tight(LONG));
        thatNeverReads(server);
        Servers.until("the server is at its bound", () -> server.budget().available() < MIB);
        Client other = servers.connect(server);
        assertServes(other);
        assertThat(other.read(0, 64 << 10 >> 1)).hasSize(32 << 10);
    }

    @Test
    void aClientThatNeverReadsIsDroppedAfterATime() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client stalled = thatNeverReads(server);
        Client other = servers.connect(server);
        assertThat(other.read(0, 2 * MIB)).hasSize(2 * MIB);
        Servers.until("only the other is left", () -> server.connected() == 1);
        servers.awaitLogged("it does not read its replies");
        assertThat(stalled.isHungUpOn()).isTrue();
    }

    @Test
    void aClientThatOwesAPayloadIsDroppedAfterATime() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client stalled = thatOwesAPayload(server);
        Client other = servers.connect(server);
        for (int i = 0; i < 10; i++) {
            other.request(Nbd.READ, 0, 0, Servers.IMAGE_BYTES);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(other.reply(Servers.IMAGE_BYTES).error()).isEqualTo(Nbd.OK);
        }
        assertThat(stalled.isHungUpOn()).isTrue();
        servers.awaitLogged("it has stopped in the middle of a message");
    }

    @Test
    void aClientThatDripsAPayloadIsDroppedAfterATime() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client dripping = thatOwesAPayload(server);
        Servers.until("it is dropped", () -> {
            try {
                dripping.send(new byte[1]);
            } catch (IOException e) {
                return true;
            }
            return server.connected() == 0;
        });
        assertServes(servers.connect(server));
    }

    @Test
    void anIdleClientIsNotDropped() throws Exception {
        NbdServer server = servers.open(Servers.tight(SHORT));
        Client idle = servers.connect(server);
        Client stalled = thatOwesAPayload(server);
        assertThat(stalled.isHungUpOn()).as("the patience is over").isTrue();
        assertServes(idle);
    }

    @Test
    void aClientThatIsMerelySlowIsAnsweredInFull() throws Exception {
        NbdServer server = servers.open(Servers.tight(Duration.ofSeconds(20)));
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
        assertServes(servers.connect(server));
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
