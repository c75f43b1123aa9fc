package dev.coworker.fray;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import kotlin.Unit;
import org.pastalab.fray.core.TestRunner;
import org.pastalab.fray.core.command.Configuration;
import org.pastalab.fray.core.command.ExecutionInfo;
import org.pastalab.fray.core.command.LambdaExecutor;
import org.pastalab.fray.core.command.NetworkDelegateType;
import org.pastalab.fray.core.command.SystemTimeDelegateType;
import org.pastalab.fray.core.randomness.ControlledRandom;
import org.pastalab.fray.core.randomness.RandomnessProvider;
import org.pastalab.fray.core.scheduler.POSScheduler;

/**
 * Runs a model over and over under Fray, which lets one of its threads run at a time and draws the next one: {@code
 * -Dschedules.limit} schedules, from {@code -Dtest.seed}. The same seed draws the same schedules.
 *
 * <p>A model fails when it or one of its threads throws, when all its threads wait, and when a wait ended only by its
 * time. The clock is Fray's: it moves on by {@value #TICK_NANOS} ns a reading, and leaps to the next deadline when no
 * thread can run. So a wake-up that is missing and that a timeout would hide shows as time that has passed.
 */
final class Schedules {
    private static final long TICK_NANOS = 100_000;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1); // no keep-alive, no stuckAfter is so short
    private static final int TIMEOUT_SECONDS = 3600;
    private static final Logger LOGGER = Logger.getLogger("dev.coworker"); // kept, or its level is forgotten

    /** What to run: it starts the threads and waits for them. */
    interface Model {
        void run() throws Exception;
    }

    static {
        LOGGER.setLevel(Level.OFF); // a step of a model is no place to log
    }

    private Schedules() {}

    static void explore(String name, Model model) throws Throwable {
        int limit = Integer.getInteger("schedules.limit");
        long seed = Long.getLong("test.seed");
        AtomicLong drawn = new AtomicLong(seed);
        RandomnessProvider randomness =
                () -> new ControlledRandom(new ArrayList<>(), new ArrayList<>(), new Random(drawn.getAndIncrement()));
        AtomicLong runs = new AtomicLong();
        long begun = System.nanoTime();
        Throwable failure = new TestRunner(configuration(limit, randomness, () -> {
                    runs.incrementAndGet();
                    run(model);
                }))
                .run();
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        System.out.println("schedules of " + name + ": " + runs + ", " + seconds + " s, "
                + (failure == null ? "none failed" : "the last failed") + " (-Dtest.seed=" + seed + ")");
        if (failure != null) {
            throw failure;
        }
        if (runs.get() == 0 || runs.get() != limit) {
            throw new AssertionError("ran " + runs + " schedules of " + limit);
        }
    }

    private static void run(Model model) {
        long begun = System.nanoTime();
        try {
            model.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        long took = System.nanoTime() - begun;
        if (took > LONGEST_NANOS) {
            throw new AssertionError("a wake-up is missing: the clock had to move on by " + took + " ns");
        }
    }

    private static Configuration configuration(int limit, RandomnessProvider randomness, Runnable model) {
        LambdaExecutor executor = new LambdaExecutor(() -> {
            model.run();
            return Unit.INSTANCE;
        });
        return new Configuration(
                new ExecutionInfo(executor, false, false, -1),
                Path.of(System.getProperty("schedules.report")),
                limit,
                TIMEOUT_SECONDS,
                new POSScheduler(randomness.getRandomness()),
                randomness,
                false, // fullSchedule
                false, // exploreMode: ends at the first failure
                true, // noExitWhenBugFound
                false, // isReplay
                false, // noFray
                false, // dummyRun
                NetworkDelegateType.NONE,
                SystemTimeDelegateType.MOCK,
                TICK_NANOS,
                false, // ignoreTimedBlock: a timed wait ends when its time has come
                false, // sleepAsYield
                false, // resetClassLoader
                false, // redirectStdout
                false, // abortThreadExecutionAfterMainExit
                false, // resolveRacingOperationStackTraceHash
                null);
    }

    /** Fails the schedule. */
    static void check(boolean condition, Object what) {
        if (!condition) {
            throw new AssertionError(String.valueOf(what));
        }
    }
}
