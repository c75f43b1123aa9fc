import dev.coworker.ThreadPool;

/** Each marked line must be an error. */
class Refused {
    static void refused(ThreadPool pool) throws Exception {
        pool.submitAio(() -> 42, value -> {}); // refused
        String text = pool.submitCo(() -> 42); // refused
        pool.submit(42); // refused
    }
}
