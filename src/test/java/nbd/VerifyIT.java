package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** qemu-io and fio: patterns and checksums, read back and verified by the client. */
class VerifyIT {
    private static final int SIZE = 32 << 20;

    @RegisterExtension
    final Servers servers = new Servers();

    private NbdServer serve() throws Exception {
        return servers.open(servers.newImage(SIZE), settings -> settings);
    }

    /** Each read verifies its pattern; a mismatch is a bad exit. */
    private static String qemuIo(NbdServer server, String... commands) throws Exception {
        Object[] words = new Object[4 + 2 * commands.length];
        words[0] = "qemu-io";
        words[1] = "-f";
        words[2] = "raw";
        for (int i = 0; i < commands.length; i++) {
            words[3 + 2 * i] = "-c";
            words[4 + 2 * i] = commands[i];
        }
        words[words.length - 1] = server.uri();
        String printed = Tools.run(words);
        assertThat(printed).doesNotContain("verification failed").doesNotContainIgnoringCase("error");
        return printed;
    }

    @Test
    void qemuIoReadsThePatternsThatItWrote() throws Exception {
        Tools.need("qemu-io");
        NbdServer server = serve();
        qemuIo(
                server,
                "write -P 0xa1 0 64k",
                "write -P 0xa2 1234567 8191",
                "write -f -P 0xa3 31M 1M",
                "flush",
                "read -P 0xa1 0 64k",
                "read -P 0xa2 1234567 8191",
                "read -P 0xa3 31M 1M");
        assertThat(server.export().statistics().count(Nbd.FLUSH)).isPositive();
    }

    @Test
    void qemuIoReadsZeroesWhereItWroteThem() throws Exception {
        Tools.need("qemu-io");
        NbdServer server = serve();
        qemuIo(
                server,
                "write -P 0xb1 0 16M",
                "write -z 64k 64k",
                "write -z -u 1M 8M",
                "write -z -f 10M 4k",
                "flush",
                "read -P 0xb1 0 64k",
                "read -P 0 64k 64k",
                "read -P 0xb1 128k 896k",
                "read -P 0 1M 8M",
                "read -P 0 10M 4k",
                "read -P 0xb1 11M 5M");
        assertThat(server.export().statistics().count(Nbd.WRITE_ZEROES)).isPositive();
    }

    @Test
    void qemuIoDiscardsAndTheRestStays() throws Exception {
        Tools.need("qemu-io");
        NbdServer server = serve();
        qemuIo(
                server,
                "write -P 0xc1 0 16M",
                "discard 4M 8M",
                "discard 12M 64k",
                "flush",
                "read -P 0xc1 0 4M",
                "read -P 0xc1 13M 3M");
        assertThat(server.export().statistics().count(Nbd.TRIM)).isEqualTo(2);
    }

    @Test
    void qemuIoHasManyRequestsInFlight() throws Exception {
        Tools.need("qemu-io");
        NbdServer server = serve();
        String[] commands = new String[41];
        for (int i = 0; i < 40; i++) {
            commands[i] = "aio_write -P " + (i + 1) + " " + i * 700 + "k 700k";
        }
        commands[40] = "aio_flush";
        qemuIo(server, commands);
        String[] reads = new String[40];
        for (int i = 0; i < 40; i++) {
            reads[i] = "read -P " + (i + 1) + " " + i * 700 + "k 700k";
        }
        qemuIo(server, reads);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bs=4k", "--bsrange=512-64k"})
    void fioVerifiesWhatFourConnectionsWroteAtDepth64(String sizes) throws Exception {
        Tools.need("fio");
        NbdServer server = serve();
        Path folder = Files.createTempDirectory("nbd");
        try {
            String printed = Tools.run(
                    "fio",
                    "--name=verify",
                    "--directory=" + folder,
                    "--ioengine=nbd",
                    "--uri=" + server.uri(),
                    "--rw=randrw",
                    sizes,
                    "--iodepth=64",
                    "--numjobs=4",
                    "--size=8m",
                    "--offset_increment=8m",
                    "--verify=crc32c",
                    "--verify_fatal=1",
                    "--do_verify=1",
                    "--verify_state_save=0",
                    "--randseed=" + System.nanoTime(),
                    "--group_reporting");
            assertThat(printed).contains("err= 0").doesNotContain("bad header");
            assertThat(server.export().statistics().count(Nbd.WRITE)).isGreaterThan(100);
        } finally {
            Tools.run("rm", "-r", folder);
        }
    }
}
