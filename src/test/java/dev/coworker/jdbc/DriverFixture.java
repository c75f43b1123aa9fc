package dev.coworker.jdbc;

import static dev.coworker.contract.Callers.onVirtual;

import dev.coworker.contract.InvariantChecker;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** A connection that a virtual thread uses, of a driver bare or wrapped. */
abstract class DriverFixture {
    /** A driver, bare or wrapped. */
    record Subject(Database database, boolean wrapped) {}

    /** Something to do with a connection. */
    interface Use<T> {
        T apply(Connection connection) throws Exception;
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @TempDir
    Path directory;

    @Parameter
    Subject subject;

    Connection connection;

    @BeforeEach
    void connect() throws Exception {
        DataSource bare = subject.database().in(directory);
        DataSource dataSource = subject.wrapped() ? OffloadedDataSource.wrap(bare, pools.open()) : bare;
        connection = onVirtual(dataSource::getConnection);
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
    }

    <T> T use(Use<T> use) throws Exception {
        return onVirtual(() -> use.apply(connection));
    }

    void execute(String... commands) throws Exception {
        use(c -> {
            try (Statement statement = c.createStatement()) {
                for (String command : commands) {
                    statement.execute(command);
                }
            }
            return null;
        });
    }

    List<Integer> ids() throws Exception {
        return use(c -> {
            List<Integer> ids = new ArrayList<>();
            try (Statement statement = c.createStatement();
                    ResultSet rows = statement.executeQuery("select id from t order by id")) {
                while (rows.next()) {
                    ids.add(rows.getInt(1));
                }
            }
            return ids;
        });
    }
}
