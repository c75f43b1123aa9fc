package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** nbdinfo, nbdcopy and qemu-img: whole images out and in. */
class CopyIT {
    private static final int SIZE = 48 << 20;

    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    private Path image;
    private NbdServer server;

    @BeforeEach
    void serve() throws Exception {
        image = newSource("image");
        server = servers.open(image, settings -> settings);
    }

    /** Data, holes, and zeroes that are written. */
    private Path newSource(String name) throws Exception {
        Path path = folder.resolve(name);
        byte[] data = new byte[SIZE / 6];
        new Random(name.hashCode()).nextBytes(data);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(SIZE);
            file.write(data);
            file.seek(SIZE / 2);
            file.write(data);
            file.write(new byte[SIZE / 6]);
        }
        return path;
    }

    private static void assertSame(Path one, Path other) throws Exception {
        assertThat(Files.mismatch(one, other)).as("first difference").isEqualTo(-1);
    }

    @Test
    void nbdinfoSeesTheExport() throws Exception {
        Tools.need("nbdinfo");
        assertThat(Tools.run("nbdinfo", server.uri()))
                .contains("newstyle-fixed without TLS")
                .contains("export-size: " + SIZE)
                .contains("is_read_only: false")
                .contains("can_cache: true")
                .contains("can_flush: true")
                .contains("can_fua: true")
                .contains("can_multi_conn: true")
                .contains("can_trim: true")
                .contains("can_zero: true")
                .contains("block_size_maximum: 33554432");
    }

    @Test
    void nbdinfoSeesTheListOfExports() throws Exception {
        Tools.need("nbdinfo");
        assertThat(Tools.run("nbdinfo", "--list", server.uri()))
                .contains("export=\"\":")
                .contains("export-size: " + SIZE);
    }

    @Test
    void nbdinfoSeesThatAnExportIsReadOnly() throws Exception {
        Tools.need("nbdinfo");
        server.close();
        NbdServer readOnly = servers.open(image, settings -> settings.withReadOnly(true));
        assertThat(Tools.run("nbdinfo", readOnly.uri())).contains("is_read_only: true");
    }

    @Test
    void nbdcopyCopiesOut() throws Exception {
        Tools.need("nbdcopy");
        Path copy = folder.resolve("copy");
        Tools.run("nbdcopy", server.uri(), copy);
        assertSame(image, copy);
    }

    @Test
    void nbdcopyCopiesInAndItIsFlushed() throws Exception {
        Tools.need("nbdcopy");
        Path source = newSource("source");
        Tools.run("nbdcopy", "--flush", source, server.uri());
        assertSame(source, image);
        assertThat(server.export().statistics().count(Nbd.FLUSH)).isPositive();
    }

    @Test
    void nbdcopyCopiesThroughAUnixSocket() throws Exception {
        Tools.need("nbdcopy");
        server.close();
        NbdServer unix = servers.open(
                image, settings -> settings.withAddress(UnixDomainSocketAddress.of(folder.resolve("a socket"))));
        Path copy = folder.resolve("copy");
        Tools.run("nbdcopy", unix.uri(), copy);
        assertSame(image, copy);
    }

    @Test
    void qemuImgFindsTheExportIdenticalToTheImage() throws Exception {
        Tools.need("qemu-img");
        assertThat(Tools.run("qemu-img", "compare", "-U", "-f", "raw", "-F", "raw", image, server.uri()))
                .contains("Images are identical.");
    }

    @Test
    void qemuImgConvertsOut() throws Exception {
        Tools.need("qemu-img");
        Path copy = folder.resolve("copy");
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri(), copy);
        assertSame(image, copy);
    }

    @Test
    void qemuImgConvertsInOutOfOrderWithManyRequestsInFlight() throws Exception {
        Tools.need("qemu-img");
        Path source = newSource("source");
        Tools.run("qemu-img", "convert", "-n", "-W", "-m", "16", "-f", "raw", "-O", "raw", source, server.uri());
        assertSame(source, image);
        assertThat(server.export().statistics().count(Nbd.WRITE_ZEROES)).isPositive();
    }

    @Test
    void aQcow2ImageLivesInTheExport() throws Exception {
        Tools.need("qemu-img");
        Path source = newSource("source");
        Tools.run("qemu-img", "create", "-q", "-f", "qcow2", server.uri(), "32M");
        Tools.run("truncate", "-s", "32M", source);
        Tools.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", source, server.uri());
        Tools.run("qemu-img", "check", "-f", "qcow2", server.uri());
        assertThat(Tools.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", source, server.uri()))
                .contains("Images are identical.");
    }
}
