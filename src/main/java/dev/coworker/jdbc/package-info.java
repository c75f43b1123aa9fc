/**
 * Puts a thread pool under JDBC. A driver that reads files or runs native code, such as SQLite's, DuckDB's or H2's in
 * the same process, holds the carrier of a virtual thread in each call. {@link
 * dev.coworker.jdbc.OffloadedDataSource#wrap wrap} sends these calls to a pool's workers. It needs the module {@code
 * java.sql}.
 */
@NullMarked
package dev.coworker.jdbc;

import org.jspecify.annotations.NullMarked;
