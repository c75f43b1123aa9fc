package demo;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockReadsIT {
    @TempDir
    Path directory;

    @Test
    void everyBlockOfTheFileComparesAlsoTheLastShortOne() throws IOException {
        Path file = Files.write(directory.resolve("file"), new byte[2 * BlockReads.BLOCK + 1]);
        try (SlowDisk disk = Disks.start(file, 1);
                BlockReads blocks = new BlockReads(Target.existing(file), disk)) {
            for (long block = 0; block < 3; block++) {
                blocks.readAndCompare(block);
            }
            blocks.readAndCompare();
        }
    }

    @Test
    void aBlockThatIsNotTheFilesIsNoticed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "the file");
        Path other = Files.writeString(directory.resolve("other"), "thE file");
        try (SlowDisk disk = Disks.start(other, 1);
                BlockReads blocks = new BlockReads(Target.existing(file), disk)) {
            assertThatThrownBy(blocks::readAndCompare)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("changed while it was read");
        }
    }
}
