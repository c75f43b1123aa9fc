package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioRequest;
import dev.coworker.CallOptions;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Work that asks a pool and waits for the answer: its own pool, whose workers are all busy, or another. */
class NestingTest {
    private static final int WORKERS = 3;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    /** Asks, and waits for the answer, which is the thread that found it. */
    private interface Question {
        Thread ask(Submitter asked) throws Exception;
    }

    private record Named(String name, Question question) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Named> questions() {
        return Stream.of(
                new Named("submitCo", asked -> asked.submitCo(Thread::currentThread)),
                new Named("submitCo of an action", asked -> {
                    AtomicReference<Thread> answer = new AtomicReference<>();
                    asked.submitCo(() -> answer.set(Thread.currentThread()));
                    return answer.get();
                }),
                new Named(
                        "submitCo within a time", asked -> asked.submitCo(Thread::currentThread, Duration.ofHours(1))),
                new Named("submitCo within no time", asked -> asked.submitCo(Thread::currentThread, Duration.ZERO)),
                new Named(
                        "get",
                        asked -> view(asked).submit(Thread::currentThread).get()),
                new Named("get of a Runnable's future", asked -> {
                    AtomicReference<Thread> answer = new AtomicReference<>();
                    view(asked).submit(() -> answer.set(Thread.currentThread())).get();
                    return answer.get();
                }),
                new Named(
                        "get within a time",
                        asked -> view(asked).submit(Thread::currentThread).get(1, TimeUnit.HOURS)),
                new Named("invokeAll", asked -> {
                    List<Callable<Thread>> tasks = List.of(Thread::currentThread, Thread::currentThread);
                    List<Future<Thread>> futures = view(asked).invokeAll(tasks);
                    assertThat(futures.get(1).get()).isNotNull();
                    return futures.get(0).get();
                }),
                new Named("invokeAny", asked -> view(asked).invokeAny(List.of(Thread::currentThread))),
                new Named(
                        "invokeAny within a time",
                        asked -> view(asked).invokeAny(List.of(Thread::currentThread), 1, TimeUnit.HOURS)));
    }

    private static ExecutorService view(Submitter asked) {
        return asked.asExecutorService();
    }

    /** Occupies all workers, and has each ask the question; returns what went wrong: nothing. */
    private void askOnAllWorkers(ThreadPool pool, Submitter asked, Question question) throws Exception {
        CyclicBarrier allBusy = new CyclicBarrier(WORKERS);
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            callers.add(Callers.virtual(() -> pool.submitCo(() -> {
                allBusy.await();
                assertThat(question.ask(asked)).isSameAs(Thread.currentThread());
                allBusy.await();
                return null;
            })));
        }
        for (Caller<Void> caller : callers) {
            caller.result();
        }
    }

    @ParameterizedTest
    @MethodSource("questions")
    void anAnswerOfTheOwnPoolIsFoundInPlaceThoughAllWorkersAreBusy(Named question) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(WORKERS));
        askOnAllWorkers(pool, pool, question.question());
        InvariantChecker.assertBalanced(pool.stats());
        assertThat(pool.stats().failed()).isZero();
    }

    @ParameterizedTest
    @MethodSource("questions")
    void anAnswerThroughASliceOfTheOwnPoolIsFoundInPlaceToo(Named question) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(WORKERS));
        Slice slice = pool.slice("narrow", 1);
        askOnAllWorkers(pool, slice, question.question());
        InvariantChecker.assertBalanced(slice.stats());
        InvariantChecker.assertBalanced(pool.stats());
        assertThat(slice.stats().curThreads()).isZero();
        assertThat(slice.stats().active()).isZero();
        assertThat(slice.stats().failed()).isZero();
    }

    @Test
    void aCallInPlaceIsAlsoMadeAtTheBound() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(WORKERS).maxQueued(0));
        askOnAllWorkers(pool, pool, asked -> asked.submitCo(Thread::currentThread));
        assertThat(pool.stats().completed()).isEqualTo(2 * WORKERS);
    }

    @Test
    void aCallInPlaceCountsAsSubmittedActiveAndCompletedInThePoolAndTheSlice() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("narrow", 1);
        Caller<List<ThreadPoolStats>> caller =
                Callers.virtual(() -> pool.submitCo(() -> slice.submitCo(() -> List.of(pool.stats(), slice.stats()))));
        List<ThreadPoolStats> inside = caller.result();
        assertThat(inside.get(0).submitted()).isEqualTo(2);
        assertThat(inside.get(0).active()).isEqualTo(2);
        assertThat(inside.get(0).curThreads()).isEqualTo(1);
        assertThat(inside.get(1).submitted()).isEqualTo(1);
        assertThat(inside.get(1).active()).isEqualTo(1);
        assertThat(pool.stats().completed()).isEqualTo(2);
        assertThat(slice.stats().completed()).isEqualTo(1);
    }

    @Test
    void theCeilingOfASliceDoesNotKeepAWorkerFromRunningInPlace() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.slice("full", 1);
        slice.submit(gate::pass);
        gate.awaitArrived(1);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> slice.submitCo(() -> 42))))
                .isEqualTo(42);
        gate.open();
    }

    @Test
    void callsWithinCallsRunInPlaceToAnyDepth() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> depth(pool, 50))))
                .isEqualTo(50);
        assertThat(pool.stats().completed()).isEqualTo(51);
    }

    private static int depth(ThreadPool pool, int depth) throws Exception {
        return depth == 0 ? 0 : 1 + pool.submitCo(() -> depth(pool, depth - 1));
    }

    @Test
    void whatTheWorkInPlaceThrowsIsThrownAsItselfAndCountedAsFailed() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        IOException failure = new IOException("inside");
        Throwable caught = Callers.onVirtual(() -> pool.submitCo(() -> {
            try {
                pool.submitCo(() -> {
                    throw failure;
                });
                return null;
            } catch (IOException e) {
                return e;
            }
        }));
        assertThat(caught).isSameAs(failure);
        assertThat(pool.stats().failed()).isEqualTo(1);
        assertThat(pool.stats().completed()).isEqualTo(1);
    }

    @Test
    void anInterruptOfTheRequestAroundReachesItThoughWorkRanInPlaceMeanwhile() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Outcome<Boolean> seen = new Outcome<>();
        AioRequest<?> request = pool.submitAio(
                () -> {
                    pool.submitCo(gate::passUninterruptibly);
                    return Thread.currentThread().isInterrupted();
                },
                seen);
        gate.awaitArrived(1);
        assertThat(request.interrupt()).isTrue();
        gate.open();
        assertThat(seen.value()).isTrue();
    }

    @Test
    void aCallByAnInterruptedWorkerIsRefusedAsAnyOther() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Throwable refusal = Callers.virtual(() -> pool.submitCo(() -> {
                    Thread.currentThread().interrupt();
                    return pool.submitCo(() -> 42);
                }))
                .failure();
        assertThat(refusal).isInstanceOf(InterruptedException.class);
        assertThat(pool.stats().submitted()).isEqualTo(1);
    }

    @Test
    void aTaskThatAnotherWorkerHasBegunIsWaitedFor() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        ExecutorService view = pool.asExecutorService();
        Future<Thread> begun = view.submit(() -> {
            gate.pass();
            return Thread.currentThread();
        });
        gate.awaitArrived(1);
        AtomicReference<Thread> asking = new AtomicReference<>();
        Caller<Thread> caller = Callers.virtual(() -> pool.submitCo(() -> {
            asking.set(Thread.currentThread());
            return begun.get();
        }));
        Callers.until("it asks", () -> asking.get() != null);
        Await.parked(asking.get());
        gate.open();
        assertThat(caller.result()).isNotSameAs(asking.get());
    }

    @Test
    void aTaskThatFailsInPlaceFailsItsFutureOnly() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        IOException failure = new IOException("inside");
        Throwable caught = Callers.virtual(() -> pool.submitCo(() -> pool.asExecutorService()
                        .submit(() -> {
                            throw failure;
                        })
                        .get()))
                .failure();
        assertThat(caught).isInstanceOf(ExecutionException.class).hasCause(failure);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void aFutureOfTheViewOfAnotherPoolIsWaitedFor() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        ThreadPool other = pools.open(ThreadPool.builder().name("other").maxThreads(1));
        Thread answer = Callers.onVirtual(() -> pool.submitCo(
                () -> other.asExecutorService().submit(Thread::currentThread).get()));
        assertThat(answer.getName()).isEqualTo("other-worker-1");
    }

    @Test
    void aWorkerOfAnotherPoolMayCallAndIsParkedMeanwhile() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("asking").maxThreads(1));
        ThreadPool other = pools.open(ThreadPool.builder().name("asked").maxThreads(1));
        AtomicReference<Thread> asking = new AtomicReference<>();
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> {
            asking.set(Thread.currentThread());
            return other.submitCo(() -> {
                gate.pass();
                return Thread.currentThread().getName();
            });
        }));
        gate.awaitArrived(1);
        Await.parked(asking.get());
        assertThat(pool.stats().active()).isEqualTo(1);
        gate.open();
        assertThat(caller.result()).isEqualTo("asked-worker-1");
    }

    @Test
    void aWorkerOfAnotherPoolThatWaitsInVainTimesOut() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        ThreadPool other = pools.open(ThreadPool.builder().maxThreads(1));
        other.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Integer> caller =
                Callers.virtual(() -> pool.submitCo(() -> other.submitCo(() -> 42, Duration.ofMillis(5))));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        assertThat(other.stats().timedOut()).isEqualTo(1);
        gate.open();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClosingPoolStillAnswersTheWorkThatItAccepted(boolean bySlice) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Submitter asked = bySlice ? pool.slice("slice", 1) : pool;
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> {
            gate.pass();
            return asked.submitCo(() -> 42);
        }));
        gate.awaitArrived(1);
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Callers.until("it closes", () -> pool.toString().contains("Closing"));
        gate.open();
        assertThat(caller.result()).isEqualTo(42);
        closer.result();
    }

    @Test
    void aWorkerIsNoVirtualThreadAndAnotherPlatformThreadIsStillRefused() {
        ThreadPool pool = pools.open();
        assertThatThrownBy(() -> pool.submitCo(() -> 42)).isInstanceOf(WrongThreadException.class);
        assertThat(pool.stats().submitted()).isZero();
    }

    @Test
    void nestedWorkThatHasNoTimeDoesNotStart() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<Thread> ran = new AtomicReference<>();
        assertThat(Callers.virtual(() -> pool.submitCo(() -> pool.submitCo(
                                () -> ran.getAndSet(Thread.currentThread()),
                                CallOptions.defaults().endWithin(Duration.ZERO))))
                        .failure())
                .isInstanceOf(TimeoutException.class);
        assertThat(ran).hasNullValue();
    }
}
