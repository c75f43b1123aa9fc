package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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

    private static String run(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Child.JAVA.toString());
        command.addAll(List.of(options));
        command.add("-classpath");
        command.add(
                Child.path(Stream.of(Child.JAR, home(OptionalModulesMain.class).toString())));
        command.add(OptionalModulesMain.class.getName());
        return Child.run(command);
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
