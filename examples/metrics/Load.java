package metrics;

import dev.coworker.ThreadPool;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Requests of a device that takes 10 to 30 ms for each, in waves: at times more than the workers can serve, at times
 * few.
 */
final class Load implements AutoCloseable {
    private static final int TICK_MILLIS = 20;
    private static final double WAVE_TICKS = 750;

    private final ThreadPool pool;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Random random = new Random(1);
    private long ticks;
    private long requests;

    Load(ThreadPool pool) {
        this.pool = pool;
        clock.scheduleWithFixedDelay(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        double wave = -Math.cos(2 * Math.PI * ticks++ / WAVE_TICKS);
        for (double left = 2 * random.nextDouble() * (5 + 5 * wave); left >= 1; left--) {
            request(10 + random.nextInt(21));
        }
    }

    private void request(int millis) {
        switch ((int) (requests++ % 10)) {
            case 0 -> pool.submitAio(() -> device(millis), (value, failure) -> {});
            case 1 -> pool.submit(() -> device(millis));
            default -> Thread.startVirtualThread(() -> call(millis));
        }
    }

    private void call(int millis) {
        try {
            pool.submitCo(() -> device(millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int device(int millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(millis);
        return millis;
    }

    @Override
    public void close() {
        clock.close();
    }
}
