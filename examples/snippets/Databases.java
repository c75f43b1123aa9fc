package snippets;

import dev.coworker.CallOptions;
import dev.coworker.ThreadPool;
import dev.coworker.jdbc.OffloadedDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** What the javadoc of dev.coworker.jdbc shows. */
final class Databases {
    private Databases() {}

    static DataSource wrap(DataSource sqlite, ThreadPool pool) {
        // @start region=wrap
        DataSource dataSource =
                OffloadedDataSource.wrap(sqlite, pool, CallOptions.defaults().endWithin(Duration.ofSeconds(30)));
        // @end
        return dataSource;
    }

    static List<String> whole(DataSource dataSource, ThreadPool pool) throws SQLException, InterruptedException {
        // @start region=whole
        return pool.submitCo(() -> {
            List<String> names = new ArrayList<>();
            try (Connection connection = dataSource.getConnection();
                    PreparedStatement select = connection.prepareStatement("select name from users");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            return names;
        });
        // @end
    }
}
