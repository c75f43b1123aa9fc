package dev.coworker.it;

import dev.coworker.ThreadPool;
import java.time.Duration;

/** Hands in work and returns from main. See {@link SubmitThenReturnIT}. */
final class SubmitThenReturnMain {
    private SubmitThenReturnMain() {}

    public static void main(String[] args) {
        ThreadPool pool = ThreadPool.builder().idleTimeout(Duration.ZERO).build();
        Runnable work = () -> System.out.println("ran");
        switch (args[0]) {
            case "submit" -> pool.submit(work::run);
            case "aio" ->
                pool.submitAio(
                        () -> {
                            work.run();
                            return null;
                        },
                        (value, failure) -> {});
            case "view" -> pool.asExecutorService().execute(work);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
