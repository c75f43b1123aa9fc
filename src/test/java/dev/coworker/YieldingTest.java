package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The wait of one turn. Whoever has given up the carrier looks for an outcome afterwards, and nobody else: so looks are counted. */
class YieldingTest {
    private static final int FIRST_CREDIT = 64;
    private static final int MOST_CREDIT = 1 << 14;

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final Yielding yielding = new Yielding(true);
    private int looks;

    @BeforeEach
    void crowd() {
        yielding.attempt(this::look); // the first caller may have no other beside it
        assertThat(looks).isZero();
    }

    @Test
    void whoFollowsACallerThatWasAloneMayBeItsSuccessor() {
        assertThat(attempts(1, true)).isEqualTo(1);
        yielding.alone();
        assertThat(attempts(1, true)).isZero();
        assertThat(attempts(1, true)).isEqualTo(1);
    }

    @Test
    void oneCallOfSixtyFourParksInAnyCase() {
        assertThat(attempts(6400, true)).isEqualTo(6300);
    }

    @Test
    void switchedOffItIsNeverDone() {
        Yielding off = new Yielding(false);
        off.attempt(this::look);
        off.attempt(this::look);
        assertThat(looks).isZero();
    }

    @Test
    void whereOutcomesAreNotFoundItEndsSoon() {
        assertThat(attempts(FIRST_CREDIT + 1, false))
                .as("one call parks in any case")
                .isEqualTo(FIRST_CREDIT);
        Callers.until("it is not done outside the milliseconds of trying", () -> attempts(10, false) == 0);
    }

    @Test
    void isTriedAgainInOneMillisecondOfSixteen() {
        attempts(10 * FIRST_CREDIT, false);
        int calls = 0;
        int before = looks;
        long since = System.nanoTime();
        while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(200)) {
            attempts(1, false);
            calls++;
        }
        assertThat(looks - before).isBetween(1, calls / 2);
    }

    @Test
    void anOutcomeFoundMakesItWorthTryingAgain() {
        attempts(10 * FIRST_CREDIT, false);
        Callers.until("it is tried", () -> attempts(1, true) == 1);
        assertThat(attempts(32, true)).isGreaterThanOrEqualTo(31);
    }

    @Test
    void aTimeWithoutOutcomesIsOutlastedByWhatWasEarnedBefore() {
        attempts(2 * MOST_CREDIT, true);
        assertThat(attempts(MOST_CREDIT / 2, false)).isGreaterThan(MOST_CREDIT / 2 - MOST_CREDIT / 32);
        attempts(MOST_CREDIT, false);
        Callers.until("no more than that is earned", () -> attempts(100, false) == 0);
    }

    @Test
    void manyCallersAreServedWhicheverWayTheyWait() throws Exception {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nobody yields on one processor");
        ThreadPool pool = pools.open(ThreadPool.builder().idleTimeout(Duration.ZERO));
        Slice slice = pool.slice("slice", 2);
        List<Callers.Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            callers.add(Callers.virtual(() -> {
                int sum = 0;
                for (int call = 0; call < 100; call++) {
                    int one = call;
                    sum += pool.submitCo(() -> one) + slice.submitCo(() -> one);
                }
                return sum;
            }));
        }
        for (Callers.Caller<Integer> caller : callers) {
            assertThat(caller.result()).isEqualTo(9900);
        }
        assertThat(pool.stats().completed()).isEqualTo(40_000);
    }

    /** How many of so many calls gave up the carrier. */
    private int attempts(int calls, boolean found) {
        int before = looks;
        for (int i = 0; i < calls; i++) {
            yielding.attempt(() -> look() && found);
        }
        return looks - before;
    }

    private boolean look() {
        looks++;
        return true;
    }
}
