package dev.coworker.it;

import dev.coworker.Submitter;
import dev.coworker.ThreadPoolStats;
import dev.coworker.file.OffloadedFileSystem;
import java.nio.file.FileSystems;

/** Prints the settings of the default file system's pool. See {@link DefaultProviderIT}. */
final class FileSettingsMain {
    private FileSettingsMain() {}

    public static void main(String[] args) {
        Submitter pool = ((OffloadedFileSystem) FileSystems.getDefault()).submitter();
        ThreadPoolStats stats = pool.stats();
        System.out.println(pool.name() + ": " + stats.minThreads() + " to " + stats.maxThreads());
    }
}
