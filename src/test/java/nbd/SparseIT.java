package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** nbdinfo, nbdcopy and qemu-img with a sparse image: they see the holes, and do not read them. */
class SparseIT {
    private static final long SIZE = 8L << 30;
    private static final int DATA = 1 << 20;
    private static final long DATA_AT = 1L << 30;

    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    private Path image;
    private NbdServer server;

    @BeforeEach
    void serve() throws Exception {
        Assumptions.assumeTrue(Libc.isAvailable(), "needs Linux and a JDK 22 or newer");
        image = folder.resolve("image");
        byte[] data = new byte[DATA];
        new Random(1).nextBytes(data);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SIZE);
            file.seek(DATA_AT);
            file.write(data);
        }
        server = servers.open(image, settings -> settings.withExportName("disk"));
    }

    @Test
    void nbdinfoMapsDataAndHoles() throws Exception {
        Tools.need("nbdinfo");
        assertThat(Tools.run("nbdinfo", "--map", server.uri())
                        .lines()
                        .map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly(
                        "0 " + DATA_AT + " 3 hole,zero",
                        DATA_AT + " " + DATA + " 0 data",
                        DATA_AT + DATA + " " + (SIZE - DATA_AT - DATA) + " 3 hole,zero");
    }

    @Test
    void nbdinfoSeesStructuredRepliesAndTheNameOfTheExport() throws Exception {
        Tools.need("nbdinfo");
        assertThat(Tools.run("nbdinfo", server.uri() + "/disk"))
                .contains("using structured packets")
                .contains("export=\"disk\":")
                .contains("base:allocation")
                .contains("can_df: true")
                .contains("can_fast_zero: true");
        assertThat(Tools.run("nbdinfo", "--list", server.uri())).contains("export=\"disk\":");
    }

    @Test
    void qemuImgMapsTheData() throws Exception {
        Tools.need("qemu-img");
        assertThat(Tools.run("qemu-img", "map", "--output=json", "-f", "raw", server.uri()))
                .contains("\"start\": " + DATA_AT + ", \"length\": " + DATA + ", \"depth\": 0, \"present\": true, "
                        + "\"zero\": false, \"data\": true");
    }

    @Test
    void qemuImgFindsTheHolesOfTheImageInTheExport() throws Exception {
        Tools.need("qemu-img");
        Path small = folder.resolve("small"); // of 8 GiB, QEMU's client sees its own limit as a difference
        Tools.run("cp", "--sparse=always", image, small);
        Tools.run("truncate", "--size=1536M", small);
        NbdServer other = servers.open(small, settings -> settings);
        assertThat(Tools.run("qemu-img", "compare", "-U", "-s", "-f", "raw", "-F", "raw", small, other.uri()))
                .contains("Images are identical.");
    }

    @Test
    void nbdcopyReadsTheDataOnlyAndTheCopyIsSparse() throws Exception {
        Tools.need("nbdcopy");
        Path copy = folder.resolve("copy");
        Tools.run("nbdcopy", server.uri(), copy);
        assertThat(server.export().statistics().bytes(Nbd.READ)).isBetween((long) DATA, 2L * DATA);
        assertThat(Files.size(copy)).isEqualTo(SIZE);
        assertThat(blocksOf(copy)).isLessThanOrEqualTo(2L * DATA / 512);
        Tools.run("cmp", "--bytes=" + (DATA + 10), "--ignore-initial=" + DATA_AT, image, copy);
    }

    @Test
    void nbdcopyKeepsTheExportSparse() throws Exception {
        Tools.need("nbdcopy");
        Path target = folder.resolve("target");
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        NbdServer other = servers.open(target, settings -> settings);
        Tools.run("nbdcopy", server.uri(), other.uri());
        assertThat(blocksOf(target)).isLessThanOrEqualTo(2L * DATA / 512);
        assertThat(other.export().statistics().bytes(Nbd.WRITE)).isBetween((long) DATA, 2L * DATA);
        Tools.run("cmp", "--bytes=" + (DATA + 10), "--ignore-initial=" + DATA_AT, image, target);
    }

    private static long blocksOf(Path path) throws Exception {
        return Long.parseLong(Tools.run("stat", "--format=%b", path).strip());
    }
}
