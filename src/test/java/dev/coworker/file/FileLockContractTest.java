package dev.coworker.file;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The locks of a file channel of ours are those of the JDK's own. */
@ParameterizedClass
@EnumSource(Subject.class)
class FileLockContractTest {
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

    @Test
    void aLockTellsItsChannelAndItsRegion() throws Exception {
        subject.run(() -> {
            try (FileChannel channel = FileChannel.open(file, READ, WRITE);
                    FileLock lock = channel.lock(2, 3, true)) {
                assertThat(lock.acquiredBy()).isSameAs(channel);
                assertThat(lock.channel()).isSameAs(channel);
                assertThat(lock.position()).isEqualTo(2);
                assertThat(lock.size()).isEqualTo(3);
                assertThat(lock.isShared()).isTrue();
                assertThat(lock.isValid()).isTrue();
                assertThat(lock.overlaps(0, 2)).isFalse();
            }
        });
    }

    @Test
    void aRegionIsLockedOnceInAJvm() throws Exception {
        subject.run(() -> {
            try (FileChannel channel = FileChannel.open(file, READ, WRITE);
                    FileChannel other = FileChannel.open(file, READ, WRITE)) {
                FileLock lock = channel.lock(0, 5, false);
                assertThatThrownBy(() -> other.tryLock(4, 1, false)).isInstanceOf(OverlappingFileLockException.class);
                assertThatThrownBy(() -> other.lock(4, 1, false)).isInstanceOf(OverlappingFileLockException.class);
                try (FileLock free = other.tryLock(5, 1, false)) {
                    assertThat(free.isValid()).isTrue();
                }
                lock.release();
                lock.release();
                assertThat(lock.isValid()).isFalse();
                assertThat(other.tryLock()).isNotNull();
            }
        });
    }

    @Test
    void closingTheChannelEndsItsLocks() throws Exception {
        subject.run(() -> {
            FileChannel channel = FileChannel.open(file, WRITE);
            FileLock lock = channel.lock();
            channel.close();
            assertThat(lock.isValid()).isFalse();
            assertThatThrownBy(lock::release).isExactlyInstanceOf(ClosedChannelException.class);
        });
    }

    @Test
    void anInterruptedCallerGetsNoLock() throws Exception {
        subject.run(() -> {
            try (FileChannel channel = FileChannel.open(file, WRITE)) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(channel::lock).isExactlyInstanceOf(FileLockInterruptionException.class);
                assertThat(Thread.interrupted()).isTrue();
            }
        });
    }

    @Test
    void aCallerWaitsUntilAnotherProcessReleases() throws Exception {
        try (LockedElsewhere elsewhere = new LockedElsewhere(folder.resolve("file"))) {
            subject.run(() -> {
                try (FileChannel channel = FileChannel.open(file, WRITE)) {
                    assertThat(channel.tryLock()).isNull();
                    elsewhere.close();
                    try (FileLock lock = channel.lock()) {
                        assertThat(lock.isValid()).isTrue();
                    }
                }
            });
        }
    }
}
