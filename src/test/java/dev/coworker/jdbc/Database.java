package dev.coworker.jdbc;

import java.nio.file.Path;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/** The databases that run in the process of their user. */
enum Database {
    SQLITE("jdbc:sqlite:"),
    H2("jdbc:h2:"),
    DUCKDB("jdbc:duckdb:");

    private final String prefix;

    Database(String prefix) {
        this.prefix = prefix;
    }

    /** The driver's own data source, of a database in a file of this directory. */
    DataSource in(Path directory) {
        String url = prefix + directory.resolve("database").toAbsolutePath();
        try {
            Driver driver = DriverManager.getDriver(url);
            return new SimpleDriverDataSource(driver, url);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
