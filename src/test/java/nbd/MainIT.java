package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program, in a JVM of its own. */
class MainIT {
    private static final int SIZE = 1 << 20;
    private static final int PIPE_BYTES = 64 << 10; // what a pipe of Linux holds

    @TempDir
    Path folder;

    private Path newImage() throws Exception {
        return Files.write(folder.resolve("image"), Servers.randomBytes(SIZE));
    }

    @Test
    void theFirstLineIsTheUri() throws Exception {
        try (ServerProcess server = new ServerProcess("-Dimage=" + newImage(), "-Dport=0", "-Dsocket=")) {
            assertThat(server.firstLine).matches("nbd://127\\.0\\.0\\.1:\\d+");
        }
    }

    @Test
    void terminatedItFinishesRemovesItsSocketAndSaysWhatItDid() throws Exception {
        Path socket = folder.resolve("socket");
        try (ServerProcess server = new ServerProcess("-Dimage=" + newImage(), "-Dport=", "-Dsocket=" + socket)) {
            assertThat(server.firstLine).isEqualTo("nbd+unix:///?socket=" + socket);
            assertThat(socket).exists();
            server.terminate();
            assertThat(server.rest()).contains("errors 0");
            assertThat(server.exitCode()).isEqualTo(128 + 15);
            assertThat(socket).doesNotExist();
        }
    }

    /** The signal comes before the first line is out: the pipe that takes it is full. */
    @Test
    void terminatedBeforeTheUriIsPrintedItRemovesItsSocket() throws Exception {
        Path socket = folder.resolve("socket");
        Path pipe = folder.resolve("pipe");
        Tools.run("mkfifo", pipe);
        try (RandomAccessFile full = new RandomAccessFile(pipe.toFile(), "rw")) {
            full.write(new byte[PIPE_BYTES]);
            ProcessBuilder builder = ServerProcess.builder(List.of(), "-Dimage=" + newImage(), "-Dsocket=" + socket);
            Process server = builder.redirectOutput(pipe.toFile())
                    .redirectError(folder.resolve("errors").toFile())
                    .start();
            try {
                Servers.until("its socket is there", () -> Files.exists(socket) || !server.isAlive());
                server.destroy();
                assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(server.exitValue()).isEqualTo(128 + 15);
                assertThat(socket).doesNotExist();
            } finally {
                server.destroyForcibly();
            }
        }
    }

    @Test
    void whatWasWrittenIsThereAfterItWasTerminated() throws Exception {
        Tools.need("qemu-io");
        Path image = newImage();
        try (ServerProcess server =
                new ServerProcess("-Dimage=" + image, "-Dport=0", "-DreadOnly=false", "-Dworkers=2")) {
            Tools.run("qemu-io", "-f", "raw", "-c", "write -P 0x42 0 64k", server.firstLine);
            server.terminate();
            assertThat(server.exitCode()).isEqualTo(128 + 15);
        }
        assertThat(Arrays.copyOf(Files.readAllBytes(image), 64 << 10)).containsOnly(0x42);
    }

    @Test
    void readOnlyItTakesNoWrites() throws Exception {
        Tools.need("nbdinfo");
        try (ServerProcess server = new ServerProcess("-Dimage=" + newImage(), "-Dport=0", "-DreadOnly=true")) {
            assertThat(Tools.run("nbdinfo", server.firstLine)).contains("is_read_only: true");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-Dimage=, -Dport=0", "-Dimage=/no/such/image, -Dport=0", "-Dimage=/, -Dport=0",
        "-Dimage=IMAGE, -Dport=x", "-Dimage=IMAGE, -Dport=70000", "-Dimage=IMAGE, -Dworkers=0"
    })
    void whatItCannotServeItRefusesInOneLine(String image, String other) throws Exception {
        try (ServerProcess server =
                new ServerProcess(image.replace("IMAGE", newImage().toString()), other)) {
            assertThat(server.firstLine).startsWith("nbd: ");
            assertThat(server.rest()).isEmpty();
            assertThat(server.exitCode()).isEqualTo(2);
        }
    }

    @Test
    void aFifoIsRefusedAndNotWaitedFor() throws Exception {
        Path fifo = folder.resolve("fifo");
        Tools.run("mkfifo", fifo);
        try (ServerProcess server = new ServerProcess("-Dimage=" + fifo, "-Dport=0", "-DreadOnly=true")) {
            assertThat(server.firstLine).startsWith("nbd: " + fifo).contains("a FIFO");
            assertThat(server.exitCode()).isEqualTo(2);
        }
        assertThatThrownBy(() -> ChannelImage.open(fifo, true)).isInstanceOf(UnfitImageException.class);
    }
}
