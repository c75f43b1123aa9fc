package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker's way from request to request, on the test's own thread. */
class WorkerTest {
    @RegisterExtension
    final HandDriven pool = new HandDriven();

    private final Log log = new Log();
    private final List<String> ran = new ArrayList<>();
    private final Action<RuntimeException> work = () -> {};
    private final IllegalStateException thrown = new IllegalStateException("says the test");

    @AfterEach
    void closeLog() {
        log.close();
    }

    private Worker worker(boolean spin) {
        pool.open(0, 1, 0, spin).requestQueued();
        return pool.pending();
    }

    private Worker busy(boolean spin) {
        Worker worker = worker(spin);
        pool.workers.arrived(worker);
        pool.workers.handOn(true);
        return worker;
    }

    private PlainRequest noting(String name) {
        return new PlainRequest(() -> ran.add(name), null);
    }

    private static void needsTwoProcessors() {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nothing spins on one processor");
    }

    @Test
    void itServesWhatIsQueuedOldestFirstAndGoes() {
        Worker worker = worker(false);
        pool.offered(noting("first"));
        pool.offered(noting("second"));
        worker.run();
        assertThat(ran).containsExactly("first", "second");
        assertThat(pool.dispatcher.queue.books().completed()).isEqualTo(2);
        assertThat(pool.workers.isEmpty()).isTrue();
        assertThat(log.records()).isEmpty();
    }

    @Test
    void itDiesOfARequestThatHasLostItsWorkAndThatIsLogged() {
        Worker worker = worker(false);
        pool.offered(noting("lost")).forgetOutcome();
        worker.run();
        assertThat(ran).isEmpty();
        assertThat(log.records()).singleElement().satisfies(record -> {
            assertThat(record.getLevel()).isEqualTo(Level.SEVERE);
            assertThat(record.getMessage()).isEqualTo("a worker of driven died");
            assertThat(record.getThrown()).isInstanceOf(AssertionError.class).hasMessageContaining("is not queued");
        });
        assertThat(pool.workers.isEmpty()).isTrue();
        assertThat(pool.workers.isAttended()).isFalse();
    }

    @Test
    void itSurvivesARequestThatCannotTellOfItsEndAndThatIsLogged() {
        Worker worker = worker(false);
        pool.offered(new PlainRequest(() -> ran.add("first"), () -> {
            throw thrown;
        }));
        pool.offered(noting("second"));
        worker.run();
        assertThat(ran).containsExactly("first", "second");
        assertThat(log.of(thrown)).singleElement().satisfies(record -> {
            assertThat(record.getLevel()).isEqualTo(Level.SEVERE);
            assertThat(record.getMessage()).startsWith("could not tell of a request's end: ");
        });
    }

    @Test
    void whatAWorkThrowsIsReportedToTheHandler() {
        Worker worker = worker(false);
        pool.offered(new PlainRequest(
                () -> {
                    throw thrown;
                },
                null));
        worker.run();
        assertThat(pool.reported).containsExactly(thrown);
        assertThat(pool.dispatcher.queue.books().failed()).isEqualTo(1);
    }

    @Test
    void itsCallerIsTheThreadThatRunsIt() throws Exception {
        Worker worker = busy(false);
        assertThat(worker.isCaller()).isTrue();
        assertThat(Callers.platform(worker::isCaller).result()).isFalse();
    }

    @Test
    void itIsToSpinBeforeItsLastCallerHears() {
        needsTwoProcessors();
        Worker worker = busy(true);
        CoRequest request = pool.offered(new CoRequest(work));
        pool.dispatcher.queue.take(worker);
        worker.finish(request, null, false);
        assertThat(request.isReached()).isTrue();
        assertThat(worker.spins).isTrue();
        assertThat(pool.workers.isAttended()).isTrue();
    }

    @Test
    void itIsNotToSpinWhereMoreWaits() {
        Worker worker = busy(true);
        CoRequest request = pool.offered(new CoRequest(work));
        pool.offered();
        pool.dispatcher.queue.take(worker);
        worker.finish(request, null, false);
        assertThat(worker.spins).isFalse();
    }

    @Test
    void itIsNotToSpinWhereNoCallerWaits() {
        Worker worker = busy(true);
        PlainRequest request = pool.offered(noting("nothing"));
        pool.dispatcher.queue.take(worker);
        worker.finish(request, null, false);
        assertThat(worker.spins).isFalse();
    }
}
