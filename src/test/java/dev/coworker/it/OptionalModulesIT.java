package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The packaged jar in a JVM without the flight recorder, and on a class path without Micrometer. */
class OptionalModulesIT {
    @Test
    void allLayersWorkWithNothingButJavaBase() throws Exception {
        assertThat(run("--limit-modules", "java.base"))
                .isEqualTo("flight recorder: false, Micrometer: false, co 1, aio 2, submit 3, canceled 1");
    }

    @Test
    void allLayersWorkWithTheFlightRecorderAndWithoutMicrometer() throws Exception {
        assertThat(run()).isEqualTo("flight recorder: true, Micrometer: false, co 1, aio 2, submit 3, canceled 1");
    }

    private static String run(String... options) throws IOException, InterruptedException, URISyntaxException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("test.child.java"));
        command.addAll(List.of(options));
        command.add("-classpath");
        command.add(System.getProperty("test.jar") + File.pathSeparator + home(OptionalModulesMain.class));
        command.add(OptionalModulesMain.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as("%s%n%s", command, output).isZero();
            return output.strip();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
