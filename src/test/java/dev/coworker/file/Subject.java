package dev.coworker.file;

import dev.coworker.ThreadPool;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** What a contract is tested against, and on what kind of thread: the JDK's own file system is the measure. */
enum Subject {
    JDK(FileSystems.getDefault(), false),
    JDK_ON_VIRTUAL_THREAD(FileSystems.getDefault(), true),
    OURS(OffloadedFileSystem.over(Pools.OPEN), false),
    OURS_ON_VIRTUAL_THREAD(OffloadedFileSystem.over(Pools.OPEN), true),
    OURS_AFTER_CLOSE_OF_THE_POOL(OffloadedFileSystem.over(Pools.CLOSED), true),
    OURS_OVER_OURS(OffloadedFileSystem.over(OffloadedFileSystem.over(Pools.OPEN), Pools.SECOND), true);

    final FileSystem fileSystem;
    private final boolean virtual;

    Subject(FileSystem fileSystem, boolean virtual) {
        this.fileSystem = fileSystem;
        this.virtual = virtual;
    }

    /** Returns the interrupt of a caller closes a channel: the JDK's rule, and that of threads that work in place. */
    boolean closesAtInterrupt() {
        return this != OURS_ON_VIRTUAL_THREAD && this != OURS_OVER_OURS;
    }

    interface Body {
        void run() throws Exception;
    }

    /** Runs a test's body on the kind of thread that this subject is about. */
    void run(Body body) throws Exception {
        call(() -> {
            body.run();
            return null;
        });
    }

    <T> T call(Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw (Error) e.getCause();
        }
    }

    Thread start(Runnable body) {
        return virtual
                ? Thread.startVirtualThread(body)
                : Thread.ofPlatform().daemon().start(body);
    }

    /** Pools for the life of the JVM. */
    private static final class Pools {
        static final ThreadPool OPEN =
                ThreadPool.builder().name("files").daemon(true).build();
        static final ThreadPool SECOND =
                ThreadPool.builder().name("files-over").daemon(true).build();
        static final ThreadPool CLOSED =
                ThreadPool.builder().name("files-closed").daemon(true).build();

        static {
            CLOSED.close();
        }
    }
}
