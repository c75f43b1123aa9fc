package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.Action;
import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers;
import dev.coworker.contract.Callers.Caller;
import dev.coworker.contract.InvariantChecker;
import dev.coworker.watch.Processes;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gives up on work of real drivers: a query, a child process, a file that blocks, a socket. */
@Timeout(60)
class CancellersIT {
    private static final String ENDLESS =
            "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    private static final Duration SOON = Duration.ofMillis(100);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @TempDir
    Path directory;

    /** The call must end by its deadline, or by an interrupt of its caller. Returns what it threw. */
    private Throwable giveUp(boolean byInterrupt, Canceller canceller, Action<?> work) throws Exception {
        ThreadPool pool = pools.open();
        CountDownLatch started = new CountDownLatch(1);
        CallOptions options = CallOptions.defaults().onCancel(canceller);
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    () -> {
                        started.countDown();
                        work.run();
                    },
                    byInterrupt ? options : options.endWithin(SOON));
            return null;
        });
        started.await();
        if (byInterrupt) {
            Callers.interrupt(caller);
            return caller.failure();
        }
        Throwable late = caller.failure();
        assertThat(late).isInstanceOf(TimeoutException.class);
        return late.getCause();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aQueryOfSqliteIsInterruptedAndTheConnectionStaysUsable(boolean byInterrupt) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                Statement statement = connection.createStatement()) {
            Throwable failure = giveUp(
                    byInterrupt,
                    worker -> cancelUntilHeard(statement),
                    () -> statement.executeQuery(ENDLESS).close());
            assertThat(failure).isInstanceOf(SQLException.class).hasMessageContaining("interrupt");
            assertThat(statement.executeQuery("select 42").getInt(1)).isEqualTo(42);
        }
    }

    /** SQLite forgets an interrupt that comes before the query has begun. */
    private static void cancelUntilHeard(Statement statement) throws SQLException, InterruptedException {
        Thread.sleep(50);
        statement.cancel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aChildProcessIsDestroyed(boolean byInterrupt) throws Exception {
        Process process = new ProcessBuilder("sleep", "1000").start();
        try {
            Throwable failure = giveUp(byInterrupt, worker -> process.destroy(), () -> {
                if (process.waitFor() != 0) {
                    throw new IOException("destroyed");
                }
            });
            assertThat(failure).hasMessage("destroyed");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aWaitForAChildProcessIsInterrupted() throws Exception {
        Process process = new ProcessBuilder("sleep", "1000").start();
        try {
            assertThat(giveUp(false, Canceller.interrupt(), process::waitFor)).isInstanceOf(InterruptedException.class);
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadOfAFifoEndsWhenSomethingIsWritten(boolean byInterrupt) throws Exception {
        Path fifo = directory.resolve("fifo");
        Processes.makeFifo(fifo);
        Throwable failure = giveUp(
                byInterrupt,
                worker -> {
                    try (FileOutputStream out = new FileOutputStream(fifo.toFile())) {
                        out.write(1);
                    }
                },
                () -> {
                    try (FileInputStream in = new FileInputStream(fifo.toFile())) {
                        throw new IOException("read " + in.read());
                    }
                });
        assertThat(failure).hasMessage("read 1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadOfASocketEndsWhenItIsClosed(boolean byInterrupt) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            Throwable failure = giveUp(
                    byInterrupt,
                    worker -> client.close(),
                    () -> client.getInputStream().read());
            assertThat(failure).isInstanceOf(SocketException.class);
            assertThat(accepted.isClosed()).isFalse();
        }
    }

    /** What the javadoc of Canceller.interrupt warns of. */
    @Test
    void anInterruptWithinAFileChannelClosesItForAll() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[1]);
        try (FileChannel channel = FileChannel.open(file)) {
            Throwable failure = giveUp(false, Canceller.interrupt(), () -> {
                try {
                    Thread.sleep(Duration.ofHours(1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                channel.read(ByteBuffer.allocate(1));
            });
            assertThat(failure).isInstanceOf(ClosedByInterruptException.class);
            assertThatThrownBy(channel::size).isInstanceOf(IOException.class);
        }
    }
}
