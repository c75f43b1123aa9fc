package dev.coworker.file;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The entries of a directory, read on the pool in batches. The caller's filter runs on the caller's thread. */
class OffloadedDirectoryStream implements DirectoryStream<Path> {
    private static final int BATCH = 100;

    final OffloadedFileSystem fileSystem;
    private final DirectoryStream<Path> delegate;
    private final Filter<? super Path> filter;
    private volatile boolean closed;

    private OffloadedDirectoryStream(
            OffloadedFileSystem fileSystem, DirectoryStream<Path> delegate, Filter<? super Path> filter) {
        this.fileSystem = fileSystem;
        this.delegate = delegate;
        this.filter = filter;
    }

    static DirectoryStream<Path> over(
            OffloadedFileSystem fileSystem, DirectoryStream<Path> delegate, Filter<? super Path> filter) {
        return delegate instanceof SecureDirectoryStream<Path> secure
                ? new Secure(fileSystem, secure, filter)
                : new OffloadedDirectoryStream(fileSystem, delegate, filter);
    }

    @Override
    public Iterator<Path> iterator() {
        return new Entries(delegate.iterator());
    }

    @Override
    public void close() throws IOException {
        closed = true;
        fileSystem.offload.run(delegate::close);
    }

    private final class Entries implements Iterator<Path> {
        private final Iterator<Path> below;
        private final Queue<Path> read = new ArrayDeque<>();
        private @Nullable DirectoryIteratorException failure; // to be thrown behind what was read before it
        private @Nullable Path next;

        Entries(Iterator<Path> below) {
            this.below = below;
        }

        @Override
        public boolean hasNext() {
            while (next == null && !closed && (!read.isEmpty() || readBatch())) {
                Path entry = fileSystem.wrap(read.remove());
                try {
                    next = filter.accept(entry) ? entry : null;
                } catch (IOException e) {
                    throw new DirectoryIteratorException(e);
                }
            }
            return next != null;
        }

        @Override
        public Path next() {
            Path entry = hasNext() ? next : null;
            if (entry == null) {
                throw new NoSuchElementException();
            }
            next = null;
            return entry;
        }

        private boolean readBatch() {
            DirectoryIteratorException failed = failure;
            if (failed != null) {
                failure = null;
                throw failed;
            }
            fileSystem.offload.run(() -> {
                try {
                    while (read.size() < BATCH && below.hasNext()) {
                        read.add(below.next());
                    }
                } catch (DirectoryIteratorException e) {
                    if (read.isEmpty()) {
                        throw e;
                    }
                    failure = e;
                }
            });
            return !read.isEmpty();
        }
    }

    /** The one kind of stream with which a tree can be deleted safely while others change it. */
    private static final class Secure extends OffloadedDirectoryStream implements SecureDirectoryStream<Path> {
        private final SecureDirectoryStream<Path> delegate;

        Secure(OffloadedFileSystem fileSystem, SecureDirectoryStream<Path> delegate, Filter<? super Path> filter) {
            super(fileSystem, delegate, filter);
            this.delegate = delegate;
        }

        @Override
        public SecureDirectoryStream<Path> newDirectoryStream(Path path, LinkOption... options) throws IOException {
            return new Secure(
                    fileSystem,
                    fileSystem.offload.call(() -> delegate.newDirectoryStream(OffloadedPath.unwrap(path), options)),
                    entry -> true);
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs) throws IOException {
            return OffloadedByteChannel.over(
                    fileSystem.offload.call(() -> delegate.newByteChannel(OffloadedPath.unwrap(path), options, attrs)),
                    fileSystem.offload);
        }

        @Override
        public void deleteFile(Path path) throws IOException {
            fileSystem.offload.run(() -> delegate.deleteFile(OffloadedPath.unwrap(path)));
        }

        @Override
        public void deleteDirectory(Path path) throws IOException {
            fileSystem.offload.run(() -> delegate.deleteDirectory(OffloadedPath.unwrap(path)));
        }

        @Override
        public void move(Path source, SecureDirectoryStream<Path> targetDirectory, Path target) throws IOException {
            SecureDirectoryStream<Path> below =
                    targetDirectory instanceof Secure ours ? ours.delegate : targetDirectory;
            fileSystem.offload.run(
                    () -> delegate.move(OffloadedPath.unwrap(source), below, OffloadedPath.unwrap(target)));
        }

        @Override
        public <V extends FileAttributeView> @Nullable V getFileAttributeView(Class<V> type) {
            return fileSystem.offload.view(type, delegate.getFileAttributeView(type));
        }

        @Override
        public <V extends FileAttributeView> @Nullable V getFileAttributeView(
                Path path, Class<V> type, LinkOption... options) {
            return fileSystem.offload.view(
                    type, delegate.getFileAttributeView(OffloadedPath.unwrap(path), type, options));
        }
    }
}
