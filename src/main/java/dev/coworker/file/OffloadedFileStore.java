package dev.coworker.file;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import org.jspecify.annotations.Nullable;

/** A file store whose figures are read on the pool. */
final class OffloadedFileStore extends FileStore {
    private final FileStore delegate;
    private final Offload offload;

    OffloadedFileStore(FileStore delegate, Offload offload) {
        this.delegate = delegate;
        this.offload = offload;
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public String type() {
        return delegate.type();
    }

    @Override
    public boolean isReadOnly() {
        return delegate.isReadOnly();
    }

    @Override
    public long getTotalSpace() throws IOException {
        return offload.call(delegate::getTotalSpace);
    }

    @Override
    public long getUsableSpace() throws IOException {
        return offload.call(delegate::getUsableSpace);
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
        return offload.call(delegate::getUnallocatedSpace);
    }

    @Override
    public long getBlockSize() throws IOException {
        return offload.call(delegate::getBlockSize);
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        return offload.call(() -> delegate.supportsFileAttributeView(type));
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        return offload.call(() -> delegate.supportsFileAttributeView(name));
    }

    @Override
    public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
        return delegate.getFileStoreAttributeView(type);
    }

    @Override
    public Object getAttribute(String attribute) throws IOException {
        return offload.call(() -> delegate.getAttribute(attribute));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OffloadedFileStore store && store.delegate.equals(delegate);
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
