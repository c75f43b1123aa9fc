package snippets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverFilesTest {
    @TempDir
    Path directory;

    @Test
    void aFileIsReadByAWorker() throws Exception {
        Files.writeString(directory.resolve("index"), "hello");
        try (ThreadPool pool = ThreadPool.create();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(virtual.submit(() -> OverFiles.over(pool, directory.toString()))
                            .get())
                    .isEqualTo("hello");
            assertThat(pool.stats().submitted()).isPositive();
        }
    }
}
