package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The future of a request of the callback layer. */
class AioFutureTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    @Test
    void theValueIsTheFutures() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = pool.submitAio(() -> "value", (value, failure) -> {});
        assertThat(request.toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo("value");
    }

    @Test
    void itMayBeAskedForLongAfterTheCallback() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = pool.submitAio(() -> "value", (value, failure) -> {});
        Callers.until("the work has ended", () -> request.state() == State.DONE);
        request.cancel();
        assertThat(request.toCompletableFuture()).isCompletedWithValue("value");
        assertThat(request.toCompletableFuture()).isSameAs(request.toCompletableFuture());
    }

    @Test
    void whatTheWorkThrewIsTheFutures() {
        ThreadPool pool = pools.open();
        IOException thrown = new IOException("the work's");
        CompletableFuture<Object> future = pool.submitAio(
                        () -> {
                            throw thrown;
                        },
                        (value, failure) -> {})
                .toCompletableFuture();
        assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCause(thrown);
    }

    @Test
    void aDependentRunsOnTheLoopThreadAfterTheCallback() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("loop"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        AtomicBoolean calledBack = new AtomicBoolean();
        AtomicBoolean inOrder = new AtomicBoolean();
        AtomicReference<Boolean> onLoop = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        pool.submitAio(
                        () -> {
                            gate.pass();
                            return 1;
                        },
                        (value, failure) -> calledBack.set(true))
                .toCompletableFuture()
                .thenRun(() -> {
                    inOrder.set(calledBack.get());
                    onLoop.set(context.inContext());
                    done.countDown();
                });
        gate.open();
        done.await();
        assertThat(inOrder).isTrue();
        assertThat(onLoop).hasValue(true);
    }

    @Test
    void cancelWithdrawsARequestThatWaits() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        AtomicBoolean ran = new AtomicBoolean();
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    ran.set(true);
                    return null;
                },
                (value, failure) -> {});
        assertThat(request.toCompletableFuture().cancel(false)).isTrue();
        assertThat(request.state()).isEqualTo(State.CANCELED);
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
    }

    @Test
    void cancelWithTrueInterruptsARequestThatRuns() throws Exception {
        ThreadPool pool = pools.open();
        CountDownLatch interrupted = new CountDownLatch(1);
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    try {
                        gate.pass();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return null;
                },
                (value, failure) -> {});
        gate.awaitArrived(1);
        CompletableFuture<Object> future = request.toCompletableFuture();
        assertThat(future.cancel(true)).isTrue();
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(future).isCancelled();
    }

    @Test
    void cancelWithFalseLetsARunningRequestEnd() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<Object> called = new AtomicReference<>();
        AioRequest<String> request = pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return "value";
                },
                (value, failure) -> called.set(value));
        gate.awaitArrived(1);
        request.toCompletableFuture().cancel(false);
        gate.open();
        request.cancel();
        assertThat(called).hasValue("value");
    }

    @Test
    void aRequestThatWasCanceledHasACanceledFuture() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        AioRequest<Integer> request = pool.submitAio(() -> 1, (value, failure) -> {});
        CompletableFuture<Integer> future = request.toCompletableFuture();
        assertThat(request.cancel()).isTrue();
        Callers.until("canceled", future::isCancelled);
        gate.open();
    }
}
