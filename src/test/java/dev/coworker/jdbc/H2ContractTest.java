package dev.coworker.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.Writer;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.sql.Types;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What only H2 can do of the three: asked of it bare and wrapped, on virtual threads. */
@ParameterizedClass
@MethodSource("subjects")
class H2ContractTest extends DriverFixture {
    private static final String BIG = "block ".repeat(50_000);

    static Stream<Subject> subjects() {
        return Stream.of(new Subject(Database.H2, false), new Subject(Database.H2, true));
    }

    @Test
    void aScrollableResultGoesBackAndIsUpdated() throws Exception {
        execute("create table t (id integer primary key, s varchar(10))", "insert into t values (1, 'a'), (2, 'b')");
        use(c -> {
            try (Statement statement =
                            c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                    ResultSet rows = statement.executeQuery("select id, s from t order by id")) {
                assertThat(rows.last()).isTrue();
                assertThat(rows.getRow()).isEqualTo(2);
                assertThat(rows.previous()).isTrue();
                assertThat(rows.getString(2)).isEqualTo("a");
                rows.updateString(2, "c");
                rows.updateRow();
                rows.moveToInsertRow();
                rows.updateInt(1, 3);
                rows.insertRow();
                assertThat(rows.absolute(1)).isTrue();
            }
            return null;
        });
        assertThat(ids()).containsExactly(1, 2, 3);
    }

    @Test
    void largeTextGoesInAndOutAsCharacters() throws Exception {
        execute("create table t (id integer primary key, c clob, b blob)");
        use(c -> {
            try (PreparedStatement insert = c.prepareStatement("insert into t values (?, ?, ?)")) {
                insert.setInt(1, 1);
                Clob clob = c.createClob();
                try (Writer writer = clob.setCharacterStream(1)) {
                    writer.write(BIG);
                }
                insert.setClob(2, clob);
                insert.setBinaryStream(3, new ByteArrayInputStream(BIG.getBytes()));
                insert.executeUpdate();
                clob.free();
            }
            try (Statement statement = c.createStatement();
                    ResultSet rows = statement.executeQuery("select * from t")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("c")).isEqualTo(BIG);
                assertThat(rows.getClob(2).getSubString(1, 5)).isEqualTo("block");
                assertThat(((Clob) rows.getObject(2)).length()).isEqualTo(BIG.length());
                assertThat(rows.getClob(2).getCharacterStream().read()).isEqualTo('b');
                assertThat(new String(rows.getBlob("b").getBinaryStream().readAllBytes()))
                        .isEqualTo(BIG);
            }
            return null;
        });
    }

    @Test
    void aFunctionIsCalled() throws Exception {
        int[] sum = use(c -> {
            try (CallableStatement call = c.prepareCall("{? = call abs(?)}")) {
                call.registerOutParameter(1, Types.INTEGER);
                call.setInt(2, -7);
                call.execute();
                return new int[] {call.getInt(1)};
            }
        });
        assertThat(sum).containsExactly(7);
    }
}
