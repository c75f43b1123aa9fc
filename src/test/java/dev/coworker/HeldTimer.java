package dev.coworker;

/** The JVM's timer stands still: what happens now happens without its help. */
final class HeldTimer implements AutoCloseable {
    private final Gate gate = new Gate();

    HeldTimer() throws InterruptedException {
        JvmTimer.ready();
        JvmTimer.after(0, gate::passUninterruptibly);
        gate.awaitArrived(1);
    }

    /** Returns when the timer has run whatever was due {@code nanos} after this call, or earlier. */
    static void pass(long nanos) throws InterruptedException {
        JvmTimer.ready();
        Gate due = new Gate();
        due.open();
        JvmTimer.after(nanos, due::passUninterruptibly);
        due.awaitArrived(1);
    }

    @Override
    public void close() {
        gate.open();
    }
}
