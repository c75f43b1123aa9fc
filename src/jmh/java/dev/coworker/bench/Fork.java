package dev.coworker.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/** Runs JMH, or a program in a JVM of its own. Either has to measure something. */
final class Fork {
    private Fork() {}

    /** With these options of JMH's; the results go into the file. */
    static void jmh(Path file, List<String> options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-foe", "true", "-rf", "json", "-rff", file.toString()));
        arguments.addAll(options);
        // with -foe, no matching benchmark is a failure too
        if (new Runner(new CommandLineOptions(arguments.toArray(String[]::new)))
                .run()
                .isEmpty()) {
            throw new IllegalStateException("nothing was measured: " + arguments);
        }
    }

    /** A main program whose arguments are the contender and the file that it is to write. */
    static void program(Class<?> main, Path file, String contender, String... options)
            throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(List.of(options));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), main.getName(), contender, file.toString()));
        int status = new ProcessBuilder(command)
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT)
                .start()
                .waitFor();
        if (status != 0 || !Files.exists(file)) {
            throw new IllegalStateException("status " + status + ", measured nothing: " + command);
        }
    }
}
