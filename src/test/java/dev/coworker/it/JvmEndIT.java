package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What workers have taken when main returns and the pool is not closed. */
class JvmEndIT {
    private static final long PATIENCE_SECONDS = 60;

    @Test
    void aJvmEndsThoughItsDaemonWorkersAreStuck() throws Exception {
        assertThat(run(true)).isEqualTo("main returns\n");
    }

    @Test
    void aJvmEndsAfterWhatItsWorkersHaveTakenUnlessTheyAreDaemons() throws Exception {
        assertThat(run(false)).isEqualTo("main returns\nfinished\nfinished\n");
    }

    private static String run(boolean stuck) throws Exception {
        Path output = Files.createTempFile("coworker-end-", ".txt");
        Path classes = Path.of(JvmEndMain.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Process child = new ProcessBuilder(
                        Child.JAVA.toString(),
                        "-classpath",
                        Child.JAR + File.pathSeparator + classes,
                        JvmEndMain.class.getName(),
                        Boolean.toString(stuck))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = child.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(ended).as("ends: %s", Files.readString(output)).isTrue();
            assertThat(child.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(output);
        } finally {
            child.destroyForcibly().waitFor();
            Files.delete(output);
        }
    }
}
