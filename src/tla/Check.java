import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs TLC on the models of this directory, with TLC on the class path and the project as working directory.
 *
 * <p>{@code models} checks each model exhaustively. {@code defects} plants each defect, and fails if TLC does not find
 * one. What follows these selects models or defects. {@code simulate N} checks N random behaviours of a larger
 * model. The results are in {@code target/tla/models.txt} and so on, and the output of TLC is beside them.
 */
final class Check {
    private static final Path SOURCES = Path.of("src", "tla").toAbsolutePath();
    private static final Path OUTPUT = Path.of("target", "tla").toAbsolutePath();
    private static final List<String> MODELS =
            List.of("wake", "ends", "bound", "lanes", "starts", "late", "min", "close", "drain");

    /** Each defect, and the model that must find it. */
    private static final Map<String, String> DEFECTS = new LinkedHashMap<>();

    static {
        DEFECTS.put("openReadFirst", "wake");
        DEFECTS.put("noSignalNext", "wake");
        DEFECTS.put("busyIsSearching", "wake");
        DEFECTS.put("noLookAfterIdle", "wake");
        DEFECTS.put("permitFreedWithoutMove", "bound");
        DEFECTS.put("cancelKeepsPlace", "bound");
        DEFECTS.put("leaverStaysIdle", "starts");
        DEFECTS.put("retryLost", "starts");
        DEFECTS.put("retryClearedLast", "starts");
        DEFECTS.put("lateIsSearching", "late");
        DEFECTS.put("lookNotRenewed", "min");
        DEFECTS.put("stopBeforeDrained", "drain");
        DEFECTS.put("cancelAllButLanes", "drain");
        DEFECTS.put("stopLeavesIdle", "close");
    }

    private static final Pattern STATES = Pattern.compile("([0-9]+) states generated, ([0-9]+) distinct states found");
    private static final Pattern VIOLATION =
            Pattern.compile("(?:Invariant \\w+|Action property .*|Temporal properties) (?:is|were) violated");

    /** A model with fewer states has checked nothing. */
    private static final int FEWEST_STATES = 1_000;

    private Check() {}

    public static void main(String[] args) throws Exception {
        String mode = args.length == 0 ? "models" : args[0];
        List<String> names = List.of(args).subList(Math.min(1, args.length), args.length);
        List<String> results = new ArrayList<>();
        Files.createDirectories(OUTPUT);
        switch (mode) {
            case "models" -> {
                for (String model : names.isEmpty() ? MODELS : names) {
                    results.add(check(model));
                }
            }
            case "defects" -> {
                for (String defect : names.isEmpty() ? DEFECTS.keySet() : names) {
                    results.add(plant(defect));
                }
            }
            case "simulate" -> results.add(simulate(names.get(0)));
            default -> throw new IllegalArgumentException("models, defects or simulate, not " + mode);
        }
        Files.write(OUTPUT.resolve(mode + ".txt"), results);
        if (results.isEmpty() || results.stream().anyMatch(result -> !result.startsWith("passed "))) {
            System.exit(1);
        }
    }

    private static String check(String model) throws Exception {
        Run run = run(model, config(model));
        boolean passed =
                run.status == 0 && run.output.contains("No error has been found") && run.states() >= FEWEST_STATES;
        return report(passed, model, run.states() + " states", run);
    }

    private static String plant(String defect) throws Exception {
        String model = DEFECTS.get(defect);
        Run run = run(defect, config(model).replace("Defect = \"none\"", "Defect = \"" + defect + "\""));
        Matcher violation = VIOLATION.matcher(run.output);
        boolean found = run.status != 0 && violation.find();
        String what = found ? violation.group() : "not found";
        return report(found, defect, what + ", model " + model + ", " + run.states() + " states", run);
    }

    private static String simulate(String behaviors) throws Exception {
        Run run = run("large", config("large"), "-simulate", "num=" + behaviors, "-depth", "400");
        boolean passed = run.status == 0 && !run.output.contains("Error:") && run.progress() >= FEWEST_STATES;
        return report(passed, "large", run.progress() + " states", run);
    }

    private static String config(String model) throws IOException {
        return Files.readString(SOURCES.resolve(model + ".cfg"));
    }

    /** Runs TLC in a JVM of its own. */
    private static Run run(String name, String config, String... options) throws Exception {
        Path directory = Files.createDirectories(OUTPUT.resolve(name));
        Path log = OUTPUT.resolve(name + ".log");
        Files.writeString(directory.resolve("Pool.cfg"), config);
        Files.copy(SOURCES.resolve("Pool.tla"), directory.resolve("Pool.tla"), StandardCopyOption.REPLACE_EXISTING);
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseParallelGC",
                "-cp",
                System.getProperty("java.class.path"),
                "tlc2.TLC",
                "-workers",
                "auto",
                "-lncheck",
                "final",
                "-cleanup",
                "-metadir",
                directory.resolve("states").toString()));
        command.addAll(List.of(options));
        command.add("Pool.tla");
        long since = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        int status = process.waitFor();
        return new Run(status, Files.readString(log), TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - since));
    }

    private static String report(boolean passed, String name, String what, Run run) {
        String result = (passed ? "passed " : "failed ") + name + ": " + what + ", " + run.seconds + " s";
        System.out.println("TLC " + result + (passed ? "" : "\n" + run.output));
        return result;
    }

    private record Run(int status, String output, long seconds) {
        long states() {
            Matcher found = STATES.matcher(output);
            return found.find() ? Long.parseLong(found.group(2)) : 0;
        }

        /** The states that a simulation has visited. */
        long progress() {
            long last = 0;
            Matcher found =
                    Pattern.compile("Progress: ([0-9,]+) states checked").matcher(output);
            while (found.find()) {
                last = Long.parseLong(found.group(1).replace(",", ""));
            }
            return last;
        }
    }
}
