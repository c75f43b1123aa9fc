package metrics;

import java.util.List;

/** What an example's readings say of the carriers. */
final class Starvation {
    private static final boolean SCHEDULER_TELLS = Runtime.version().feature() >= 24;

    private Starvation() {}

    /** Carriers are held, all of them were while others waited, and some wait now. */
    static boolean isSeen(History.Reading reading) {
        return reading.held() > 0.5
                && reading.starved() > 0
                && (!SCHEDULER_TELLS || reading.mounted() > 0 && reading.waiting() > 0);
    }

    /** In the latest reading, which is of two seconds, no carrier is held, and none was missing. */
    static boolean hasEnded(MetricsExample example) {
        List<History.Reading> readings = example.history().readings();
        History.Reading last = readings.get(readings.size() - 1);
        return last.held() < 0.5 && last.starved() == 0;
    }
}
