package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is promised to be on disk was forced there; the JDK's own events tell. */
class ForceTest {
    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    Path folder;

    private interface Action {
        void run() throws Exception;
    }

    private long forcesDuring(Path image, Action action) throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("jdk.FileForce")
                        && event.getString("path").equals(image.toString()))
                .count();
    }

    @ParameterizedTest
    @CsvSource({"3, 0, 0", "4, 1, 4096", "6, 1, 4096", "6, 3, 4096"})
    void theFileIsForcedBeforeTheAnswer(int type, int flags, int length) throws Exception {
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        Client client = servers.connect(servers.open(image, settings -> settings));
        assertThat(forcesDuring(image, () -> client.errorOf(client.request(type, flags, 0, length))))
                .isEqualTo(1);
    }

    @Test
    void aWriteWithFuaIsForcedBeforeTheAnswer() throws Exception {
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        Client client = servers.connect(servers.open(image, settings -> settings));
        assertThat(forcesDuring(image, () -> client.errorOf(client.write(Nbd.FLAG_FUA, 0, new byte[10]))))
                .isEqualTo(1);
    }

    @Test
    void aWriteWithoutFuaIsNotForced() throws Exception {
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        Client client = servers.connect(servers.open(image, settings -> settings));
        assertThat(forcesDuring(image, () -> client.errorOf(client.write(0, 0, new byte[10]))))
                .isZero();
    }

    @Test
    void closeForcesWhatWasWritten() throws Exception {
        Path image = servers.newImage(Servers.IMAGE_BYTES);
        NbdServer server = servers.open(image, settings -> settings);
        Client client = servers.connect(server);
        client.errorOf(client.write(0, 0, new byte[10]));
        assertThat(forcesDuring(image, server::close)).isEqualTo(1);
    }
}
