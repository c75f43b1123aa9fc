package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Logging fails first in a JVM that lacks memory or file descriptors. Nothing else may fail for that. */
class NoLoggerIT {
    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void noThreadDiesAndNothingIsLostThoughNoLoggerCanBeHad(Path java) throws Exception {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve("java.lang.System$LoggerFinder"), NoLoggerMain.Finder.class.getName());
        List<String> command = new ArrayList<>(Child.command(java, NoLoggerMain.class));
        command.replaceAll(option -> option.startsWith(Child.JAR) ? option + File.pathSeparator + folder : option);

        RunningChild child = new RunningChild(command);
        try (child) {
            child.await("served after failed starts: 3");
            child.await("served after stuck work");
            child.await("told of RejectedExecutionException");
            child.await("closed: true");
            child.awaitEnd();
        }
        assertThat(child.printed()).noneMatch(line -> line.contains("Exception in thread"));
    }
}
