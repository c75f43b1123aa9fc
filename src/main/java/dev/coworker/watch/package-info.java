/**
 * Carrier watch: tells which lines of a program hold the carriers of virtual threads, and for how long.
 *
 * <p>A virtual thread holds its carrier while it blocks in a way that the JDK cannot unmount: file I/O, JNI and FFM
 * calls, class initialisation, long computation. With all carriers held, no other virtual thread runs. The JDK posts
 * no event for most of this. The watch finds it with the events of the flight recorder, without an agent.
 *
 * <ul>
 *   <li>{@link dev.coworker.watch.CarrierReport#of} reads a recording. The jar's command line does the same:
 *       {@code java -jar coworker.jar watch app.jfr}.
 *   <li>{@link dev.coworker.watch.CarrierWatch} watches the JVM it runs in.
 *   <li>{@link dev.coworker.watch.CarrierMeters} publishes what it sees to Micrometer.
 *   <li>{@code dev.coworker.junit.HoldsNoCarrier} fails a test that holds a carrier.
 * </ul>
 *
 * <p>The module {@code jdk.jfr} is needed at run time, {@code jdk.attach} for a JVM that runs already, and Micrometer
 * for the meters.
 */
@NullMarked
package dev.coworker.watch;

import org.jspecify.annotations.NullMarked;
