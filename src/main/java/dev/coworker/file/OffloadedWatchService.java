package dev.coworker.file;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.Watchable;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A watch service whose keys and events tell paths of ours. Waiting for a key parks, and is not offloaded. */
final class OffloadedWatchService implements WatchService {
    private final OffloadedFileSystem fileSystem;
    private final WatchService delegate;

    OffloadedWatchService(OffloadedFileSystem fileSystem, WatchService delegate) {
        this.fileSystem = fileSystem;
        this.delegate = delegate;
    }

    WatchKey register(OffloadedPath path, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        return new Key(fileSystem, fileSystem.offload.call(() -> path.delegate.register(delegate, events, modifiers)));
    }

    @Override
    public void close() throws IOException {
        fileSystem.offload.run(delegate::close);
    }

    @Override
    public @Nullable WatchKey poll() {
        return wrap(delegate.poll());
    }

    @Override
    public @Nullable WatchKey poll(long timeout, TimeUnit unit) throws InterruptedException {
        return wrap(delegate.poll(timeout, unit));
    }

    @Override
    public WatchKey take() throws InterruptedException {
        return new Key(fileSystem, delegate.take());
    }

    private @Nullable WatchKey wrap(@Nullable WatchKey key) {
        return key == null ? null : new Key(fileSystem, key);
    }

    /** Equal if the keys below are: programs look up a signaled key in a map of registered ones. */
    private record Key(OffloadedFileSystem fileSystem, WatchKey delegate) implements WatchKey {
        @Override
        public boolean isValid() {
            return delegate.isValid();
        }

        @Override
        public List<WatchEvent<?>> pollEvents() {
            return delegate.pollEvents().stream()
                    .<WatchEvent<?>>map(event ->
                            event.context() instanceof Path path ? new Event(event, fileSystem.wrap(path)) : event)
                    .toList();
        }

        @Override
        public boolean reset() {
            return delegate.reset();
        }

        @Override
        public void cancel() {
            fileSystem.offload.run(delegate::cancel);
        }

        @Override
        public Watchable watchable() {
            return delegate.watchable() instanceof Path path ? fileSystem.wrap(path) : delegate.watchable();
        }
    }

    private record Event(WatchEvent<?> delegate, Path context) implements WatchEvent<Path> {
        @Override
        @SuppressWarnings("unchecked") // its context is a path
        public Kind<Path> kind() {
            return (Kind<Path>) delegate.kind();
        }

        @Override
        public int count() {
            return delegate.count();
        }
    }
}
