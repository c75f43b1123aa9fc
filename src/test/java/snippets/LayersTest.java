package snippets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersTest {
    @TempDir
    Path directory;

    private Path file;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(written, true, US_ASCII);

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(directory.resolve("file"), "hello");
    }

    private String said() {
        return written.toString(US_ASCII);
    }

    static <T> T onAVirtualThread(Callable<T> call) throws Exception {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.startVirtualThread(task);
        return task.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aPoolReadsAFileForAVirtualThread() throws Exception {
        Layers.pool(file, out);
        assertThat(said()).isEqualTo("hello" + System.lineSeparator());
    }

    @Test
    void theChannelsOwnExceptionIsCaught() throws Exception {
        FileChannel channel = FileChannel.open(file);
        ByteBuffer buffer = ByteBuffer.allocate(10);
        try (ThreadPool pool = ThreadPool.create()) {
            assertThat(onAVirtualThread(() -> Layers.co(pool, channel, buffer, 0)))
                    .isEqualTo(5);
            channel.close();
            assertThat(onAVirtualThread(() -> Layers.co(pool, channel, buffer, 0)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void anActionForcesAChannel() throws Exception {
        try (ThreadPool pool = ThreadPool.create();
                FileChannel channel = FileChannel.open(file)) {
            onAVirtualThread(() -> {
                Layers.action(pool, channel);
                return null;
            });
            assertThat(pool.stats().completed()).isOne();
        }
    }

    @Test
    void whatNoWorkerStartsInTimeIsAnsweredFromTheCache() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        try (ThreadPool pool = ThreadPool.builder().maxThreads(1).build()) {
            while (!onAVirtualThread(() -> Layers.within(pool, () -> "fresh", "cached"))
                    .equals("fresh")) {
                // on a loaded machine 50 ms may be over before the worker runs
            }
            pool.submit(free::await);
            assertThat(onAVirtualThread(() -> Layers.within(pool, () -> "fresh", "cached")))
                    .isEqualTo("cached");
            free.countDown();
        }
    }

    @Test
    void aCallbackTellsTheSizeOrTheFailure() {
        try (ThreadPool pool = ThreadPool.builder().maxThreads(1).build()) {
            Layers.aio(pool, file, out);
            Layers.aio(pool, directory.resolve("missing"), out);
        }
        assertThat(said().lines())
                .hasSize(2)
                .contains("5 bytes")
                .anyMatch(line -> line.startsWith("no size: java.nio.file.NoSuchFileException: "));
    }

    @Test
    void aFileIsDeletedBehindTheCallersBack() {
        try (ThreadPool pool = ThreadPool.create()) {
            Layers.submit(pool, file);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void cancelTellsWhetherItWithdrewTheWork() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        try (ThreadPool pool = ThreadPool.builder().maxThreads(1).build()) {
            AioRequest<?> running = pool.submitAio(
                    () -> {
                        begun.countDown();
                        free.await();
                        return null;
                    },
                    (value, failure) -> {});
            begun.await();
            Layers.cancel(Layers.aio(pool, file, out), out);
            free.countDown();
            Layers.cancel(running, out);
        }
        assertThat(said().lines())
                .containsExactly(
                        "no size: java.util.concurrent.CancellationException: the request was canceled",
                        "withdrawn: it never ran");
    }

    @Test
    void aBuilderNamesAndBoundsAPool() {
        try (ThreadPool pool = Layers.builder()) {
            assertThat(pool.name()).isEqualTo("disk");
            assertThat(pool.stats().maxThreads()).isEqualTo(8);
        }
    }

    @Test
    void anExecutorViewWaitsForItsTasksAndLeavesThePoolOpen() throws Exception {
        try (ThreadPool pool = ThreadPool.create()) {
            assertThat(Layers.executor(pool, file)).isEqualTo(5);
            assertThat(Layers.executor(pool, file)).isEqualTo(5);
        }
    }
}
