package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The program in the hands of its operator, who may be careless. */
class OperatorIT {
    private static final int SIZE = 64 << 20;

    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    private Path newImage() throws Exception {
        return Files.write(folder.resolve("image"), Servers.randomBytes(SIZE));
    }

    private static Client connect(ServerProcess server) throws Exception {
        int port = Integer.parseInt(server.firstLine.replaceAll(".*:", ""));
        return Client.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Each client costs a line or two, and a pipe holds 64 KiB: more than a thousand of them fill it. */
    @Test
    void anUnreadOutputStopsNeitherTheDiskNorTheEnd() throws Exception {
        try (ServerProcess server = new ServerProcess("-Dimage=" + newImage(), "-Dport=0")) {
            for (int i = 0; i < 1500; i++) {
                try (Client client = connect(server)) {
                    assertThat(client.read(0, 8)).hasSize(8);
                }
            }
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(128 + 15);
        }
    }

    @Test
    void withFewFileDescriptorsClientsAreSentAwayAndTheServerEnds() throws Exception {
        List<String> limited = List.of("bash", "-c", "ulimit -n 64; exec \"$@\"", "limited");
        try (ServerProcess server = new ServerProcess(limited, "-Dimage=" + newImage(), "-Dport=0")) {
            List<Client> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 100; i++) {
                    clients.add(connect(server));
                }
            } catch (Exception e) {
                assertThat(clients).as("clients, until %s", e).hasSizeGreaterThan(1);
            }
            for (Client client : clients) {
                assertThat(client.read(0, 4096)).hasSize(4096);
                assertThat(client.errorOf(client.request(Nbd.TRIM, Nbd.FLAG_FUA, 0, 1 << 20)))
                        .isEqualTo(Nbd.OK);
                client.close();
            }
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(128 + 15);
        }
    }

    @Test
    void withLittleMemoryLargeRequestsWaitAndNoneFails() throws Exception {
        try (ServerProcess server = new ServerProcess(List.of(), "-Xmx64m", "-Dimage=" + newImage(), "-Dport=0")) {
            List<Thread> threads = new ArrayList<>();
            List<Throwable> failures = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int number = i;
                Thread thread = Thread.ofPlatform().unstarted(() -> {
                    try (Client client = connect(server)) {
                        readAll(client, number);
                    } catch (Throwable e) {
                        synchronized (failures) {
                            failures.add(e);
                        }
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
            }
            assertThat(failures).isEmpty();
        }
    }

    /** Requests of all sizes up to the largest, several in flight. */
    private static void readAll(Client client, int number) throws Exception {
        for (int round = 0; round < 3; round++) {
            for (int shift = 12 + number; shift <= 25; shift += 2) {
                for (int i = 0; i < 4; i++) {
                    client.request(Nbd.READ, 0, 0, 1L << shift);
                }
                for (int i = 0; i < 4; i++) {
                    assertThat(client.reply(1 << shift).error()).isEqualTo(Nbd.OK);
                }
            }
        }
    }

    @Test
    void anImageThatIsServedIsNotServedByAnother() throws Exception {
        Path image = newImage();
        try (ServerProcess first = new ServerProcess("-Dimage=" + image, "-Dport=0");
                ServerProcess second = new ServerProcess("-Dimage=" + image, "-Dport=0")) {
            assertThat(first.firstLine).startsWith("nbd://");
            assertThat(second.firstLine)
                    .isEqualTo("nbd: " + image + ": another process writes to it, or relies on it not to change");
            assertThat(second.exitCode()).isEqualTo(2);
        }
    }

    @Test
    void qemuAndTheServerKeepEachOtherOffAnImage() throws Exception {
        Tools.need("qemu-io", "qemu-nbd", "nbdinfo");
        Path image = newImage();
        NbdServer server = servers.open(image, settings -> settings);
        assertThatThrownBy(() -> Tools.run("qemu-io", "-f", "raw", "-c", "write 0 4k", image))
                .hasMessageContaining("lock");
        server.close();
        Path socket = folder.resolve("socket");
        Process qemu = Tools.start(folder.resolve("log"), "qemu-nbd", "-f", "raw", "-t", "-k", socket, image);
        try {
            Servers.until("qemu-nbd serves", () -> Files.exists(socket));
            Tools.run("nbdinfo", "--size", "nbd+unix:///?socket=" + socket); // waits until the image is open
            assertThatThrownBy(() -> Image.open(image, false)).isInstanceOf(UnfitImageException.class);
        } finally {
            qemu.destroy();
            assertThat(qemu.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void itEndsWithTheProcessThatStartedIt() throws Exception {
        List<String> through = List.of("bash", "-c", "\"$@\" & wait", "parent");
        try (ServerProcess server =
                new ServerProcess(through, "-DendWithParent=true", "-Dimage=" + newImage(), "-Dport=0")) {
            assertThat(server.firstLine).startsWith("nbd://");
            ProcessHandle child = server.process.children().findFirst().orElseThrow();
            server.kill();
            assertThat(child.onExit().get(30, TimeUnit.SECONDS).isAlive()).isFalse();
        }
    }
}
