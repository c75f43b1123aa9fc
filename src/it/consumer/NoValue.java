import dev.coworker.ThreadPool;

/** Without JSpecify's annotations on the class path, javac 25 crashes on this line when it is the only error. */
class NoValue {
    static void noValue(ThreadPool pool, Runnable runnable) {
        pool.submitAio(() -> runnable.run(), (v, e) -> {}); // refused
    }
}
