package dev.coworker.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A file channel of ours does what the JDK's own does. */
@ParameterizedClass
@EnumSource(Subject.class)
class FileChannelContractTest {
    @Parameter
    Subject subject;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        Files.writeString(folder.resolve("file"), "0123456789");
        file = subject.fileSystem.getPath(folder.toString(), "file");
    }

    private String text() throws Exception {
        return Files.readString(folder.resolve("file"));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static String text(ByteBuffer buffer) {
        return UTF_8.decode(buffer.flip()).toString();
    }

    /** Runs a test's body with an open channel, on the subject's thread. */
    private void with(Body body, OpenOption... options) throws Exception {
        subject.run(() -> {
            try (FileChannel channel = FileChannel.open(file, options)) {
                body.run(channel);
            }
        });
    }

    private interface Body {
        void run(FileChannel channel) throws Exception;
    }

    @Test
    void aFileThatIsNotThereIsNotOpened() throws Exception {
        subject.run(() -> assertThatThrownBy(() -> FileChannel.open(file.resolveSibling("none"), READ))
                .isExactlyInstanceOf(NoSuchFileException.class)
                .hasMessage(folder.resolve("none").toString()));
    }

    @Test
    void aNewFileMustNotBeThere() throws Exception {
        subject.run(() -> assertThatThrownBy(() -> FileChannel.open(file, WRITE, CREATE_NEW))
                .isExactlyInstanceOf(FileAlreadyExistsException.class)
                .hasMessage(folder.resolve("file").toString()));
    }

    @Test
    void appendExcludesReadAndTruncate() throws Exception {
        subject.run(() -> {
            assertThatThrownBy(() -> FileChannel.open(file, READ, APPEND)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> FileChannel.open(file, TRUNCATE_EXISTING, APPEND))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }

    @Test
    void aChannelForWritingIsNotRead() throws Exception {
        with(
                channel -> {
                    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                            .isInstanceOf(NonReadableChannelException.class);
                    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1), 0))
                            .isInstanceOf(NonReadableChannelException.class);
                    assertThatThrownBy(() -> channel.tryLock(0, 1, true))
                            .isInstanceOf(NonReadableChannelException.class);
                    assertThatThrownBy(() -> channel.lock(0, 1, true)).isInstanceOf(NonReadableChannelException.class);
                },
                WRITE);
    }

    @Test
    void aChannelForReadingIsNotWritten() throws Exception {
        with(
                channel -> {
                    assertThatThrownBy(() -> channel.write(bytes("x"))).isInstanceOf(NonWritableChannelException.class);
                    assertThatThrownBy(() -> channel.write(bytes("x"), 0))
                            .isInstanceOf(NonWritableChannelException.class);
                    assertThatThrownBy(() -> channel.truncate(1)).isInstanceOf(NonWritableChannelException.class);
                    assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_WRITE, 0, 1))
                            .isInstanceOf(NonWritableChannelException.class);
                    assertThatThrownBy(() -> channel.lock(0, 1, false)).isInstanceOf(NonWritableChannelException.class);
                },
                READ);
    }

    @Test
    void aReadMovesThePositionAndAPositionalOneDoesNot() throws Exception {
        with(
                channel -> {
                    ByteBuffer first = ByteBuffer.allocate(4);
                    assertThat(channel.read(first)).isEqualTo(4);
                    assertThat(text(first)).isEqualTo("0123");
                    assertThat(channel.position()).isEqualTo(4);
                    ByteBuffer other = ByteBuffer.allocateDirect(3);
                    assertThat(channel.read(other, 7)).isEqualTo(3);
                    assertThat(text(other)).isEqualTo("789");
                    assertThat(channel.position()).isEqualTo(4);
                },
                READ);
    }

    @Test
    void aReadBehindTheEndReturnsMinusOne() throws Exception {
        with(
                channel -> {
                    assertThat(channel.position(10).read(ByteBuffer.allocate(1)))
                            .isEqualTo(-1);
                    assertThat(channel.read(ByteBuffer.allocate(1), 100)).isEqualTo(-1);
                    assertThat(channel.position(8).read(ByteBuffer.allocate(5))).isEqualTo(2);
                },
                READ);
    }

    @Test
    void aNegativePositionIsRefused() throws Exception {
        with(
                channel -> {
                    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1), -1))
                            .isInstanceOf(IllegalArgumentException.class);
                    assertThatThrownBy(() -> channel.position(-1)).isInstanceOf(IllegalArgumentException.class);
                    assertThatThrownBy(() -> channel.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
                    assertThat(channel.isOpen()).isTrue();
                },
                READ,
                WRITE);
    }

    @Test
    void theBuffersOfAScatterAreFilledInTurn() throws Exception {
        with(
                channel -> {
                    ByteBuffer[] buffers = {ByteBuffer.allocate(3), ByteBuffer.allocate(4), ByteBuffer.allocate(9)};
                    assertThat(channel.read(buffers)).isEqualTo(10);
                    assertThat(List.of(text(buffers[0]), text(buffers[1]), text(buffers[2])))
                            .containsExactly("012", "3456", "789");
                    assertThatThrownBy(() -> channel.read(buffers, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
                },
                READ);
    }

    @Test
    void theBuffersOfAGatherAreWrittenInTurn() throws Exception {
        with(
                channel -> {
                    assertThat(channel.write(new ByteBuffer[] {bytes("ab"), bytes("cd")}))
                            .isEqualTo(4);
                    assertThat(channel.position()).isEqualTo(4);
                },
                WRITE);
        assertThat(text()).isEqualTo("abcd456789");
    }

    @Test
    void aWriteBehindTheEndLeavesZeros() throws Exception {
        with(
                channel -> {
                    assertThat(channel.write(bytes("x"), 12)).isEqualTo(1);
                    assertThat(channel.size()).isEqualTo(13);
                },
                WRITE);
        assertThat(text()).isEqualTo("0123456789\0\0x");
    }

    @Test
    void aChannelThatAppendsWritesAtTheEnd() throws Exception {
        with(
                channel -> {
                    channel.position(0);
                    assertThat(channel.write(bytes("ab"))).isEqualTo(2);
                    assertThat(channel.position()).isEqualTo(12);
                },
                APPEND);
        assertThat(text()).isEqualTo("0123456789ab");
    }

    @Test
    void truncateShortensTheFileAndPullsThePosition() throws Exception {
        with(
                channel -> {
                    assertThat(channel.position(8).truncate(3)).isSameAs(channel);
                    assertThat(channel.position()).isEqualTo(3);
                    channel.truncate(100);
                    assertThat(channel.size()).isEqualTo(3);
                },
                WRITE);
        assertThat(text()).isEqualTo("012");
    }

    @Test
    void anOpenedFileIsEmptiedOrDeletedWhereTheOptionsSaySo() throws Exception {
        with(channel -> assertThat(channel.size()).isZero(), WRITE, CREATE, TRUNCATE_EXISTING);
        with(channel -> channel.force(true), WRITE, DELETE_ON_CLOSE);
        assertThat(folder.resolve("file")).doesNotExist();
    }

    @Test
    void aMappedFileIsReadAndWritten() throws Exception {
        with(
                channel -> {
                    MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 2, 3);
                    assertThat(mapped.get(0)).isEqualTo((byte) '2');
                    mapped.put(1, (byte) 'x');
                    mapped.force();
                },
                READ,
                WRITE);
        assertThat(text()).isEqualTo("012x456789");
    }

    @Test
    void aClosedChannelRefusesEverything() throws Exception {
        with(
                channel -> {
                    channel.close();
                    channel.close();
                    assertThat(channel.isOpen()).isFalse();
                    for (Subject.Body use : uses(channel)) {
                        assertThatThrownBy(use::run).isExactlyInstanceOf(ClosedChannelException.class);
                    }
                },
                READ,
                WRITE);
    }

    private List<Subject.Body> uses(FileChannel channel) {
        return List.of(
                () -> channel.read(ByteBuffer.allocate(1)),
                () -> channel.read(new ByteBuffer[] {ByteBuffer.allocate(1)}),
                () -> channel.read(ByteBuffer.allocate(1), 0),
                () -> channel.write(bytes("x")),
                () -> channel.write(new ByteBuffer[] {bytes("x")}),
                () -> channel.write(bytes("x"), 0),
                channel::position,
                () -> channel.position(1),
                channel::size,
                () -> channel.truncate(1),
                () -> channel.force(false),
                () -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1),
                channel::lock,
                channel::tryLock);
    }

    @Test
    void anInterruptedCallerClosesTheChannelOnlyWhereItWorksInPlace() throws Exception {
        with(
                channel -> {
                    Thread.currentThread().interrupt();
                    if (subject.closesAtInterrupt() && subject != Subject.OURS_AFTER_CLOSE_OF_THE_POOL) {
                        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                                .isExactlyInstanceOf(ClosedByInterruptException.class);
                        assertThat(channel.isOpen()).isFalse();
                    } else {
                        assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
                        assertThat(channel.isOpen()).isTrue();
                    }
                    assertThat(Thread.interrupted()).isTrue();
                },
                READ);
    }

    @Test
    void positionalReadsOfManyThreadsEachGetTheirOwn() throws Exception {
        with(
                channel -> {
                    List<CompletableFuture<String>> reads = new ArrayList<>();
                    for (int i = 0; i < 100; i++) {
                        int position = i % 10;
                        CompletableFuture<String> read = new CompletableFuture<>();
                        reads.add(read);
                        subject.start(() -> {
                            try {
                                ByteBuffer one = ByteBuffer.allocate(1);
                                channel.read(one, position);
                                read.complete(text(one));
                            } catch (Throwable e) {
                                read.completeExceptionally(e);
                            }
                        });
                    }
                    for (int i = 0; i < reads.size(); i++) {
                        assertThat(reads.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(Integer.toString(i % 10));
                    }
                },
                READ);
    }
}
