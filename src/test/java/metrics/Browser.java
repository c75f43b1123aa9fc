package metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** Chromium, or a relative of it, without a window. */
final class Browser {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

    private final Path executable;

    private Browser(Path executable) {
        this.executable = executable;
    }

    /**
     * Where there is none, says so in the output, and skips the test; with {@code REAL_CLIENTS=required} it
     * fails.
     */
    static Browser findOrSkip() {
        Optional<Path> found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            System.err.println("""
                    **********************************************************************
                    SKIPPED: no Chromium on the PATH, so the example's page is not checked
                    **********************************************************************""");
        }
        assertThat(found.isPresent() || !"required".equals(System.getenv("REAL_CLIENTS")))
                .as("a Chromium is on the PATH, since REAL_CLIENTS=required")
                .isTrue();
        assumeTrue(found.isPresent(), "no Chromium on the PATH");
        return new Browser(found.get());
    }

    /** The page as its script has made it after some drawings. */
    String dom(URI uri) throws IOException, InterruptedException {
        return run("--dump-dom", uri.toString());
    }

    Screenshot screenshot(URI uri) throws IOException, InterruptedException {
        Path file = Files.createTempFile("page-", ".png");
        try {
            run("--screenshot=" + file, "--window-size=900,900", uri.toString());
            return new Screenshot(ImageIO.read(file.toFile()));
        } finally {
            Files.delete(file);
        }
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        Path profile = Files.createTempDirectory("browser-");
        Path output = profile.resolve("output.txt");
        Path errors = profile.resolve("errors.txt");
        List<String> command = new ArrayList<>(List.of(
                executable.toString(),
                "--headless",
                "--no-sandbox", // root has none, and the page is our own
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--user-data-dir=" + profile,
                "--virtual-time-budget=2400")); // of the page's own clock, which waits for answers
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            process.getOutputStream().close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as("%s%n%s", command, Files.readString(errors))
                    .isZero();
            return Files.readString(output);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            delete(profile);
        }
    }

    /** Some process of the browser may still be writing. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException e) {
            folder.toFile().deleteOnExit();
        }
    }

    /** What was to be seen. */
    record Screenshot(BufferedImage image) {
        /** How many pixels are of this colour. */
        int pixels(int rgb) {
            int count = 0;
            for (int y = 0; y < image.getHeight(); y++) {
                for (int x = 0; x < image.getWidth(); x++) {
                    if ((image.getRGB(x, y) & 0xffffff) == rgb) {
                        count++;
                    }
                }
            }
            return count;
        }
    }
}
