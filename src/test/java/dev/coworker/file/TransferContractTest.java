package dev.coworker.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Transfers between a file channel of ours and other channels do what those of the JDK's own do. */
@ParameterizedClass
@EnumSource(Subject.class)
class TransferContractTest {
    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @Parameter
    Subject subject;

    @TempDir
    Path folder;

    private Path file;
    private Path other;

    @BeforeEach
    void write() throws Exception {
        Files.write(folder.resolve("file"), CONTENT);
        file = subject.fileSystem.getPath(folder.toString(), "file");
        other = file.resolveSibling("other");
    }

    @Test
    void aFileIsTransferredToAFile() throws Exception {
        subject.run(() -> {
            try (FileChannel from = FileChannel.open(file, READ);
                    FileChannel to = FileChannel.open(other, WRITE, CREATE)) {
                assertThat(from.transferTo(10, Long.MAX_VALUE, to)).isEqualTo(CONTENT.length - 10);
                assertThat(to.transferFrom(from, 0, 10)).isEqualTo(10);
                assertThat(from.position()).isEqualTo(10);
                assertThat(to.position()).isEqualTo(CONTENT.length - 10);
            }
            byte[] copy = Files.readAllBytes(other);
            assertThat(copy).hasSize(CONTENT.length - 10).endsWith(lastBytes());
            assertThat(copy).startsWith(java.util.Arrays.copyOf(CONTENT, 10));
        });
    }

    private static byte[] lastBytes() {
        return java.util.Arrays.copyOfRange(CONTENT, 20, CONTENT.length);
    }

    @Test
    void aFileIsTransferredToAnyChannel() throws Exception {
        subject.run(() -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (FileChannel from = FileChannel.open(file, READ)) {
                long done = from.transferTo(0, Long.MAX_VALUE, Channels.newChannel(bytes));
                assertThat(done).isEqualTo(CONTENT.length);
                assertThat(from.position()).isZero();
            }
            assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
        });
    }

    @Test
    void aFileIsTransferredFromAnyChannel() throws Exception {
        subject.run(() -> {
            try (FileChannel to = FileChannel.open(other, WRITE, CREATE)) {
                long done = to.transferFrom(Channels.newChannel(new ByteArrayInputStream(CONTENT)), 0, CONTENT.length);
                assertThat(done).isEqualTo(CONTENT.length);
                assertThat(to.position()).isZero();
            }
            assertThat(Files.readAllBytes(other)).isEqualTo(CONTENT);
        });
    }

    @Test
    void aTransferEndsWhereANonBlockingTargetIsFull() throws Exception {
        Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink()) {
            sink.configureBlocking(false);
            subject.run(() -> {
                try (FileChannel from = FileChannel.open(file, READ)) {
                    long done = from.transferTo(0, CONTENT.length, sink);
                    assertThat(done).isBetween(1L, CONTENT.length - 1L);
                    assertThat(from.transferTo(done, CONTENT.length, sink)).isZero();
                    ByteBuffer received = ByteBuffer.allocate((int) done);
                    while (received.hasRemaining()) {
                        source.read(received);
                    }
                    assertThat(received.array()).isEqualTo(java.util.Arrays.copyOf(CONTENT, (int) done));
                }
            });
        }
    }

    @Test
    void nothingIsTransferredFromBehindTheEnd() throws Exception {
        subject.run(() -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
                assertThat(channel.transferTo(CONTENT.length + 1, 1, Channels.newChannel(bytes)))
                        .isZero();
            }
            assertThat(bytes.size()).isZero();
        });
    }

    @Test
    void whatWasWrittenBeforeAFailureIsCounted() throws Exception {
        subject.run(() -> {
            WritableByteChannel failing = new WritableByteChannel() {
                private boolean written;

                @Override
                public int write(ByteBuffer src) throws IOException {
                    if (written) {
                        throw new IOException("full");
                    }
                    written = true;
                    int length = src.remaining();
                    src.position(src.limit());
                    return length;
                }

                @Override
                public boolean isOpen() {
                    return true;
                }

                @Override
                public void close() {}
            };
            try (FileChannel from = FileChannel.open(file, READ)) {
                assertThat(from.transferTo(0, CONTENT.length, failing)).isBetween(1L, CONTENT.length - 1L);
                assertThatThrownBy(() -> from.transferTo(0, CONTENT.length, failing))
                        .isExactlyInstanceOf(IOException.class)
                        .hasMessage("full");
            }
        });
    }

    @Test
    void theArgumentsOfATransferAreChecked() throws Exception {
        subject.run(() -> {
            WritableByteChannel closed = Channels.newChannel(new ByteArrayOutputStream());
            closed.close();
            WritableByteChannel bytes = Channels.newChannel(new ByteArrayOutputStream());
            try (FileChannel readable = FileChannel.open(file, READ);
                    FileChannel writable = FileChannel.open(other, WRITE, CREATE)) {
                assertThatThrownBy(() -> readable.transferTo(-1, 1, bytes))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> readable.transferTo(0, -1, bytes))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> readable.transferTo(0, 1, closed)).isInstanceOf(ClosedChannelException.class);
                assertThatThrownBy(() -> readable.transferTo(0, 1, readable))
                        .isInstanceOf(NonWritableChannelException.class);
                assertThatThrownBy(() -> writable.transferTo(0, 1, bytes))
                        .isInstanceOf(NonReadableChannelException.class);
                assertThatThrownBy(() ->
                                readable.transferFrom(Channels.newChannel(new ByteArrayInputStream(new byte[1])), 0, 1))
                        .isInstanceOf(NonWritableChannelException.class);
                assertThatThrownBy(() -> readable.transferTo(0, 1, null)).isInstanceOf(NullPointerException.class);
            }
        });
    }

    @Test
    void aStreamIsTransferredToAStream() throws Exception {
        subject.run(() -> {
            try (var in = Files.newInputStream(file);
                    var out = Files.newOutputStream(other)) {
                assertThat(in.transferTo(out)).isEqualTo(CONTENT.length);
            }
            assertThat(Files.mismatch(file, other)).isEqualTo(-1);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            assertThat(Files.copy(file, bytes)).isEqualTo(CONTENT.length);
            assertThat(bytes.toString(UTF_8)).isEqualTo(new String(CONTENT, UTF_8));
        });
    }
}
