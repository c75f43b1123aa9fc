package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.WorkerInfo;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Callers that run their own work. On a JDK that cannot add carriers all work is handed over: each test says what holds
 * there, which is the same but for the thread.
 */
class InPlaceTest {
    private static final boolean POSSIBLE = Runtime.version().feature() >= 24;

    private static final long CROWDED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    /** A pool that has run work in place, where that is possible: it learns from its first call who may. */
    private ThreadPool open(ThreadPool.Builder builder) {
        ThreadPool pool = pools.open(builder);
        if (POSSIBLE) {
            Callers.until("a caller runs its own work", () -> runsInPlace(pool));
            awaitNoQueue();
        }
        return pool;
    }

    /** A call is handed over while virtual threads queue. The one that tells of an added carrier does, for a moment. */
    static void awaitNoQueue() {
        Callers.until("no virtual thread queues", () -> {
            try {
                return ManagementFactory.getPlatformMBeanServer()
                        .getAttribute(
                                new ObjectName("jdk.management:type=VirtualThreadScheduler"),
                                "QueuedVirtualThreadCount")
                        .equals(0L);
            } catch (JMException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static boolean runsInPlace(Submitter pool) {
        try {
            return Callers.onVirtual(() -> pool.submitCo(Thread::currentThread) == Thread.currentThread());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A call may be handed over although there is room: it is made again then. */
    private Caller<Thread> waitingInWork(Submitter pool) throws Exception {
        BlockingQueue<Boolean> waits = new LinkedBlockingQueue<>();
        for (; ; ) {
            Caller<Thread> caller = Callers.virtual(() -> pool.submitCo(() -> {
                boolean stays = !POSSIBLE || Thread.currentThread().isVirtual();
                waits.add(stays);
                if (stays) {
                    gate.pass();
                }
                return Thread.currentThread();
            }));
            if (waits.take()) {
                gate.awaitArrived(1);
                return caller;
            }
            caller.result();
        }
    }

    @Test
    void aCallerRunsItsOwnWorkWhereTheJdkCanAddACarrier() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1)); // returns when one does
        assertThat(pool.toString()).contains(POSSIBLE ? "in place = 0 of 1" : "in place = unavailable: needs JDK 24");
    }

    @Test
    void withoutItNoCallerDoes() throws Exception {
        ThreadPool pool = pools.open();
        assertThat(runsInPlace(pool)).isFalse();
        assertThat(pool.toString()).doesNotContain("in place");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ThreadPool.builder().inPlace(-1));
    }

    @Test
    void moreThanAtMostAreHandedOver() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Caller<Thread> first = waitingInWork(pool);
        assertThat(runsInPlace(pool)).isFalse();
        gate.open();
        assertThat(first.result() == first.thread).isEqualTo(POSSIBLE);
    }

    /** After a look that found too many, callers are handed over for 10 ms; the test may take longer. */
    @Test
    void afterACrowdAllAreHandedOverForAWhile() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        for (boolean early = false; !early; ) {
            Gate busy = new Gate();
            pool.submit(busy::pass);
            busy.awaitArrived(1);
            long since = System.nanoTime();
            assertThat(runsInPlace(pool)).as("as many are active as may be").isFalse();
            busy.open();
            Callers.until("it has ended", () -> pool.stats().active() == 0);
            boolean inPlace = runsInPlace(pool);
            early = System.nanoTime() - since < CROWDED_NANOS;
            assertThat(early && inPlace).isFalse();
        }
        if (POSSIBLE) {
            Callers.until("a caller runs its own work again", () -> runsInPlace(pool));
        }
    }

    @Test
    void aNewPoolIsNotCrowded() {
        Callers.until("one has run its own work within 10 ms", () -> {
            long since = System.nanoTime();
            try (ThreadPool pool = ThreadPool.builder().inPlace(1).build()) {
                return runsInPlace(pool) == POSSIBLE && System.nanoTime() - since < CROWDED_NANOS;
            }
        });
    }

    @Test
    void noCallerOvertakesWhatIsQueued() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(1).inPlace(1));
        List<String> order = new ArrayList<>();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submit(() -> order.add("queued"));
        Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> order.add("called")));
        Callers.until("both wait", () -> pool.stats().queued() == 2);
        gate.open();
        caller.result();
        assertThat(order).containsExactly("queued", "called");
    }

    @Test
    void suchACallerCountsAsOneOfMaxThreads() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(1).inPlace(1));
        Caller<Thread> caller = waitingInWork(pool);
        CountDownLatch ran = new CountDownLatch(1);
        pool.submit(ran::countDown);
        Callers.until(
                "no worker searches",
                () -> pool.stats().newThreads() + pool.stats().pendingThreads() == 0
                        && pool.stats().idleThreads() == pool.stats().curThreads() - (POSSIBLE ? 0 : 1));
        assertThat(pool.stats().queued()).isOne();
        assertThat(pool.stats().active()).isOne();
        gate.open();
        ran.await(); // a worker was sent when the caller had ended
        caller.result();
    }

    @Test
    void suchACallerHoldsAPlaceBelowTheBound() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(1).maxQueued(0).inPlace(1));
        Caller<Thread> caller = waitingInWork(pool);
        assertThatThrownBy(() -> pool.submit(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ZERO)))
                .isInstanceOf(TimeoutException.class);
        Caller<Integer> waiting = Callers.virtual(() -> pool.submitCo(() -> 2));
        Callers.until("it waits for a place", () -> pool.stats().waiting() == 1);
        gate.open();
        assertThat(waiting.result()).isEqualTo(2);
        caller.result();
    }

    @Test
    void suchACallerHoldsAPermitOfItsSlice() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(2));
        Slice slice = pool.slice("one", 1);
        Caller<Thread> caller = waitingInWork(slice);
        assertThat(slice.stats().active()).isOne();
        Caller<Integer> waiting = Callers.virtual(() -> slice.submitCo(() -> 2));
        Callers.until("it waits for the permit", () -> slice.stats().queued() == 1);
        gate.open();
        assertThat(waiting.result()).isEqualTo(2);
        assertThat(caller.result() == caller.thread).isEqualTo(POSSIBLE);
        slice.close();
    }

    /** The caller that ends takes no other request: a worker is sent to the one that gets its permit. */
    @Test
    void thePermitThatSuchACallerGivesBackIsUsedBesideAFloorToo() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(2).inPlace(2));
        Slice slice = pool.sliceBuilder("kept").reserved(1).maxConcurrent(1).build();
        Caller<Thread> caller = waitingInWork(slice);
        CountDownLatch ran = new CountDownLatch(1);
        slice.submit(ran::countDown);
        assertThat(slice.stats().queued()).isOne();
        gate.open();
        caller.result();
        ran.await();
    }

    @Test
    void suchACallerLeavesTheWorkersOfAFloor() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(2).inPlace(2));
        Slice slice = pool.sliceBuilder("kept").reserved(1).build();
        Caller<Thread> caller = waitingInWork(pool);
        Caller<Thread> second = Callers.virtual(() -> pool.submitCo(Thread::currentThread));
        Callers.until("the last worker is kept from it", () -> pool.stats().queued() == 1);
        assertThat(Callers.onVirtual(() -> slice.submitCo(() -> 3))).isEqualTo(3);
        gate.open();
        assertThat(second.result()).isNotNull();
        caller.result();
    }

    @Test
    void aCallerOfASliceWithAFloorIsOneOfItsWorkers() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(2).inPlace(3));
        Slice slice = pool.sliceBuilder("kept").reserved(1).maxConcurrent(2).build();
        Caller<Thread> ofPool = waitingInWork(pool);
        Caller<Thread> ofSlice = waitingInWork(slice);
        Caller<Thread> third = Callers.virtual(() -> slice.submitCo(Thread::currentThread));
        Callers.until("no worker is left for it", () -> pool.stats().queued() == 1);
        gate.open();
        third.result();
        ofPool.result();
        assertThat(ofSlice.result() == ofSlice.thread).isEqualTo(POSSIBLE);
    }

    @Test
    void workInPlaceThatAsksItsOwnPoolRunsThatInPlaceToo() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().maxThreads(1).inPlace(1));
        Thread thread;
        do {
            thread = Callers.onVirtual(() -> pool.submitCo(() -> {
                Thread me = Thread.currentThread();
                assertThat(pool.submitCo(Thread::currentThread)).isSameAs(me);
                assertThat(pool.asExecutorService()
                                .submit(Thread::currentThread)
                                .get())
                        .isSameAs(me);
                return me;
            }));
        } while (thread.isVirtual() != POSSIBLE); // handed over although there is room
    }

    @Test
    void workInPlaceCannotCloseItsPool() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> pool.close());
            return null;
        });
        assertThat(caller.failure()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closeWaitsForWorkInPlace() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Caller<Thread> caller = waitingInWork(pool);
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
        caller.result();
    }

    @Test
    void closeThatGivesUpInterruptsTheWorkAndNotItsCaller() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Caller<Boolean> caller = Callers.virtual(() -> {
            pool.submitCo(() -> {
                try {
                    gate.pass();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            return Thread.currentThread().isInterrupted();
        });
        gate.awaitArrived(1);
        assertThat(pool.close(Duration.ZERO)).isTrue();
        assertThat(caller.result()).isFalse();
    }

    @Test
    void anInterruptOfTheCallerStays() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Caller<Boolean> caller = Callers.virtual(() -> {
            pool.submitCo(gate::passUninterruptibly);
            return Thread.currentThread().isInterrupted();
        });
        gate.awaitArrived(1);
        Callers.interrupt(caller);
        gate.open();
        assertThat(caller.result()).isTrue();
    }

    @Test
    void workWithACancellerIsHandedOver() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        AtomicReference<Thread> ranOn = new AtomicReference<>();
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    () -> {
                        ranOn.set(Thread.currentThread());
                        gate.pass();
                    },
                    CallOptions.defaults().onCancel(Canceller.interrupt()));
            return null;
        });
        gate.awaitArrived(1);
        Callers.interrupt(caller);
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(ranOn.get().isVirtual()).isFalse();
    }

    @Test
    void workInPlaceThatEndsTooLateIsReportedSo() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(gate::pass, CallOptions.defaults().endWithin(Duration.ofMillis(200)));
            return null;
        });
        gate.awaitArrived(1);
        Await.timer(Duration.ofMillis(250));
        gate.open();
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class).hasMessageContaining("did not end in time");
    }

    @Test
    void whatTheWorkThrowsComesThroughAsItself() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        IOException thrown = new IOException("of the work");
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> {
                throw thrown;
            });
            return null;
        });
        assertThat(caller.failure()).isSameAs(thrown);
        assertThat(pool.stats().failed()).isOne();
    }

    @Test
    void theWorkSeesThePoolsClassLoaderAndTheCallerItsOwnAgain() throws Exception {
        ClassLoader ofPool = new ClassLoader(null) {};
        ClassLoader ofCaller = new ClassLoader(null) {};
        ThreadPool pool = open(ThreadPool.builder().inPlace(1).contextClassLoader(ofPool));
        Callers.onVirtual(() -> {
            Thread me = Thread.currentThread();
            me.setName("caller");
            me.setContextClassLoader(ofCaller);
            pool.submitCo(() -> {
                assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(ofPool);
                Thread.currentThread().setName("renamed");
                Thread.currentThread().setContextClassLoader(null);
            });
            assertThat(me.getContextClassLoader()).isSameAs(ofCaller);
            assertThat(me.getName()).isEqualTo("caller");
            return null;
        });
    }

    @Test
    void theDecoratorSurroundsIt() throws Exception {
        ThreadLocal<String> context = new ThreadLocal<>();
        ThreadPool pool = open(ThreadPool.builder().inPlace(1).taskDecorator(task -> () -> {
            context.set("of the caller");
            task.run();
            context.remove();
        }));
        assertThat(Callers.onVirtual(() -> pool.submitCo(context::get) + ", " + context.get()))
                .isEqualTo("of the caller, null");
    }

    @Test
    void workersShowsTheCaller() throws Exception {
        ThreadPool pool = open(ThreadPool.builder().inPlace(1));
        Slice slice = pool.slice("named", 1);
        Caller<Thread> caller = waitingInWork(slice);
        List<WorkerInfo> busy =
                pool.workers().stream().filter(info -> !info.isIdle()).toList();
        assertThat(busy).hasSize(1);
        assertThat(busy.get(0).thread() == caller.thread).isEqualTo(POSSIBLE);
        assertThat(busy.get(0).layer()).isEqualTo("co");
        assertThat(busy.get(0).slice()).isEqualTo("named");
        gate.open();
        caller.result();
        Callers.until("none is busy", () -> pool.workers().stream().allMatch(WorkerInfo::isIdle));
    }

    @Test
    void stuckWorkIsReported() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = open(ThreadPool.builder().inPlace(1).stuckAfter(Duration.ofMillis(50)));
            Caller<Thread> caller = waitingInWork(pool);
            Callers.until(
                    "it is reported",
                    () -> pool.stats().stuck() == 1
                            && log.records().stream()
                                    .anyMatch(record -> record.getMessage().contains("stuckAfter")));
            gate.open();
            caller.result();
            Callers.until("it is not stuck any more", () -> pool.stats().stuck() == 0);
        }
    }
}
