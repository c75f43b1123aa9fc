package demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tick latency over time as comma-separated values, for other programs to draw. */
final class Csv {
    private Csv() {}

    static List<String> lines(List<Measurement> measurements) {
        List<String> lines = new ArrayList<>();
        lines.add("run,from_seconds,to_seconds,ticks,p50_ms,p99_ms,max_ms");
        for (Measurement run : measurements) {
            int parts = run.overTime().size();
            for (int part = 0; part < parts; part++) {
                Lateness late = run.overTime().get(part);
                lines.add(String.format(
                        Locale.ROOT,
                        "%s,%.3f,%.3f,%d,%.3f,%.3f,%.3f",
                        run.name(),
                        run.seconds() * part / parts,
                        run.seconds() * (part + 1) / parts,
                        late.ticks(),
                        late.p50(),
                        late.p99(),
                        late.max()));
            }
        }
        return lines;
    }
}
