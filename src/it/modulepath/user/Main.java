package user;

import dev.coworker.ThreadPool;
import java.util.concurrent.FutureTask;

/** Calls the pool from a virtual thread and prints which kind of thread did the work. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        try (ThreadPool pool = ThreadPool.create()) {
            FutureTask<Boolean> call = new FutureTask<>(
                    () -> pool.submitCo(() -> Thread.currentThread().isVirtual()));
            Thread.ofVirtual().start(call);
            System.out.println(ThreadPool.class.getModule() + ", work on a virtual thread: " + call.get());
        }
    }
}
