package dev.coworker.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The methods of Files do the same over our file system as over the JDK's own. */
@ParameterizedClass
@EnumSource(Subject.class)
class FilesContractTest {
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
        Files.writeString(temporary.resolve("file"), "hello\nworld\n");
    }

    @Test
    void aFileIsWrittenAndRead() throws Exception {
        subject.run(() -> {
            assertThat(Files.readString(file)).isEqualTo("hello\nworld\n");
            assertThat(Files.writeString(file, "more\n", StandardOpenOption.APPEND))
                    .isSameAs(file);
            assertThat(Files.readAllLines(file)).containsExactly("hello", "world", "more");
            assertThat(Files.readAllBytes(file)).hasSize(17);
            assertThat(Files.size(file)).isEqualTo(17);
            Files.write(file, List.of("a", "b"));
            try (Stream<String> lines = Files.lines(file)) {
                assertThat(lines).containsExactly("a", "b");
            }
            try (BufferedReader reader = Files.newBufferedReader(file)) {
                assertThat(reader.readLine()).isEqualTo("a");
            }
        });
    }

    @Test
    void aStreamIsReadInEveryWay() throws Exception {
        subject.run(() -> {
            try (InputStream in = Files.newInputStream(file)) {
                assertThat(in.available()).isEqualTo(12);
                assertThat(in.read()).isEqualTo('h');
                assertThat(in.skip(2)).isEqualTo(2);
                assertThat(in.readNBytes(2)).isEqualTo("lo".getBytes(UTF_8));
                byte[] bytes = new byte[3];
                assertThat(in.read(bytes, 1, 2)).isEqualTo(2);
                assertThat(bytes).isEqualTo(new byte[] {0, '\n', 'w'});
                assertThat(in.readNBytes(bytes, 0, 3)).isEqualTo(3);
                assertThat(in.markSupported()).isFalse();
                assertThat(in.readAllBytes()).isEqualTo("d\n".getBytes(UTF_8));
                assertThat(in.read()).isEqualTo(-1);
                assertThatThrownBy(() -> in.read(bytes, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            }
        });
    }

    @Test
    void aStreamWritesAndRefusesWhenClosed() throws Exception {
        subject.run(() -> {
            OutputStream out = Files.newOutputStream(file);
            out.write('x');
            out.write(new byte[] {'a', 'b', 'c'}, 1, 2);
            out.flush();
            out.close();
            out.close();
            assertThat(Files.readString(file)).isEqualTo("xbc");
            assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
            InputStream in = Files.newInputStream(file);
            in.close();
            assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        });
    }

    @Test
    void theFailuresAreThoseOfTheFileSystemBelow() throws Exception {
        Path none = folder.resolve("none");
        subject.run(() -> {
            assertFails(NoSuchFileException.class, none, () -> Files.readString(none));
            assertFails(NoSuchFileException.class, none, () -> Files.newInputStream(none));
            assertFails(NoSuchFileException.class, none, () -> Files.delete(none));
            assertFails(NoSuchFileException.class, none, () -> Files.size(none));
            assertFails(NoSuchFileException.class, none, () -> Files.list(none));
            assertFails(NoSuchFileException.class, none, () -> none.toRealPath());
            assertFails(NoSuchFileException.class, none, () -> Files.copy(none, file));
            assertFails(NoSuchFileException.class, none, () -> Files.getFileStore(none));
            assertFails(FileAlreadyExistsException.class, file, () -> Files.createFile(file));
            assertFails(FileAlreadyExistsException.class, file, () -> Files.createDirectory(file));
            assertFails(NotDirectoryException.class, file, () -> Files.newDirectoryStream(file));
            assertFails(NotLinkException.class, file, () -> Files.readSymbolicLink(file));
            assertFails(DirectoryNotEmptyException.class, folder, () -> Files.delete(folder));
            assertThat(Files.deleteIfExists(none)).isFalse();
        });
    }

    private static void assertFails(Class<?> type, Path path, Subject.Body use) {
        assertThatThrownBy(use::run)
                .isExactlyInstanceOf(type)
                .satisfies(e -> assertThat(((FileSystemException) e).getFile()).isEqualTo(path.toString()));
    }

    @Test
    void aFileIsCopiedAndMoved() throws Exception {
        Path copy = folder.resolve("copy");
        Path moved = folder.resolve("moved");
        subject.run(() -> {
            Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
            assertThat(Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES))
                    .isSameAs(copy);
            assertThat(Files.getLastModifiedTime(copy).toMillis()).isEqualTo(1_000_000);
            assertFails(FileAlreadyExistsException.class, copy, () -> Files.copy(file, copy));
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            assertThat(Files.move(copy, moved, StandardCopyOption.ATOMIC_MOVE)).isSameAs(moved);
            assertThat(Files.exists(copy)).isFalse();
            assertThat(Files.mismatch(file, moved)).isEqualTo(-1);
            assertFails(FileAlreadyExistsException.class, file, () -> Files.move(moved, file));
            Path sub = Files.createDirectories(folder.resolve("a/b"));
            assertFails(
                    DirectoryNotEmptyException.class,
                    sub.getParent(),
                    () -> Files.copy(file, sub.getParent(), StandardCopyOption.REPLACE_EXISTING));
        });
    }

    @Test
    void aFileIsCopiedToAndFromAStream() throws Exception {
        subject.run(() -> {
            Path copy = folder.resolve("copy");
            try (InputStream in = Files.newInputStream(file)) {
                assertThat(Files.copy(in, copy)).isEqualTo(12);
            }
            try (OutputStream out = Files.newOutputStream(copy, StandardOpenOption.APPEND)) {
                assertThat(Files.copy(file, out)).isEqualTo(12);
            }
            assertThat(Files.size(copy)).isEqualTo(24);
        });
    }

    @Test
    void linksAreMadeFollowedAndRead() throws Exception {
        Path link = folder.resolve("link");
        Path hard = folder.resolve("hard");
        subject.run(() -> {
            Files.createSymbolicLink(link, file.getFileName());
            assertThat(Files.isSymbolicLink(link)).isTrue();
            assertThat(Files.readSymbolicLink(link)).isEqualTo(file.getFileName());
            assertThat(Files.readString(link)).startsWith("hello");
            assertThat(link.toRealPath()).isEqualTo(file.toRealPath());
            assertThat(link.toRealPath(LinkOption.NOFOLLOW_LINKS).getFileName()).isEqualTo(link.getFileName());
            assertThat(Files.isSameFile(link, file)).isTrue();
            Files.createLink(hard, file);
            assertThat(Files.isSameFile(hard, file)).isTrue();
            assertThat(Files.isSameFile(folder, file)).isFalse();
            Files.delete(file);
            assertThat(Files.exists(link)).isFalse();
            assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isTrue();
            assertThat(Files.readString(hard)).startsWith("hello");
            assertThatThrownBy(() -> Files.newByteChannel(link, java.util.Set.of(LinkOption.NOFOLLOW_LINKS)))
                    .isInstanceOf(IOException.class);
        });
    }

    @Test
    void aFolderIsListed() throws Exception {
        subject.run(() -> {
            for (int i = 0; i < 250; i++) {
                Files.createFile(folder.resolve("f" + i + (i % 2 == 0 ? ".txt" : ".bin")));
            }
            try (Stream<Path> list = Files.list(folder)) {
                assertThat(list).hasSize(251).allMatch(entry -> folder.equals(entry.getParent()));
            }
            try (DirectoryStream<Path> texts = Files.newDirectoryStream(folder, "*.{txt,doc}")) {
                assertThat(texts).hasSize(125);
            }
            try (DirectoryStream<Path> none = Files.newDirectoryStream(folder, entry -> false)) {
                assertThat(none.iterator().hasNext()).isFalse();
            }
        });
    }

    @Test
    void anIteratorOfAFolderKeepsItsRules() throws Exception {
        subject.run(() -> {
            DirectoryStream<Path> entries = Files.newDirectoryStream(folder);
            Iterator<Path> iterator = entries.iterator();
            assertThatThrownBy(entries::iterator).isInstanceOf(IllegalStateException.class);
            assertThat(iterator.next()).isEqualTo(file);
            assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
            assertThatThrownBy(iterator::remove).isInstanceOf(UnsupportedOperationException.class);
            entries.close();
            entries.close();
            assertThatThrownBy(entries::iterator).isInstanceOf(IllegalStateException.class);
            try (DirectoryStream<Path> failing = Files.newDirectoryStream(folder, entry -> {
                throw new IOException("filter");
            })) {
                assertThatThrownBy(() -> failing.iterator().hasNext())
                        .isExactlyInstanceOf(DirectoryIteratorException.class)
                        .hasRootCauseMessage("filter");
            }
        });
    }

    @Test
    void aTreeIsWalkedFoundAndDeleted() throws Exception {
        subject.run(() -> {
            Path tree = folder.resolve("tree");
            for (String name : List.of("a/b/c", "a/d", "e")) {
                Files.createDirectories(tree.resolve(name));
                Files.createFile(tree.resolve(name + "/x"));
            }
            try (Stream<Path> walk = Files.walk(tree)) {
                assertThat(walk.map(path -> tree.relativize(path).toString()).sorted())
                        .containsExactly("", "a", "a/b", "a/b/c", "a/b/c/x", "a/d", "a/d/x", "e", "e/x");
            }
            try (Stream<Path> found = Files.find(tree, 2, (path, attributes) -> attributes.isRegularFile())) {
                assertThat(found).containsExactly(tree.resolve("e/x"));
            }
            Files.createSymbolicLink(tree.resolve("e/loop"), tree);
            assertThatThrownBy(() -> {
                        try (Stream<Path> walk = Files.walk(tree, FileVisitOption.FOLLOW_LINKS)) {
                            walk.forEach(path -> {});
                        }
                    })
                    .hasCauseExactlyInstanceOf(FileSystemLoopException.class);
            List<Path> all = new ArrayList<>();
            try (Stream<Path> walk = Files.walk(tree)) {
                walk.sorted(Comparator.reverseOrder()).forEach(all::add);
            }
            for (Path path : all) {
                Files.delete(path);
            }
            assertThat(Files.notExists(tree)).isTrue();
        });
    }

    @Test
    void aByteChannelReadsWritesAndSeeks() throws Exception {
        subject.run(() -> {
            try (SeekableByteChannel channel =
                    Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                assertThat(channel.position(6).position()).isEqualTo(6);
                java.nio.ByteBuffer word = java.nio.ByteBuffer.allocate(5);
                assertThat(channel.read(word)).isEqualTo(5);
                assertThat(new String(word.array(), UTF_8)).isEqualTo("world");
                assertThat(channel.truncate(5).size()).isEqualTo(5);
            }
            assertThat(Files.readString(file)).isEqualTo("hello");
        });
    }

    @Test
    void temporaryFilesAreMadeInAFolder() throws Exception {
        subject.run(() -> {
            Path made = Files.createTempFile(folder, "pre", ".suf");
            assertThat(made.getFileSystem()).isSameAs(folder.getFileSystem());
            assertThat(made.getFileName().toString()).startsWith("pre").endsWith(".suf");
            assertThat(Files.isDirectory(Files.createTempDirectory(folder, "dir")))
                    .isTrue();
        });
    }

    @Test
    void anAtomicMoveToAnotherFileSystemIsRefused() throws Exception {
        subject.run(() -> {
            Path zip = folder.resolve("a.zip");
            try (java.nio.file.FileSystem archive =
                    java.nio.file.FileSystems.newFileSystem(zip, java.util.Map.of("create", "true"))) {
                assertThatThrownBy(() -> Files.move(file, archive.getPath("/file"), StandardCopyOption.ATOMIC_MOVE))
                        .isInstanceOf(AtomicMoveNotSupportedException.class);
                Files.copy(file, archive.getPath("/file"));
            }
            try (java.nio.file.FileSystem archive = java.nio.file.FileSystems.newFileSystem(zip)) {
                assertThat(Files.readString(archive.getPath("/file"))).startsWith("hello");
            }
        });
    }

    @Test
    void aFileWithoutPermissionIsRefused() throws Exception {
        subject.run(() -> {
            assertThat(Files.isReadable(file)).isTrue();
            assertThat(Files.isExecutable(file)).isFalse();
            assertThat(Files.isHidden(folder.resolve(".hidden"))).isTrue();
            assertThatThrownBy(
                            () -> folder.getFileSystem().provider().checkAccess(file, java.nio.file.AccessMode.EXECUTE))
                    .isInstanceOf(AccessDeniedException.class);
        });
    }
}
