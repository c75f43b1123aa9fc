package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers at once, of a pool and of a slice, with work that takes no time. */
class CrowdTest {
    private static final int CALLERS = 200;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyCallerGetsItsOwnOutcome(boolean spin) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().spin(spin).idleTimeout(Duration.ZERO));
        Slice slice = pool.slice("slice", 2);
        List<Callers.Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
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
            assertThat(caller.result()).isEqualTo(9_900);
        }
        assertThat(pool.stats().completed()).isEqualTo(200L * CALLERS);
    }
}
