package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ShutdownTest {
    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    private static FutureTask<Void> closing(NbdServer server) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            server.close();
            return null;
        });
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private NbdServer onUnixSocket(Path socket) throws IOException {
        return servers.open(settings -> settings.withAddress(UnixDomainSocketAddress.of(socket)));
    }

    @Test
    void closeAnswersWhatIsInFlightAndThenHangsUp() throws Exception {
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        NbdServer server = servers.open(image, settings -> settings.withWorkers(1));
        Servers.Gate gate = servers.takeWorker(server);
        Client client = servers.connect(server);
        long write = client.write(0, 0, new byte[4096]);
        Servers.awaitInFlight(server, 1);
        FutureTask<Void> closing = closing(server);
        gate.open();
        assertThat(client.errorOf(write)).isEqualTo(Nbd.OK);
        assertThat(client.isHungUpOn()).isTrue();
        closing.get(30, TimeUnit.SECONDS);
        assertThat(Arrays.copyOf(Files.readAllBytes(image), 4096)).containsOnly(0);
    }

    @Test
    void closeDoesNotWaitForAClientThatNeverReads() throws Exception {
        NbdServer server = servers.open(Servers.tight(Duration.ofHours(1)));
        Client client = servers.connect(server);
        for (int i = 0; i < 100; i++) {
            client.request(Nbd.READ, 0, 0, 1 << 20);
        }
        Servers.until("the server is at its bound", () -> server.budget().available() < 1 << 20);
        closing(server).get(30, TimeUnit.SECONDS);
    }

    @Test
    void closeDoesNotWaitForAPayloadThatDoesNotArrive() throws Exception {
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        NbdServer server = servers.open(image, settings -> settings);
        Client client = servers.connect(server);
        client.request(Nbd.WRITE, 0, 0, 1 << 20);
        client.send(new byte[1000]);
        closing(server).get(30, TimeUnit.SECONDS);
        assertThat(image).hasBinaryContent(Servers.randomBytes(Servers.IMAGE_BYTES));
    }

    @Test
    void closeEndsIdleClientsAndThoseInTheHandshake() throws Exception {
        NbdServer server = servers.open();
        Client idle = servers.connect(server);
        Client silent = servers.closeAfterwards(new Client(server));
        Servers.until("both are there", () -> server.connected() == 2);
        closing(server).get(30, TimeUnit.SECONDS);
        assertThat(idle.isHungUpOn()).isTrue();
        assertThat(silent.isHungUpOn()).isTrue();
    }

    @Test
    void aSecondCloseWaitsForTheFirst() throws Exception {
        NbdServer server = servers.openWithOneWorker();
        Servers.Gate gate = servers.takeWorker(server);
        FutureTask<Void> first = closing(server);
        FutureTask<Void> second = closing(server);
        assertThat(first.isDone() || second.isDone()).isFalse();
        gate.open();
        first.get(30, TimeUnit.SECONDS);
        second.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aUnixSocketIsServedAndRemoved() throws Exception {
        Path socket = folder.resolve("a b.sock");
        NbdServer server = onUnixSocket(socket);
        assertThat(server.uri()).isEqualTo("nbd+unix:///?socket=" + folder + "/a%20b.sock");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            ByteBuffer greeting = ByteBuffer.allocate(18);
            while (greeting.hasRemaining() && channel.read(greeting) >= 0) {
                // more to come
            }
            assertThat(greeting.getLong(0)).isEqualTo(Nbd.MAGIC);
        }
        server.close();
        assertThat(socket).doesNotExist();
    }

    @Test
    void aUnixSocketThatAKilledServerLeftBehindIsReplaced() throws Exception {
        Path socket = folder.resolve("dead.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        assertThat(socket).exists();
        onUnixSocket(socket);
    }

    @Test
    void aUnixSocketOfALivingServerIsRespected() throws Exception {
        Path socket = folder.resolve("live.sock");
        onUnixSocket(socket);
        assertThatThrownBy(() -> onUnixSocket(socket)).isInstanceOf(IOException.class);
        assertThat(socket).exists();
    }

    /** The first server still waits for its worker when the second one finds the path free. */
    @Test
    void closeLeavesTheSocketOfTheNextServerAlone() throws Exception {
        Path socket = folder.resolve("next.sock");
        NbdServer first = onUnixSocket(socket);
        Servers.Gate gate = servers.takeWorker(first);
        FutureTask<Void> closing = closing(first);
        Servers.until("the first one no longer listens", () -> !accepts(first));
        NbdServer second = onUnixSocket(socket);
        gate.open();
        closing.get(30, TimeUnit.SECONDS);
        assertThat(accepts(second)).isTrue();
    }

    private static boolean accepts(NbdServer server) {
        try (SocketChannel channel = SocketChannel.open(server.address())) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aServerThatCannotListenGivesItsImageBack() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "precious");
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        assertThatThrownBy(
                        () -> servers.open(image, settings -> settings.withAddress(UnixDomainSocketAddress.of(file))))
                .isInstanceOf(IOException.class);
        assertThat(servers.open(image, settings -> settings).connected()).isZero();
    }

    @Test
    void aFileThatIsNoSocketIsRespected() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "precious");
        assertThatThrownBy(() -> onUnixSocket(file)).isInstanceOf(IOException.class);
        assertThat(file).hasContent("precious");
    }
}
