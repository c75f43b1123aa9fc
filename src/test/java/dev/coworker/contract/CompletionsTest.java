package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.BottomHalf;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionsTest {
    private static final int MAX_NESTED = 256;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<Object> seen = new ArrayList<>();

    private AioContext manual() {
        return pools.closeAfterwards(AioContext.manual());
    }

    private static void untilCompleted(ThreadPool pool, long requests) {
        Callers.until("completed", () -> pool.stats().completed() == requests);
    }

    @Test
    void callbacksComeInTheOrderOfCompletion() throws Exception {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        Gate second = new Gate();
        pool.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                (value, failure) -> seen.add("a"));
        pool.submitAio(
                () -> {
                    second.pass();
                    return null;
                },
                (value, failure) -> seen.add("b"));
        gate.awaitArrived(1);
        second.awaitArrived(1);
        second.open();
        Callers.until("b has ended and its worker is idle", () -> pool.stats().idleThreads() == 1);
        gate.open();
        Await.polling(context, "both delivered", () -> seen.size() == 2);
        assertThat(seen).containsExactly("b", "a");
    }

    @Test
    void aCancellationTakesItsPlaceInTheOrder() throws Exception {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<AioRequest<String>> requests = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            requests.add(pool.submitAio(() -> name, (value, failure) -> seen.add(name)));
        }
        requests.get(2).cancelAsync();
        requests.get(0).cancelAsync();
        gate.open();
        Await.polling(context, "all delivered", () -> seen.size() == 3);
        assertThat(seen).containsExactly("c", "a", "b");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257, 2_000})
    void anyNumberIsDeliveredInOrder(int requests) {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        for (int i = 0; i < requests; i++) {
            int n = i;
            pool.submitAio(() -> n, (value, failure) -> seen.add(value));
        }
        untilCompleted(pool, requests);
        Await.polling(context, "all delivered", () -> seen.size() >= requests);
        assertThat(seen).isEqualTo(IntStream.range(0, requests).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallbackThatPollsSeesTheOthersDelivered(boolean blocking) {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        int others = 600;
        List<Object> nested = new ArrayList<>();
        pool.submitAio(() -> "first", (value, failure) -> {
            Callers.until("the others are delivered", () -> context.poll(blocking) && seen.size() == others);
            nested.addAll(seen);
        });
        for (int i = 0; i < others; i++) {
            int n = i;
            pool.submitAio(() -> n, (value, failure) -> seen.add(value));
        }
        untilCompleted(pool, others + 1);
        Await.polling(context, "the first returns", () -> !nested.isEmpty());
        assertThat(nested).isEqualTo(IntStream.range(0, others).boxed().toList());
    }

    /** The last of one batch, while the next is on the stack, and its wake-up is used up. */
    @Test
    void aCallbackThatPollsSeesWhatWasPostedBehindItsBatch() {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        pool.submitAio(() -> null, (value, failure) -> {
            pool.submitAio(() -> null, (inner, none) -> {
                pool.submitAio(() -> null, (last, nothing) -> seen.add("third"));
                untilCompleted(pool, 4);
                context.poll(false);
                seen.add("first");
            });
            pool.submitAio(() -> null, (inner, none) -> {
                context.poll(false);
                seen.add("second");
            });
            untilCompleted(pool, 3);
            context.poll(false);
        });
        untilCompleted(pool, 1);
        Await.polling(context, "all delivered", () -> seen.size() == 3);
        assertThat(seen).isEqualTo(List.of("third", "second", "first"));
    }

    @Test
    void callbacksMayDependOnEachOther() throws Exception {
        assertCallbacksMayDependOnEachOther(pools.closeAfterwards(AioContext.start("home")), 50);
    }

    /** As many as do not fit into one task of the executor. */
    @Test
    void callbacksMayDependOnEachOtherOnAForeignExecutor() throws Exception {
        ExecutorService executor = pools.closeAfterwards(Executors.newSingleThreadExecutor());
        assertCallbacksMayDependOnEachOther(AioContext.on(executor), 257);
    }

    private void assertCallbacksMayDependOnEachOther(AioContext context, int depth) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(4));
        AtomicInteger entered = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        Outcome<Integer> deepest = new Outcome<>();
        for (int i = 0; i < depth; i++) {
            pool.submitAio(() -> null, (value, failure) -> {
                if (entered.incrementAndGet() == depth) {
                    deepest.accept(left.get(), null);
                }
                while (entered.get() < depth) {
                    context.poll(true);
                }
                left.incrementAndGet();
            });
        }
        assertThat(deepest.value()).isZero();
        pool.close();
        assertThat(left).hasValue(depth);
    }

    /** Thousands that each poll would use up the stack, in the middle of whatever it strikes. */
    @Test
    void callbacksPollWithinEachOtherAsDeepAsTheStackAllows() {
        AioContext context = manual();
        Queue<Throwable> handled = new ConcurrentLinkedQueue<>();
        ThreadPool pool = pools.open(ThreadPool.builder()
                .context(context)
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> handled.add(e)));
        int requests = 3 * MAX_NESTED;
        AtomicInteger depth = new AtomicInteger();
        AtomicInteger tooDeep = new AtomicInteger();
        for (int i = 0; i < requests; i++) {
            pool.submitAio(() -> null, (value, failure) -> {
                seen.add(null);
                if (depth.incrementAndGet() == 1 + MAX_NESTED) {
                    tooDeep.incrementAndGet();
                }
                try {
                    context.poll(false);
                } finally {
                    depth.decrementAndGet();
                }
            });
        }
        untilCompleted(pool, requests);
        Await.polling(context, "all delivered", () -> seen.size() == requests);
        assertThat(tooDeep).hasPositiveValue();
        assertThat(handled)
                .hasSize(tooDeep.get())
                .allSatisfy(e ->
                        assertThat(e).isInstanceOf(IllegalStateException.class).hasMessageContaining("256 deep"));
    }

    @Test
    void atThatDepthCancelAndCloseThrowAndChangeNothing() {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        ThreadPool other = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        CountDownLatch busy = new CountDownLatch(1);
        other.submit(busy::await);
        AioRequest<Object> queued = other.submitAio(() -> null, (value, failure) -> seen.add(failure));
        AioRequest<Object> withdrawn = other.submitAio(() -> null, (value, failure) -> {});
        AtomicInteger depth = new AtomicInteger();
        BottomHalf[] deeper = new BottomHalf[1];
        deeper[0] = context.newBottomHalf(() -> {
            if (depth.incrementAndGet() <= MAX_NESTED) {
                if (depth.get() == MAX_NESTED) {
                    assertThat(withdrawn.cancel()).as("one less deep").isTrue();
                }
                deeper[0].schedule();
                context.poll(false);
                return;
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> context.poll(true))
                    .withMessageContaining("256 deep");
            assertThatIllegalStateException().isThrownBy(queued::cancel).withMessageContaining("cancelAsync");
            assertThat(queued.state()).isEqualTo(AioRequest.State.QUEUED);
            assertThatIllegalStateException().isThrownBy(pool::close);
            assertThatIllegalStateException().isThrownBy(() -> other.close(Duration.ZERO));
            seen.add("deepest");
        });
        deeper[0].schedule();
        context.poll(false);
        assertThat(seen).containsExactly("deepest");
        assertThat(pool.toString()).contains("Running");
        assertThat(queued.cancel()).isTrue();
        assertThat(seen).hasSize(2);
        busy.countDown();
    }

    @Test
    void aThrowingCallbackGoesToTheHandlerAndTheRestAreDelivered() {
        List<Throwable> handled = new ArrayList<>();
        ThreadPool pool =
                pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> handled.add(e)));
        for (int i = 0; i < 9; i++) {
            int n = i;
            pool.submitAio(() -> n, (value, failure) -> {
                seen.add(value);
                switch (n % 3) {
                    case 0 -> throw new IllegalStateException("exception " + n);
                    case 1 -> throw new AssertionError("error " + n);
                    default -> {}
                }
            });
        }
        pool.close();
        assertThat(seen).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(handled)
                .extracting(Throwable::getMessage)
                .containsExactly("exception 0", "error 1", "exception 3", "error 4", "exception 6", "error 7");
    }

    @Test
    void aCallbackThatPollsAndThrowsLosesNothing() {
        AioContext context = manual();
        ThreadPool pool = pools.open(ThreadPool.builder()
                .context(context)
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> seen.add(e.getMessage())));
        for (int i = 0; i < 5; i++) {
            int n = i;
            pool.submitAio(() -> n, (value, failure) -> {
                context.poll(false);
                seen.add(n);
                throw new IllegalStateException("thrown by " + n);
            });
        }
        untilCompleted(pool, 5);
        Await.polling(context, "all delivered", () -> seen.size() == 10);
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        0, 1, 2, 3, 4, "thrown by 0", "thrown by 1", "thrown by 2", "thrown by 3", "thrown by 4");
    }

    @Test
    void aCallbackMaySubmitToItsPool() throws Exception {
        ThreadPool pool = pools.open();
        Outcome<Integer> end = new Outcome<>();
        submitChain(pool, 20, end);
        assertThat(end.value()).isZero();
        assertThat(pool.stats().completed()).isEqualTo(21);
    }

    private static void submitChain(ThreadPool pool, int left, Outcome<Integer> end) {
        pool.submitAio(() -> left, (value, failure) -> {
            if (value > 0) {
                submitChain(pool, value - 1, end);
            } else {
                end.accept(value, failure);
            }
        });
    }

    @Test
    void aCallbackMayCancelAnotherRequest() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(2));
        AtomicReference<AioRequest<String>> victim = new AtomicReference<>();
        Outcome<Boolean> canceled = new Outcome<>();
        Outcome<String> victims = new Outcome<>();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Gate second = new Gate();
        pool.submitAio(
                () -> {
                    second.pass();
                    return null;
                },
                (value, failure) -> canceled.accept(victim.get().cancel() && victims.calls() == 1, null));
        second.awaitArrived(1);
        Gate busy = new Gate();
        pool.submit(busy::pass);
        victim.set(pool.submitAio(() -> "never", victims));
        second.open();
        assertThat(canceled.value()).isTrue();
        gate.open();
        busy.open();
    }

    @Test
    void aCallbackMayCloseAnotherPoolOfTheSameContext() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        ThreadPool other = pools.open(ThreadPool.builder().context(context));
        other.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                (value, failure) -> seen.add("delivered while closing"));
        gate.awaitArrived(1);
        Outcome<Integer> closed = new Outcome<>();
        pool.submitAio(() -> null, (value, failure) -> {
            gate.open();
            other.close();
            closed.accept(seen.size(), null);
        });
        assertThat(closed.failure()).isNull();
        assertThat(closed.value()).isOne();
        InvariantChecker.assertClosed(other);
    }

    /** A serial executor whose tasks run when the test says so. */
    private static final class Pump implements Executor {
        final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        final AtomicInteger executions = new AtomicInteger();

        @Override
        public void execute(Runnable task) {
            executions.incrementAndGet();
            tasks.add(task);
        }

        void run() {
            for (Runnable task; (task = tasks.poll()) != null; ) {
                task.run();
            }
        }
    }

    @Test
    void aBatchOfCompletionsWakesTheContextOnce() {
        Pump pump = new Pump();
        ThreadPool pool = pools.open(
                ThreadPool.builder().context(AioContext.on(pump)).maxThreads(1).minThreads(1));
        Callers.until("the worker is idle", () -> {
            pump.run();
            return pool.stats().idleThreads() == 1;
        });
        pump.executions.set(0);
        for (int i = 0; i < 100; i++) {
            int n = i;
            pool.submitAio(() -> n, (value, failure) -> seen.add(n));
        }
        untilCompleted(pool, 100);
        Callers.until("the worker is idle again", () -> pool.stats().idleThreads() == 1);
        assertThat(pump.executions).hasValue(1);
        long start = System.nanoTime();
        pump.run();
        long more = (System.nanoTime() - start) / 10_000_000; // a drain that lasts brings another one each 10 ms
        assertThat(seen).hasSize(100);
        assertThat(pump.executions.get()).isBetween(1, 1 + (int) more);
    }

    @Test
    void aCanceledCallbackMaySubmitAgainUntilThePoolCloses() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Outcome<String> retried = new Outcome<>();
        pool.submitAio(() -> "never", (value, failure) -> {
                    seen.add("canceled");
                    try {
                        pool.submitAio(() -> "again", retried);
                    } catch (RejectedExecutionException e) {
                        retried.accept(null, e);
                    }
                })
                .cancel();
        assertThat(seen).containsExactly("canceled");
        gate.open();
        assertThat(retried.value()).isEqualTo("again");
    }
}
