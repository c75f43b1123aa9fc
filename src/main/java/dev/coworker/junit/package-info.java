/**
 * JUnit 5 extension of the carrier watch: {@link dev.coworker.junit.HoldsNoCarrier} fails a test in which a virtual
 * thread holds its carrier. Needs {@code junit-jupiter-api} and the module {@code jdk.jfr}.
 */
@NullMarked
package dev.coworker.junit;

import org.jspecify.annotations.NullMarked;
