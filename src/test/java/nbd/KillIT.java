package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** kill -9, of clients and of the server. */
class KillIT {
    private static final int SIZE = 32 << 20;
    private static final int KILLS = 50;
    private static final int REQUEST = 256 << 10; // nbdcopy's

    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    private Path newSource(int number) throws Exception {
        byte[] bytes = new byte[SIZE];
        new Random(number).nextBytes(bytes);
        return Files.write(folder.resolve("source" + number), bytes);
    }

    @Test
    void fiftyClientsKilledInTheMiddleLeaveNoHalfWrittenRequest() throws Exception {
        Tools.need("nbdcopy");
        Path[] sources = {newSource(0), newSource(1)};
        Path image = Files.copy(sources[1], folder.resolve("image"));
        NbdServer server = servers.open(image, settings -> settings);
        Random random = new Random();
        int killed = 0;
        for (int i = 0; killed < KILLS; i++) {
            assertThat(i)
                    .as("clients, of which %d could be killed in time", killed)
                    .isLessThan(20 * KILLS);
            long before = server.export().statistics().count(Nbd.WRITE);
            Process client = Tools.start(folder.resolve("log"), "nbdcopy", sources[i % 2], server.uri());
            Servers.until(
                    "it writes", () -> server.export().statistics().count(Nbd.WRITE) > before || !client.isAlive());
            LockSupport.parkNanos(random.nextInt(5_000_000));
            assertThat(client.destroyForcibly().waitFor(30, TimeUnit.SECONDS)).isTrue();
            killed += client.exitValue() == 128 + 9 ? 1 : 0;
        }
        Servers.awaitIdle(server);
        assertEachRequestIsOfOne(Files.readAllBytes(image), sources);
        Tools.run("nbdcopy", sources[0], server.uri());
        assertThat(Files.mismatch(sources[0], image)).isEqualTo(-1);
    }

    private static void assertEachRequestIsOfOne(byte[] image, Path[] sources) throws Exception {
        byte[] one = Files.readAllBytes(sources[0]);
        byte[] other = Files.readAllBytes(sources[1]);
        for (int from = 0; from < SIZE; from += REQUEST) {
            int to = from + REQUEST;
            assertThat(Arrays.equals(image, from, to, one, from, to) || Arrays.equals(image, from, to, other, from, to))
                    .as("the request at %d was carried out, or not", from)
                    .isTrue();
        }
    }

    @Test
    void whatWasFlushedSurvivesTheServersKill() throws Exception {
        Tools.need("qemu-io");
        Path image = newSource(2);
        byte[] expected = Files.readAllBytes(image);
        for (int round = 0; round < 3; round++) {
            int at = round * (8 << 20);
            int pattern = 0x51 + round;
            try (ServerProcess server = new ServerProcess("-Dimage=" + image, "-Dport=0")) {
                Process busy = Tools.start(
                        folder.resolve("log"), "qemu-io", "-f", "raw", "-c", "write -P 0x77 28M 4M", server.firstLine);
                Tools.run(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "write -P " + pattern + " " + at + " 8M",
                        "-c",
                        "flush",
                        server.firstLine);
                server.kill();
                assertThat(busy.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
            Arrays.fill(expected, at, at + (8 << 20), (byte) pattern);
            byte[] found = Files.readAllBytes(image);
            assertThat(Arrays.equals(found, 0, 24 << 20, expected, 0, 24 << 20)).isTrue();
        }
    }
}
