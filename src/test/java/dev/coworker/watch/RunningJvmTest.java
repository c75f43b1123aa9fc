package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class RunningJvmTest {
    @TempDir
    Path directory;

    private Path loadOutput;
    private Path watchOutput;
    private Process load;

    @BeforeEach
    void startLoad() throws IOException {
        loadOutput = directory.resolve("load");
        watchOutput = directory.resolve("watch");
        load = Recordings.start(List.of("-Djava.io.tmpdir=" + directory), loadOutput, "60", "readFifo");
    }

    @AfterEach
    void endLoad() throws InterruptedException {
        load.destroyForcibly().waitFor();
    }

    @Test
    void recordsARunningJvmAndLeavesNothingBehind() throws Exception {
        Process watch = startWatch("2s");

        assertThat(watch.waitFor(120, TimeUnit.SECONDS)).isTrue();

        String report = Files.readString(watchOutput);
        assertThat(report).contains("dev.coworker.watch.Load.readFifo:");
        assertThat(report).contains(report.contains("on JDK 21") ? "leave it: this JDK adds a carrier" : "wrap it");
        assertThat(watch.exitValue()).isZero();
        assertThat(files()).isEmpty();
        load.waitFor();
        assertThat(Files.readString(loadOutput)).contains("recordings 0");
    }

    @Test
    void leavesNothingBehindWhenItIsInterrupted() throws Exception {
        Process watch = startWatch("100s");
        while (!Files.readString(watchOutput).contains("Recording")) {
            Thread.sleep(10);
        }

        watch.destroy();
        assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(files()).isEmpty();
        load.waitFor();
        assertThat(Files.readString(loadOutput)).contains("recordings 0");
    }

    @Test
    void theRecordingIsForThisUserAloneAndItsNameCannotBeForeseen() throws Exception {
        Process watch = startWatch("100s");
        while (!Files.readString(watchOutput).contains("Recording")) {
            Thread.sleep(10);
        }

        assertThat(files()).singleElement().satisfies(file -> {
            assertThat(file.getFileName()).hasToString("coworker-" + watch.pid() + "-" + random(file) + ".jfr");
            assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        });
        watch.destroy();
        assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    private static String random(Path file) {
        return file.getFileName().toString().replaceAll(".*-(\\d{10,})\\.jfr", "$1");
    }

    @Test
    void endsWhenItIsInterruptedAndTheOtherJvmDoesNotAnswer() throws Exception {
        Process watch = startWatch("100s");
        while (!Files.readString(watchOutput).contains("Recording")) {
            Thread.sleep(10);
        }
        signal("STOP");

        watch.destroy();

        assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(load.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void leavesNothingBehindWhenTheOtherJvmEnds() throws Exception {
        Process watch = startWatch("5s");
        while (!Files.readString(watchOutput).contains("Recording")) {
            Thread.sleep(10);
        }

        load.destroy();
        load.waitFor();
        assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(watch.exitValue()).isEqualTo(1);
        assertThat(files()).isEmpty();
    }

    @Test
    void saysThatThereIsNoSuchJvm() throws Exception {
        load.destroyForcibly().waitFor();
        Process watch = startWatch("1s");

        assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(watch.exitValue()).isEqualTo(1);
        assertThat(Files.readString(watchOutput)).contains("JVM " + load.pid() + " cannot be attached to: ");
    }

    private Process startWatch(String time) throws IOException {
        List<String> command = new ArrayList<>(List.of(Recordings.JAVA));
        command.addAll(List.of("--add-exports", "jdk.attach/sun.tools.attach=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), WatchCommand.class.getName()));
        command.addAll(List.of("watch", Long.toString(load.pid()), "--for", time));
        return Processes.builder(command.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(watchOutput.toFile())
                .start();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".jfr"))
                    .toList();
        }
    }
}
