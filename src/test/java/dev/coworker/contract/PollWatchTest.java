package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A manual context that is not polled. */
@Tag("slow")
class PollWatchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration OVERDUE = Duration.ofMillis(10);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final Outcome<Object> outcome = new Outcome<>();
    private final Log log = new Log();

    @AfterEach
    void closeLog() {
        log.close();
    }

    private ThreadPool open(int minThreads) {
        ThreadPool pool = pools.open(
                ThreadPool.builder().context(context).minThreads(minThreads).maxThreads(1));
        Callers.until("its workers idle", () -> pool.stats().idleThreads() == minThreads);
        return pool;
    }

    private List<String> warnings() {
        return log.records().stream()
                .filter(record -> record.getLevel().equals(Level.WARNING))
                .map(LogRecord::getMessage)
                .toList();
    }

    /** Returns when a callback waits for a poll, and its worker has nothing more to do with it. */
    private void leaveACallbackWaiting(ThreadPool pool) {
        AioRequest<?> request = pool.submitAio(() -> 42, outcome);
        Callers.until(
                "it is done",
                () -> request.state() == AioRequest.State.DONE && pool.stats().idleThreads() == 1);
    }

    @Test
    void callbacksThatWaitForAPollAreReportedOnceAfterASecond() throws Exception {
        ThreadPool pool = open(1);
        leaveACallbackWaiting(pool);
        assertThat(warnings()).isEmpty();
        Await.timer(PATIENCE);
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains(
                        pool.name(),
                        context.toString(),
                        "callbacks wait for it",
                        "call poll on the thread that created it, or use AioContext.start(name)");
        leaveACallbackWaiting(pool);
        Await.timer(PATIENCE);
        assertThat(warnings()).hasSize(1);
        context.poll(false);
        assertThat(outcome.calls()).isEqualTo(2);
    }

    @Test
    void callersWhoseWorkerIsStartedLateAreReportedOnceAfterASecond() throws Exception {
        ThreadPool pool = open(0);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        Await.timer(PATIENCE.plus(OVERDUE));
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains(
                        pool.name(),
                        context.toString(),
                        "workers start late",
                        "call poll on the thread that created it, or use AioContext.start(name)");
    }

    @Test
    void aContextThatWasPolledIsNotReported() throws Exception {
        ThreadPool pool = open(1);
        leaveACallbackWaiting(pool);
        context.poll(false);
        Await.timer(PATIENCE);
        Await.timer(PATIENCE);
        assertThat(warnings()).isEmpty();
    }

    @Test
    void aContextThatIsPolledNoMoreIsReported() throws Exception {
        ThreadPool pool = open(1);
        leaveACallbackWaiting(pool);
        context.poll(false);
        leaveACallbackWaiting(pool);
        Await.timer(PATIENCE);
        assertThat(warnings()).isEmpty();
        Await.timer(PATIENCE);
        assertThat(warnings()).hasSize(1);
    }

    @Test
    void aContextIsWatchedAgainAfterAReasonThatWentAway() throws Exception {
        ThreadPool pool = open(1);
        leaveACallbackWaiting(pool);
        context.poll(false);
        Await.timer(PATIENCE); // and it is no longer watched
        leaveACallbackWaiting(pool);
        Await.timer(PATIENCE);
        assertThat(warnings()).hasSize(1);
    }

    @Test
    void aCallbackThatTakesLongIsNotTakenForAContextThatIsNotPolled() throws Exception {
        ThreadPool pool = open(1);
        leaveACallbackWaiting(pool);
        pool.submitAio(() -> 42, (value, failure) -> {
            pass(PATIENCE);
            pass(PATIENCE);
        });
        leaveACallbackWaiting(pool);
        Await.polling(context, "all are delivered", () -> outcome.calls() == 2);
        assertThat(warnings()).isEmpty();
    }

    private static void pass(Duration time) {
        try {
            Await.timer(time);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPoolThatIsNotUsedIsNotReported() throws Exception {
        open(1);
        Await.timer(PATIENCE.plus(OVERDUE));
        assertThat(warnings()).isEmpty();
    }

    @Test
    void otherKindsOfContextAreNotReported() throws Exception {
        AioContext loop = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(loop));
        Gate gate = new Gate();
        loop.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        pool.submitAio(() -> 42, outcome);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        Await.timer(PATIENCE.plus(OVERDUE));
        gate.open();
        assertThat(outcome.value()).isEqualTo(42);
        assertThat(warnings()).isEmpty();
    }
}
