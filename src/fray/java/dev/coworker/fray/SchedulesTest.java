package dev.coworker.fray;

import static dev.coworker.fray.Schedules.check;
import static dev.coworker.fray.Schedules.explore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the models rely on: Fray is at work, and a wait that only its time ended fails. */
class SchedulesTest {

    @Test
    void aLostUpdateIsFound() {
        AssertionError failure = assertThrows(
                AssertionError.class,
                () -> explore("a counter that loses updates", () -> {
                    AtomicInteger counter = new AtomicInteger();
                    Thread other = new Thread(() -> counter.set(counter.get() + 1));
                    other.start();
                    counter.set(counter.get() + 1);
                    other.join();
                    check(counter.get() == 2, "counted " + counter);
                }));
        assertEquals("counted 1", failure.getMessage());
    }

    @Test
    void aWakeUpThatIsMissingIsFoundThoughTheWaitHasALimit() {
        AssertionError failure = assertThrows(
                AssertionError.class,
                () -> explore("a latch that is never opened", () -> {
                    check(!new CountDownLatch(1).await(Duration.ofHours(1).toNanos(), TimeUnit.NANOSECONDS), "opened");
                }));
        assertEquals("a wake-up is missing", failure.getMessage().split(":")[0]);
    }
}
