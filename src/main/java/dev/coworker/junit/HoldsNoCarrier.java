package dev.coworker.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Fails a test in which a virtual thread holds its carrier too long: by file I/O, in native code, by a computation, or
 * pinned. The failure names the line to change.
 *
 * <pre>{@code
 * @Test
 * @HoldsNoCarrier(longerThan = "20ms")
 * void servesManyClients() { ... }
 * }</pre>
 *
 * <p>On a class, it applies to each test method. All virtual threads of the JVM count that hold a carrier while the
 * test method runs. So tests with this annotation never run in parallel with each other, but do not run others beside
 * them. A test takes some 50 ms longer, the first one of a JVM up to some seconds.
 *
 * <p>Sampling sees holds of native code from two rounds of the sampler on, of Java code from three; see
 * docs/watching.md for what cannot be seen.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@ExtendWith(CarrierExtension.class)
@ResourceLock("dev.coworker.carriers")
public @interface HoldsNoCarrier {
    /**
     * The longest hold that passes, such as {@code 20ms}.
     *
     * @return a whole number and its unit, {@code ms} or {@code s}
     */
    String longerThan() default "20ms";

    /**
     * Packages, classes and methods that may hold carriers, at the site itself or as its caller.
     *
     * @return names such as {@code com.acme.Boot} or {@code com.acme.Blobs.load}
     */
    String[] except() default {};

    /**
     * Whether a hold that the JDK makes up for with a further carrier fails the test too: file I/O on JDK 21 and 22,
     * force and name look-ups on all.
     *
     * @return true to fail
     */
    boolean evenIfCompensated() default false;
}
