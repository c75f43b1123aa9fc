package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's disk: a file system that is written to the server survives what happens to the server. */
class GuestIT {
    private static final int DISK = 64 << 20;

    @TempDir
    Path folder;

    @Test
    void aFileSystemSurvivesTheServersKillAfterAFlush() throws Exception {
        Tools.need("qemu-img", "qemu-io", "mkfs.ext4", "e2fsck");
        Path source = newFileSystem();
        Path image = folder.resolve("image");
        Tools.run("truncate", "--size=" + 2 * DISK, image);
        try (ServerProcess server = new ServerProcess("-Dimage=" + image, "-Dport=0")) {
            Process load = Tools.start(
                    folder.resolve("load"),
                    "bash",
                    "-c",
                    "while qemu-io -f raw -c 'write -P 7 64M 16M' -c 'read -P 7 64M 16M' -c 'discard 64M 8M' "
                            + server.firstLine + "; do :; done");
            try {
                Tools.run(
                        "qemu-img",
                        "convert",
                        "-n",
                        "-W",
                        "-m",
                        "16",
                        "-f",
                        "raw",
                        "-O",
                        "raw",
                        source,
                        server.firstLine);
                Tools.run("qemu-io", "-f", "raw", "-c", "flush", server.firstLine);
                server.kill();
            } finally {
                load.destroy();
                assertThat(load.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
        }
        try (ServerProcess again = new ServerProcess("-Dimage=" + image, "-Dport=0", "-DreadOnly=true")) {
            Path copy = folder.resolve("copy");
            Tools.run("qemu-img", "convert", "-f", "raw", "-O", "raw", again.firstLine, copy);
            Tools.run("truncate", "--size=" + DISK, copy);
            Tools.run("e2fsck", "-f", "-n", copy);
            assertThat(Files.mismatch(source, copy)).isEqualTo(-1);
        }
    }

    /** With files in it, of which some are large. */
    private Path newFileSystem() throws Exception {
        Path files = Files.createDirectory(folder.resolve("files"));
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(i % 20 == 0 ? 1 << 20 : 10_000)];
            random.nextBytes(bytes);
            Files.write(files.resolve("file" + i), bytes);
        }
        Path source = folder.resolve("source");
        Tools.run("truncate", "--size=" + DISK, source);
        Tools.run("mkfs.ext4", "-q", "-d", files, source);
        return source;
    }
}
