package snippets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static snippets.LayersTest.onAVirtualThread;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipesTest {
    @TempDir
    Path directory;

    private Path file;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(written, true, US_ASCII);

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(directory.resolve("file"), "hello");
    }

    /** Closes nothing after a failure: the loop would be stuck then, and its thread is a daemon. */
    @Test
    void aLoopThatKnowsItsThreadCancelsOutsideAHandlerWithoutWaitingForItself() throws Exception {
        ExecutorService loop =
                Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
        AioContext context = Recipes.onLoop(loop);
        ThreadPool pool =
                ThreadPool.builder().context(context).maxThreads(1).daemon(true).build();
        CountDownLatch free = new CountDownLatch(1);
        pool.submit(free::await);
        AioRequest<String> queued = pool.submitAio(() -> "never", (value, failure) -> {});

        CompletableFuture<Boolean> canceled = CompletableFuture.supplyAsync(queued::cancel, loop);

        assertThat(canceled.get(30, TimeUnit.SECONDS)).isTrue();
        free.countDown();
        pool.close();
        context.close();
        loop.close();
    }

    @Test
    void anOverloadedAndAClosedPoolAnswer503AndOtherFailuresPropagate() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        ThreadPool pool = ThreadPool.builder().maxThreads(1).maxQueued(0).build();
        try (pool) {
            assertThat(onAVirtualThread(() -> Recipes.respond(pool, file, Duration.ofSeconds(30))))
                    .isEqualTo(200);
            assertThatThrownBy(() -> onAVirtualThread(
                            () -> Recipes.respond(pool, directory.resolve("missing"), Duration.ofSeconds(30))))
                    .hasCauseInstanceOf(NoSuchFileException.class);
            pool.submit(free::await);
            assertThat(onAVirtualThread(() -> Recipes.respond(pool, file, Duration.ofMillis(1))))
                    .isEqualTo(503);
            free.countDown();
        }
        assertThat(onAVirtualThread(() -> Recipes.respond(pool, file, Duration.ofSeconds(30))))
                .isEqualTo(503);
    }

    @Test
    void completableFuturesRunOnAView() throws Exception {
        try (ThreadPool pool = ThreadPool.create()) {
            assertThat(Recipes.executor(pool, List.of(file, file))).containsExactly("file 5", "file 5");
            assertThat(pool.stats().completed()).isEqualTo(2);
        }
    }

    @Test
    void workSeesTheClassLoaderOfThePlugin() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(
                        new URL[] {
                            Recipes.class.getProtectionDomain().getCodeSource().getLocation()
                        },
                        null);
                ThreadPool pool = Recipes.plugin(loader.loadClass("snippets.RecipesTest$Marker"))) {
            assertThat(onAVirtualThread(
                            () -> pool.submitCo(() -> Thread.currentThread().getContextClassLoader())))
                    .isSameAs(loader);
        }
    }

    static final class Marker {}

    @Test
    void anIdlePoolIsNotReported() throws Exception {
        try (ThreadPool pool = ThreadPool.create()) {
            pool.submit(() -> {});
            Recipes.idle(pool, out);
            assertThat(pool.stats().completed()).isOne();
        }
        assertThat(written.size()).isZero();
    }

    @Test
    void aPoolThatEndsInTimeIsNotReported() {
        ThreadPool pool = ThreadPool.create();
        pool.submit(() -> out.print("done"));
        Recipes.shutdown(pool, out);
        assertThat(written.toString(US_ASCII)).isEqualTo("done");
    }

    @Test
    void aSliceRunsItsWorkOnThePoolsWorkers() throws Exception {
        try (ThreadPool pool = ThreadPool.create()) {
            onAVirtualThread(() -> {
                Recipes.slices(pool, out);
                return null;
            });
            assertThat(pool.stats().completed()).isOne();
        }
    }
}
