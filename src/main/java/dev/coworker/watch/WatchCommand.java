package dev.coworker.watch;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command line: {@code java -jar coworker.jar watch ...}. */
final class WatchCommand {
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int HELD_TOO_LONG = 3;

    private static final String HELP = """
            Tells which lines of a program hold the carriers of virtual threads.

              java -jar coworker.jar watch RECORDING.jfr    reads a recording of the flight recorder
              java -jar coworker.jar watch PID              records the JVM with that process id, then reports

              --for 30s           how long to record; the default is 30s
              --period 20ms       how often to sample; 1ms to 20ms; the default is 20ms
              --min 1ms           leaves out shorter holds
              --app com.acme      your packages, separated by commas: a site is the first frame in them
              --skip org.sqlite   packages to pass over, separated by commas
              --json              prints JSON
              --fail-over 20ms    exit status 3 if something held a carrier longer

            Exit status: 0 done, 1 it cannot be read or recorded, 2 wrong usage, 3 see --fail-over.
            """;

    private final PrintStream out;
    private final PrintStream err;
    private WatchConfig config = WatchConfig.defaults();
    private Duration time = Duration.ofSeconds(30);
    private @Nullable Duration failOver;
    private boolean json;
    private @Nullable String target;

    private WatchCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /**
     * Runs the command and exits.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Runs the command and returns the exit status. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(HELP);
            return OK;
        }
        WatchCommand command = new WatchCommand(out, err);
        try {
            command.parse(new ArrayDeque<>(arguments));
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage() + ". See --help.");
            return USAGE;
        }
        try {
            return command.report();
        } catch (IOException e) {
            err.println(CarrierReport.printable(String.valueOf(e.getMessage())));
            return FAILED;
        }
    }

    private void parse(Deque<String> arguments) {
        if (!"watch".equals(arguments.poll())) {
            throw new IllegalArgumentException("The first argument must be \"watch\"");
        }
        while (!arguments.isEmpty()) {
            String argument = arguments.remove();
            switch (argument) {
                case "--for" -> time = duration(argument, arguments);
                case "--period" -> config = config.period(duration(argument, arguments));
                case "--min" -> config = config.min(duration(argument, arguments));
                case "--app" -> config = config.app(value(argument, arguments).split(","));
                case "--skip" -> config = config.skip(value(argument, arguments).split(","));
                case "--fail-over" -> failOver = duration(argument, arguments);
                case "--json" -> json = true;
                default -> {
                    if (target != null || argument.startsWith("-")) {
                        throw new IllegalArgumentException("\"" + argument + "\" is not understood");
                    }
                    target = argument;
                }
            }
        }
        if (target == null) {
            throw new IllegalArgumentException("The recording or the process id is missing");
        }
    }

    private static String value(String option, Deque<String> arguments) {
        String value = arguments.poll();
        if (value == null) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return value;
    }

    private static Duration duration(String option, Deque<String> arguments) {
        return CarrierReport.parse(value(option, arguments));
    }

    private int report() throws IOException {
        String name = String.valueOf(target);
        CarrierReport report = name.matches("\\d+")
                ? RunningJvm.record(name, time, config, err)
                : CarrierReport.of(Path.of(name), config);
        out.print(json ? report.toJson() : report.toString());
        if (failOver != null && report.longest().compareTo(failOver) > 0) {
            err.println("A carrier was held for " + CarrierReport.show(report.longest()) + ", longer than "
                    + CarrierReport.show(failOver) + ".");
            return HELD_TOO_LONG;
        }
        return OK;
    }
}
