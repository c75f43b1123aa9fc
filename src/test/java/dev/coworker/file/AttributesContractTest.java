package dev.coworker.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Attributes, stores, watches and secure streams of our file system are those of the JDK's own. */
@ParameterizedClass
@EnumSource(Subject.class)
class AttributesContractTest {
    private static final FileTime TIME = FileTime.fromMillis(1_000_000_000L);

    @Parameter
    Subject subject;

    @TempDir
    Path temporary;

    private Path folder;
    private Path file;

    @BeforeEach
    void write() throws Exception {
        folder = subject.fileSystem.getPath(temporary.toString());
        file = folder.resolve("file");
        Files.writeString(temporary.resolve("file"), "hello");
    }

    @Test
    void attributesAreReadAtOnce() throws Exception {
        subject.run(() -> {
            BasicFileAttributes basic = Files.readAttributes(file, BasicFileAttributes.class);
            assertThat(basic.size()).isEqualTo(5);
            assertThat(basic.isRegularFile()).isTrue();
            assertThat(basic.fileKey())
                    .isEqualTo(Files.readAttributes(temporary.resolve("file"), BasicFileAttributes.class)
                            .fileKey());
            PosixFileAttributes posix =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            assertThat(posix.owner()).isEqualTo(Files.getOwner(file));
            assertThat(Files.readAttributes(file, "size,isDirectory"))
                    .containsOnly(Map.entry("size", 5L), Map.entry("isDirectory", false));
            assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(1);
            assertThatThrownBy(() -> Files.readAttributes(file, "none:*"))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> Files.readAttributes(file, "none")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Files.readAttributes(folder.resolve("none"), BasicFileAttributes.class))
                    .isExactlyInstanceOf(NoSuchFileException.class);
            assertThat(Files.isDirectory(folder)).isTrue();
            assertThat(Files.isRegularFile(folder.resolve("none"))).isFalse();
        });
    }

    @Test
    void attributesAreSet() throws Exception {
        subject.run(() -> {
            Files.setLastModifiedTime(file, TIME);
            assertThat(Files.getLastModifiedTime(file)).isEqualTo(TIME);
            Files.setAttribute(file, "posix:permissions", PosixFilePermissions.fromString("rw-------"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            Path made = Files.createFile(
                    folder.resolve("made"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--------")));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("r--------");
        });
    }

    @Test
    void aViewReadsAndSets() throws Exception {
        subject.run(() -> {
            BasicFileAttributeView basic = Files.getFileAttributeView(file, BasicFileAttributeView.class);
            assertThat(basic.name()).isEqualTo("basic");
            basic.setTimes(TIME, null, null);
            assertThat(basic.readAttributes().lastModifiedTime()).isEqualTo(TIME);
            PosixFileAttributeView posix = Files.getFileAttributeView(file, PosixFileAttributeView.class);
            posix.setPermissions(PosixFilePermissions.fromString("rwx------"));
            assertThat(posix.readAttributes().permissions()).hasSize(3);
            assertThat(Files.getFileAttributeView(file, FileOwnerAttributeView.class)
                            .getOwner())
                    .isEqualTo(posix.getOwner());
            assertThat(Files.getFileAttributeView(file, AclFileAttributeView.class))
                    .isNull();
            assertThatThrownBy(() -> Files.getFileAttributeView(folder.resolve("none"), BasicFileAttributeView.class)
                            .readAttributes())
                    .isExactlyInstanceOf(NoSuchFileException.class);
        });
    }

    @Test
    void attributesOfUsersAreWrittenAndRead() throws Exception {
        subject.run(() -> {
            UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
            view.write("colour", ByteBuffer.wrap("red".getBytes(UTF_8)));
            ByteBuffer value = ByteBuffer.allocate(view.size("colour"));
            assertThat(view.read("colour", value)).isEqualTo(3);
            assertThat(view.list()).containsExactly("colour");
            assertThat(Files.getAttribute(file, "user:colour")).isEqualTo("red".getBytes(UTF_8));
        });
    }

    @Test
    void aFileStoreTellsItsSpace() throws Exception {
        subject.run(() -> {
            FileStore store = Files.getFileStore(file);
            assertThat(store.getTotalSpace())
                    .isEqualTo(Files.getFileStore(temporary).getTotalSpace())
                    .isPositive();
            assertThat(store.getUsableSpace()).isLessThanOrEqualTo(store.getTotalSpace());
            assertThat(store.getUnallocatedSpace()).isPositive();
            assertThat(store.getBlockSize()).isPositive();
            assertThat(store.supportsFileAttributeView("posix")).isTrue();
            assertThat(store.supportsFileAttributeView(BasicFileAttributeView.class))
                    .isTrue();
            assertThat(store).isEqualTo(Files.getFileStore(folder)).hasSameHashCodeAs(Files.getFileStore(folder));
            assertThat(store.name()).isEqualTo(Files.getFileStore(temporary).name());
            assertThat(store.isReadOnly()).isFalse();
            assertThat(subject.fileSystem.getFileStores())
                    .anyMatch(one -> one.type().equals(store.type()));
        });
    }

    @Test
    void usersAreLookedUp() throws Exception {
        subject.run(() -> {
            var lookup = subject.fileSystem.getUserPrincipalLookupService();
            assertThat(lookup.lookupPrincipalByName("root").getName()).isEqualTo("root");
            assertThat(lookup.lookupPrincipalByGroupName("root").getName()).isEqualTo("root");
            assertThatThrownBy(() -> lookup.lookupPrincipalByName("no-such-user"))
                    .isExactlyInstanceOf(UserPrincipalNotFoundException.class);
        });
    }

    @Test
    void aWatchTellsPathsOfItsFileSystem() throws Exception {
        subject.run(() -> {
            try (WatchService watch = subject.fileSystem.newWatchService()) {
                WatchKey key = folder.register(
                        watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
                assertThat(watch.poll()).isNull();
                Files.createFile(folder.resolve("new"));
                WatchKey signaled = watch.poll(30, TimeUnit.SECONDS);
                assertThat(signaled).isEqualTo(key).hasSameHashCodeAs(key);
                assertThat(signaled.watchable()).isEqualTo(folder);
                List<WatchEvent<?>> events = signaled.pollEvents();
                assertThat(events).singleElement().satisfies(event -> {
                    assertThat(event.kind()).isEqualTo(StandardWatchEventKinds.ENTRY_CREATE);
                    assertThat(event.context()).isEqualTo(subject.fileSystem.getPath("new"));
                    assertThat(event.count()).isEqualTo(1);
                });
                assertThat(key.reset()).isTrue();
                key.cancel();
                assertThat(key.isValid()).isFalse();
            }
        });
    }

    @Test
    void aSecureStreamWorksInItsFolder() throws Exception {
        subject.run(() -> {
            Path sub = Files.createDirectory(folder.resolve("sub"));
            Files.createFile(sub.resolve("x"));
            try (var stream = Files.newDirectoryStream(folder)) {
                assertThat(stream).isInstanceOf(SecureDirectoryStream.class);
                SecureDirectoryStream<Path> secure = (SecureDirectoryStream<Path>) stream;
                Path name = sub.getFileName();
                try (SecureDirectoryStream<Path> inner = secure.newDirectoryStream(name)) {
                    Path x = inner.iterator().next().getFileName();
                    try (var channel = inner.newByteChannel(x, Set.of(StandardOpenOption.WRITE))) {
                        assertThat(channel.write(ByteBuffer.wrap(new byte[3]))).isEqualTo(3);
                    }
                    assertThat(inner.getFileAttributeView(x, BasicFileAttributeView.class)
                                    .readAttributes()
                                    .size())
                            .isEqualTo(3);
                    assertThat(inner.getFileAttributeView(PosixFileAttributeView.class)
                                    .readAttributes()
                                    .isDirectory())
                            .isTrue();
                    inner.move(x, secure, subject.fileSystem.getPath("y"));
                }
                secure.deleteFile(subject.fileSystem.getPath("y"));
                secure.deleteDirectory(name);
            }
            assertThat(Files.exists(sub)).isFalse();
        });
    }
}
