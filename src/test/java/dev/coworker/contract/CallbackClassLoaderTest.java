package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The context class loader that callbacks see. */
class CallbackClassLoaderTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ClassLoader given = new ClassLoader("given", ClassLoader.getSystemClassLoader()) {};
    private final ClassLoader other = new ClassLoader("other", ClassLoader.getSystemClassLoader()) {};
    private final List<ClassLoader> seen = new ArrayList<>(); // by callbacks, in turn

    private static ClassLoader current() {
        return Thread.currentThread().getContextClassLoader();
    }

    private ThreadPool open(AioContext context) {
        return pools.open(ThreadPool.builder().context(context).contextClassLoader(given));
    }

    /** Each callback sets the thread another loader. */
    private void submit(ThreadPool pool, CountDownLatch delivered) {
        pool.submitAio(() -> null, (value, failure) -> {
            seen.add(current());
            Thread.currentThread().setContextClassLoader(other);
            delivered.countDown();
        });
    }

    /** 256 callbacks are one batch. */
    @ParameterizedTest
    @ValueSource(ints = {2, 300})
    void onALoopOfTheLibraryItIsThePoolsAndTheLoopGetsItsOwnBack(int callbacks) throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("callbacks"));
        ThreadPool pool = open(context);
        ClassLoader own = LoopContextTest.call(context, CallbackClassLoaderTest::current);
        CountDownLatch delivered = new CountDownLatch(callbacks);
        Gate inLoop = new Gate();
        context.execute(inLoop::passUninterruptibly); // so that they come together
        for (int i = 0; i < callbacks; i++) {
            submit(pool, delivered);
        }
        Callers.until("all have run", () -> pool.stats().completed() == callbacks);
        inLoop.open();
        assertThat(delivered.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(LoopContextTest.call(context, CallbackClassLoaderTest::current))
                .isSameAs(own)
                .isNotSameAs(given);
        assertThat(seen).hasSize(callbacks).containsOnly(given);
    }

    @Test
    void onAThreadOfTheUsersItIsThatThreads() {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = open(context);
        ClassLoader own = current();
        CountDownLatch delivered = new CountDownLatch(1);
        try {
            submit(pool, delivered);
            while (delivered.getCount() > 0) {
                context.poll(true);
            }
            assertThat(current()).isSameAs(other);
            assertThat(seen).containsExactly(own);
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
    }
}
