package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A program that was started and has ended, and what it printed. */
record Child(int exit, String output) {
    static final Path JAVA = Path.of(System.getProperty("test.child.java"));
    static final String JAR = System.getProperty("test.jar");
    static final Path SOURCES = Path.of("src/it");

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
