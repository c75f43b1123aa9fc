package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SubmitTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @Test
    void theWorkRunsOnAWorker() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("plain"));
        Outcome<Thread> ran = new Outcome<>();
        pool.submit(() -> ran.accept(Thread.currentThread(), null));
        assertThat(ran.value().getName()).startsWith("plain-worker-");
        assertThat(ran.value().isVirtual()).isFalse();
    }

    @Test
    void itDoesNotWaitForTheWork() throws Exception {
        ThreadPool pool = pools.open();
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        assertThat(pool.stats().active()).isOne();
        gate.open();
    }

    /** Compiles only as long as the work's checked exceptions need no handler at the call. */
    @Test
    void theWorkMayThrowCheckedExceptions() throws Exception {
        Outcome<Object> handled = new Outcome<>();
        ThreadPool pool =
                pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> handled.accept(thread, e)));
        pool.submit(() -> {
            throw new IOException("checked");
        });
        assertThat(handled.failure()).isInstanceOf(IOException.class);
    }

    @Test
    void anyThreadMaySubmit() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        CountDownLatch ran = new CountDownLatch(5);
        pool.submit(ran::countDown);
        Thread.startVirtualThread(() -> pool.submit(ran::countDown));
        context.execute(() -> pool.submit(ran::countDown));
        pool.submit(() -> pool.submit(ran::countDown));
        pool.submitAio(() -> null, (value, failure) -> pool.submit(ran::countDown));
        assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void everythingSubmittedRunsOnce() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        List<AtomicInteger> runs = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            AtomicInteger run = new AtomicInteger();
            runs.add(run);
            pool.submit(run::incrementAndGet);
        }
        pool.close();
        assertThat(runs).allMatch(run -> run.get() == 1);
        assertThat(pool.stats().completed()).isEqualTo(5_000);
    }

    @Test
    void oneWorkerServesInOrder() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        List<Integer> served = new ArrayList<>();
        List<Integer> submitted = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            int n = i;
            submitted.add(n);
            pool.submit(() -> served.add(n));
        }
        pool.close();
        assertThat(served).isEqualTo(submitted);
    }

    @Test
    void theWorkerOutlivesAFailure() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> {}));
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            pool.submit(() -> {
                workers.add(Thread.currentThread());
                throw new IOException("failed");
            });
        }
        pool.close();
        assertThat(workers).hasSize(3).containsOnly(workers.get(0));
        assertThat(pool.stats().failed()).isEqualTo(3);
    }
}
