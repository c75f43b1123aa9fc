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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the thread of a worker is like: its name, what it inherits, its interrupt status. */
class WorkerThreadTest {
    private static final InheritableThreadLocal<String> HERITAGE = new InheritableThreadLocal<>();

    /** Which thread starts the first worker. */
    private enum Starter {
        THE_TEST_IN_A_POLL,
        THE_LOOP_THREAD,
        THE_TIMER
    }

    /** What a worker could have got from the thread that created it. */
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

    private AioContext contextFor(Starter starter) {
        return pools.closeAfterwards(
                starter == Starter.THE_LOOP_THREAD ? AioContext.start("plain") : AioContext.manual());
    }

    @ParameterizedTest
    @EnumSource
    void noWorkerInheritsFromAnyThreadButTheLoaderOfTheOneThatBuiltThePool(Starter starter) throws Exception {
        AioContext context = contextFor(starter);
        Inherited built = setInheritable("the builder's");
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        setInheritable("the polling thread's");
        List<Inherited> seen = Collections.synchronizedList(new ArrayList<>());
        Gate gate = new Gate();
        for (int i = 0; i < 5; i++) {
            submitFromElsewhere(pool, () -> {
                seen.add(Inherited.read());
                setInheritable("the work's");
                gate.pass();
            });
        }
        if (starter == Starter.THE_TEST_IN_A_POLL) {
            context.poll(true);
        }
        gate.awaitArrived(5);
        gate.open();
        assertThat(seen).hasSize(5).containsOnly(new Inherited(null, built.loader()));
    }

    @ParameterizedTest
    @EnumSource
    void minWorkersInheritTheBuildersLoaderOnly(Starter starter) throws Exception {
        AioContext context = contextFor(starter);
        Inherited built = setInheritable("the builder's");
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).minThreads(3));
        setInheritable("the polling thread's");
        if (starter == Starter.THE_TEST_IN_A_POLL) {
            context.poll(true);
        }
        awaitIdle(pool, 3);
        assertThat(Callers.onVirtual(() -> pool.submitCo(Inherited::read)))
                .isEqualTo(new Inherited(null, built.loader()));
    }

    @Test
    void theLoaderOfTheBuilderCountsMoreThanThatOfTheThreadThatBuilds() throws Exception {
        ClassLoader given = setInheritable("given").loader();
        setInheritable("the builder's");
        ThreadPool pool = pools.open(ThreadPool.builder().contextClassLoader(given));
        assertThat(Callers.onVirtual(() -> pool.submitCo(Inherited::read))).isEqualTo(new Inherited(null, given));
    }

    @Test
    void aForeignFactorysThreadsGetTheLoaderToo() throws Exception {
        ClassLoader given = setInheritable("given").loader();
        ThreadPool pool =
                pools.open(ThreadPool.builder().contextClassLoader(given).threadFactory(worker -> {
                    Thread thread = new Thread(worker);
                    thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
                    return thread;
                }));
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().getContextClassLoader())))
                .isSameAs(given);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void callbacksOnTheLibrarysOwnLoopsSeeTheLoaderAndLeaveTheLoopAsItWas(boolean main) throws Exception {
        AioContext context = main ? AioContext.main() : pools.closeAfterwards(AioContext.start("plain"));
        ClassLoader given = setInheritable("given").loader();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).contextClassLoader(given));
        Outcome<ClassLoader> seen = new Outcome<>();
        pool.submitAio(() -> 1, (value, failure) -> {
            seen.accept(Thread.currentThread().getContextClassLoader(), null);
            Thread.currentThread().setContextClassLoader(new ClassLoader("left behind", null) {});
        });
        assertThat(seen.value()).isSameAs(given);
        Outcome<ClassLoader> next = new Outcome<>();
        pool.submitAio(
                () -> 1, (value, failure) -> next.accept(Thread.currentThread().getContextClassLoader(), null));
        assertThat(next.value()).isSameAs(given);
        Outcome<ClassLoader> afterwards = new Outcome<>();
        context.execute(() -> afterwards.accept(Thread.currentThread().getContextClassLoader(), null));
        assertThat(afterwards.value()).isSameAs(ClassLoader.getSystemClassLoader());
    }

    @Test
    void callbacksOfTwoPoolsOnOneLoopSeeEachItsOwnLoader() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("shared"));
        for (String name : List.of("one", "two")) {
            ClassLoader given = setInheritable(name).loader();
            ThreadPool pool = pools.open(ThreadPool.builder().context(context).contextClassLoader(given));
            Outcome<ClassLoader> seen = new Outcome<>();
            pool.submitAio(
                    () -> 1,
                    (value, failure) -> seen.accept(Thread.currentThread().getContextClassLoader(), null));
            assertThat(seen.value()).isSameAs(given);
        }
    }

    @Test
    void anApplicationsOwnThreadKeepsItsLoaderInCallbacks() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ClassLoader given = setInheritable("given").loader();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).contextClassLoader(given));
        ClassLoader own = setInheritable("the polling thread's").loader();
        Outcome<ClassLoader> seen = new Outcome<>();
        pool.submitAio(
                () -> 1, (value, failure) -> seen.accept(Thread.currentThread().getContextClassLoader(), null));
        Await.polling(context, "it is delivered", () -> seen.calls() == 1);
        assertThat(seen.value()).isSameAs(own);
    }

    @Test
    void whatWorkChangesOfItsThreadIsPutBackBeforeTheNextRequest() throws Exception {
        ClassLoader given = setInheritable("given").loader();
        ThreadPool pool =
                pools.open(ThreadPool.builder().name("disk").maxThreads(1).contextClassLoader(given));
        List<Action<?>> changes = List.of(
                () -> Thread.currentThread().setContextClassLoader(new ClassLoader("the work's", null) {}),
                () -> Thread.currentThread().setName("renamed"),
                () -> Thread.currentThread().setPriority(Thread.MIN_PRIORITY),
                () -> Thread.currentThread().interrupt());
        for (Action<?> change : changes) {
            pool.submit(change);
            pool.submitAio(
                    () -> {
                        change.run();
                        return null;
                    },
                    (value, failure) -> {});
            Callers.onVirtual(() -> {
                pool.submitCo(() -> {
                    change.run();
                    return null;
                });
                return null;
            });
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> {
                        Thread me = Thread.currentThread();
                        return List.of(me.getContextClassLoader(), me.getName(), me.getPriority(), me.isInterrupted());
                    })))
                    .containsExactly(given, "disk-worker-1", Thread.NORM_PRIORITY, false);
        }
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
