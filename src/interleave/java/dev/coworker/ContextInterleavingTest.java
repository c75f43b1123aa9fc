package dev.coworker;

import static dev.coworker.Interleavings.explore;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is scheduled, set or posted is run by a home thread that sleeps, nods off, or is about to leave. */
class ContextInterleavingTest {

    @Test
    void whatIsScheduledEndsASleep() throws Exception {
        explore("schedule against sleep", () -> {
            AioContext context = Actor.share(AioContext.manual());
            AtomicInteger runs = new AtomicInteger();
            Actor first = Actor.start(() -> context.execute(runs::incrementAndGet));
            Actor second = Actor.start(() -> context.execute(runs::incrementAndGet));
            while (runs.get() < 2) {
                Check.that(context.poll(true), "a poll that waits makes progress");
            }
            Actor.end(first, second);
            Check.that(!context.poll(false), "nothing is left");
        });
    }

    @Test
    void aBottomHalfScheduledTwiceRunsOnceOrTwiceButNotBeforeTheLast() throws Exception {
        explore("one bottom half, scheduled twice", () -> {
            AioContext context = Actor.share(AioContext.manual());
            AtomicInteger written = new AtomicInteger();
            int[] seen = new int[2]; // runs, and what the last saw
            BottomHalf bottomHalf = context.newBottomHalf(() -> {
                seen[0]++;
                seen[1] = written.get();
            });
            Interleavings.Model scheduler = () -> {
                written.incrementAndGet();
                bottomHalf.schedule();
            };
            Actor first = Actor.start(scheduler);
            Actor second = Actor.start(scheduler);
            while (seen[1] < 2) {
                context.poll(true);
            }
            Actor.end(first, second);
            context.poll(false);
            Check.that(seen[0] == 1 || seen[0] == 2, seen[0]);
        });
    }

    @Test
    void aNotifierThatIsSetEndsASleep() throws Exception {
        explore("set against attach and sleep", () -> {
            AioContext context = Actor.share(AioContext.manual());
            EventNotifier notifier = Actor.share(new EventNotifier());
            int[] handled = new int[1];
            Actor setter = Actor.start(notifier::set);
            context.setEventNotifier(notifier, () -> handled[0] += notifier.testAndClear() ? 1 : 0);
            while (handled[0] == 0) {
                context.poll(true);
            }
            setter.end();
            Check.that(handled[0] == 1 && !context.poll(false), handled[0]);
        });
    }

    @Test
    void aLoopThatLeavesIsStartedAgainForWhatIsScheduled() throws Exception {
        explore("schedule against a loop's retirement", 8, () -> {
            Home.Loop loop = new Home.Loop("loop", 0);
            AioContext context = Actor.share(newContext(loop));
            AtomicInteger runs = new AtomicInteger();
            Waiters waiters = Actor.share(new Waiters(context));
            Runnable handler = () -> {
                runs.incrementAndGet();
                waiters.signal(null);
            };
            context.execute(handler);
            Actor second = Actor.start(() -> context.execute(handler));
            waiters.await(null, () -> runs.get() == 2, Long.MAX_VALUE);
            second.end();
        });
    }

    @Test
    void aContextThatClosesRunsWhatItAccepted() throws Exception {
        explore("schedule against close", 8, () -> {
            AioContext context = Actor.share(AioContext.start("closing"));
            AtomicInteger runs = new AtomicInteger();
            int[] accepted = new int[1];
            Actor scheduler = Actor.start(() -> {
                try {
                    context.execute(runs::incrementAndGet);
                    accepted[0]++;
                } catch (RejectedExecutionException e) {
                    // closed first
                }
            });
            context.close();
            int afterClose = runs.get();
            scheduler.end();
            Check.that(runs.get() == accepted[0] && afterClose == accepted[0], runs + " of " + accepted[0]);
        });
    }

    @Test
    void everyPostedCallIsDeliveredOnce() throws Exception {
        explore("post against the bottom half's drain", () -> {
            AioContext context = Actor.share(AioContext.manual());
            Waiters waiters = Actor.share(new Waiters(context));
            Completions completions = Actor.share(new Completions(context, waiters, (thread, e) -> {}));
            int[] calls = new int[3];
            Actor[] posters = new Actor[2];
            for (int i = 0; i < 2; i++) {
                int at = i;
                posters[i] = Actor.start(() -> completions.post(new AioCall(null, () -> null, (v, e) -> calls[at]++)));
            }
            completions.post(new AioCall(null, () -> null, (v, e) -> {
                calls[2]++;
                context.poll(false); // goes on with the others
            }));
            waiters.await(null, () -> completions.delivered() == 3, Long.MAX_VALUE);
            Actor.end(posters);
            Check.that(calls[0] == 1 && calls[1] == 1 && calls[2] == 1, calls[0] + " " + calls[1] + " " + calls[2]);
            context.poll(false);
            Check.that(completions.delivered() == 3, completions.delivered());
        });
    }

    @Test
    void aCallPostedDuringTheTakeIsDelivered() throws Exception {
        explore("post against take", () -> {
            AioContext context = Actor.share(AioContext.manual());
            Waiters waiters = Actor.share(new Waiters(context));
            Completions completions = Actor.share(new Completions(context, waiters, (thread, e) -> {}));
            int[] calls = new int[2];
            completions.post(new AioCall(null, () -> null, (v, e) -> calls[0]++));
            Actor poster = Actor.start(() -> completions.post(new AioCall(null, () -> null, (v, e) -> calls[1]++)));
            waiters.await(null, () -> completions.delivered() == 2, Long.MAX_VALUE);
            poster.end();
            Check.that(calls[0] == 1 && calls[1] == 1, calls[0] + " " + calls[1]);
        });
    }

    @Test
    void aHandlerThatWaitsHearsOfWhatIsRejectedMeanwhile() throws Exception {
        explore("post against the wait of the handler that hears of a rejection", () -> {
            AioContext context = Actor.share(newContext(new Home.Foreign(
                    task -> {
                        throw new RejectedExecutionException("closed");
                    },
                    null)));
            Waiters waiters = Actor.share(new Waiters(context));
            Completions[] completions = new Completions[1];
            AtomicInteger heard = new AtomicInteger();
            Object nobodySignals = new Object(); // but by way of signalAll
            completions[0] = Actor.share(new Completions(context, waiters, (thread, e) -> {
                if (heard.incrementAndGet() == 1) {
                    waiters.await(
                            nobodySignals,
                            () -> {
                                completions[0].goOnAbandoning();
                                return completions[0].delivered() == 2;
                            },
                            Long.MAX_VALUE);
                }
            }));
            Actor[] posters = new Actor[2];
            for (int i = 0; i < 2; i++) {
                posters[i] = Actor.start(() -> completions[0].post(new AioCall(null, () -> null, (v, e) -> {})));
            }
            completions[0].post(new AioCall(null, () -> null, (v, e) -> {}));
            Actor.end(posters);
            Check.that(heard.get() == 3 && completions[0].delivered() == 3, heard);
        });
    }

    @Test
    void whoWaitsSeesWhatMakesItTrue() throws Exception {
        explore("signal against await", () -> {
            AioContext context = Actor.share(AioContext.manual());
            Waiters waiters = Actor.share(new Waiters(context));
            AtomicInteger done = new AtomicInteger();
            Object key = new Object();
            Actor[] signalers = {
                Actor.start(() -> {
                    done.incrementAndGet();
                    waiters.signal(key);
                }),
                Actor.start(() -> {
                    done.incrementAndGet();
                    waiters.signal(key);
                })
            };
            Actor elsewhere = Actor.start(() -> waiters.await(null, () -> done.get() == 2, Long.MAX_VALUE));
            waiters.await(key, () -> done.get() == 2, Long.MAX_VALUE);
            Actor.end(signalers);
            elsewhere.end();
        });
    }

    private static AioContext newContext(Home home) throws ReflectiveOperationException {
        var constructor = AioContext.class.getDeclaredConstructor(String.class, Home.class);
        constructor.setAccessible(true);
        return constructor.newInstance("loop", home);
    }
}
