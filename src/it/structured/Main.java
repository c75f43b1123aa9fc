import dev.coworker.CallOptions;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.FailedException;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.StructuredTaskScope.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Forks calls of submitCo in structured scopes, and prints what comes of them. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        try (ThreadPool pool = ThreadPool.builder().name("scoped").maxThreads(1).build()) {
            System.out.println("values: " + values(pool));
            System.out.println("failure: " + failure(pool));
            System.out.println("timeout: " + timeout(pool));
            System.out.println("running: " + running(pool));
            System.out.println("given up: " + givenUp(pool));
            System.out.println("pool: " + pool.stats().queued() + " queued, "
                    + pool.stats().canceled() + " canceled");
        }
    }

    private static String values(ThreadPool pool) throws Exception {
        try (var scope = StructuredTaskScope.open()) {
            Subtask<String> left = scope.fork(() -> pool.submitCo(() -> "left"));
            Subtask<Integer> right = scope.fork(() -> pool.submitCo(() -> 42));
            scope.join();
            return left.get() + ", " + right.get();
        }
    }

    /** The one worker is busy: the sibling is parked in submitCo, its work queued, when the other fails. */
    private static String failure(ThreadPool pool) throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        CountDownLatch gate = occupy(pool);
        Subtask<Boolean> sibling = null;
        try (var scope = StructuredTaskScope.open(Joiner.<Boolean>awaitAllSuccessfulOrThrow())) {
            sibling = scope.fork(() -> pool.submitCo(() -> ran.getAndSet(true)));
            scope.fork(() -> {
                untilQueued(pool);
                throw new IOException("no such block");
            });
            scope.join();
            return "none";
        } catch (FailedException e) {
            return e.getCause() + ", sibling " + sibling.state() + ", queued "
                    + pool.stats().queued();
        } finally {
            gate.countDown();
            pool.asExecutorService().submit(() -> {}).get();
            System.out.println("the sibling's work ran: " + ran);
        }
    }

    private static String timeout(ThreadPool pool) throws Exception {
        CountDownLatch gate = occupy(pool);
        try (var scope = StructuredTaskScope.open(
                Joiner.<Integer>awaitAllSuccessfulOrThrow(), with -> with.withTimeout(Duration.ofMillis(50)))) {
            scope.fork(() -> pool.submitCo(() -> 42));
            scope.join();
            return "none";
        } catch (TimeoutException e) {
            return "queued " + pool.stats().queued();
        } finally {
            gate.countDown();
        }
    }

    /** The sibling's work runs when the other fails: the scope waits until the worker is done with it. */
    private static String running(ThreadPool pool) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        try (var scope = StructuredTaskScope.open()) {
            scope.fork(() -> pool.submitCo(() -> {
                started.countDown();
                Thread.sleep(50);
                ended.set(true);
                return null;
            }));
            scope.fork(() -> {
                started.await();
                throw new IOException("no such block");
            });
            scope.join();
        } catch (FailedException e) {
            return "ended before the scope: " + ended;
        }
        return "none";
    }

    /** The sibling's work runs when the time of the scope is over: its canceller ends it. */
    private static String givenUp(ThreadPool pool) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        CallOptions options = CallOptions.defaults().onCancel(worker -> ended.countDown());
        try (var scope = StructuredTaskScope.open(
                Joiner.<Object>awaitAllSuccessfulOrThrow(), with -> with.withTimeout(Duration.ofMillis(50)))) {
            scope.fork(() -> pool.submitCo(
                    () -> {
                        ended.await();
                        return null;
                    },
                    options));
            scope.join();
            return "none";
        } catch (TimeoutException e) {
            return "ended " + ended.getCount() + ", active " + pool.stats().active();
        }
    }

    private static CountDownLatch occupy(ThreadPool pool) throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        pool.submit(() -> {
            started.countDown();
            gate.await();
        });
        started.await();
        return gate;
    }

    private static void untilQueued(ThreadPool pool) {
        while (pool.stats().queued() == 0) {
            Thread.onSpinWait();
        }
    }
}
