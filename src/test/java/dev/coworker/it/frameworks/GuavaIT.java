package dev.coworker.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Gate;
import dev.coworker.contract.InvariantChecker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Guava's listening executor around a view whose pool has one worker, which is occupied. */
class GuavaIT {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private ThreadPool pool;
    private ListeningExecutorService listening;

    @BeforeEach
    void occupyTheWorker() throws Exception {
        pool = pools.open(
                ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
        listening = MoreExecutors.listeningDecorator(pool.asExecutorService());
        pool.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                (value, failure) -> {}); // close interrupts it
        gate.awaitArrived(1);
    }

    @Test
    void aListenableFutureThatCloseDropsIsCanceledAndItsListenersAreTold() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        ListenableFuture<Integer> dropped = listening.submit(() -> 42);
        ListenableFuture<String> derived = Futures.transform(dropped, String::valueOf, MoreExecutors.directExecutor());
        dropped.addListener(told::countDown, MoreExecutors.directExecutor());

        pool.close(Duration.ZERO);

        assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(dropped).isCancelled();
        assertThatThrownBy(() -> derived.get(30, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(handled).isEmpty();
    }

    @Test
    void aListenableFutureThatIsCanceledLeavesTheQueueAndItsWorkNeverRuns() throws Exception {
        List<String> ran = new CopyOnWriteArrayList<>();
        ListenableFuture<Boolean> canceled = listening.submit(() -> ran.add("canceled"));
        ListenableFuture<Boolean> next = listening.submit(() -> ran.add("next"));

        assertThat(canceled.cancel(false)).isTrue();
        gate.open();

        assertThat(next.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).containsExactly("next");
    }

    @Test
    void aCompletionServiceOverTheViewHandsOutOnlyFuturesThatAreDone() throws Exception {
        ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(pool.asExecutorService());
        List<Future<Integer>> submitted = List.of(service.submit(() -> 1), service.submit(() -> 2));

        pool.close(Duration.ZERO);

        for (int i = 0; i < submitted.size(); i++) {
            Future<Integer> handedOut = service.poll(30, TimeUnit.SECONDS);
            assertThat(submitted).contains(handedOut);
            assertThat(handedOut.isDone()).isTrue();
            assertThat(handedOut).isCancelled();
        }
    }

    @Test
    void whatACompletionServiceOverTheListeningExecutorLosesGoesToTheHandler() {
        ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(listening);
        service.submit(() -> 1);
        service.submit(() -> 2);

        pool.close(Duration.ZERO);

        assertThat(handled)
                .hasSize(2)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(RejectedExecutionException.class)
                        .hasMessageContaining("TrustedListenableFutureTask"));
    }
}
