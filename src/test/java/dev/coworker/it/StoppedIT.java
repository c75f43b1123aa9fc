package dev.coworker.it;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A JVM that is stopped, as by a debugger or a container that is frozen, and goes on. Its deadlines pass meanwhile. */
class StoppedIT {
    private static final int STOPS = 40;

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void eachRequestEndsOneWayAfterALongStop(Path java) throws Exception {
        Child.need("kill");
        try (RunningChild child = new RunningChild(Child.command(java, StoppedMain.class))) {
            child.await("ready");
            stop(child, 3000);
            child.order("go on");
            child.await("stopped: true");
            child.await("done 62, late 22, other 0, ran late 0");
            child.await("threads that were late: 3");
            for (String pool : new String[] {"busy", "idle", "failing", "slow"}) {
                child.await(pool + " closed: true, balanced: true, threads: 0, stuck: 0");
            }
            child.awaitEnd();
        }
    }

    /** No seed says where in the program a stop falls. */
    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void nothingIsLostThoughManyShortStopsFallAnywhere(Path java) throws Exception {
        Child.need("kill");
        Random random = new Random();
        try (RunningChild child = new RunningChild(Child.command(java, StoppedStormMain.class))) {
            child.await("ready");
            for (int i = 0; i < STOPS; i++) {
                stop(child, i % 10 == 0 ? 1100 : random.nextInt(60)); // a thread is late after a second
                TimeUnit.MILLISECONDS.sleep(random.nextInt(50));
            }
            child.order("end");
            child.await("closed: true");
            child.await("balanced: true, callbacks left: 0, threads: 0");
            child.awaitEnd();
        }
    }

    private static void stop(RunningChild child, long millis) throws Exception {
        child.apply("kill", "-STOP");
        TimeUnit.MILLISECONDS.sleep(millis);
        child.apply("kill", "-CONT");
    }
}
