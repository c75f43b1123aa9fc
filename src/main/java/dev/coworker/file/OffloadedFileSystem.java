package dev.coworker.file;

import dev.coworker.Submitter;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file system over another one: what may block runs on the workers of a pool if the caller is a virtual thread, and
 * in place if it is a platform thread. See the {@linkplain dev.coworker.file package} for what differs.
 *
 * <p>Its paths come from {@link #getPath}, {@link #getRootDirectories}, and from one another. {@code
 * fs.getPath(path.toString())} makes one of a path of the default file system. A path of another provider is refused
 * with {@link java.nio.file.ProviderMismatchException}.
 *
 * <p>Between two of these file systems over the default one, {@link java.nio.file.Files#copy(Path, Path,
 * java.nio.file.CopyOption...) Files.copy} and {@code Files.move} are one call of the file system below.
 *
 * <p>All methods may be called from any thread, and take no null.
 */
public final class OffloadedFileSystem extends FileSystem {
    final Offload offload;
    private final OffloadedFileSystemProvider provider;
    private final FileSystem delegate;

    OffloadedFileSystem(OffloadedFileSystemProvider provider, FileSystem delegate, Offload offload) {
        this.provider = provider;
        this.delegate = delegate;
        this.offload = offload;
    }

    /**
     * Returns a file system over the default one.
     *
     * @param submitter a pool or a slice, whose workers do the blocking calls of virtual threads; the caller closes it,
     *     and after that these calls run in place
     * @return a file system
     */
    public static OffloadedFileSystem over(Submitter submitter) {
        FileSystem base = FileSystems.getDefault();
        return over(base instanceof OffloadedFileSystem ours ? ours.delegate : base, submitter);
    }

    /**
     * Returns a file system over another one.
     *
     * @param delegate the file system that does the work; closing the new one closes it
     * @param submitter a pool or a slice, whose workers do the blocking calls of virtual threads; the caller closes it,
     *     and after that these calls run in place
     * @return a file system
     */
    public static OffloadedFileSystem over(FileSystem delegate, Submitter submitter) {
        Objects.requireNonNull(submitter, "submitter");
        return over(delegate, new Offload(() -> submitter));
    }

    static OffloadedFileSystem over(FileSystem delegate, Offload offload) {
        return new OffloadedFileSystem(OffloadedFileSystemProvider.of(delegate), delegate, offload);
    }

    /**
     * Returns what runs the blocking calls, for its counters and meters. That of the default file system is created
     * when it is first asked for.
     *
     * @return a pool or a slice
     * @throws IllegalStateException if there is none: the default file system has no pool on JDK 21 to 23
     */
    public Submitter submitter() {
        Submitter workers = offload.submitter();
        if (workers == null) {
            throw new IllegalStateException("this file system has no pool on JDK "
                    + Runtime.version().feature() + ": use OffloadedFileSystem.over(pool)");
        }
        return workers;
    }

    Path wrap(Path path) {
        return new OffloadedPath(this, path);
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    /** Closes the file system below, if that can be closed, and not the pool. */
    @Override
    public void close() throws IOException {
        offload.run(delegate::close);
    }

    @Override
    public boolean isOpen() {
        return delegate.isOpen();
    }

    @Override
    public boolean isReadOnly() {
        return delegate.isReadOnly();
    }

    @Override
    public String getSeparator() {
        return delegate.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        List<Path> roots = new ArrayList<>();
        for (Path root : offload.call(delegate::getRootDirectories)) {
            roots.add(wrap(root));
        }
        return List.copyOf(roots);
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return offload.call(() -> {
            List<FileStore> stores = new ArrayList<>();
            for (FileStore store : delegate.getFileStores()) {
                stores.add(new OffloadedFileStore(store, offload));
            }
            return List.copyOf(stores);
        });
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return delegate.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return wrap(delegate.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher matcher = delegate.getPathMatcher(syntaxAndPattern);
        return path -> matcher.matches(path instanceof OffloadedPath ours ? ours.delegate : path);
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return new Lookup(delegate.getUserPrincipalLookupService(), offload);
    }

    @Override
    public WatchService newWatchService() throws IOException {
        return new OffloadedWatchService(this, offload.call(delegate::newWatchService));
    }

    /** Tells the file system below. */
    @Override
    public String toString() {
        return "OffloadedFileSystem[" + delegate + "]";
    }

    /** Users and groups may be looked up on a server. */
    private static final class Lookup extends UserPrincipalLookupService {
        private final UserPrincipalLookupService delegate;
        private final Offload offload;

        Lookup(UserPrincipalLookupService delegate, Offload offload) {
            this.delegate = delegate;
            this.offload = offload;
        }

        @Override
        public UserPrincipal lookupPrincipalByName(String name) throws IOException {
            return offload.call(() -> delegate.lookupPrincipalByName(name));
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(String group) throws IOException {
            return offload.call(() -> delegate.lookupPrincipalByGroupName(group));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Lookup lookup && lookup.delegate.equals(delegate);
        }

        @Override
        public int hashCode() {
            return delegate.hashCode();
        }
    }
}
