package dev.coworker.file;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which thread does the work. */
class OffloadTest {
    private final ThreadPool pool = ThreadPool.builder().name("disk").build();
    private final OffloadedFileSystem fileSystem = OffloadedFileSystem.over(pool);
    private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();

    @TempDir
    Path temporary;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        Files.writeString(temporary.resolve("file"), "0123456789");
        file = fileSystem.getPath(temporary.toString(), "file");
    }

    @AfterEach
    void close() {
        virtual.close();
        pool.close();
    }

    private <T> T onVirtual(Callable<T> body) throws Exception {
        try {
            return virtual.submit(body).get();
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw e;
        }
    }

    private interface OnFile {
        void use(Path file) throws Exception;
    }

    private interface OnChannel {
        void use(FileChannel channel) throws Exception;
    }

    private static OnFile channel(OnChannel use) {
        return file -> {
            try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
                use.use(channel);
            }
        };
    }

    /** What may block, and how many requests it takes, with those that open and close what it needs. */
    private enum Operation {
        READ_ALL(3, file -> {
            try (var in = Files.newInputStream(file)) {
                in.readAllBytes();
            }
        }),
        WRITE_STREAM(3, file -> {
            try (var out = Files.newOutputStream(file)) {
                out.write(new byte[10]);
            }
        }),
        CHANNEL_READ(3, channel(channel -> channel.read(ByteBuffer.allocate(1)))),
        CHANNEL_READ_AT(3, channel(channel -> channel.read(ByteBuffer.allocate(1), 0))),
        CHANNEL_SCATTER(3, channel(channel -> channel.read(new ByteBuffer[] {ByteBuffer.allocate(1)}))),
        CHANNEL_WRITE(3, channel(channel -> channel.write(ByteBuffer.allocate(1)))),
        CHANNEL_WRITE_AT(3, channel(channel -> channel.write(ByteBuffer.allocate(1), 0))),
        CHANNEL_GATHER(3, channel(channel -> channel.write(new ByteBuffer[] {ByteBuffer.allocate(1)}))),
        CHANNEL_POSITION(3, channel(FileChannel::position)),
        CHANNEL_SEEK(3, channel(channel -> channel.position(1))),
        CHANNEL_SIZE(3, channel(FileChannel::size)),
        CHANNEL_TRUNCATE(3, channel(channel -> channel.truncate(1))),
        CHANNEL_FORCE(3, channel(channel -> channel.force(true))),
        CHANNEL_MAP(3, channel(channel -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1))),
        CHANNEL_LOCK(4, channel(channel -> channel.lock().release())),
        CHANNEL_TRY_LOCK(4, channel(channel -> channel.tryLock().release())),
        CHANNEL_TRANSFER(3, channel(channel -> channel.transferTo(0, 1, channel))),
        ASYNCHRONOUS_SIZE(3, file -> {
            try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(file)) {
                channel.size();
            }
        }),
        CREATE_AND_DELETE(2, file -> {
            Path folder = file.resolveSibling("folder");
            Files.createDirectory(folder);
            Files.delete(folder);
        }),
        DELETE_IF_EXISTS(1, file -> Files.deleteIfExists(file.resolveSibling("none"))),
        COPY(1, file -> Files.copy(file, file.resolveSibling("copy"), StandardCopyOption.REPLACE_EXISTING)),
        MOVE(1, file -> Files.move(file, file.resolveSibling("moved"))),
        LINK(1, file -> Files.createLink(file.resolveSibling("link"), file)),
        SYMBOLIC_LINK(2, file -> {
            Path link = file.resolveSibling("symbolic");
            Files.createSymbolicLink(link, file);
            Files.readSymbolicLink(link);
        }),
        EXISTS(1, Files::exists),
        IS_READABLE(1, Files::isReadable),
        IS_SAME_FILE(1, file -> Files.isSameFile(file, file.getParent())),
        IS_HIDDEN(1, Files::isHidden),
        SIZE(1, Files::size),
        ATTRIBUTES(1, file -> Files.readAttributes(file, "*")),
        SET_ATTRIBUTE(
                1,
                file -> Files.setAttribute(file, "lastModifiedTime", java.nio.file.attribute.FileTime.fromMillis(0))),
        VIEW(
                1,
                file -> Files.getFileAttributeView(file, BasicFileAttributeView.class)
                        .readAttributes()),
        LIST(3, file -> {
            try (var entries = Files.newDirectoryStream(file.getParent())) {
                entries.iterator().hasNext();
            }
        }),
        STORE(2, file -> Files.getFileStore(file).getUsableSpace()),
        STORES(1, file -> file.getFileSystem().getFileStores()),
        USER(1, file -> file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("root")),
        REAL_PATH(1, Path::toRealPath),
        URI(1, Path::toUri);

        private final int requests;
        private final OnFile use;

        Operation(int requests, OnFile use) {
            this.requests = requests;
            this.use = use;
        }
    }

    /** Where monitors pin, the close of a file channel runs in place. */
    private static int expected(Operation operation) {
        boolean closesInPlace =
                Runtime.version().feature() < 24 && operation.name().startsWith("CHANNEL");
        return operation.requests - (closesInPlace ? 1 : 0);
    }

    @ParameterizedTest
    @EnumSource
    void aVirtualThreadHasItDoneByWorkers(Operation operation) throws Exception {
        onVirtual(() -> {
            operation.use.use(file);
            return null;
        });
        assertThat(pool.stats().submitted()).isEqualTo(expected(operation));
    }

    @ParameterizedTest
    @EnumSource
    void aPlatformThreadDoesItInPlace(Operation operation) throws Exception {
        operation.use.use(file);
        assertThat(pool.stats().submitted()).isZero();
    }

    @Test
    void aWorkerOfThePoolDoesItInPlace() throws Exception {
        assertThat(onVirtual(() -> pool.submitCo(() -> Files.readString(file)))).hasSize(10);
        assertThat(pool.stats().submitted()).isEqualTo(1);
    }

    @Test
    void theLoopThreadOfTheContextDoesItInPlace() throws Exception {
        String text = onVirtual(() -> {
            AtomicReference<String> read = new AtomicReference<>();
            try (AioContext context = AioContext.manual();
                    ThreadPool other = ThreadPool.create(context)) {
                Path path = OffloadedFileSystem.over(other).getPath(file.toString());
                read.set(Files.readString(path));
                assertThat(other.stats().submitted()).isZero();
            }
            return read.get();
        });
        assertThat(text).isEqualTo("0123456789");
    }

    @Test
    void afterTheCloseOfThePoolItIsDoneInPlace() throws Exception {
        FileChannel channel = FileChannel.open(file, WRITE);
        pool.close();
        onVirtual(() -> {
            channel.write(ByteBuffer.wrap(new byte[] {'x'}));
            channel.close();
            return null;
        });
        assertThat(Files.readString(file)).isEqualTo("x123456789");
    }

    @Test
    void aSliceServesTooAndItsCeilingHolds() throws Exception {
        try (Slice slice = pool.slice("files", 1)) {
            Path path = OffloadedFileSystem.over(slice).getPath(file.toString());
            assertThat(onVirtual(() -> Files.size(path))).isEqualTo(10);
            assertThat(slice.stats().completed()).isEqualTo(1);
        }
    }

    @Test
    void whatTheWorkThrowsIsNotTakenForARefusal() throws Exception {
        Offload offload = new Offload(() -> pool);
        CountDownLatch runs = new CountDownLatch(2);
        assertThatThrownBy(() -> onVirtual(() -> offload.call(() -> {
                    runs.countDown();
                    throw new RejectedExecutionException("by the work");
                })))
                .isExactlyInstanceOf(RejectedExecutionException.class)
                .hasMessage("by the work");
        assertThat(runs.getCount()).isEqualTo(1);
    }

    @Test
    void aFailureTellsItsCaller() {
        Path none = file.resolveSibling("none");
        assertThatThrownBy(() -> onVirtual(() -> Files.size(none)))
                .isExactlyInstanceOf(NoSuchFileException.class)
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    }

    @Test
    void anInterruptBeforeTheStartWithdrawsNothing() throws Exception {
        try (ThreadPool one = ThreadPool.builder().maxThreads(1).build()) {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            one.submit(() -> {
                busy.countDown();
                free.await();
            });
            busy.await();
            Path path = OffloadedFileSystem.over(one).getPath(file.toString());
            CompletableFuture<String> outcome = new CompletableFuture<>();
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    outcome.complete(Files.size(path) + " bytes, interrupted " + Thread.interrupted());
                } catch (Throwable e) {
                    outcome.completeExceptionally(e);
                }
            });
            while (one.stats().queued() == 0) {
                Thread.onSpinWait();
            }
            caller.interrupt();
            while (one.stats().canceled() == 0) {
                Thread.onSpinWait();
            }
            free.countDown();
            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo("10 bytes, interrupted true");
        }
    }

    @Test
    void aCallerThatWaitsForALockTakesNoWorkerAndIsInterrupted() throws Exception {
        try (LockedElsewhere elsewhere = new LockedElsewhere(temporary.resolve("file"));
                FileChannel channel = FileChannel.open(file, WRITE)) {
            CompletableFuture<Object> outcome = new CompletableFuture<>();
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    outcome.complete(channel.lock());
                } catch (FileLockInterruptionException e) {
                    outcome.complete("interrupted " + Thread.interrupted());
                } catch (Throwable e) {
                    outcome.completeExceptionally(e);
                }
            });
            while (pool.stats().completed() < 3) { // it tries again and again
                Thread.onSpinWait();
            }
            assertThat(outcome).isNotDone();
            caller.interrupt();
            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo("interrupted true");
            assertThat(channel.isOpen()).isTrue();
            assertThat(elsewhere.isHeld()).isTrue();
        }
    }

    @Test
    void twoFileSystemsCopyAsOne() throws Exception {
        try (ThreadPool second = ThreadPool.create()) {
            Path copy = OffloadedFileSystem.over(second).getPath(temporary.toString(), "copy");
            onVirtual(() -> Files.copy(file, copy));
            assertThat(pool.stats().submitted()).isEqualTo(1);
            assertThat(second.stats().submitted()).isZero();
            assertThat(copy).hasContent("0123456789");
            assertThat(copy).isNotEqualTo(file.resolveSibling("copy"));
        }
    }

    @Test
    void aFileSystemOverAZipReadsAndClosesIt() throws Exception {
        Path zip = temporary.resolve("a.zip");
        try (var below = java.nio.file.FileSystems.newFileSystem(zip, java.util.Map.of("create", "true"))) {
            OffloadedFileSystem over = OffloadedFileSystem.over(below, pool);
            onVirtual(() -> {
                Files.writeString(over.getPath("/x"), "zipped");
                try (FileChannel channel = FileChannel.open(over.getPath("/x"), READ)) {
                    assertThat(channel.size()).isEqualTo(6);
                }
                over.close();
                return null;
            });
            assertThat(over.isOpen()).isFalse();
        }
        try (var archive = java.nio.file.FileSystems.newFileSystem(zip)) {
            assertThat(archive.getPath("/x")).hasContent("zipped");
        }
    }

    /** By reflection, since Arena is a preview in Java 21. */
    @Test
    void aBufferThatIsConfinedToItsCallerIsFilledInPlace() throws Exception {
        Class<?> arenas = Class.forName("java.lang.foreign.Arena");
        byte first = onVirtual(() -> {
            try (AutoCloseable arena =
                            (AutoCloseable) arenas.getMethod("ofConfined").invoke(null);
                    FileChannel channel = FileChannel.open(file, READ)) {
                Object segment =
                        arenas.getMethod("allocate", long.class, long.class).invoke(arena, 4L, 1L);
                ByteBuffer buffer = (ByteBuffer) Class.forName("java.lang.foreign.MemorySegment")
                        .getMethod("asByteBuffer")
                        .invoke(segment);
                Thread.currentThread().interrupt();
                assertThat(channel.read(buffer)).isEqualTo(4);
                assertThat(Thread.interrupted()).isTrue();
                assertThat(channel.isOpen()).isTrue();
                return buffer.get(0);
            }
        });
        assertThat(first).isEqualTo((byte) '0');
    }

    @Test
    void aFileIsMappedIntoAnArena() throws Exception {
        Class<?> arenas = Class.forName("java.lang.foreign.Arena");
        java.lang.reflect.Method map =
                FileChannel.class.getMethod("map", FileChannel.MapMode.class, long.class, long.class, arenas);
        Object shared = arenas.getMethod("ofShared").invoke(null);
        try (AutoCloseable arena = (AutoCloseable) shared;
                FileChannel channel = FileChannel.open(file, READ)) {
            Object segment = onVirtual(() -> map.invoke(channel, FileChannel.MapMode.READ_ONLY, 2L, 3L, arena));
            assertThat(Class.forName("java.lang.foreign.MemorySegment")
                            .getMethod("byteSize")
                            .invoke(segment))
                    .isEqualTo(3L);
            assertThat(pool.stats().submitted()).isEqualTo(1);
        }
    }

    @Test
    void itTellsItsPool() {
        assertThat(fileSystem.submitter()).isSameAs(pool);
    }

    @Test
    void aFileThatIsCreatedIsThere() throws Exception {
        Path made = file.resolveSibling("made");
        onVirtual(() -> {
            FileChannel.open(made, WRITE, CREATE).close();
            return null;
        });
        assertThat(temporary.resolve("made")).exists();
    }
}
