package dev.coworker.watch;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Records another JVM through the attach mechanism, as {@code jcmd} does. The recording ends by itself if this JVM is
 * killed. It is stopped and its file deleted at once if this JVM is interrupted and the other one answers.
 *
 * <p>The file lies in the other JVM's directory for temporary files, where others may write too. So its name cannot be
 * foreseen, and it is made here, for this user alone, before the other JVM writes to it.
 */
final class RunningJvm {
    private static final String NAME = "coworker-" + ProcessHandle.current().pid();

    private static final Duration PROGRESS = Duration.ofSeconds(5);
    private static final Duration LAST_ANSWER = Duration.ofSeconds(10);

    private final VirtualMachine jvm;
    private final String file;
    private final Path localFile;

    private RunningJvm(VirtualMachine jvm, String pid) throws IOException {
        this.jvm = jvm;
        String directory = jvm.getSystemProperties().getProperty("java.io.tmpdir", "/tmp");
        // The other JVM may be in a container, with files of its own.
        Path itsRoot = Path.of("/proc", pid, "root");
        Path localDirectory = Files.isReadable(itsRoot) ? Path.of(itsRoot.toString(), directory) : Path.of(directory);
        this.localFile = Files.createTempFile(localDirectory, NAME + "-", ".jfr");
        this.file = directory + "/" + localFile.getFileName();
        if (!user(pid).equals(user(Long.toString(ProcessHandle.current().pid())))) {
            Files.delete(localFile); // root's, and the other JVM could not write to it
        }
    }

    private static Optional<String> user(String pid) {
        return ProcessHandle.of(Long.parseLong(pid))
                .flatMap(process -> process.info().user());
    }

    static CarrierReport record(String pid, Duration time, WatchConfig config, PrintStream progress)
            throws IOException {
        VirtualMachine jvm;
        try {
            jvm = VirtualMachine.attach(pid);
        } catch (AttachNotSupportedException | IOException e) {
            throw new IOException("JVM " + pid + " cannot be attached to: " + e.getMessage(), e);
        }
        try {
            return new RunningJvm(jvm, pid).record(time, config, progress);
        } finally {
            jvm.detach();
        }
    }

    private CarrierReport record(Duration time, WatchConfig config, PrintStream progress) throws IOException {
        Thread cleanUp = Thread.ofPlatform().name("coworker-watch-clean-up").unstarted(this::discardSoon);
        Runtime.getRuntime().addShutdownHook(cleanUp);
        try {
            command(start(time, config));
            await(time, progress);
            command("JFR.stop name=" + NAME + " filename=\"" + file + "\"");
            return CarrierReport.of(localFile, config);
        } catch (InterruptedException e) {
            throw new IOException("The recording was interrupted.", e);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(cleanUp);
                discard();
            } catch (IllegalStateException e) {
                // the JVM shuts down, so the hook does it
            }
        }
    }

    /**
     * At most 1,024 characters, for JDK 21. The recording of a watch that was killed ends by itself, ten seconds after
     * the time that was asked for.
     */
    private String start(Duration time, WatchConfig config) {
        String period = config.period().toMillis() + "ms";
        return "JFR.start name=" + NAME + " settings=none duration="
                + (time.toSeconds() + 10)
                + "s filename=\""
                + file + "\""
                + exact("FileRead")
                + exact("FileWrite")
                + exact("FileForce")
                + exact("VirtualThreadPinned")
                + event("JavaMonitorEnter", "stackTrace=true", "threshold=1ms")
                + event("NativeMethodSample", "period=" + period)
                + event("ExecutionSample", "period=" + period)
                + event("ThreadSleep")
                + event("ActiveSetting")
                + event("JVMInformation")
                + event("CPUInformation");
    }

    private static String exact(String event) {
        return event(event, "stackTrace=true", "threshold=1ms", "throttle=off");
    }

    private static String event(String event, String... settings) {
        String prefix = " +jdk." + event + "#";
        return prefix + "enabled=true" + Stream.of(settings).map(prefix::concat).collect(Collectors.joining());
    }

    private static void await(Duration time, PrintStream progress) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            progress.println("Recording, " + (left + 999_999_999) / 1_000_000_000 + " s to go ...");
            Thread.sleep(Duration.ofNanos(Math.min(left, PROGRESS.toNanos())));
        }
    }

    /** A JVM that is stopped does not answer, and must not keep this one from its end. */
    private void discardSoon() {
        Thread discarding = Thread.ofPlatform().daemon().start(this::discard);
        try {
            discarding.join(LAST_ANSWER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops the recording, if it still runs, and deletes its file. */
    private void discard() {
        try {
            command("JFR.stop name=" + NAME);
        } catch (IOException e) {
            // it has been stopped already, or the JVM has ended
        }
        try {
            Files.deleteIfExists(localFile);
            Files.deleteIfExists(Path.of(file)); // when the other JVM has ended, its root has gone
        } catch (IOException e) {
            System.getLogger("dev.coworker.watch").log(System.Logger.Level.WARNING, "Could not delete " + localFile, e);
        }
    }

    /** Runs a diagnostic command. The JDK's class for it is not exported; the manifest of the jar opens it. */
    private String command(String command) throws IOException {
        try (InputStream answer = (InputStream) Class.forName("sun.tools.attach.HotSpotVirtualMachine")
                        .getMethod("executeJCmd", String.class)
                        .invoke(jvm, command);
                BufferedReader reader = new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8))) {
            String text = reader.lines().collect(Collectors.joining(" "));
            if (text.contains("Could not") || text.contains("Exception")) {
                throw new IOException(text.strip());
            }
            return text;
        } catch (InvocationTargetException e) {
            throw new IOException("The other JVM refused \"" + command + "\": " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new IOException(
                    "Start it as java -jar, or add --add-exports jdk.attach/sun.tools.attach=ALL-UNNAMED.", e);
        }
    }
}
