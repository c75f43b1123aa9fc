package dev.coworker.file;

import dev.coworker.ThreadPool;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * 3,000 upserts of 4 KB by five writers, H2 in MVStore mode: virtual threads inline, virtual ones over a pool, and
 * platform threads, see {@link Turns}. The case of dotCMS/core#36900. Run as {@link FileReads}.
 */
final class H2Upserts {
    private static final int WRITERS = 5;
    private static final int UPSERTS = 3_000;
    private static final int SIZE = 4096;

    private H2Upserts() {}

    public static void main(String[] args) throws Exception {
        FilePath.register(new Disk());
        try (ThreadPool pool = ThreadPool.create();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService platform = Executors.newFixedThreadPool(WRITERS)) {
            Turns.run(
                    new int[] {0, 100, 1_000},
                    (disk, ticks) -> upsert(disk, virtual, ticks),
                    (disk, ticks) -> upsert(OffloadedFileSystem.over(disk, pool), virtual, ticks),
                    (disk, ticks) -> upsert(disk, platform, ticks));
        }
    }

    private static double upsert(FileSystem disk, ExecutorService writers, Turns.Ticks ticks) throws Exception {
        Disk.below = disk;
        Path directory = Files.createTempDirectory("upserts");
        String url = "jdbc:h2:disk:" + directory.resolve("db") + ";WRITE_DELAY=0"; // each commit writes
        long nanos;
        try (Connection keepsOpen = DriverManager.getConnection(url)) {
            keepsOpen.createStatement().execute("create table t(k varchar primary key, v binary varying)");
            long since = System.nanoTime();
            try (Turns.Ticks ticking = ticks.start()) {
                List<Future<?>> tasks = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    int number = i;
                    tasks.add(writers.submit(() -> write(url, number)));
                }
                for (Future<?> task : tasks) {
                    task.get();
                }
            }
            nanos = System.nanoTime() - since;
        }
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
        return UPSERTS * 1e9 / nanos;
    }

    private static Void write(String url, int number) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement put = connection.prepareStatement("merge into t key(k) values(?, ?)")) {
            for (int k = 0; k < UPSERTS / WRITERS; k++) {
                put.setString(1, number + "/" + k % 100);
                put.setBytes(2, new byte[SIZE]);
                put.executeUpdate();
            }
        }
        return null;
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
            return mode.equals("r")
                    ? FileChannel.open(path, StandardOpenOption.READ)
                    : FileChannel.open(
                            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        }
    }
}
