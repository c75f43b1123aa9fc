package snippets;

import dev.coworker.ThreadPool;
import dev.coworker.file.OffloadedFileSystem;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system over a pool, as the javadoc shows it. */
final class OverFiles {
    private OverFiles() {}

    static String over(ThreadPool pool, String folder) throws IOException {
        // @start region=over
        FileSystem files = OffloadedFileSystem.over(pool);
        Path index = files.getPath(folder, "index"); // a library that is given this path works over the pool
        String text = Files.readString(index); // on a virtual thread: read by a worker
        // @end
        return text;
    }
}
