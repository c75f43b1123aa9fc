package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.Attribute;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers that run their own work hold carriers: other virtual threads have as many as before. */
class InPlaceCarriersTest {
    private static final boolean POSSIBLE = Runtime.version().feature() >= 24;
    private static final int CALLERS = Runtime.getRuntime().availableProcessors() + 2;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger arrived = new AtomicInteger();

    private static int parallelism() throws JMException {
        try {
            return (int) ManagementFactory.getPlatformMBeanServer().getAttribute(scheduler(), "Parallelism");
        } catch (InstanceNotFoundException e) {
            return Runtime.getRuntime().availableProcessors(); // as it is and stays on an older JDK
        }
    }

    private static ObjectName scheduler() throws JMException {
        return new ObjectName("jdk.management:type=VirtualThreadScheduler");
    }

    /** Once no call is in place any more: another test's carriers are gone. */
    private static int restedParallelism() throws Exception {
        try (ThreadPool pool = ThreadPool.builder().inPlace(1).build()) {
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
        }
        return parallelism();
    }

    private ThreadPool open(int inPlace) {
        ThreadPool pool = pools.open(ThreadPool.builder().inPlace(inPlace));
        if (POSSIBLE) {
            Callers.until("a caller runs its own work", () -> {
                try {
                    return Callers.onVirtual(() -> pool.submitCo(Thread::currentThread) == Thread.currentThread());
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            InPlaceTest.awaitNoQueue();
        }
        return pool;
    }

    /** As native code would, but for an end. */
    private void holdTheCarrier() {
        arrived.incrementAndGet();
        while (!over.get()) {
            Thread.onSpinWait();
        }
    }

    /** Returns false at once on a worker, to which a call may be handed over although there is room. */
    private boolean holdTheCarrierInPlace() {
        boolean holds = !POSSIBLE || Thread.currentThread().isVirtual();
        if (holds) {
            holdTheCarrier();
        }
        return holds;
    }

    private List<Caller<Object>> hold(ThreadPool pool, int callers) {
        List<Caller<Object>> started = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            started.add(Callers.virtual(() -> {
                boolean held = false;
                while (!held) {
                    held = pool.submitCo(this::holdTheCarrierInPlace);
                }
                return null;
            }));
        }
        Callers.until("all hold their threads", () -> arrived.get() == callers);
        return started;
    }

    @Test
    void otherVirtualThreadsRunWhileMoreCallersThanCarriersAreInPlace() throws Exception {
        int before = restedParallelism();
        ThreadPool pool = open(CALLERS);
        List<Caller<Object>> callers = hold(pool, CALLERS);
        assertThat(parallelism()).isEqualTo(POSSIBLE ? before + CALLERS : before);
        Callers.onVirtual(() -> over.getAndSet(true));
        for (Caller<Object> caller : callers) {
            caller.result();
        }
        pool.close();
        assertThat(parallelism()).isEqualTo(before);
    }

    @Test
    void withoutACloseTheyAreTakenAwayAfterAWhile() throws Exception {
        int before = restedParallelism();
        ThreadPool pool = open(2);
        List<Caller<Object>> callers = hold(pool, 2);
        over.set(true);
        for (Caller<Object> caller : callers) {
            caller.result();
        }
        Callers.until("the scheduler is as before", () -> {
            try {
                return parallelism() == before;
            } catch (JMException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void whatOthersSetMeanwhileStaysByDifference() throws Exception {
        if (!POSSIBLE) {
            assertThat(restedParallelism()).isEqualTo(parallelism());
            return;
        }
        int before = restedParallelism();
        ThreadPool pool = open(2);
        hold(pool, 2);
        setParallelism(parallelism() + 1);
        try {
            over.set(true);
            pool.close();
            assertThat(parallelism()).isEqualTo(before + 1);
        } finally {
            setParallelism(before);
        }
    }

    private static void setParallelism(int size) throws JMException {
        ManagementFactory.getPlatformMBeanServer().setAttribute(scheduler(), new Attribute("Parallelism", size));
    }

    /** All other carriers are held by threads that do not call the pool, so only the caller can make room. */
    @RepeatedTest(10) // which queue its carrier looks at depends on chance
    void aCallerThatGoesOnFromCallToCallGivesUpItsCarrier() throws Exception {
        ThreadPool pool = open(2);
        AtomicInteger ownRuns = new AtomicInteger();
        Caller<Object> caller = Callers.virtual(() -> {
            while (!over.get()) {
                if (pool.submitCo(Thread::currentThread) == Thread.currentThread()) {
                    ownRuns.incrementAndGet();
                }
            }
            return null;
        });
        if (POSSIBLE) {
            Callers.until("it runs its own work", () -> ownRuns.get() > 1_000);
        }
        int others = parallelism() - (POSSIBLE ? 1 : 0);
        List<Caller<Object>> holders = new ArrayList<>();
        try {
            for (int i = 0; i < others; i++) {
                holders.add(Callers.virtual(() -> {
                    holdTheCarrier();
                    return null;
                }));
            }
            Callers.until("all other carriers are held", () -> arrived.get() == others);
            if (POSSIBLE) {
                assertThat(Callers.onVirtual(() -> 1)).isOne();
            }
        } finally {
            over.set(true);
        }
        for (Caller<Object> holder : holders) {
            holder.result();
        }
        caller.result();
    }

    @Test
    void workThatThrowsAnErrorGivesItsCarrierBack() throws Exception {
        int before = restedParallelism();
        ThreadPool pool = open(1);
        for (int i = 0; i < 100; i++) {
            Caller<Object> caller = Callers.virtual(() -> {
                pool.submitCo(() -> {
                    throw new StackOverflowError("of the work");
                });
                return null;
            });
            assertThatThrownBy(caller::result).isInstanceOf(StackOverflowError.class);
        }
        pool.close();
        assertThat(parallelism()).isEqualTo(before);
    }

    @Test
    void aCallThatFindsNoWorkerFreeTakesNoCarrier() throws Exception {
        int before = restedParallelism();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).inPlace(2));
        Gate busy = new Gate();
        pool.submit(busy::pass);
        busy.awaitArrived(1);
        Caller<Boolean> caller =
                Callers.virtual(() -> pool.submitCo(() -> Thread.currentThread().isVirtual()));
        Callers.until("it is queued", () -> pool.stats().queued() == 1);
        busy.open();
        assertThat(caller.result()).isFalse();
        assertThat(restedParallelism()).isEqualTo(before);
        pool.close();
        assertThat(parallelism()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void workInPlaceKeepsTheJvmAliveUnlessWorkersAreDaemons(boolean daemon) throws Exception {
        restedParallelism();
        ThreadPool pool = pools.open(ThreadPool.builder().inPlace(1).daemon(daemon));
        Callers.until("the JVM may end", () -> !isKeptAlive());
        Callers.until("a caller runs its own work", () -> {
            try {
                Boolean kept = Callers.<Boolean>onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isVirtual() ? isKeptAlive() : null));
                assertThat(kept).isIn(null, !daemon);
                return kept != null || !POSSIBLE;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static boolean isKeptAlive() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("coworker-keep-alive"));
    }
}
