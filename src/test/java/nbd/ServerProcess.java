package nbd;

import dev.coworker.ThreadPool;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The server in a JVM of its own, started as a user does. */
final class ServerProcess implements AutoCloseable {
    final Process process;
    final String firstLine;
    private final BufferedReader output;

    /** Options as in {@code -Dimage=PATH}. */
    ServerProcess(String... options) throws Exception {
        this(List.of(), options);
    }

    /** Runs the server by a command that runs the rest of its arguments. */
    ServerProcess(List<String> wrapper, String... options) throws Exception {
        process = builder(wrapper, options).redirectErrorStream(true).start();
        output = process.inputReader();
        firstLine = output.readLine();
    }

    static ProcessBuilder builder(List<String> wrapper, String... options) throws URISyntaxException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                System.getProperty(
                        "test.child.java",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                "-ea",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                locationOf(NbdServer.class) + File.pathSeparator + locationOf(ThreadPool.class)));
        command.addAll(List.of(options));
        command.add("nbd.NbdServer");
        return new ProcessBuilder(command);
    }

    private static Path locationOf(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** Waits for the end, and returns what was printed after the first line. */
    String rest() throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line; (line = output.readLine()) != null; ) {
            text.append(line).append('\n');
        }
        return text.toString();
    }

    int exitCode() throws InterruptedException {
        return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    /** As Ctrl-C or a service manager does; what it still prints can be read. */
    void terminate() {
        process.toHandle().destroy();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
