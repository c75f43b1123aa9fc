package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The wait of one turn. Whoever has given up the carrier looks for an outcome afterwards, and nobody else: so looks are counted. */
class YieldingTest {
    private static final int FIRST_CREDIT = 64;
    private static final int MOST_CREDIT = 1 << 14;
    private static final int YIELDS = 1; // a draw

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
        int yields = 0;
        for (int draw = 0; draw < 6400; draw++) {
            yields += attempt(draw, true);
        }
        assertThat(yields).isEqualTo(6300);
    }

    @Test
    void oneTurnOfSixtyFourIsTimed() {
        for (int draw = 2; draw < 64; draw++) {
            attempt(draw, true);
        }
        assertThat(yielding.hasJustEndedATurn(System.nanoTime())).isFalse();
        attempt(64 + 1, true);
        assertThat(yielding.hasJustEndedATurn(System.nanoTime())).isTrue();
        assertThat(yielding.turnNanos()).isLessThan(100_000_000);
    }

    @Test
    void whichOneIsDrawn() {
        int yields = 0;
        for (int i = 0; i < 6400; i++) {
            int before = looks;
            yielding.attempt(this::look);
            yields += looks - before;
        }
        assertThat(6400 - yields)
                .as("100 are to be expected, and the deviation is 10")
                .isBetween(30, 170);
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
        assertThat(attempts(10 * FIRST_CREDIT, false)).isEqualTo(FIRST_CREDIT);
    }

    @Test
    void isTriedAgainTheMoreRarelyTheMoreTriesFail() {
        attempts(FIRST_CREDIT, false);
        for (int rest = 1 << 11; rest <= 1 << 16; rest <<= 1) {
            assertThat(triesAgain(rest >> 1)).as("at half of %s", rest).isFalse();
            assertThat(triesAgain(rest)).as("at %s", rest).isTrue();
            assertThat(attempts(10 * FIRST_CREDIT, false)).isEqualTo(FIRST_CREDIT - 1);
        }
        assertThat(triesAgain(1 << 16)).as("no more rarely than that").isTrue();
    }

    @Test
    void aTryThatSucceedsMakesTheNextOneAsFrequentAsTheFirst() {
        attempts(FIRST_CREDIT, false);
        for (int i = 0; i < 3; i++) {
            assertThat(triesAgain(1 << 16)).isTrue();
            attempts(FIRST_CREDIT - 1, false);
        }
        assertThat(triesAgain(1 << 16)).isTrue();
        attempts(FIRST_CREDIT + 2, true); // to one above what proves it
        attempts(2 * FIRST_CREDIT + 1, false);
        assertThat(triesAgain(1 << 11)).isTrue();
    }

    @Test
    void aTryThatFindsOneOutcomeHasNotSucceeded() {
        attempts(FIRST_CREDIT, false);
        assertThat(triesAgain(1 << 11)).isTrue();
        attempts(1, true);
        assertThat(attempts(10 * FIRST_CREDIT, false)).isEqualTo(FIRST_CREDIT);
        assertThat(triesAgain(1 << 11)).isFalse();
    }

    @Test
    void whoMissesWhenOthersHaveUsedUpTheCreditOwesNothing() {
        yielding.attempt(() -> attempts(FIRST_CREDIT, false) < 0, YIELDS);
        assertThat(triesAgain(1 << 11)).isTrue();
    }

    @Test
    void aTimeWithoutOutcomesIsOutlastedByWhatWasEarnedBefore() {
        attempts(2 * MOST_CREDIT, true);
        assertThat(attempts(MOST_CREDIT / 2, false)).isEqualTo(MOST_CREDIT / 2);
        assertThat(attempts(MOST_CREDIT, false))
                .as("no more than that is earned")
                .isEqualTo(MOST_CREDIT / 2);
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

    /** Whether a call that draws {@code draw} begins a try, as far as the next one shows, which then is part of it. */
    private boolean triesAgain(int draw) {
        assertThat(attempt(draw, false)).as("it parks itself").isZero();
        return attempt(YIELDS, false) == 1;
    }

    /** How many of so many calls gave up the carrier; none of them is the one of sixty-four, or begins a try. */
    private int attempts(int calls, boolean found) {
        int before = looks;
        for (int i = 0; i < calls; i++) {
            attempt(YIELDS, found);
        }
        return looks - before;
    }

    private int attempt(int draw, boolean found) {
        int before = looks;
        yielding.attempt(() -> look() && found, draw);
        return looks - before;
    }

    private boolean look() {
        looks++;
        return true;
    }
}
