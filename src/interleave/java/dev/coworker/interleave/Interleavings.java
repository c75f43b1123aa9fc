package dev.coworker.interleave;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coworker.internal.base.Log;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import kotlin.Unit;
import kotlin.random.RandomKt;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.kotlinx.lincheck.runner.LambdaRunner;
import org.jetbrains.kotlinx.lincheck.runner.LambdaRunnerKt;
import org.jetbrains.kotlinx.lincheck.strategy.LincheckFailure;
import org.jetbrains.kotlinx.lincheck.strategy.Strategy;
import org.jetbrains.kotlinx.lincheck.strategy.StrategyKt;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.LincheckKt;
import org.jetbrains.lincheck.NoExceptionVerifier;
import org.jetbrains.lincheck.datastructures.ModelCheckingCTestConfiguration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;
import org.jetbrains.lincheck.jvm.agent.LincheckInstrumentation;

/**
 * Runs a model over and over, each time in another interleaving of its threads, of which one runs at a time: first all
 * with no switch but those that waiting forces, then all with one switch more, and so on. Once {@code
 * -Dinterleave.limit} interleavings would be exceeded, it draws those of the last number of switches at random, from
 * {@code -Dtest.seed}. It ends early when there are no more. A failure shows the interleaving, step by step; the same
 * limit and seed replay it.
 *
 * <p>A model fails when it throws, when all its threads wait, and when one spins. Memory is sequentially consistent:
 * jcstress is for the rest. {@link System#nanoTime} stands still, so no wait of a model ends by its deadline, unless
 * that has passed before.
 *
 * <p>It does what {@code Lincheck.runConcurrentTest} does, which Lincheck 3.7 gives neither a seed nor a park that
 * waits: it lets every park return at once, which is allowed, and hides every unpark that is missing. Both are fields
 * of its strategy.
 */
public final class Interleavings {
    private static final int NEWEST_JDK = 25;
    private static final String MODEL_CHECKING = "org.jetbrains.kotlinx.lincheck.strategy.managed.modelchecking.";
    private static final Logger LOGGER = Logger.getLogger("dev.coworker"); // kept, or its level is forgotten
    private static final long TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(300);

    /** What to run: it starts the threads and waits for them. */
    public interface Model {
        void run() throws Throwable;
    }

    static {
        // a step of a model is no place to find out how to log, nor its console to log to
        LOGGER.setLevel(Level.OFF);
        Log.quietly(() -> Log.LOGGER.log(System.Logger.Level.WARNING, "off"));
    }

    private Interleavings() {}

    /** Explores a model of a part. */
    public static void explore(String name, Model model) throws Exception {
        explore(name, 1, model);
    }

    /**
     * Explores a model whose interleavings take {@code weight} times as long as those of a part, as many times fewer.
     */
    public static void explore(String name, int weight, Model model) throws Exception {
        assumeTrue(
                Runtime.version().feature() <= NEWEST_JDK,
                "SKIPPED: Lincheck 3.7 knows no JDK newer than " + NEWEST_JDK);
        long seed = Long.getLong("test.seed");
        int limit = Integer.getInteger("interleave.limit") / weight;
        Counting counting = new Counting();
        long begun = System.nanoTime();
        LincheckFailure failure = run(asRunnable(model), limit, seed, counting);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        String extent = counting.count < limit ? "all " + counting.count : counting.count + " of many";
        System.out.println("interleavings of " + name + ": " + extent + ", " + seconds + " s, "
                + (failure == null ? "none failed" : "the last failed") + " (-Dtest.seed=" + seed + ")");
        if (failure != null) {
            throw new LincheckAssertionError(failure);
        }
    }

    private static Runnable asRunnable(Model model) {
        return () -> {
            try {
                model.run();
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        };
    }

    private static LincheckFailure run(Runnable block, int limit, long seed, Verifier verifier) {
        ModelCheckingCTestConfiguration configuration =
                new ModelCheckingOptions().createTestConfigurations(block.getClass());
        LincheckFailure[] failure = new LincheckFailure[1];
        LincheckKt.withLincheckTestContext(configuration.getInstrumentationMode$lincheck(), () -> {
            LincheckInstrumentation.INSTANCE.ensureObjectIsTransformed(block);
            LambdaRunner<Unit> runner = LambdaRunnerKt.LambdaRunner(TIMEOUT_MILLIS, block);
            try (Strategy strategy = newStrategy(runner, configuration.createSettings$lincheck(), seed)) {
                failure[0] = StrategyKt.runIteration(strategy, limit, verifier);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("this is not Lincheck 3.7", e);
            }
            return Unit.INSTANCE;
        });
        return failure[0];
    }

    /** By reflection also because its interfaces are in a jar that only Lincheck itself adds to the class path. */
    private static Strategy newStrategy(LambdaRunner<?> runner, Object settings, long seed)
            throws ReflectiveOperationException {
        for (Constructor<?> each :
                Class.forName(MODEL_CHECKING + "ModelCheckingStrategy").getConstructors()) {
            if (each.getParameterCount() == 4) {
                Strategy strategy = (Strategy)
                        each.newInstance(runner, settings, false, LincheckInstrumentation.INSTANCE.getContext());
                runner.initializeStrategy(strategy);
                Object parking = Class.forName(MODEL_CHECKING + "ModelCheckingParkingTracker")
                        .getConstructor(boolean.class)
                        .newInstance(false);
                set(strategy, "parkingTracker", parking);
                set(strategy, "generationRandom", RandomKt.Random(seed));
                return strategy;
            }
        }
        throw new NoSuchMethodException("ModelCheckingStrategy with four parameters");
    }

    private static void set(Object strategy, String name, Object value) throws ReflectiveOperationException {
        Field field = strategy.getClass().getDeclaredField(name);
        field.setAccessible(true);
        field.set(strategy, value);
    }

    private static final class Counting implements Verifier {
        private final Verifier verifier = new NoExceptionVerifier();
        int count;

        @Override
        public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
            count++;
            return verifier.verifyResults(scenario, results);
        }
    }
}
