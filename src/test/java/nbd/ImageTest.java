package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ImageTest {
    private static final int SIZE = 1 << 20;

    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    enum Kind {
        NATIVE {
            @Override
            Image open(Path path, boolean readOnly) throws IOException {
                return NativeImage.open(path, readOnly);
            }
        },
        CHANNEL {
            @Override
            Image open(Path path, boolean readOnly) throws IOException {
                return ChannelImage.open(path, readOnly);
            }
        };

        abstract Image open(Path path, boolean readOnly) throws IOException;
    }

    static List<Kind> kinds() {
        return Libc.isAvailable() ? List.of(Kind.NATIVE, Kind.CHANNEL) : List.of(Kind.CHANNEL);
    }

    private static void needNative() {
        Assumptions.assumeTrue(Libc.isAvailable(), "needs Linux and a JDK 22 or newer");
    }

    private Image open(Kind kind, Path path) throws IOException {
        return servers.closeAfterwards(kind.open(path, false));
    }

    private static byte[] read(Image image, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        image.read(buffer, offset);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    @Test
    void systemCallsAreUsedWhereTheJdkCanMakeThem() {
        boolean linux = System.getProperty("os.name").equals("Linux");
        assertThat(Libc.isAvailable()).isEqualTo(linux && Runtime.version().feature() >= 22);
    }

    @Test
    void whatWasJustWrittenIsReadFromTheCache() throws Exception {
        needNative();
        Image image = open(Kind.NATIVE, servers.newImage(SIZE));
        byte[] bytes = Servers.randomBytes(4096);
        image.write(ByteBuffer.allocateDirect(4096).put(bytes).flip(), 8192);
        ByteBuffer into = ByteBuffer.allocateDirect(4096);
        assertThat(image.readCached(into, 8192)).isTrue();
        byte[] read = new byte[4096];
        into.flip().get(read);
        assertThat(read).isEqualTo(bytes);
    }

    @Test
    void whatIsBehindTheEndIsNotCached() throws Exception {
        needNative();
        Image image = open(Kind.NATIVE, servers.newImage(SIZE));
        assertThat(image.readCached(ByteBuffer.allocateDirect(4096), SIZE)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatWasWrittenIsReadAndTheRestStays(Kind kind) throws Exception {
        Image image = open(kind, servers.newImage(SIZE));
        image.write(ByteBuffer.allocateDirect(1000), 5);
        byte[] expected = Servers.randomBytes(SIZE);
        Arrays.fill(expected, 5, 1005, (byte) 0);
        assertThat(read(image, 0, SIZE)).isEqualTo(expected);
        assertThat(image.size()).isEqualTo(SIZE);
    }

    /** The file that has taken the image's place was destroyed by the version that worked on the path. */
    @ParameterizedTest
    @MethodSource("kinds")
    void anotherFileThatTakesTheImagesPlaceIsNotTouched(Kind kind) throws Exception {
        Path path = Files.write(folder.resolve("image"), new byte[SIZE]);
        Image image = open(kind, path);
        Path moved = Files.move(path, folder.resolve("moved"));
        Files.write(path, Servers.randomBytes(SIZE));
        image.write(ByteBuffer.allocateDirect(8).putLong(0, -1), 0);
        image.punch(8, SIZE - 8);
        image.allocateZeroes(8, SIZE - 8);
        image.force();
        assertThat(path).hasBinaryContent(Servers.randomBytes(SIZE));
        assertThat(ByteBuffer.wrap(Files.readAllBytes(moved)).getLong()).isEqualTo(-1);
        assertThat(read(image, 0, 8)).containsOnly(-1);
    }

    @Test
    void aPunchedRangeReadsAsZeroesAndTakesNoSpace() throws Exception {
        needNative();
        Path path = servers.newImage(SIZE);
        Image image = open(Kind.NATIVE, path);
        assertThat(image.punch(4096, SIZE / 2)).isTrue();
        byte[] expected = Servers.randomBytes(SIZE);
        Arrays.fill(expected, 4096, 4096 + SIZE / 2, (byte) 0);
        assertThat(path).hasBinaryContent(expected);
        assertThat(image.nextHole(0)).isEqualTo(4096);
        assertThat(image.nextData(4096)).isEqualTo(4096 + SIZE / 2);
    }

    @Test
    void zeroesCanTakeSpace() throws Exception {
        needNative();
        Path path = servers.newImage(SIZE);
        Image image = open(Kind.NATIVE, path);
        Assumptions.assumeTrue(image.allocateZeroes(3, 100_000), "the file system of /tmp cannot");
        byte[] expected = Servers.randomBytes(SIZE);
        Arrays.fill(expected, 3, 100_003, (byte) 0);
        assertThat(path).hasBinaryContent(expected);
    }

    @Test
    void theEndOfASparseImageIsAHole() throws Exception {
        needNative();
        Path path = folder.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(1L << 33);
        }
        Image image = open(Kind.NATIVE, path);
        assertThat(image.nextData(0)).isEqualTo(1L << 33);
        assertThat(image.nextHole(0)).isZero();
    }

    @Test
    void withoutSystemCallsAllIsDataAndZeroesAreWritten() throws Exception {
        Image image = open(Kind.CHANNEL, servers.newImage(SIZE));
        assertThat(image.nextData(7)).isEqualTo(7);
        assertThat(image.nextHole(7)).isEqualTo(SIZE);
        assertThat(image.punch(0, SIZE)).isFalse();
        assertThat(image.allocateZeroes(0, SIZE)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aReadBehindTheEndFails(Kind kind) throws Exception {
        Image image = open(kind, servers.newImage(SIZE));
        assertThatThrownBy(() -> read(image, SIZE - 1, 2)).isInstanceOf(IOException.class);
    }

    @Test
    void aFullDiskIsRecognisedByItsCode() throws Exception {
        needNative();
        int fd = Libc.open(
                ByteBuffer.allocateDirect(32).put("/dev/full\0".getBytes()).rewind(), Libc.O_RDWR);
        try {
            assertThatThrownBy(() -> Libc.pwrite(fd, ByteBuffer.allocateDirect(10), 0))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.nbdError()).isEqualTo(Nbd.ENOSPC));
        } finally {
            Libc.close(fd);
        }
    }

    @Test
    void aFullDiskIsRecognisedByWhatTheSystemSaysOfOneInAnyLanguage() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")));
        Image image = open(Kind.CHANNEL, servers.newImage(SIZE));
        IOException full = null;
        try (RandomAccessFile file = new RandomAccessFile("/dev/full", "rw")) {
            file.write(1);
        } catch (IOException e) {
            full = e;
        }
        assertThat(image.errorFor(full)).isEqualTo(Nbd.ENOSPC);
        assertThat(image.errorFor(new IOException("No space left on this train")))
                .isEqualTo(Nbd.EIO);
        assertThat(image.errorFor(new IOException())).isEqualTo(Nbd.EIO);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aSecondWriterIsKeptOff(Kind kind) throws Exception {
        Path path = servers.newImage(SIZE);
        Image first = open(kind, path);
        assertThatThrownBy(() -> kind.open(path, false)).isInstanceOf(UnfitImageException.class);
        assertThatThrownBy(() -> kind.open(path, true)).isInstanceOf(UnfitImageException.class);
        first.close();
        kind.open(path, false).close();
    }

    @Test
    void readersShareAnImageAndKeepWritersOff() throws Exception {
        needNative(); // Java's own locks are those of the whole JVM
        Path path = servers.newImage(SIZE);
        servers.closeAfterwards(Image.open(path, true));
        servers.closeAfterwards(Image.open(path, true));
        assertThatThrownBy(() -> Image.open(path, false)).isInstanceOf(UnfitImageException.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aMissingImageIsNotMade(Kind kind) {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> kind.open(missing, false))
                .isInstanceOf(UnfitImageException.class)
                .hasMessageStartingWith(missing + ": ");
        assertThat(missing).doesNotExist();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aDirectoryIsRefused(Kind kind) {
        assertThatThrownBy(() -> kind.open(folder, true))
                .isInstanceOf(UnfitImageException.class)
                .hasMessageContaining("a directory");
    }
}
