package dev.coworker;

/**
 * A reading of a pool's counters, which does not change. At rest {@code submitted = completed + failed + canceled + queued +
 * active}; while requests move, each figure was exact at some instant of the call to {@link ThreadPool#stats()}, and not all
 * of them at the same. Counted is before seen: an outcome counts before its caller, its callback or {@link
 * AioRequest#state()} tells of it, and a request counts as active before its work begins.
 *
 * <p>The first four are QEMU's {@code cur_threads}, {@code idle_threads}, {@code new_threads} and {@code pending_threads}.
 *
 * <p>Of a {@link Slice}, a turn is what a worker is of a pool: {@code maxThreads} is its bound, {@code curThreads} the turns that are
 * given, {@code pendingThreads} those whose request is in the pool's queue, and {@code queued} counts these and what waits in the
 * slice. Idle and new threads, {@code minThreads}, {@code waiting} and {@code spawnFailures} are 0. A pool counts a slice's request
 * from the moment that it is given its turn.
 *
 * @param curThreads workers that exist or are reserved: new, pending and running
 * @param idleThreads running workers that wait for a request
 * @param newThreads workers that are reserved and have no thread yet
 * @param pendingThreads workers whose thread was started and has not run yet
 * @param minThreads workers that are kept when idle
 * @param maxThreads the bound on the workers
 * @param queued requests that wait for a worker
 * @param active requests that a worker runs
 * @param waiting callers of {@code submitCo}, and turns of slices, that wait for a place in a full queue
 * @param submitted requests accepted so far
 * @param completed requests whose work returned
 * @param failed requests whose work threw
 * @param canceled requests whose work never ran
 * @param timedOut the part of {@code canceled} that no worker started within {@code startWithin}
 * @param rejected requests refused, because the pool was closed or its queue was full
 * @param spawnFailures starts of a worker that failed
 */
public record ThreadPoolStats(
        int curThreads,
        int idleThreads,
        int newThreads,
        int pendingThreads,
        int minThreads,
        int maxThreads,
        int queued,
        int active,
        int waiting,
        long submitted,
        long completed,
        long failed,
        long canceled,
        long timedOut,
        long rejected,
        long spawnFailures) {}
