package demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlowDiskIT {
    private static final int DEPTH = 4;
    private static final byte[] CONTENT = new byte[300_000];

    @TempDir
    static Path directory;

    private static SlowDisk disk;

    @BeforeAll
    static void startDisk() throws IOException {
        new Random(7).nextBytes(CONTENT);
        disk = Disks.start(Files.write(directory.resolve("content"), CONTENT), DEPTH);
    }

    @AfterAll
    static void endDisk() throws IOException {
        disk.close();
    }

    @Test
    void aReadReturnsWhatTheFileHoldsThere() throws IOException {
        assertThat(disk.read(0, 10)).isEqualTo(Arrays.copyOf(CONTENT, 10));
        assertThat(disk.read(4096, 4096)).isEqualTo(Arrays.copyOfRange(CONTENT, 4096, 8192));
        assertThat(disk.read(299_999, 1)).isEqualTo(new byte[] {CONTENT[299_999]});
    }

    @Test
    void aReadMayBeLargerThanAPipe() throws IOException {
        assertThat(disk.read(0, CONTENT.length)).isEqualTo(CONTENT);
    }

    @Test
    void readsAtTheSameTimeDoNotMix() {
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        for (int reader = 0; reader < DEPTH; reader++) {
            int from = 1_000 * reader;
            readers.add(CompletableFuture.runAsync(() -> readThreeTimes(from), Thread::startVirtualThread));
        }
        readers.forEach(CompletableFuture::join);
    }

    private static void readThreeTimes(int from) {
        try {
            for (int i = 0; i < 3; i++) {
                assertThat(disk.read(from, 1_000)).isEqualTo(Arrays.copyOfRange(CONTENT, from, from + 1_000));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void noAnswerComesBeforeTheLatencyIsOver() throws IOException {
        long start = System.nanoTime();
        disk.read(0, 1);

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Disks.LATENCY.toNanos());
    }

    @Test
    void aFileThatCannotBeOpenedIsRefused() {
        assertThatThrownBy(() -> Disks.start(directory.resolve("missing"), 1)).isInstanceOf(IOException.class);
    }

    @Test
    void aReadOfAFileThatHasShrunkFails() throws Exception {
        Path file = Files.write(directory.resolve("shrinking"), CONTENT);
        try (SlowDisk disk = Disks.start(file, 1);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(100);

            assertThat(disk.read(0, 100)).isEqualTo(Arrays.copyOf(CONTENT, 100));
            assertThatThrownBy(() -> disk.read(50, 100))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("50");
        }
    }

    @Test
    void closeEndsTheOtherProcess() throws Exception {
        SlowDisk disk = Disks.start(directory.resolve("content"), 1);
        ProcessHandle process = disk.process();
        assertThat(process.isAlive()).isTrue();
        disk.close();

        assertThat(process.onExit().get(30, TimeUnit.SECONDS).isAlive()).isFalse();
    }
}
