package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How often the library warns of one kind of thing, and as whom. */
class WarningsTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AtomicBoolean rejecting = new AtomicBoolean(true);
    private final AioContext context = AioContext.on(task -> {
        if (rejecting.get()) {
            throw new RejectedExecutionException("shut down");
        }
        task.run();
    });
    private final Log log = new Log();

    @AfterEach
    void closeLog() {
        log.close();
    }

    private List<LogRecord> warnings(String part) {
        return log.records().stream()
                .filter(record -> record.getLevel() == Level.WARNING)
                .filter(record -> record.getMessage().contains(part))
                .toList();
    }

    @Test
    void rejectedCallbacksOfABurstAreOneWarningAndACount() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("burst").context(context));
        for (int i = 0; i < 2_000; i++) {
            pool.submitAio(() -> null, (value, failure) -> {});
        }
        Callers.until(
                "all have ended",
                () -> pool.stats().undelivered() == 0 && pool.stats().completed() == 2_000);
        Callers.until(
                "the burst is over", () -> !warnings("more within a second").isEmpty());
        assertThat(warnings("burst").stream().filter(record -> record.getThrown() != null))
                .hasSizeBetween(1, 5); // one a second, on a machine that is slow
        assertThat(warnings("more within a second"))
                .allSatisfy(record -> assertThat(record.getMessage()).contains("burst"));
        rejecting.set(false);
    }

    @Test
    void otherFailuresAreNotSummedUp() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("failing"));
        for (int i = 0; i < 3; i++) {
            pool.submit(() -> {
                throw new IllegalStateException("each is a fault of its own");
            });
        }
        pool.close();
        assertThat(warnings("failing")).hasSize(3);
    }

    @Test
    void aRecordNamesAsItsSourceWhatHasSomethingToSay() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .name("sources")
                .threadFactory(new FailingFactory().failNext(FailingFactory::outOfMemory)));
        pool.submit(() -> {
            throw new IllegalStateException("uncaught");
        });
        pool.close();
        Callers.until("both are logged", () -> warnings("sources").size() == 2);
        assertThat(warnings("sources"))
                .allSatisfy(record -> assertThat(record.getSourceClassName())
                        .startsWith("dev.coworker.")
                        .doesNotEndWith(".Log"));
    }
}
