package dev.coworker.file;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.concurrent.ExecutorService;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * 3,000 upserts of 4 KB by five writers, H2 in MVStore mode: virtual threads inline, virtual ones over a pool, and
 * platform threads, see {@link Turns}. The case of dotCMS/core#36900. Run as {@link FileReads}.
 */
final class H2Upserts {
    private static final int WRITERS = 5;
    private static final int UPSERTS = 3_000;

    public static void main(String[] args) throws Exception {
        FilePath.register(new Disk());
        Turns.run(WRITERS, new int[] {0, 100, 1_000}, H2Upserts::upsert);
    }

    private static double[] upsert(FileSystem disk, ExecutorService writers) throws Exception {
        Disk.below = disk;
        Path directory = Files.createTempDirectory("upserts");
        String url = "jdbc:h2:disk:" + directory.resolve("db") + ";WRITE_DELAY=0"; // each commit writes
        try (Connection keepsOpen = DriverManager.getConnection(url);
                Statement statement = keepsOpen.createStatement()) {
            statement.execute("create table t(k varchar primary key, v binary varying)");
            double[] figures = Turns.together(WRITERS, writers, () -> write(url));
            statement.execute("drop all objects delete files");
            return figures;
        } finally {
            Files.delete(directory);
        }
    }

    private static int write(String url) throws Exception {
        int made = 0;
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement put = connection.prepareStatement("merge into t key(k) values(?, ?)")) {
            for (; made < UPSERTS / WRITERS; made++) {
                put.setString(1, Thread.currentThread().threadId() + "/" + made % 100);
                put.setBytes(2, new byte[4096]);
                put.executeUpdate();
            }
        }
        return made;
    }

    /** H2's files, through the file system that is measured. */
    public static final class Disk extends FilePathWrapper {
        private static volatile FileSystem below;

        @Override
        public String getScheme() {
            return "disk";
        }

        @Override
        public FileChannel open(String mode) throws IOException {
            Path path = below.getPath(getBase().toString());
            return mode.equals("r") ? FileChannel.open(path, READ) : FileChannel.open(path, READ, WRITE, CREATE);
        }
    }
}
