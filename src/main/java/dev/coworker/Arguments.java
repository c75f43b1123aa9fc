package dev.coworker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What arguments of the API must be like: else IllegalArgumentException, which names the parameter and its value. */
final class Arguments {
    private Arguments() {}

    static int checkAtLeast(String parameter, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(parameter + " must be at least " + least + ": " + value);
        }
        return value;
    }

    /** Of two bounds, the lower one is 0 or more, and the upper one 1 or more, and no less than the lower one. */
    static void checkBounds(String lower, int lowerValue, String upper, int upperValue) {
        checkAtLeast(lower, lowerValue, 0);
        checkAtLeast(upper, upperValue, 1);
        if (lowerValue > upperValue) {
            throw new IllegalArgumentException(
                    lower + " must not exceed " + upper + ": " + lowerValue + " > " + upperValue);
        }
    }

    static String checkName(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "name must not contain control characters, which would forge lines of a log");
        }
        return name;
    }

    /** A duration in nanoseconds, saturated. */
    static long nanos(String parameter, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(parameter + " must not be negative: " + duration);
        }
        return TimeUnit.NANOSECONDS.convert(duration);
    }
}
