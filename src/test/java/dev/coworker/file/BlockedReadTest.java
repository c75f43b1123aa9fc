package dev.coworker.file;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A read that waits for data, and what other threads do meanwhile. On a virtual thread, the JDK's own channel is no
 * measure: its close waits until the read has ended, and an interrupt has no effect.
 */
class BlockedReadTest {
    private static final byte DATA = 7;

    @TempDir
    Path folder;

    private Path fifo;

    @BeforeEach
    void createPipe() throws Exception {
        fifo = Fifo.create(folder);
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "OURS", "OURS_ON_VIRTUAL_THREAD", "OURS_OVER_OURS"})
    void aReadEndsWhenAnotherThreadClosesTheChannel(Subject subject) throws Exception {
        FileChannel channel = FileChannel.open(subject.fileSystem.getPath(fifo.toString()), READ, WRITE);
        CompletableFuture<Object> outcome = new CompletableFuture<>();
        Thread reader = startRead(subject, channel, outcome);
        Fifo.awaitRead(reader);
        channel.close();
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void anInterruptNeitherEndsTheReadNorClosesTheChannel() throws Exception {
        Subject subject = Subject.OURS_ON_VIRTUAL_THREAD;
        try (FileChannel channel = FileChannel.open(subject.fileSystem.getPath(fifo.toString()), READ, WRITE);
                FileChannel writer = FileChannel.open(fifo, WRITE)) {
            CompletableFuture<Object> outcome = new CompletableFuture<>();
            Thread reader = startRead(subject, channel, outcome);
            Fifo.awaitRead(reader);
            reader.interrupt();
            writer.write(ByteBuffer.wrap(new byte[] {DATA}));
            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo("7, interrupted true");
            assertThat(channel.isOpen()).isTrue();
        }
    }

    private static Thread startRead(Subject subject, FileChannel channel, CompletableFuture<Object> outcome) {
        return subject.start(() -> {
            try {
                ByteBuffer one = ByteBuffer.allocate(1);
                channel.read(one);
                outcome.complete(one.get(0) + ", interrupted " + Thread.interrupted());
            } catch (Throwable e) {
                outcome.complete(e);
            }
        });
    }
}
