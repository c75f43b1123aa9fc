package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.EventNotifier;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The context of the whole JVM, and the loop that has a thread only while it is used. */
class MainContextTest {
    private static final Duration LONG = Duration.ofSeconds(10);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

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
        Thread loop = LoopContextTest.threadOf(AioContext.main());

        assertThat(loop.getName()).isEqualTo("coworker-main");
        assertThat(loop.isDaemon()).isTrue();
        assertThat(loop.getContextClassLoader()).isSameAs(ClassLoader.getSystemClassLoader());
        assertThat(LoopContextTest.call(AioContext.main(), AioContext::current)).isSameAs(AioContext.main());
    }

    @Test
    void itCannotBeClosed() throws Exception {
        assertThatThrownBy(AioContext.main()::close).isInstanceOf(UnsupportedOperationException.class);

        assertThat(LoopContextTest.call(AioContext.main(), () -> "ran")).isEqualTo("ran");
    }

    @Test
    void aPoolUsesItUnlessItIsGivenAnother() {
        assertThat(pools.open().context()).isSameAs(AioContext.main());
    }

    @Test
    void itsThreadIsKeptBetweenUsesThatFollowEachOther() throws Exception {
        AioContext context = AioContext.main();
        Thread loop = LoopContextTest.threadOf(context);
        for (int use = 0; use < 3; use++) {
            LoopContextTest.untilAsleep(context, loop);
            assertThat(LoopContextTest.threadOf(context)).isSameAs(loop);
        }
    }

    @Test
    void itIsInContextOnItsOwnThreadOnly() throws Exception {
        AioContext context = AioContext.main();
        assertThat(LoopContextTest.call(context, () -> context.inContext() && !context.poll(false)))
                .isTrue();
        assertThat(context.inContext()).isFalse();
    }

    @Test
    @Tag("soak")
    void itsThreadEndsTenSecondsAfterTheLastUseAndAnotherStartsOnNeed() throws Exception {
        long lastUse = System.nanoTime();
        Thread loop = LoopContextTest.threadOf(AioContext.main());

        join(loop);

        assertThat(System.nanoTime() - lastUse).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(10));
        Thread next = LoopContextTest.threadOf(AioContext.main());
        assertThat(next).isNotSameAs(loop);
        assertThat(next.getName()).isEqualTo(loop.getName());
        assertThat(next.isDaemon()).isTrue();
    }

    @Test
    @Tag("soak")
    void aNotifierThatIsSetStartsAThreadThatHasEnded() throws Exception {
        AioContext context = AioContext.main();
        Outcome<Object> handled = new Outcome<>();
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, () -> {
            notifier.testAndClear();
            handled.accept(null, null);
        });
        Thread loop = LoopContextTest.threadOf(context);
        join(loop);

        notifier.set();

        assertThat(handled.thread()).isNotSameAs(loop);
        context.setEventNotifier(notifier, null);
    }
}
