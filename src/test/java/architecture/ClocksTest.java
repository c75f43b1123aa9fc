package architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.chrono.ChronoLocalDate;
import java.time.chrono.ChronoLocalDateTime;
import java.time.chrono.ChronoZonedDateTime;
import java.util.Calendar;
import java.util.Date;
import java.util.Set;
import java.util.Timer;
import org.junit.jupiter.api.Test;

/** Deadlines and durations count by {@link System#nanoTime}, since the wall clock jumps. */
class ClocksTest {
    private static final Set<String> READS_OR_WAITS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.LocalTime.now",
            "java.time.OffsetDateTime.now",
            "java.util.concurrent.locks.Condition.awaitUntil",
            "java.util.concurrent.locks.LockSupport.parkUntil");

    private final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

    /** Only a message to a reader says what time it is. */
    @Test
    void noClassReadsTheWallClockOrWaitsForIt() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.coworker.watch.StarvationDetector")
                .should()
                .accessTargetWhere(describe("reads the wall clock", ClocksTest::isWallClock))
                .check(classes);
    }

    @Test
    void noClassUsesATypeOfTheWallClock() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(describe(
                        "dates and timers",
                        type -> Set.of(
                                        Calendar.class,
                                        ChronoLocalDate.class,
                                        ChronoLocalDateTime.class,
                                        ChronoZonedDateTime.class,
                                        Clock.class,
                                        Date.class,
                                        Timer.class)
                                .stream()
                                .anyMatch(type::isEquivalentTo)))
                .check(classes);
    }

    private static boolean isWallClock(JavaAccess<?> access) {
        return READS_OR_WAITS.contains(access.getTargetOwner().getName() + "." + access.getName());
    }
}
