package dev.coworker.jdbc;

import static dev.coworker.contract.Callers.onVirtual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers;
import dev.coworker.contract.Callers.Caller;
import dev.coworker.contract.InvariantChecker;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** HikariCP over the wrapped driver, and Spring's JdbcClient over that, used by virtual threads. */
@ParameterizedClass
@EnumSource
class ConnectionPoolTest {
    /** A row. */
    public record Person(int id, String name) {}

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @TempDir
    Path directory;

    @Parameter
    Database database;

    private ThreadPool pool;
    private HikariDataSource hikari;
    private JdbcClient client;

    @BeforeEach
    void createTable() throws Exception {
        pool = pools.open();
        HikariConfig config = new HikariConfig();
        config.setDataSource(OffloadedDataSource.wrap(database.in(directory), pool));
        config.setMaximumPoolSize(4);
        hikari = pools.closeAfterwards(new HikariDataSource(config));
        client = JdbcClient.create(hikari);
        onVirtual(() -> client.sql("create table person (id integer primary key, name varchar(50))")
                .update());
    }

    private int insert(int id) {
        return client.sql("insert into person values (:id, :name)")
                .param("id", id)
                .param("name", "name " + id)
                .update();
    }

    @Test
    void rowsAreMappedToRecords() throws Exception {
        List<Person> found = onVirtual(() -> {
            insert(1);
            insert(2);
            return client.sql("select id, name from person order by id")
                    .query(Person.class)
                    .list();
        });
        assertThat(found).containsExactly(new Person(1, "name 1"), new Person(2, "name 2"));
        assertThat(pool.stats().completed()).isPositive();
    }

    @Test
    void aTransactionThatFailsIsRolledBack() throws Exception {
        TransactionTemplate transaction = new TransactionTemplate(new DataSourceTransactionManager(hikari));
        assertThatThrownBy(() -> onVirtual(() -> transaction.execute(status -> {
                    insert(1);
                    throw new IllegalStateException("no");
                })))
                .hasMessage("no");
        onVirtual(() -> transaction.execute(status -> insert(2)));

        assertThat(onVirtual(() ->
                        client.sql("select id from person").query(Integer.class).list()))
                .containsExactly(2);
    }

    @Test
    void aFailureIsTranslatedFromTheDriversException() {
        assertThatThrownBy(() -> onVirtual(
                        () -> client.sql("select * from missing").query().listOfRows()))
                .isInstanceOf(DataAccessException.class);
    }

    @Test
    void moreVirtualThreadsThanConnectionsTakeTurns() throws Exception {
        onVirtual(() -> insert(1));
        List<Caller<String>> callers = IntStream.range(0, 50)
                .mapToObj(i -> Callers.virtual(() -> client.sql("select name from person where id = ?")
                        .param(1)
                        .query(String.class)
                        .single()))
                .toList();
        for (Caller<String> caller : callers) {
            assertThat(caller.result()).isEqualTo("name 1");
        }
    }

    @Test
    void aConnectionOfThePoolUnwrapsToTheDrivers() throws Exception {
        try (Connection connection = onVirtual(hikari::getConnection)) {
            assertThat(connection.isWrapperFor(Connection.class)).isTrue();
            assertThat(onVirtual(() -> connection.isValid(5))).isTrue();
        }
    }
}
