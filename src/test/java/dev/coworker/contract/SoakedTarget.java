package dev.coworker.contract;

import dev.coworker.AioRequest;
import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Submitter;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SoakedPool} or one of its slices: what callers and work ask of it, whether each outcome is right, and how
 * many it accepted and refused. Each way to submit takes a depth: 0 for callers, 1 for work, 2 for work of work.
 */
final class SoakedTarget {
    /** A request of the callback layer, as its submitter knows it. */
    final class Tracked {
        private final AtomicInteger callbacks = new AtomicInteger();
        private final AtomicInteger runs = new AtomicInteger();
        private volatile @Nullable AioRequest<Object> request;
        private boolean stolen; // the submitter's

        void calledBack(@Nullable Throwable failure) {
            of.calledBack.increment();
            violations.expect(callbacks.incrementAndGet() == 1, "a callback ran twice");
            int expected = failure instanceof CancellationException ? 0 : 1;
            violations.expect(runs.get() == expected, "%d runs, and the callback got %s", runs.get(), failure);
        }

        void cancel(boolean wait) {
            AioRequest<Object> request = this.request;
            if (request == null) {
                return;
            }
            if (wait ? request.cancel() : request.cancelAsync()) {
                violations.expect(!stolen, "two calls stole one request");
                stolen = true;
                violations.expect(runs.get() == 0, "a stolen request ran");
            }
            if (wait) {
                violations.expect(callbacks.get() == 1 || of.rejecting, "cancel returned before the callback had");
            }
        }

        void interrupt() {
            AioRequest<Object> request = this.request;
            if (request != null) {
                request.interrupt();
            }
        }
    }

    /** A canceller that takes its time, throws, or interrupts: called once at most, and while its call waits. */
    private final class WatchedCanceller implements Canceller {
        private final AtomicInteger calls = new AtomicInteger();
        private final int kind;
        private volatile boolean returned; // the call

        WatchedCanceller(Random random) {
            kind = random.nextInt(8);
        }

        @Override
        public void cancel(Thread worker) throws Exception {
            violations.expect(calls.incrementAndGet() == 1 && !returned, "a canceller is called twice, or too late");
            switch (kind) {
                case 0 -> throw new SoakedPool.Thrown.Checked();
                case 1, 2, 3 -> {
                    LockSupport.parkNanos(kind * 300_000L);
                    worker.interrupt();
                }
                default -> worker.interrupt();
            }
            violations.expect(!returned, "a call returned before its canceller");
        }

        void callReturns() {
            returned = true;
        }
    }

    final Submitter submitter;
    private final SoakedPool of;
    private final Soak.Violations violations;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder rejected = new LongAdder();

    SoakedTarget(SoakedPool of, Submitter submitter) {
        this.of = of;
        this.violations = of.violations;
        this.submitter = submitter;
    }

    private RejectedExecutionException refused(RejectedExecutionException e) {
        rejected.increment();
        return e;
    }

    Tracked submitAio(Random random, int depth) {
        int deed = random.nextInt(20);
        int seed = random.nextInt();
        return submitAio(random, depth, each -> {
            AioRequest<Object> self = each.request;
            switch (deed) {
                case 0 -> pollUnlessTooDeep();
                case 1 -> violations.expect(self == null || !self.cancel(), "a request was stolen in its own callback");
                case 2 -> submitUnlessRefused(new Random(seed), depth);
                case 3 -> throw new SoakedPool.Thrown.Fatal();
                default -> {}
            }
        });
    }

    /** With something to do in the callback. */
    Tracked submitAio(Random random, int depth, Consumer<Tracked> deed) {
        Tracked each = new Tracked();
        Callable<Object> work = of.work(random, each.runs, depth);
        try {
            each.request = submitter.submitAio(work, (value, failure) -> {
                each.calledBack(failure);
                deed.accept(each);
            });
        } catch (RejectedExecutionException e) {
            throw refused(e);
        }
        accepted.increment();
        of.aioAccepted.increment();
        return each;
    }

    void submit(Random random, int depth) {
        Callable<Object> work = of.work(random, new AtomicInteger(), depth);
        try {
            submitter.submit(() -> {
                of.plainRun.increment();
                work.call();
            });
        } catch (RejectedExecutionException e) {
            throw refused(e);
        }
        accepted.increment();
        of.plainAccepted.increment();
    }

    private void submitUnlessRefused(Random random, int depth) {
        try {
            submit(random, depth);
        } catch (RejectedExecutionException e) {
            // counted
        }
    }

    /** Through a view of its own: waits for a future, gives it up, or shuts the view down. */
    void ask(Random random, int depth) throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        ExecutorService view = submitter.asExecutorService();
        Future<Object> future;
        try {
            future = view.submit(of.work(random, runs, depth));
        } catch (RejectedExecutionException e) {
            throw refused(e);
        }
        accepted.increment();
        boolean canceled = false;
        boolean wasRun = true;
        try {
            switch (random.nextInt(6)) {
                case 0 -> canceled = future.cancel(random.nextBoolean());
                case 1 -> future.get(random.nextInt(500_000), TimeUnit.NANOSECONDS);
                case 2 -> canceled = !view.shutdownNow().isEmpty() && future.cancel(false); // it is the caller's now
                default -> {}
            }
            Object value = future.get();
            violations.expect(value == runs && runs.get() == 1, "a future has another's value: %s", value);
        } catch (ExecutionException e) {
            violations.expect(SoakedPool.Thrown.is(e.getCause()) && runs.get() == 1, "a future failed with %s", e);
        } catch (CancellationException e) {
            violations.expect(canceled || of.givesUp, "a future was canceled without a cancel");
            wasRun = false;
        } catch (TimeoutException e) {
            wasRun = !future.cancel(false);
        } catch (InterruptedException e) {
            violations.expect(depth > 0, "an ask was interrupted without an interrupt");
            wasRun = false;
        }
        view.shutdown();
        if (!wasRun) {
            of.maybeRun.increment();
        } else {
            violations.expect(view.awaitTermination(1, TimeUnit.MINUTES), "a view does not terminate");
        }
    }

    /** With or without deadlines and a canceller. From a virtual thread, or in work of any of the pools. */
    void call(Random random, int depth) throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        Callable<Object> work = of.work(random, runs, depth);
        Thread me = Thread.currentThread();
        Thread interrupter = depth == 0 && random.nextInt(8) == 0 ? Thread.startVirtualThread(me::interrupt) : null;
        WatchedCanceller canceller = new WatchedCanceller(random);
        boolean counts = true;
        int expected = 0;
        try {
            Object value = switch (random.nextInt(4)) {
                case 0 -> submitter.submitCo(() -> work.call());
                case 1 -> submitter.submitCo(() -> work.call(), Duration.ZERO);
                case 2 -> submitter.submitCo(() -> work.call(), Duration.ofNanos(random.nextInt(2_000_000)));
                default -> submitter.submitCo(() -> work.call(), options(random, canceller));
            };
            violations.expect(value == runs, "a call returned another's value: %s", value);
            expected = 1;
        } catch (SoakedPool.Thrown.Checked | SoakedPool.Thrown.Fatal e) {
            expected = 1;
        } catch (TimeoutException e) {
            counts = !e.getMessage().contains("the time was over");
            if (e.getMessage().contains("did not end")) {
                expected = 1;
            } else if (counts) {
                timedOut.increment();
            }
        } catch (InterruptedException e) {
            violations.expect(interrupter != null || depth > 0, "a call was interrupted without an interrupt");
            counts = e.getMessage() != null; // else before it submitted anything
        } catch (CancellationException e) {
            violations.expect(of.givesUp, "a call was canceled by %s", e);
        } catch (RejectedExecutionException e) {
            counts = false;
            throw refused(e);
        } catch (Exception e) {
            violations.expect(false, "a call threw %s", e);
        } finally {
            accepted.add(counts ? 1 : 0);
            canceller.callReturns();
            if (interrupter != null) {
                Callers.joinAndForget(interrupter);
            }
        }
        violations.expect(runs.get() == expected, "a call ran %d times where %d was due", runs.get(), expected);
    }

    private void pollUnlessTooDeep() {
        try {
            of.context.poll(false);
        } catch (IllegalStateException e) {
            violations.expect(e.getMessage().contains("deep"), "poll threw %s", e);
        }
    }

    private static CallOptions options(Random random, Canceller canceller) {
        CallOptions options = CallOptions.defaults().onCancel(canceller);
        return switch (random.nextInt(4)) {
            case 0 -> CallOptions.defaults().endWithin(Duration.ofNanos(random.nextInt(2_000_000)));
            case 1 -> options;
            case 2 -> options.startWithin(Duration.ofNanos(random.nextInt(2_000_000)));
            default -> options.endWithin(Duration.ofNanos(random.nextInt(2_000_000)));
        };
    }

    /** Nothing moves any more: it has counted what was seen. */
    void check() {
        ThreadPoolStats stats = submitter.stats();
        InvariantChecker.assertBalanced(stats);
        violations.expectSame("timed out", timedOut.sum(), stats.timedOut(), submitter);
        violations.expectSame("rejected", rejected.sum(), stats.rejected(), submitter);
        violations.expectSame("accepted", accepted.sum(), stats.submitted(), submitter);
    }

    /** The pool counts what its slices have counted. */
    void add(SoakedTarget slice) {
        accepted.add(slice.accepted.sum());
        timedOut.add(slice.timedOut.sum());
    }
}
