package nbd;

import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** What was asked and answered. */
final class Statistics {
    private static final String[] NAMES = {
        "read", "write", "disconnect", "flush", "trim", "cache", "write-zeroes", "block-status"
    };

    private final LongAdder[] requests = newAdders();
    private final LongAdder[] bytes = newAdders();
    private final LongAdder errors = new LongAdder();

    private static LongAdder[] newAdders() {
        LongAdder[] adders = new LongAdder[NAMES.length];
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    static String nameOf(int type) {
        return type >= 0 && type < NAMES.length ? NAMES[type] : "command " + type;
    }

    void count(Request answered, int error) {
        if (error != Nbd.OK) {
            errors.increment();
        } else {
            requests[answered.type].increment();
            bytes[answered.type].add(answered.length);
        }
    }

    /** How often a request of this type has succeeded. */
    long count(int type) {
        return requests[type].sum();
    }

    /** How many bytes the requests of this type were about that have succeeded. */
    long bytes(int type) {
        return bytes[type].sum();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < NAMES.length; i++) {
            long count = requests[i].sum();
            if (count > 0) {
                text.append(String.format(
                        Locale.ROOT, "%s %,d (%.1f MiB), ", NAMES[i], count, bytes[i].sum() / (double) (1 << 20)));
            }
        }
        return text.append("errors ").append(errors.sum()).toString();
    }
}
