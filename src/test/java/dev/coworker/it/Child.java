package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.provider.Arguments;

/** A program that was started and has ended, and what it printed. */
record Child(int exit, String output) {
    static final Path JAVA = Path.of(System.getProperty("test.child.java"));
    static final String JAR = System.getProperty("test.jar");
    static final Path SOURCES = Path.of("src/it");
    static final Path JDK_21 = Path.of(
            Objects.requireNonNullElse(System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home") + "/.cache"),
            "jdk21/bin/java");

    /** For tests that also run on JDK 21, which is there once .ci/jdk21 has unpacked it, as the gate does. */
    static Stream<Arguments> launchers() {
        Arguments built = argumentSet("the JDK of the build", JAVA);
        return Files.isExecutable(JDK_21) ? Stream.of(built, argumentSet("JDK 21", JDK_21)) : Stream.of(built);
    }

    /** Skips the test, aloud, where the machine does not have a command. */
    static void need(String tool) {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (!found) {
            skip("no " + tool + " on the PATH");
        }
    }

    static void skip(String why) {
        System.err.println("SKIPPED, NOTHING IS PROVED: " + why);
        Assumptions.abort(why);
    }

    /** Returns what starts a program of these tests with our jar and nothing else on its class path. */
    static List<String> command(Path java, Class<?> main, String... options) throws URISyntaxException {
        Path classes =
                Path.of(main.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-classpath", JAR + File.pathSeparator + classes, main.getName()));
        return command;
    }

    /** Runs a program to its end. */
    static Child start(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            return new Child(process.exitValue(), output);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs a program that must not fail, and returns its output. */
    static String run(List<String> command) throws IOException, InterruptedException {
        Child child = start(command);
        assertThat(child.exit).as("%s%n%s", command, child.output).isZero();
        return child.output.strip();
    }

    static String path(Stream<String> entries) {
        return entries.collect(Collectors.joining(File.pathSeparator));
    }

    /** The jars of the test's class path whose file name begins so. */
    static Stream<String> jars(String names) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> Path.of(jar).getFileName().toString().matches("(" + names + ")-[0-9].*\\.jar"));
    }
}
