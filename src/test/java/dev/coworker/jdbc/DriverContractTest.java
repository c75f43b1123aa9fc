package dev.coworker.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What programs expect of a driver, asked of each driver bare and wrapped, on virtual threads. */
@ParameterizedClass
@MethodSource("subjects")
class DriverContractTest extends DriverFixture {
    private static final String INSERT = "insert into t values (?, ?, ?, ?, ?, ?, ?)";

    static Stream<Subject> subjects() {
        return Stream.of(Database.values())
                .flatMap(database -> Stream.of(new Subject(database, false), new Subject(database, true)));
    }

    private void createTable() throws Exception {
        execute("create table t (id integer primary key, n bigint, x double, s varchar(100), d decimal(10, 2),"
                + " seen timestamp, b blob)");
    }

    private static void bind(PreparedStatement insert, int id) throws SQLException {
        insert.setInt(1, id);
        insert.setLong(2, 1L << 40);
        insert.setDouble(3, id / 2.0);
        insert.setString(4, "row " + id);
        insert.setBigDecimal(5, new BigDecimal("12.50"));
        insert.setTimestamp(6, Timestamp.valueOf("2026-01-02 03:04:05"));
        insert.setBytes(7, new byte[] {1, 2, 3});
    }

    @Test
    void valuesComeBackAsTheyWereBound() throws Exception {
        createTable();
        use(c -> {
            try (PreparedStatement insert = c.prepareStatement(INSERT)) {
                bind(insert, 1);
                assertThat(insert.executeUpdate()).isOne();
                insert.setInt(1, 2);
                for (int i = 2; i <= 7; i++) {
                    insert.setObject(i, null);
                }
                assertThat(insert.executeUpdate()).isOne();
            }
            try (PreparedStatement select = c.prepareStatement("select * from t where id <= ? order by id")) {
                select.setObject(1, 2);
                ResultSet rows = select.executeQuery();
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt("id")).isOne();
                assertThat(rows.getLong(2)).isEqualTo(1L << 40);
                assertThat(rows.getDouble("x")).isEqualTo(0.5);
                assertThat(rows.getString("s")).isEqualTo("row 1");
                assertThat(rows.getObject(4)).isEqualTo("row 1");
                assertThat(rows.getBigDecimal(5)).isEqualByComparingTo("12.50");
                assertThat(rows.getTimestamp("seen")).isEqualTo(Timestamp.valueOf("2026-01-02 03:04:05"));
                assertThat(rows.wasNull()).isFalse();
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(2)).isZero();
                assertThat(rows.wasNull()).isTrue();
                assertThat(rows.getString(4)).isNull();
                assertThat(rows.getObject(3)).isNull();
                assertThat(rows.next()).isFalse();
            }
            return null;
        });
    }

    @Test
    void aBatchInsertsEachRow() throws Exception {
        createTable();
        int[] counts = use(c -> {
            try (PreparedStatement insert = c.prepareStatement(INSERT)) {
                for (int id = 1; id <= 3; id++) {
                    bind(insert, id);
                    insert.addBatch();
                }
                return insert.executeBatch();
            }
        });
        assertThat(counts).containsExactly(1, 1, 1);
        assertThat(ids()).containsExactly(1, 2, 3);
    }

    @Test
    void aRollbackTakesBackAndACommitKeeps() throws Exception {
        execute("create table t (id integer primary key)");
        use(c -> {
            c.setAutoCommit(false);
            return null;
        });
        execute("insert into t values (1)");
        use(c -> {
            c.commit();
            return null;
        });
        execute("insert into t values (2)");
        assertThat(ids()).containsExactly(1, 2);
        use(c -> {
            c.rollback();
            assertThat(c.getAutoCommit()).isFalse();
            c.setAutoCommit(true);
            return null;
        });
        assertThat(ids()).containsExactly(1);
    }

    @Test
    void aSavepointBringsBackWhatWasBefore() throws Exception {
        if (subject.database() == Database.DUCKDB) {
            assertThatThrownBy(() -> use(Connection::setSavepoint)).isInstanceOf(SQLFeatureNotSupportedException.class);
            return;
        }
        execute("create table t (id integer primary key)");
        use(c -> {
            c.setAutoCommit(false);
            return null;
        });
        execute("insert into t values (1)");
        Savepoint first = use(c -> c.setSavepoint("first"));
        execute("insert into t values (2)");
        use(c -> {
            c.rollback(first);
            c.commit();
            c.setAutoCommit(true);
            return null;
        });
        assertThat(ids()).containsExactly(1);
    }

    @Test
    void aFailureIsTheDriversOwn() throws Exception {
        assertThatThrownBy(() -> execute("select * from missing"))
                .isInstanceOf(SQLException.class)
                .hasMessageMatching("(?is).*(no such table|not found|does not exist).*");
        execute("create table t (id integer primary key)", "insert into t values (1)");
        assertThatThrownBy(() -> execute("insert into t values (1)")).isInstanceOf(SQLException.class);
    }

    @Test
    void objectsLeadToThoseThatTheyWereMadeBy() throws Exception {
        use(c -> {
            try (Statement statement = c.createStatement();
                    PreparedStatement prepared = c.prepareStatement("select 1");
                    ResultSet rows = prepared.executeQuery()) {
                assertThat(statement.getConnection()).isEqualTo(c).hasSameHashCodeAs(c);
                assertThat(rows.getStatement()).isEqualTo(prepared).isNotEqualTo(statement);
                assertThat(c.getMetaData().getConnection()).isEqualTo(c);
                assertThat(c.toString()).isNotBlank();
            }
            return null;
        });
    }

    @Test
    void aConnectionUnwrapsToTheDriversOwn() throws Exception {
        Class<?> own = switch (subject.database()) {
            case SQLITE -> org.sqlite.SQLiteConnection.class;
            case H2 -> org.h2.jdbc.JdbcConnection.class;
            case DUCKDB -> org.duckdb.DuckDBConnection.class;
        };
        assertThat(connection.isWrapperFor(own)).isTrue();
        assertThat(connection.unwrap(own)).isInstanceOf(own);
        assertThat(connection.unwrap(Connection.class)).isEqualTo(connection);
        assertThat(connection.isWrapperFor(Date.class)).isFalse();
        assertThatThrownBy(() -> connection.unwrap(Date.class)).isInstanceOf(Exception.class);
    }

    @Test
    void whatIsClosedRefuses() throws Exception {
        use(c -> {
            Statement statement = c.createStatement();
            statement.close();
            statement.close();
            assertThat(statement.isClosed()).isTrue();
            c.close();
            c.close();
            assertThat(c.isClosed()).isTrue();
            assertThatThrownBy(c::createStatement).isInstanceOf(SQLException.class);
            return null;
        });
    }

    @Test
    void metadataDescribesTablesAndResults() throws Exception {
        createTable();
        use(c -> {
            try (ResultSet columns = c.getMetaData().getColumns(null, null, "%", "%")) {
                List<String> names = new ArrayList<>();
                while (columns.next()) {
                    if (columns.getString("TABLE_NAME").equalsIgnoreCase("t")) {
                        names.add(columns.getString("COLUMN_NAME").toLowerCase());
                    }
                }
                assertThat(names).containsExactly("id", "n", "x", "s", "d", "seen", "b");
            }
            try (PreparedStatement select = c.prepareStatement("select id, s from t where id = ?")) {
                assertThat(select.getParameterMetaData().getParameterCount()).isOne();
                select.setInt(1, 1);
                try (ResultSet rows = select.executeQuery()) {
                    ResultSetMetaData meta = rows.getMetaData();
                    assertThat(meta.getColumnCount()).isEqualTo(2);
                    assertThat(meta.getColumnLabel(2)).isEqualToIgnoringCase("s");
                }
            }
            assertThat(c.isValid(5)).isTrue();
            return null;
        });
    }

    @Test
    void aLargeObjectIsReadAsAStream() throws Exception {
        createTable();
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        use(c -> {
            try (PreparedStatement insert = c.prepareStatement("insert into t (id, b) values (1, ?)")) {
                insert.setBytes(1, bytes);
                insert.executeUpdate();
            }
            try (Statement statement = c.createStatement();
                    ResultSet rows = statement.executeQuery("select b from t")) {
                assertThat(rows.next()).isTrue();
                if (subject.database() == Database.DUCKDB) {
                    Blob blob = rows.getBlob(1);
                    assertThat(blob.length()).isEqualTo(bytes.length);
                    assertThat(blob.getBinaryStream().readAllBytes()).isEqualTo(bytes);
                } else {
                    assertThat(rows.getBytes("b")).isEqualTo(bytes);
                    try (InputStream in = rows.getBinaryStream(1)) {
                        assertThat(in.read()).isEqualTo(bytes[0] & 0xff);
                        assertThat(in.readAllBytes()).hasSize(bytes.length - 1);
                    }
                }
            }
            return null;
        });
    }

    @Test
    void generatedKeysAreReturned() throws Exception {
        execute(
                switch (subject.database()) {
                    case SQLITE -> "create table t (id integer primary key, s varchar(10))";
                    case H2 -> "create table t (id integer auto_increment primary key, s varchar(10))";
                    case DUCKDB -> "create sequence q; create table t (id integer default nextval('q'), s varchar(10))";
                });
        int key = use(c -> {
            try (PreparedStatement insert =
                    c.prepareStatement("insert into t (s) values ('a')", Statement.RETURN_GENERATED_KEYS)) {
                insert.executeUpdate();
                try (ResultSet keys = insert.getGeneratedKeys()) {
                    assertThat(keys.next()).isTrue();
                    return keys.getInt(1);
                }
            }
        });
        assertThat(key).isOne();
    }

    @Test
    void aLargeResultIsReadRowByRow() throws Exception {
        int rows = use(c -> {
            try (Statement statement = c.createStatement()) {
                statement.setFetchSize(100);
                String series = subject.database() == Database.H2
                        ? "select x from system_range(1, 5000)"
                        : "with recursive r(x) as (select 1 union all select x + 1 from r where x < 5000)"
                                + " select x from r";
                int count = 0;
                try (ResultSet result = statement.executeQuery(series)) {
                    while (result.next()) {
                        count++;
                        assertThat(result.getInt(1)).isEqualTo(count);
                    }
                }
                return count;
            }
        });
        assertThat(rows).isEqualTo(5_000);
    }
}
