package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Callers;
import dev.coworker.contract.FailingFactory;
import dev.coworker.contract.Gate;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** While the first worker is on its way, a thread that is no daemon keeps the JVM alive. */
class KeptAliveTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private final Gate gate = new Gate();

    private Object pass() throws InterruptedException {
        gate.pass();
        return null;
    }

    private static boolean isKept() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("coworker-keep-alive"));
    }

    private static void untilReleased() {
        Callers.until("the JVM may end", () -> !isKept());
    }

    private static ThreadFactory daemons(boolean daemon) {
        return worker -> {
            Thread thread = new Thread(worker);
            thread.setDaemon(daemon);
            return thread;
        };
    }

    @BeforeEach
    void otherTestsHaveEnded() {
        untilReleased();
    }

    @Test
    void fromTheSubmissionUntilTheWorkerRuns() throws Exception {
        Gate inThread = new Gate();
        timed.open(
                0,
                2,
                worker -> new Thread(() -> {
                    inThread.passUninterruptibly();
                    worker.run();
                }));
        assertThat(isKept()).isFalse();
        timed.submit(this::pass);
        assertThat(isKept()).isTrue();
        timed.loop.poll(false);
        inThread.awaitArrived(1);
        assertThat(isKept()).isTrue();
        inThread.open();
        gate.awaitArrived(1);
        untilReleased();
        timed.submit(this::pass);
        assertThat(isKept()).as("the first one runs").isFalse();
        gate.open();
    }

    @Test
    void notForWorkersThatAreDaemons() throws Exception {
        timed.idleTimeout = Duration.ZERO;
        timed.open(0, 1, daemons(true));
        timed.submit(() -> null);
        timed.loop.poll(false);
        timed.until("the first has gone", now -> now.completed() == 1 && now.curThreads() == 0);
        untilReleased();
        timed.submit(() -> null);
        assertThat(isKept()).isFalse();
    }

    @Test
    void forEachFirstWorkerAnew() {
        timed.idleTimeout = Duration.ZERO;
        timed.open(0, 1, daemons(false));
        timed.submit(() -> null);
        timed.loop.poll(false);
        timed.until("the first has gone", now -> now.completed() == 1 && now.curThreads() == 0);
        untilReleased();
        timed.submit(() -> null);
        assertThat(isKept()).isTrue();
        timed.loop.poll(false);
        timed.until("it has run", now -> now.completed() == 2);
        untilReleased();
    }

    @Test
    void forMinWorkersUntilTheFirstRunsOrThePoolIsClosed() {
        Pool pool = timed.open(2, 2, daemons(false));
        assertThat(isKept()).isTrue();
        pool.close(null);
        untilReleased();
        assertThat(timed.counters().newThreads()).isZero();
    }

    @Test
    void forTheRetryOfAFailedStartIfARequestWaits() throws Exception {
        FailingFactory failing = new FailingFactory();
        timed.open(0, 1, failing.failNext(FailingFactory::outOfMemory, daemons(false)));
        timed.submit(this::pass);
        timed.loop.poll(false);
        assertThat(timed.counters().spawnFailures()).isOne();
        assertThat(isKept()).isTrue();
        timed.timer.advance(TimedPool.OVERDUE);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        untilReleased();
        gate.open();
    }

    @Test
    void whileNoRequestWaitsForARetryNotBeforeItStartsAWorker() throws Exception {
        Gate inThread = new Gate();
        FailingFactory failing = new FailingFactory();
        timed.open(
                1,
                1,
                failing.failNext(
                        FailingFactory::outOfMemory,
                        worker -> new Thread(() -> {
                            inThread.passUninterruptibly();
                            worker.run();
                        })));
        timed.loop.poll(false);
        assertThat(timed.counters().spawnFailures()).isOne();
        untilReleased();
        timed.timer.advance(TimedPool.OVERDUE);
        inThread.awaitArrived(1);
        assertThat(isKept()).isTrue();
        inThread.open();
        untilReleased();
    }
}
