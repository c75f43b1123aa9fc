package snippets;

import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.WorkerInfo;
import java.io.PrintStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Deadlines, cancellers and bulkheads, as the javadoc and the README show them. */
final class GivingUp {
    private GivingUp() {}

    static long options(ThreadPool pool, Statement statement, String sql)
            throws SQLException, InterruptedException, TimeoutException {
        // @start region=options
        CallOptions options = CallOptions.defaults()
                .startWithin(Duration.ofMillis(100)) // wait no longer than this for a worker
                .endWithin(Duration.ofSeconds(2)) // and give up on the query after that
                .onCancel(worker -> statement.cancel()); // also when the caller is interrupted
        long count = pool.submitCo(
                () -> {
                    try (ResultSet rows = statement.executeQuery(sql)) {
                        return rows.getLong(1);
                    }
                },
                options);
        // @end
        return count;
    }

    static void interrupt(ThreadPool pool, ProcessBuilder command) throws Exception {
        // @start region=interrupt
        Process process = command.start();
        int status = pool.submitCo(
                () -> process.waitFor(),
                CallOptions.defaults().endWithin(Duration.ofSeconds(10)).onCancel(Canceller.interrupt()));
        // @end
        assert status == 0;
    }

    static Slice bulkhead(ThreadPool pool) {
        // @start region=bulkhead
        Slice payments = pool.sliceBuilder("payments")
                .reserved(4) // four workers that no other work occupies
                .maxConcurrent(16) // sixteen at most
                .maxQueued(100) // and a hundred that wait
                .build();
        // @end
        return payments;
    }

    static void workers(ThreadPool pool, PrintStream out) {
        // @start region=workers
        for (WorkerInfo worker : pool.workers()) {
            if (!worker.isIdle() && worker.elapsed().toSeconds() >= 5) {
                out.println(worker);
                for (StackTraceElement frame : worker.thread().getStackTrace()) {
                    out.println("    at " + frame);
                }
            }
        }
        // @end
    }
}
