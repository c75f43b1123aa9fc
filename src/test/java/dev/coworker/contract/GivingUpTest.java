package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that end early: deadlines for the end, and cancellers. */
class GivingUpTest {
    private static final Duration SOON = Duration.ofMillis(200); // after the start, also on a busy machine
    private static final Duration NEVER = Duration.ofDays(1);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();

    /** Opens the gate at which the work stands, and so ends it. */
    private final Canceller opener = worker -> {
        calls.incrementAndGet();
        gate.open();
        asked.countDown();
    };

    private static CallOptions endWithin(Duration time) {
        return CallOptions.defaults().endWithin(time);
    }

    private static CallOptions onCancel(Canceller canceller) {
        return CallOptions.defaults().onCancel(canceller);
    }

    /** The pool, or a slice of it. */
    private Submitter submitter(boolean slice) {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        return slice ? pool.slice("slice", 1) : pool;
    }

    @Test
    void aCallThatEndsInTimeReturnsItsValueAndItsCancellerIsNotCalled() throws Exception {
        ThreadPool pool = pools.open();
        CallOptions options = endWithin(NEVER).startWithin(NEVER).onCancel(opener);
        assertThat(Callers.<String>onVirtual(() -> pool.submitCo(() -> "value", options)))
                .isEqualTo("value");
        assertThat(calls).hasValue(0);
    }

    @Test
    void whatTheWorkThrowsInTimeComesThroughAsItself() throws Exception {
        ThreadPool pool = pools.open();
        IOException failure = new IOException("the work's");
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    () -> {
                        throw failure;
                    },
                    endWithin(NEVER));
            return null;
        });
        assertThat(caller.failure()).isSameAs(failure);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void workThatRunsTooLongIsCanceledAndTheCallTimesOut(boolean slice) throws Exception {
        Submitter submitter = submitter(slice);
        Caller<Object> caller = Callers.virtual(() -> {
            submitter.submitCo(gate::passUninterruptibly, endWithin(SOON).onCancel(opener));
            return null;
        });
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class).hasMessageContaining("did not end in time");
        assertThat(calls).hasValue(1);
        assertThat(submitter.stats().completed()).isOne();
    }

    @Test
    void whatLateWorkThrewIsTheCauseOfTheTimeout() throws Exception {
        ThreadPool pool = pools.open();
        IOException closed = new IOException("closed by the canceller");
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    () -> {
                        gate.pass();
                        throw closed;
                    },
                    endWithin(SOON).onCancel(opener));
            return null;
        });
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class).hasCause(closed);
    }

    @Test
    void withoutACancellerALateCallWaitsForTheEndOfTheWork() throws Exception {
        ThreadPool pool = pools.open();
        AtomicBoolean ended = new AtomicBoolean();
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    () -> {
                        gate.pass();
                        ended.set(true);
                    },
                    endWithin(SOON));
            return null;
        });
        gate.awaitArrived(1);
        Await.timer(SOON);
        assertThat(caller.isDone()).isFalse();
        gate.open();
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        assertThat(ended).isTrue();
    }

    @Test
    void aDeadlineForTheEndWithdrawsWorkThatWaits() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        AtomicBoolean ran = new AtomicBoolean();
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> ran.set(true), endWithin(SOON).onCancel(worker -> calls.incrementAndGet()));
            return null;
        });
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        assertThat(pool.stats().timedOut()).isOne();
        gate.open();
        assertThat(pool.close(Duration.ofSeconds(20))).isTrue();
        assertThat(ran).isFalse();
        assertThat(calls).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void noTimeAtAllMeansThatTheWorkNeverRuns(long seconds) throws Exception {
        ThreadPool pool = pools.open();
        AtomicBoolean ran = new AtomicBoolean();
        CallOptions options = endWithin(Duration.ofSeconds(seconds));
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> ran.set(true), options);
            return null;
        });
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        Caller<Object> nested = Callers.virtual(() -> pool.submitCo(() -> {
            pool.submitCo(() -> ran.set(true), options);
            return null;
        }));
        assertThat(nested.failure()).isInstanceOf(TimeoutException.class);
        pool.close();
        assertThat(ran).isFalse();
    }

    @Test
    void aDeadlineForTheStartIsKeptAndDoesNotEndWorkThatHasBegun() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        CallOptions options = CallOptions.defaults().startWithin(SOON).onCancel(opener);
        Caller<String> runs = Callers.virtual(() -> pool.submitCo(
                () -> {
                    gate.pass();
                    return "value";
                },
                options));
        gate.awaitArrived(1);
        Caller<String> waits = Callers.virtual(() -> pool.submitCo(() -> "never", options));
        assertThat(waits.failure()).isInstanceOf(TimeoutException.class);
        assertThat(runs.isDone()).isFalse();
        gate.open();
        assertThat(runs.result()).isEqualTo("value");
        assertThat(calls).hasValue(0);
    }

    @Test
    void anInterruptCallsTheCancellerOnTheCallersThreadAndTheOutcomeComesThrough() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<Thread> workerSeen = new AtomicReference<>();
        AtomicReference<Thread> runs = new AtomicReference<>();
        AtomicReference<Thread> worker = new AtomicReference<>();
        AtomicBoolean statusInCanceller = new AtomicBoolean(true);
        Caller<Boolean> caller = Callers.virtual(() -> {
            String value = pool.submitCo(
                    () -> {
                        worker.set(Thread.currentThread());
                        gate.pass();
                        return "outcome";
                    },
                    onCancel(thread -> {
                        workerSeen.set(thread);
                        runs.set(Thread.currentThread());
                        statusInCanceller.set(Thread.currentThread().isInterrupted());
                        opener.cancel(thread);
                    }));
            assertThat(value).isEqualTo("outcome");
            return Thread.interrupted();
        });
        gate.awaitArrived(1);
        caller.thread.interrupt();
        assertThat(caller.result()).as("the interrupt status afterwards").isTrue();
        assertThat(runs).hasValue(caller.thread);
        assertThat(workerSeen).hasValue(worker.get());
        assertThat(statusInCanceller).as("it may block").isFalse();
    }

    @Test
    void aSecondInterruptAndADeadlineCallTheCancellerNoSecondTime() throws Exception {
        ThreadPool pool = pools.open();
        Semaphore called = new Semaphore(0);
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(gate::passUninterruptibly, endWithin(SOON).onCancel(worker -> {
                calls.incrementAndGet();
                called.release();
            }));
            return null;
        });
        gate.awaitArrived(1);
        caller.thread.interrupt();
        called.acquire();
        caller.thread.interrupt();
        Await.timer(SOON);
        Await.parked(caller.thread);
        gate.open();
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        assertThat(calls).hasValue(1);
    }

    @Test
    void anInterruptBeforeTheStartWithdrawsAndCallsNoCanceller() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> {}, onCancel(worker -> calls.incrementAndGet()));
            return null;
        });
        Callers.until("it waits", () -> pool.stats().queued() == 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        gate.open();
        assertThat(calls).hasValue(0);
    }

    @Test
    void whatACancellerThrowsGoesToTheHandlerAndTheCallGoesOn() throws Exception {
        Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
        ThreadPool pool =
                pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, failure) -> reported.add(failure)));
        IOException thrown = new IOException("the canceller's");
        Caller<Boolean> caller = Callers.virtual(() -> {
            pool.submitCo(gate::passUninterruptibly, onCancel(worker -> {
                gate.open();
                throw thrown;
            }));
            return Thread.interrupted();
        });
        gate.awaitArrived(1);
        caller.thread.interrupt();
        assertThat(caller.result()).isTrue();
        assertThat(reported).containsExactly(thrown);
    }

    /** The pool has one worker, which another request needs. */
    @Test
    void aCancellerThatBlocksHoldsUpItsOwnCallOnly() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        CountDownLatch unblocked = new CountDownLatch(1);
        CountDownLatch blocks = new CountDownLatch(1);
        Caller<Object> blocked = Callers.virtual(() -> {
            pool.submitCo(gate::passUninterruptibly, endWithin(SOON).onCancel(worker -> {
                gate.open();
                blocks.countDown();
                unblocked.await();
            }));
            return null;
        });
        blocks.await();
        Gate second = new Gate();
        Caller<Object> other = Callers.virtual(() -> {
            pool.submitCo(second::passUninterruptibly, endWithin(SOON).onCancel(worker -> second.open()));
            return null;
        });
        assertThat(other.failure()).isInstanceOf(TimeoutException.class);
        assertThat(blocked.isDone()).isFalse();
        unblocked.countDown();
        assertThat(blocked.failure()).isInstanceOf(TimeoutException.class);
    }

    @Test
    void anInterruptingCancellerEndsABlockingCall() throws Exception {
        ThreadPool pool = pools.open();
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> Thread.sleep(NEVER), endWithin(SOON).onCancel(Canceller.interrupt()));
            return null;
        });
        assertThat(caller.failure())
                .isInstanceOf(TimeoutException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    /** The canceller meets the end of the work at random times; the interrupt must not meet the next request. */
    @RepeatedTest(3)
    void anInterruptReachesNoOtherRequestAndNoCancellerRunsAfterTheCall() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Queue<String> faults = new ConcurrentLinkedQueue<>();
        for (int round = 0; round < 300; round++) {
            AtomicBoolean returned = new AtomicBoolean();
            AtomicInteger inCanceller = new AtomicInteger();
            long workNanos = random.nextInt(400_000);
            long pause = random.nextInt(100_000);
            Caller<Object> caller = Callers.virtual(() -> {
                try {
                    pool.submitCo(
                            () -> LockSupport.parkNanos(workNanos),
                            endWithin(Duration.ofNanos(200_000)).onCancel(worker -> {
                                inCanceller.incrementAndGet();
                                LockSupport.parkNanos(pause);
                                worker.interrupt();
                                if (returned.get()) {
                                    faults.add("the canceller runs after the call");
                                }
                            }));
                } catch (TimeoutException e) {
                    // as likely as not
                } finally {
                    returned.set(true);
                }
                return null;
            });
            Caller<Boolean> next = Callers.virtual(() -> pool.submitCo(() -> {
                LockSupport.parkNanos(300_000);
                return Thread.currentThread().isInterrupted();
            }));
            if (next.result()) {
                faults.add("another request was interrupted");
            }
            caller.result();
            if (inCanceller.get() > 1) {
                faults.add("called twice");
            }
        }
        assertThat(faults).as("seed %d", seed).isEmpty();
    }

    @Test
    void aNestedCallIsEndedByItsOwnDeadline() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        String outer = Callers.onVirtual(() -> pool.submitCo(() -> {
            assertThatThrownBy(() -> pool.submitCo(
                            gate::passUninterruptibly, endWithin(SOON).onCancel(opener)))
                    .isInstanceOf(TimeoutException.class);
            return "outer";
        }));
        assertThat(outer).isEqualTo("outer");
        assertThat(calls).hasValue(1);
    }

    /** All carriers are held, so neither the caller nor any other virtual thread runs when the time is over. */
    @Test
    void theDeadlineIsKeptWhileAllCarriersAreHeld() throws Exception {
        ThreadPool pool = pools.open();
        int carriers = Runtime.getRuntime().availableProcessors();
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    gate::passUninterruptibly, endWithin(Duration.ofMillis(200)).onCancel(opener));
            return null;
        });
        gate.awaitArrived(1);
        AtomicBoolean release = new AtomicBoolean();
        CountDownLatch held = new CountDownLatch(carriers);
        for (int i = 0; i < carriers; i++) {
            Thread.startVirtualThread(() -> {
                held.countDown();
                while (!release.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        try {
            held.await();
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            release.set(true);
        }
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
    }

    @Test
    void optionsAreImmutable() throws Exception {
        CallOptions defaults = CallOptions.defaults();
        defaults.endWithin(Duration.ZERO);
        defaults.startWithin(Duration.ZERO);
        defaults.onCancel(opener);
        ThreadPool pool = pools.open();
        assertThat(Callers.<String>onVirtual(() -> pool.submitCo(() -> "value", defaults)))
                .isEqualTo("value");
        assertThat(endWithin(SOON).onCancel(opener))
                .hasToString("CallOptions[startWithin = none, endWithin = PT0.2S, onCancel = true]");
    }

    @Test
    void theContextsLoopThreadIsRefused() {
        ThreadPool pool = pools.open();
        assertThatCode(() -> Callers.platform(() -> pool.submitCo(() -> 1, endWithin(SOON)))
                        .result())
                .isInstanceOf(WrongThreadException.class);
        assertThat(List.of(pool.stats().submitted())).containsExactly(0L);
    }
}
