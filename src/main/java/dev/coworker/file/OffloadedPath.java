package dev.coworker.file;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A path of the file system below, as one of ours. */
final class OffloadedPath implements Path {
    final OffloadedFileSystem fileSystem;
    final Path delegate;

    OffloadedPath(OffloadedFileSystem fileSystem, Path delegate) {
        this.fileSystem = fileSystem;
        this.delegate = delegate;
    }

    /** Returns the path as one of ours, or throws as a file system does that meets a path of another. */
    static OffloadedPath of(Path path) {
        if (Objects.requireNonNull(path) instanceof OffloadedPath ours) {
            return ours;
        }
        throw new ProviderMismatchException(path.getClass().getName() + " is no path of an OffloadedFileSystem");
    }

    /** Returns the path below one of ours. */
    static Path unwrap(Path path) {
        return of(path).delegate;
    }

    private Path wrap(Path path) {
        return path == delegate ? this : new OffloadedPath(fileSystem, path);
    }

    private @Nullable Path wrapOrNull(@Nullable Path path) {
        return path == null ? null : wrap(path);
    }

    @Override
    public OffloadedFileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return delegate.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
        return wrapOrNull(delegate.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
        return wrapOrNull(delegate.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
        return wrapOrNull(delegate.getParent());
    }

    @Override
    public int getNameCount() {
        return delegate.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return wrap(delegate.getName(index));
    }

    @Override
    public Path subpath(int beginIndex, int endIndex) {
        return wrap(delegate.subpath(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(Path other) {
        return isOfSameFileSystem(other) && delegate.startsWith(unwrap(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return isOfSameFileSystem(other) && delegate.endsWith(unwrap(other));
    }

    private boolean isOfSameFileSystem(Path other) {
        return Objects.requireNonNull(other) instanceof OffloadedPath ours && ours.fileSystem == fileSystem;
    }

    @Override
    public Path normalize() {
        return wrap(delegate.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return wrap(delegate.resolve(unwrap(other)));
    }

    @Override
    public Path relativize(Path other) {
        return wrap(delegate.relativize(unwrap(other)));
    }

    /** Offloaded: to tell a directory, which gets a slash at the end, the default file system asks the disk. */
    @Override
    public URI toUri() {
        return fileSystem.offload.call(delegate::toUri);
    }

    @Override
    public Path toAbsolutePath() {
        return wrap(delegate.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return wrap(fileSystem.offload.call(() -> delegate.toRealPath(options)));
    }

    @Override
    public File toFile() {
        return fileSystem == FileSystems.getDefault() ? new File(toString()) : delegate.toFile();
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        if (Objects.requireNonNull(watcher) instanceof OffloadedWatchService ours) {
            return ours.register(this, events, modifiers);
        }
        throw new ProviderMismatchException(watcher.getClass().getName() + " is no watch service of this file system");
    }

    @Override
    public int compareTo(Path other) {
        return delegate.compareTo(((OffloadedPath) other).delegate);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OffloadedPath path && path.fileSystem == fileSystem && path.delegate.equals(delegate);
    }

    @Override
    public int hashCode() {
        return delegate.hashCode();
    }

    @Override
    public String toString() {
        return delegate.toString();
    }
}
