package dev.coworker.file;

import dev.coworker.Submitter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The provider of {@link OffloadedFileSystem}, and the way to change a whole program without changing its code:
 *
 * <pre>{@code
 * java -cp coworker.jar:app.jar \
 *     -Djava.nio.file.spi.DefaultFileSystemProvider=dev.coworker.file.OffloadedFileSystemProvider app.Main
 * }</pre>
 *
 * <p>Then {@code Path.of}, {@code Files} and {@code FileChannel.open} are those of an {@link OffloadedFileSystem} over
 * the JDK's file system. Coworker and JSpecify must be on the class path or the module path of the JVM itself, not
 * inside an application's own archive. The property takes a list of providers; each is given the one before it.
 *
 * <p><strong>On JDK 21 to 23 all of it runs in place</strong>, and there is no pool. These JDKs add a carrier while a
 * virtual thread does file I/O. Parking it instead can stop a program that uses monitors, such as Lucene: virtual
 * threads that wait inside {@code synchronized} keep all carriers, and the one they wait for gets none to go on.
 *
 * <p>The pool is named {@code coworker-files}. The first virtual thread that needs it creates it. Its workers are
 * daemons, and it is never closed. {@code ((OffloadedFileSystem) FileSystems.getDefault()).submitter()} returns it, to
 * bind its meters. System properties, read at that time:
 *
 * <table class="plain">
 * <caption>Settings</caption>
 * <tr><th>property</th><th>default</th><th>meaning</th></tr>
 * <tr><td>{@code dev.coworker.file.maxThreads}</td><td>64</td><td>the bound on its workers</td></tr>
 * <tr><td>{@code dev.coworker.file.minThreads}</td><td>0</td><td>workers that are kept when idle</td></tr>
 * <tr><td>{@code dev.coworker.file.idleSeconds}</td><td>10</td><td>how long a worker above these stays idle</td></tr>
 * </table>
 *
 * <p>A value that is no number, or out of range, is reported in a warning, and the default is used.
 *
 * <p>One thing works with no default provider but the JDK's own: {@link java.net.UnixDomainSocketAddress} refuses the
 * paths of every other.
 */
public final class OffloadedFileSystemProvider extends FileSystemProvider {
    private final FileSystemProvider delegate;
    private final @Nullable OffloadedFileSystem fileSystem; // null: not the default provider

    /**
     * Creates the default provider. {@link FileSystems#getDefault()} calls it, early in the life of the JVM.
     *
     * @param delegate the default provider until now
     */
    public OffloadedFileSystemProvider(FileSystemProvider delegate) {
        this.delegate = delegate;
        Offload offload = new Offload(Offload.MONITORS_PIN ? () -> null : new DefaultPool());
        this.fileSystem = new OffloadedFileSystem(this, delegate.getFileSystem(URI.create("file:///")), offload);
    }

    private OffloadedFileSystemProvider(FileSystem fileSystem) {
        this.delegate = fileSystem.provider();
        this.fileSystem = null;
    }

    /** Returns the provider of file systems over this one: for the JVM's default one always the same. */
    static OffloadedFileSystemProvider of(FileSystem fileSystem) {
        return fileSystem.provider() == OverDefault.PROVIDER.delegate
                ? OverDefault.PROVIDER
                : new OffloadedFileSystemProvider(fileSystem);
    }

    /** Loaded later than the provider, since it needs the default file system. */
    private static final class OverDefault {
        static final OffloadedFileSystemProvider PROVIDER =
                FileSystems.getDefault().provider() instanceof OffloadedFileSystemProvider ours
                        ? ours
                        : new OffloadedFileSystemProvider(FileSystems.getDefault());
    }

    private static Offload offload(Path path) {
        return OffloadedPath.of(path).fileSystem.offload;
    }

    private static Path unwrap(Path path) {
        return OffloadedPath.unwrap(path);
    }

    /** Returns the scheme of the provider below. */
    @Override
    public String getScheme() {
        return delegate.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> env) throws IOException {
        defaultFileSystem(uri);
        return delegate.newFileSystem(uri, env); // the JDK's refuses it
    }

    /**
     * Returns the default file system.
     *
     * @throws FileSystemNotFoundException if this is not the default provider: keep the file system that {@link
     *     OffloadedFileSystem#over(Submitter) over} returned
     */
    @Override
    public FileSystem getFileSystem(URI uri) {
        OffloadedFileSystem found = defaultFileSystem(uri);
        delegate.getFileSystem(uri); // checks it
        return found;
    }

    /**
     * Returns a path of the default file system.
     *
     * @throws FileSystemNotFoundException if this is not the default provider: use {@code getPath} of the file system
     *     that {@link OffloadedFileSystem#over(Submitter) over} returned
     */
    @Override
    public Path getPath(URI uri) {
        return defaultFileSystem(uri).wrap(delegate.getPath(uri));
    }

    private OffloadedFileSystem defaultFileSystem(URI uri) {
        if (fileSystem == null) {
            throw new FileSystemNotFoundException(
                    "no URI leads to a file system made by OffloadedFileSystem.over: " + Objects.requireNonNull(uri));
        }
        return fileSystem;
    }

    @Override
    public FileSystem newFileSystem(Path path, Map<String, ?> env) throws IOException {
        FileSystem opened = offload(path).call(() -> delegate.newFileSystem(unwrap(path), env));
        return OffloadedFileSystem.over(opened, offload(path));
    }

    @Override
    public InputStream newInputStream(Path path, OpenOption... options) throws IOException {
        return new OffloadedInputStream(
                offload(path).call(() -> delegate.newInputStream(unwrap(path), options)), offload(path));
    }

    @Override
    public OutputStream newOutputStream(Path path, OpenOption... options) throws IOException {
        return new OffloadedOutputStream(
                offload(path).call(() -> delegate.newOutputStream(unwrap(path), options)), offload(path));
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs)
            throws IOException {
        return ArenaMapping.newChannel(
                offload(path).call(() -> delegate.newFileChannel(unwrap(path), options, attrs)), offload(path));
    }

    @Override
    public AsynchronousFileChannel newAsynchronousFileChannel(
            Path path, Set<? extends OpenOption> options, @Nullable ExecutorService executor, FileAttribute<?>... attrs)
            throws IOException {
        return new OffloadedAsynchronousFileChannel(
                offload(path).call(() -> delegate.newAsynchronousFileChannel(unwrap(path), options, executor, attrs)),
                offload(path));
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs)
            throws IOException {
        return OffloadedByteChannel.over(
                offload(path).call(() -> delegate.newByteChannel(unwrap(path), options, attrs)), offload(path));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path dir, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        Objects.requireNonNull(filter);
        // The filter is the caller's, and runs on its thread.
        return OffloadedDirectoryStream.over(
                OffloadedPath.of(dir).fileSystem,
                offload(dir).call(() -> delegate.newDirectoryStream(unwrap(dir), entry -> true)),
                filter);
    }

    @Override
    public void createDirectory(Path dir, FileAttribute<?>... attrs) throws IOException {
        offload(dir).run(() -> delegate.createDirectory(unwrap(dir), attrs));
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attrs) throws IOException {
        offload(link).run(() -> delegate.createSymbolicLink(unwrap(link), unwrap(target), attrs));
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        offload(link).run(() -> delegate.createLink(unwrap(link), unwrap(existing)));
    }

    @Override
    public void delete(Path path) throws IOException {
        offload(path).run(() -> delegate.delete(unwrap(path)));
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        return offload(path).call(() -> delegate.deleteIfExists(unwrap(path)));
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
        return OffloadedPath.of(link)
                .fileSystem
                .wrap(offload(link).call(() -> delegate.readSymbolicLink(unwrap(link))));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        offload(source).run(() -> Files.copy(unwrap(source), unwrap(target), options));
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        offload(source).run(() -> Files.move(unwrap(source), unwrap(target), options));
    }

    @Override
    public boolean isSameFile(Path path, Path path2) throws IOException {
        Path first = unwrap(path);
        return Objects.requireNonNull(path2) instanceof OffloadedPath second
                && offload(path).call(() -> Files.isSameFile(first, second.delegate));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return offload(path).call(() -> delegate.isHidden(unwrap(path)));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return new OffloadedFileStore(offload(path).call(() -> delegate.getFileStore(unwrap(path))), offload(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        offload(path).run(() -> delegate.checkAccess(unwrap(path), modes));
    }

    @Override
    public boolean exists(Path path, LinkOption... options) {
        return offload(path).call(() -> delegate.exists(unwrap(path), options));
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return offload(path).view(type, delegate.getFileAttributeView(unwrap(path), type, options));
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return offload(path).call(() -> delegate.readAttributes(unwrap(path), type, options));
    }

    @Override
    public <A extends BasicFileAttributes> @Nullable A readAttributesIfExists(
            Path path, Class<A> type, LinkOption... options) throws IOException {
        return offload(path)
                .<@Nullable A, IOException>call(() -> delegate.readAttributesIfExists(unwrap(path), type, options));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return offload(path).call(() -> delegate.readAttributes(unwrap(path), attributes, options));
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        offload(path).run(() -> delegate.setAttribute(unwrap(path), attribute, value, options));
    }

    /** Tells the provider below. */
    @Override
    public String toString() {
        return "OffloadedFileSystemProvider[" + delegate + "]";
    }
}
