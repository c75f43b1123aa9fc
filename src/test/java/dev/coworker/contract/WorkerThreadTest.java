package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the thread of a worker is like: its name, what it inherits, its interrupt status. */
class WorkerThreadTest {
    private static final InheritableThreadLocal<String> HERITAGE = new InheritableThreadLocal<>();

    /** What a worker has got from the thread that created it. */
    private record Inherited(String heritage, ClassLoader loader) {
        static Inherited read() {
            return new Inherited(HERITAGE.get(), Thread.currentThread().getContextClassLoader());
        }
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ClassLoader original = Thread.currentThread().getContextClassLoader();

    @AfterEach
    void restore() {
        HERITAGE.remove();
        Thread.currentThread().setContextClassLoader(original);
    }

    /** Marks the calling thread. */
    private static Inherited setInheritable(String heritage) {
        ClassLoader loader = new ClassLoader(heritage, ClassLoader.getSystemClassLoader()) {};
        HERITAGE.set(heritage);
        Thread.currentThread().setContextClassLoader(loader);
        return new Inherited(heritage, loader);
    }

    /** A platform thread that is marked, submits, and has ended. */
    private static void submitFromElsewhere(ThreadPool pool, Action<?> work) throws Exception {
        Callers.platform(() -> {
                    setInheritable("the submitter's");
                    pool.submit(work);
                    return null;
                })
                .result();
    }

    private static void awaitIdle(ThreadPool pool, int idle) {
        Callers.until(idle + " idle", () -> pool.stats().idleThreads() == idle);
    }

    @Test
    void workersAreNamedForThePoolAndNumbered() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk"));
        Set<String> names = ConcurrentHashMap.newKeySet();
        Gate gate = new Gate();
        for (int i = 0; i < 3; i++) {
            pool.submit(() -> {
                names.add(Thread.currentThread().getName());
                gate.pass();
            });
        }
        gate.awaitArrived(3);
        gate.open();
        assertThat(names).containsExactlyInAnyOrder("disk-worker-1", "disk-worker-2", "disk-worker-3");
    }

    @Test
    void aNameIsNotChangedByWhatTheWorkerRuns() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        worker.setName("renamed by its user");
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().getName())))
                .isEqualTo("renamed by its user");
    }

    @Test
    void workersAreNoDaemonsUnlessAsked() throws Exception {
        ThreadPool plain = pools.open();
        ThreadPool daemons = pools.open(ThreadPool.builder().daemon(true));
        assertThat(Callers.onVirtual(
                        () -> plain.submitCo(() -> Thread.currentThread().isDaemon())))
                .isFalse();
        assertThat(Callers.onVirtual(
                        () -> daemons.submitCo(() -> Thread.currentThread().isDaemon())))
                .isTrue();
    }

    @Test
    void workersOfACommonPoolAreNoDaemonsThoughTheContextsThreadIsOne() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().context(pools.closeAfterwards(AioContext.start("daemon loop"))));
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isDaemon())))
                .isFalse();
    }

    @Test
    void theFactoryDecidesWhatThreadsAreLike() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .threadFactory(Thread.ofPlatform().name("own-", 7).daemon().factory()));
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        assertThat(worker.getName()).isEqualTo("own-7");
        assertThat(worker.isDaemon()).isTrue();
    }

    @Test
    void aWorkerInheritsFromTheContextsThreadAndNotFromTheSubmitter() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pools.closeAfterwards(new HeldTimer());
        Inherited own = setInheritable("the context's");
        AtomicReference<Inherited> seen = new AtomicReference<>();
        submitFromElsewhere(pool, () -> seen.set(Inherited.read()));
        context.poll(true);
        awaitIdle(pool, 1);
        assertThat(seen.get()).isEqualTo(own);
    }

    @Test
    void theWholeBurstInheritsFromTheContextsThread() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pools.closeAfterwards(new HeldTimer());
        Inherited own = setInheritable("the context's");
        List<Inherited> seen = Collections.synchronizedList(new ArrayList<>());
        Gate gate = new Gate();
        for (int i = 0; i < 5; i++) {
            submitFromElsewhere(pool, () -> {
                seen.add(Inherited.read());
                setInheritable("the work's");
                gate.pass();
            });
        }
        context.poll(true);
        gate.awaitArrived(5);
        gate.open();
        assertThat(seen).hasSize(5).containsOnly(own);
    }

    @Test
    void aWorkerThatHasRunWorkPassesNothingOfItOn() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        Inherited own = setInheritable("the context's");
        for (int round = 0; round < 20; round++) {
            ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(2));
            pool.submit(() -> setInheritable("the work's"));
            context.poll(true);
            awaitIdle(pool, 1);
            AutoCloseable timer = pools.closeAfterwards(new HeldTimer());
            Gate gate = new Gate();
            List<Inherited> seen = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 2; i++) {
                pool.submit(() -> {
                    seen.add(Inherited.read());
                    gate.pass();
                });
            }
            Callers.until("both run", () -> {
                context.poll(false);
                return pool.stats().active() == 2;
            });
            gate.awaitArrived(2);
            gate.open();
            timer.close();
            assertThat(seen).hasSize(2).contains(own);
        }
    }

    @Test
    void minWorkersDoNotInheritFromTheBuilder() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("plain"));
        pools.closeAfterwards(new HeldTimer());
        Inherited plain = new Inherited(null, ClassLoader.getSystemClassLoader());
        setInheritable("the builder's");
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).minThreads(1));
        assertThat(Callers.onVirtual(() -> pool.submitCo(Inherited::read))).isEqualTo(plain);
    }

    @Test
    void aWorkerThatTheTimerStartedDoesNotInheritFromTheSubmitter() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        AtomicReference<Inherited> seen = new AtomicReference<>();
        submitFromElsewhere(pool, () -> seen.set(Inherited.read()));
        awaitIdle(pool, 1);
        assertThat(seen.get().heritage()).isNull();
        assertThat(seen.get().loader().getName()).isNotEqualTo("the submitter's");
    }

    @Test
    void anInterruptThatWorkLeavesBehindDoesNotReachTheNextRequest() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, failure) -> {
            thread.interrupt();
        }));
        List<Boolean> seen = Collections.synchronizedList(new ArrayList<>());
        Gate gate = new Gate();
        pool.submit(gate::pass);
        for (int i = 0; i < 3; i++) {
            pool.submit(() -> {
                seen.add(Thread.currentThread().isInterrupted());
                throw new IllegalStateException("interrupted by its handler");
            });
            pool.submitAio(
                    () -> {
                        seen.add(Thread.currentThread().isInterrupted());
                        Thread.currentThread().interrupt();
                        return null;
                    },
                    (value, failure) -> {});
        }
        Callers.Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> {
            boolean interrupted = Thread.currentThread().isInterrupted();
            Thread.currentThread().interrupt();
            return interrupted;
        }));
        Callers.until("all queued", () -> pool.stats().queued() == 7);
        gate.open();
        assertThat(caller.result()).isFalse();
        assertThat(seen).hasSize(6).containsOnly(false);
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isInterrupted())))
                .isFalse();
    }

    @Test
    void anInterruptFromBeforeTheFirstRequestDoesNotReachIt() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .threadFactory(worker -> new Thread(() -> {
                    Thread.currentThread().interrupt();
                    worker.run();
                })));
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isInterrupted())))
                .isFalse();
    }

    @Test
    void anIdleWorkerDropsAnInterruptAndKeepsWaiting() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        for (int i = 0; i < 3; i++) {
            awaitIdle(pool, 1);
            worker.interrupt();
            Callers.until(
                    "it waits, and has dropped it",
                    () -> !worker.isInterrupted() && worker.getState() == Thread.State.TIMED_WAITING);
        }
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isInterrupted())))
                .isFalse();
        assertThat(pool.stats().curThreads()).isEqualTo(1);
    }

    @Test
    void aMinWorkerDropsAnInterruptAndKeepsWaiting() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(1).maxThreads(1).idleTimeout(Duration.ZERO));
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        Callers.until("it waits for ever", () -> worker.getState() == Thread.State.WAITING);
        worker.interrupt();
        Callers.until(
                "it waits, and has dropped it",
                () -> !worker.isInterrupted() && worker.getState() == Thread.State.WAITING);
        assertThat(Callers.onVirtual(() -> pool.submitCo(Thread::currentThread)))
                .isSameAs(worker);
    }
}
