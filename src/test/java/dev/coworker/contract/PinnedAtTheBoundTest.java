package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More callers than the bound. Every fifth calls while it is pinned: together they could hold all carriers. */
@Tag("slow")
class PinnedAtTheBoundTest {
    private static final int CALLERS = 60;
    private static final long SECONDS = Long.getLong("test.pinned.seconds", 4);

    /** What the calling thread is to call in a class initialiser. */
    static final ThreadLocal<Callable<?>> CALL = new ThreadLocal<>();

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicIntegerArray calls = new AtomicIntegerArray(CALLERS);

    /** Its initialiser makes the call; each hidden copy of this class is initialised once. */
    static final class Initialised {
        static {
            try {
                CALL.get().call();
            } catch (Exception e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    /** Pins the calling thread by a monitor, or where that does not pin it any more, by a class initialiser. */
    private static void pinned(byte[] initialised, Callable<?> call) throws Exception {
        if (Runtime.version().feature() < 24) {
            synchronized (new Object()) {
                call.call();
            }
        } else {
            CALL.set(call);
            MethodHandles.lookup().defineHiddenClass(initialised, true);
        }
    }

    private static byte[] initialised() throws Exception {
        String file = Initialised.class
                        .getName()
                        .substring(Initialised.class.getPackageName().length() + 1) + ".class";
        try (InputStream in = PinnedAtTheBoundTest.class.getResourceAsStream(file)) {
            return in.readAllBytes();
        }
    }

    private Caller<Void> caller(Submitter pool, int number, byte[] initialised) {
        Callable<?> call = () -> pool.submitCo(() -> {
            LockSupport.parkNanos(1_000_000);
            return calls.incrementAndGet(number);
        });
        return Callers.virtual(() -> {
            while (!stop.get()) {
                if (number % 5 == 0) {
                    pinned(initialised, call);
                } else {
                    call.call();
                }
                Thread.sleep(2); // a yield is not enough: the scheduler may run the same thread again and again
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allCallsGoOn(boolean throughSlices) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(4));
        List<Slice> slices = List.of(pool.slice("one", 1), pool.slice("two", 2));
        byte[] initialised = initialised();
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(caller(throughSlices ? slices.get(i % 2) : pool, i, initialised));
        }
        long since = System.nanoTime();
        int rounds = 0;
        do {
            int[] before = new int[CALLERS];
            for (int i = 0; i < CALLERS; i++) {
                before[i] = calls.get(i);
            }
            for (int i = 0; i < CALLERS; i++) {
                int number = i;
                try {
                    Callers.until("caller goes on", () -> calls.get(number) > before[number]);
                } catch (AssertionError e) {
                    throw new AssertionError("caller " + i + " stands still; calls: " + calls + "; " + pool, e);
                }
            }
            rounds++;
        } while (System.nanoTime() - since < SECONDS * 1_000_000_000);
        stop.set(true);
        for (Caller<Void> caller : callers) {
            caller.result();
        }
        assertThat(rounds).isPositive();
        assertThat(pool.stats().rejected()).isZero();
    }
}
