package dev.coworker.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The paths of our file system are like those of the JDK's own, which print the same. */
@ParameterizedClass
@EnumSource(names = {"JDK", "OURS", "OURS_ON_VIRTUAL_THREAD", "OURS_OVER_OURS"})
class PathContractTest {
    @Parameter
    Subject subject;

    private Path path(String first, String... more) {
        return subject.fileSystem.getPath(first, more);
    }

    @Test
    void itsPartsAreThoseOfThePathBelow() {
        Path path = path("/a", "b/../c.txt");
        assertThat(path).hasToString("/a/b/../c.txt");
        assertThat(path.getFileSystem()).isSameAs(subject.fileSystem);
        assertThat(path.isAbsolute()).isTrue();
        assertThat(path.getRoot()).isEqualTo(path("/"));
        assertThat(path.getParent()).isEqualTo(path("/a/b/.."));
        assertThat(path.getFileName()).isEqualTo(path("c.txt"));
        assertThat(path.getNameCount()).isEqualTo(4);
        assertThat(path.getName(1)).isEqualTo(path("b"));
        assertThat(path.subpath(1, 3)).isEqualTo(path("b/.."));
        assertThat(path.normalize()).isEqualTo(path("/a/c.txt"));
        List<Path> names = new ArrayList<>();
        path.iterator().forEachRemaining(names::add);
        assertThat(names).containsExactly(path("a"), path("b"), path(".."), path("c.txt"));
        assertThat(path("a").getRoot()).isNull();
        assertThat(path("a").getParent()).isNull();
        assertThat(path("/").getFileName()).isNull();
        assertThatThrownBy(() -> path.getName(4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> path("a\0b")).isInstanceOf(InvalidPathException.class);
    }

    @Test
    void itIsResolvedAndRelativized() {
        Path base = path("/a/b");
        assertThat(base.resolve("c")).isEqualTo(path("/a/b/c"));
        assertThat(base.resolve(path("/x"))).isEqualTo(path("/x"));
        assertThat(base.resolve("")).isEqualTo(base);
        assertThat(base.resolveSibling("c")).isEqualTo(path("/a/c"));
        assertThat(base.relativize(path("/a/c/d"))).isEqualTo(path("../c/d"));
        assertThat(path("a").toAbsolutePath()).isEqualTo(path(System.getProperty("user.dir"), "a"));
        assertThatThrownBy(() -> base.relativize(path("c"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itIsComparedWithOthers() {
        Path path = path("/a/b");
        assertThat(path)
                .isEqualTo(path("/a", "b"))
                .hasSameHashCodeAs(path("/a/b"))
                .isNotEqualTo(path("/a/B"));
        assertThat(path.compareTo(path("/a/c"))).isNegative();
        assertThat(path.compareTo(path("/a/b"))).isZero();
        assertThat(path.startsWith(path("/a"))).isTrue();
        assertThat(path.startsWith("/b")).isFalse();
        assertThat(path.endsWith("b")).isTrue();
        assertThat(path.endsWith(path("a"))).isFalse();
    }

    @Test
    void aPathOfAnotherProviderIsForeign(@TempDir Path folder) throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            Path path = path("/a/b");
            Path foreign = zip.getPath("/a");
            assertThat(path.equals(foreign)).isFalse();
            assertThat(path.startsWith(foreign)).isFalse();
            assertThat(path.endsWith(foreign)).isFalse();
            assertThatThrownBy(() -> path.resolve(foreign)).isExactlyInstanceOf(ProviderMismatchException.class);
            assertThatThrownBy(() -> path.relativize(foreign)).isExactlyInstanceOf(ProviderMismatchException.class);
            assertThatThrownBy(() -> path.compareTo(foreign)).isExactlyInstanceOf(ClassCastException.class);
            assertThatThrownBy(() -> path.startsWith((Path) null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> path.resolve((Path) null)).isInstanceOf(NullPointerException.class);
            assertThat(path.getFileSystem().provider().isSameFile(path("/"), zip.getPath("/")))
                    .isFalse();
        }
    }

    @Test
    void itsUriTellsAFolder(@TempDir Path folder) throws Exception {
        subject.run(() -> {
            assertThat(path(folder.toString()).toUri()).isEqualTo(URI.create("file://" + folder + "/"));
            assertThat(path(folder.toString(), "none").toUri()).isEqualTo(URI.create("file://" + folder + "/none"));
            assertThat(path(folder.toString(), "none").toFile())
                    .isEqualTo(folder.resolve("none").toFile());
        });
    }

    @Test
    void aMatcherMatchesIt() {
        PathMatcher matcher = subject.fileSystem.getPathMatcher("glob:**/*.{java,class}");
        assertThat(matcher.matches(path("a/b.java"))).isTrue();
        assertThat(matcher.matches(path("a/b.txt"))).isFalse();
        assertThat(subject.fileSystem.getPathMatcher("regex:a.*").matches(path("abc")))
                .isTrue();
        assertThatThrownBy(() -> subject.fileSystem.getPathMatcher("glob:{"))
                .isInstanceOf(PatternSyntaxException.class);
        assertThatThrownBy(() -> subject.fileSystem.getPathMatcher("none:x"))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void itsFileSystemIsThatOfTheJdk() throws Exception {
        FileSystem fileSystem = subject.fileSystem;
        assertThat(fileSystem.isOpen()).isTrue();
        assertThat(fileSystem.isReadOnly()).isFalse();
        assertThat(fileSystem.getSeparator()).isEqualTo("/");
        assertThat(fileSystem.getRootDirectories()).containsExactly(path("/"));
        assertThat(fileSystem.supportedFileAttributeViews()).contains("basic", "posix", "unix", "owner");
        assertThat(fileSystem.provider().getScheme()).isEqualTo("file");
        assertThatThrownBy(fileSystem::close).isInstanceOf(UnsupportedOperationException.class);
    }
}
