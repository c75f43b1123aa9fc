package dev.coworker.watch;

/** How a hold was seen. The first four are exact; the last two are put together from samples. */
public enum HoldKind {
    /** A read of a file, a FIFO or a process: {@code jdk.FileRead}. */
    FILE_READ("file read"),
    /** A write to a file, a FIFO or a process: {@code jdk.FileWrite}. */
    FILE_WRITE("file write"),
    /** A flush of a file to its device: {@code jdk.FileForce}. */
    FILE_FORCE("file force"),
    /** A park of a virtual thread that could not be unmounted: {@code jdk.VirtualThreadPinned}. */
    PINNED("pinned"),
    /** Native code, called by JNI, by FFM or by the JDK itself: {@code jdk.NativeMethodSample}. */
    NATIVE("native"),
    /** Java code that runs, page faults included: {@code jdk.ExecutionSample}. */
    JAVA("Java");

    private final String label;

    HoldKind(String label) {
        this.label = label;
    }

    /**
     * Returns the name that reports use.
     *
     * @return a name such as {@code file read}
     */
    public String label() {
        return label;
    }

    /**
     * Returns whether the flight recorder measured the hold, rather than sampled it.
     *
     * @return true if start and duration are exact
     */
    public boolean exact() {
        return this != NATIVE && this != JAVA;
    }

    boolean file() {
        return this == FILE_READ || this == FILE_WRITE || this == FILE_FORCE;
    }
}
