package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A foreign executor that drops what it was given, and says nothing. The library notices after ten seconds. */
@Tag("slow")
class SilentExecutorTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ExecutorService executor = pools.closeAfterwards(Executors.newSingleThreadExecutor());
    private final AtomicBoolean dropping = new AtomicBoolean(true);
    private final AtomicInteger dropped = new AtomicInteger();
    private final AioContext context = AioContext.on(task -> {
        if (dropping.get()) {
            dropped.incrementAndGet();
        } else {
            executor.execute(task);
        }
    });
    private final Outcome<Integer> outcome = new Outcome<>();
    private final Log log = new Log();

    @AfterEach
    void closeLog() {
        log.close();
    }

    private List<LogRecord> warnings() {
        return log.records().stream()
                .filter(record -> record.getLevel() == Level.WARNING)
                .filter(record -> record.getMessage().contains(context.toString()))
                .toList();
    }

    @Test
    void theDrainIsReportedCountedAndAskedForAgain() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        long since = System.nanoTime();
        pool.submitAio(() -> 42, outcome);
        Callers.until("the work has ended", () -> pool.stats().completed() == 1);
        assertThat(pool.stats().undelivered()).isEqualTo(1);
        assertThat(warnings()).isEmpty();
        dropping.set(false);
        assertThat(outcome.value()).isEqualTo(42);
        assertThat(System.nanoTime() - since)
                .isGreaterThanOrEqualTo(Duration.ofSeconds(10).toNanos());
        assertThat(warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.getMessage()).contains("10 s", "callbacks"));
        Callers.until("it is counted no more", () -> pool.stats().undelivered() == 0);
        assertThat(outcome.calls()).isOne();
    }

    @Test
    void cancelAndCloseGoOnWhenTheExecutorTakesTheSecondDrain() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        var request = pool.submitAio(() -> 42, outcome);
        Caller<Boolean> canceling = Callers.platform(request::cancel);
        Caller<Void> closing = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closing.thread);
        dropping.set(false);
        canceling.result();
        closing.result();
        assertThat(outcome.calls()).isOne();
    }

    @Test
    void anExecutorThatIsShutDownMeanwhileRejectsTheSecondDrainAndTheHandlerHears() throws Exception {
        AtomicInteger rejected = new AtomicInteger();
        ThreadPool pool = pools.open(ThreadPool.builder()
                .context(context)
                .uncaughtExceptionHandler((thread, failure) -> rejected.incrementAndGet()));
        pool.submitAio(() -> 42, outcome);
        Callers.until("the drain is dropped", () -> pool.stats().undelivered() == 1);
        executor.shutdown();
        dropping.set(false);
        pool.close();
        Callers.until("the handler hears", () -> rejected.get() == 1);
        assertThat(outcome.calls()).isZero();
    }

    @Test
    void anExecutorThatTakesItsTimeIsNotReportedBeforeThat() throws Exception {
        dropping.set(false);
        Gate gate = new Gate();
        executor.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pool.submitAio(() -> 42, outcome);
        Await.timer(Duration.ofSeconds(9));
        gate.open();
        assertThat(outcome.value()).isEqualTo(42);
        Await.timer(Duration.ofSeconds(2));
        assertThat(warnings()).isEmpty();
    }
}
