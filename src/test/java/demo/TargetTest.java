package demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetTest {
    @TempDir
    Path directory;

    @Test
    void anExistingFileIsTakenAsItIs() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "seven b");
        try (Target target = Target.existing(file)) {
            assertThat(target.path()).isEqualTo(file);
            assertThat(target.size()).isEqualTo(7);
        }
        assertThat(file).hasContent("seven b");
    }

    @Test
    void aMadeFileHasItsSizeAndIsDeletedInTheEnd() throws IOException {
        Target target = Target.make(1);
        assertThat(target.path()).hasSize(1 << 20);
        assertThat(target.size()).isEqualTo(1 << 20);
        target.close();

        assertThat(target.path()).doesNotExist();
    }

    @Test
    void aMissingFileIsRefused() {
        assertRefused(directory.resolve("nowhere"), "no such file");
    }

    @Test
    void aDirectoryIsRefused() {
        assertRefused(directory, "is a directory");
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        assertRefused(Files.createFile(directory.resolve("empty")), "is empty");
    }

    @Test
    void aDeviceWithoutBlocksIsRefused() {
        assertRefused(Path.of("/dev/null"), "neither a file nor a block device");
    }

    private static void assertRefused(Path path, String reason) {
        assertThatThrownBy(() -> Target.existing(path))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining(reason);
    }
}
