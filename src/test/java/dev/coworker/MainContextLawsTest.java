package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The context of the whole JVM, and the loop that has a thread only while it is used. */
class MainContextLawsTest {
    private static final Duration LONG = Duration.ofSeconds(10);

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    /** A context such as main(), but for how long its thread is kept. */
    private static AioContext keptFor(String name, Duration unused) throws ReflectiveOperationException {
        Constructor<AioContext> constructor = AioContext.class.getDeclaredConstructor(String.class, Home.class);
        constructor.setAccessible(true);
        return constructor.newInstance(name, new Home.Loop(name, unused.toNanos()));
    }

    private static void join(Thread thread) throws InterruptedException {
        thread.join(30_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void thereIsOneMainContext() {
        assertThat(AioContext.main()).isSameAs(AioContext.main());
    }

    @Test
    void itRunsItsHandlersOnADaemonWithTheSystemClassLoader() throws Exception {
        Thread loop = LoopContextLawsTest.threadOf(AioContext.main());

        assertThat(loop.getName()).isEqualTo("coworker-main");
        assertThat(loop.isDaemon()).isTrue();
        assertThat(loop.getContextClassLoader()).isSameAs(ClassLoader.getSystemClassLoader());
        assertThat(LoopContextLawsTest.call(AioContext.main(), AioContext::current))
                .isSameAs(AioContext.main());
    }

    @Test
    void itCannotBeClosed() throws Exception {
        assertThatThrownBy(AioContext.main()::close).isInstanceOf(UnsupportedOperationException.class);

        assertThat(LoopContextLawsTest.call(AioContext.main(), () -> "ran")).isEqualTo("ran");
    }

    @Test
    void aPoolUsesItUnlessItIsGivenAnother() {
        assertThat(pools.open().context()).isSameAs(AioContext.main());
    }

    @Test
    @Tag("soak")
    void itsThreadEndsTenSecondsAfterTheLastUseAndAnotherStartsOnNeed() throws Exception {
        long lastUse = System.nanoTime();
        Thread loop = LoopContextLawsTest.threadOf(AioContext.main());

        join(loop);

        assertThat(System.nanoTime() - lastUse).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(10));
        assertThat(LoopContextLawsTest.threadOf(AioContext.main())).isNotSameAs(loop);
    }

    @Test
    void aLoopHasNoThreadBeforeSomethingIsScheduled() throws Exception {
        AioContext context = keptFor("nobody needs it", LONG);
        context.newBottomHalf(() -> {}).cancel();
        context.setEventNotifier(new EventNotifier(), () -> {});

        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("nobody needs it"));
    }

    @Test
    void aLoopIsKeptBetweenUsesThatFollowEachOther() throws Exception {
        AioContext context = keptFor("used", LONG);
        Thread loop = LoopContextLawsTest.threadOf(context);
        LoopContextLawsTest.untilAsleep(context, loop);

        assertThat(LoopContextLawsTest.threadOf(context)).isSameAs(loop);
    }

    @Test
    void aLoopIsKeptAfterAUseThatWokeItToo() throws Exception {
        AioContext context = keptFor("used and used", LONG);
        Thread loop = LoopContextLawsTest.threadOf(context);
        LoopContextLawsTest.untilAsleep(context, loop);
        LoopContextLawsTest.threadOf(context);
        LoopContextLawsTest.untilAsleep(context, loop);

        assertThat(LoopContextLawsTest.threadOf(context)).isSameAs(loop);
    }

    @Test
    void aLoopEndsUnusedAndAnotherStartsOnNeed() throws Exception {
        AioContext context = keptFor("seldom used", Duration.ofMillis(1));
        Thread first = LoopContextLawsTest.threadOf(context);
        join(first);

        Thread second = LoopContextLawsTest.threadOf(context);

        assertThat(second).isNotSameAs(first);
        assertThat(second.getName()).isEqualTo(first.getName());
        assertThat(second.isDaemon()).isTrue();
        join(second);
    }

    @Test
    void aLoopIsInContextOnTheThreadItHasNow() throws Exception {
        AioContext context = keptFor("seldom used", Duration.ofMillis(1));
        join(LoopContextLawsTest.threadOf(context));

        assertThat(LoopContextLawsTest.call(context, () -> context.inContext() && !context.poll(false)))
                .isTrue();
        assertThat(LoopContextLawsTest.call(context, AioContext::current)).isSameAs(context);
    }

    @Test
    void aNotifierThatIsSetStartsALoopThatHasEnded() throws Exception {
        AioContext context = keptFor("seldom used", Duration.ofMillis(1));
        AtomicInteger runs = new AtomicInteger();
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, () -> {
            notifier.testAndClear();
            runs.incrementAndGet();
        });
        join(LoopContextLawsTest.threadOf(context));

        notifier.set();

        Callers.until("handled", () -> runs.get() == 1);
    }

    @Test
    void nothingIsLostNorOutOfOrderWhileLoopsEndAndStart() throws Exception {
        LoopContextLawsTest.keepsOrderAndLosesNothing(keptFor("hardly kept", Duration.ZERO));
    }

    @Test
    void noScheduleIsLostWhileALoopEnds() throws Exception {
        AioContext context = keptFor("hardly kept", Duration.ZERO);
        AtomicInteger runs = new AtomicInteger();
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        for (int i = 1; i <= 100; i++) {
            int expected = i;
            EventNotifierThreadsLawsTest.pause(i);
            bottomHalf.schedule();
            EventNotifierThreadsLawsTest.soon(() -> runs.get() == expected);
        }
    }
}
