package dev.coworker.internal.loop;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import dev.coworker.interleave.Interleavings;
import dev.coworker.internal.base.Timer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is scheduled, set or signaled is seen by a loop thread that sleeps, goes to sleep, or is about to end. */
class LoopInterleavingTest {

    @Test
    void whatIsScheduledEndsASleep() throws Exception {
        explore("loop, schedule against sleep", () -> {
            EventLoop loop = manual();
            AtomicInteger runs = new AtomicInteger();
            Actor first = Actor.start(() -> execute(loop, runs::incrementAndGet));
            Actor second = Actor.start(() -> execute(loop, runs::incrementAndGet));
            while (runs.get() < 2) {
                Check.that(loop.poll(true), "a poll that waits makes progress");
            }
            Actor.end(first, second);
            Check.that(!loop.poll(false), "nothing is left");
        });
    }

    @Test
    void aHandlerScheduledTwiceRunsAfterTheLast() throws Exception {
        explore("loop, one handler scheduled twice", () -> {
            EventLoop loop = manual();
            AtomicInteger written = new AtomicInteger();
            int[] seen = new int[2]; // runs, and what the last saw
            EventLoop.ScheduledHandler handler = new EventLoop.ScheduledHandler(
                    loop,
                    () -> {
                        seen[0]++;
                        seen[1] = written.get();
                    },
                    null);
            Interleavings.Model scheduler = () -> {
                written.incrementAndGet();
                handler.schedule();
            };
            Actor first = Actor.start(scheduler);
            Actor second = Actor.start(scheduler);
            while (seen[1] < 2) {
                loop.poll(true);
            }
            Actor.end(first, second);
            loop.poll(false);
            Check.that(seen[0] == 1 || seen[0] == 2, seen[0]);
        });
    }

    @Test
    void aNotifierThatIsSetEndsASleep() throws Exception {
        explore("loop, set against attach and sleep", () -> {
            EventLoop loop = manual();
            EventLoop.Notifier notifier = Actor.share(new EventLoop.Notifier());
            int[] handled = new int[1];
            Actor setter = Actor.start(notifier::set);
            loop.setNotifier(notifier, () -> handled[0] += notifier.testAndClear() ? 1 : 0);
            while (handled[0] == 0) {
                loop.poll(true);
            }
            setter.end();
            Check.that(handled[0] == 1 && !loop.poll(false), handled[0]);
        });
    }

    @Test
    void aLoopThreadThatEndsIsStartedAgain() throws Exception {
        explore("loop, schedule against the end of its thread", 8, () -> {
            EventLoop loop = Actor.share(EventLoop.withThread("loop", "loop", 0, "model"));
            AtomicInteger runs = new AtomicInteger();
            ConditionWaiters waiters = Actor.share(new ConditionWaiters(loop));
            Runnable handler = () -> {
                runs.incrementAndGet();
                waiters.signal();
            };
            execute(loop, handler);
            Actor second = Actor.start(() -> execute(loop, handler));
            waiters.await(() -> runs.get() == 2, Timer.NO_DEADLINE);
            second.end();
        });
    }

    @Test
    void aLoopThatClosesRunsWhatItAccepted() throws Exception {
        explore("loop, schedule against close", 8, () -> {
            EventLoop loop = Actor.share(EventLoop.withThread("loop", "loop", Timer.NO_DEADLINE, "model"));
            AtomicInteger runs = new AtomicInteger();
            int[] accepted = new int[1];
            execute(loop, runs::incrementAndGet);
            Actor scheduler = Actor.start(() -> {
                try {
                    execute(loop, runs::incrementAndGet);
                    accepted[0]++;
                } catch (RejectedExecutionException e) {
                    // closed first
                }
            });
            loop.close();
            int afterClose = runs.get();
            scheduler.end();
            Check.that(runs.get() == 1 + accepted[0] && afterClose == 1 + accepted[0], runs + " of " + accepted[0]);
        });
    }

    @Test
    void aWaiterSeesWhatMakesItsConditionTrue() throws Exception {
        explore("waiters, signal against await", () -> {
            EventLoop loop = manual();
            ConditionWaiters waiters = Actor.share(new ConditionWaiters(loop));
            AtomicInteger done = new AtomicInteger();
            Interleavings.Model signaler = () -> {
                done.incrementAndGet();
                waiters.signal();
            };
            Actor first = Actor.start(signaler);
            Actor second = Actor.start(signaler);
            Actor parked = Actor.start(() -> waiters.await(() -> done.get() == 2, Timer.NO_DEADLINE));
            waiters.await(() -> done.get() == 2, Timer.NO_DEADLINE); // polls
            Actor.end(first, second, parked);
            Check.that(!waiters.isAny(), "a waiter is left");
        });
    }

    private static EventLoop manual() {
        return Actor.share(EventLoop.manual("model"));
    }

    private static void execute(EventLoop loop, Runnable handler) {
        new EventLoop.ScheduledHandler(loop, handler, null).schedule();
    }
}
