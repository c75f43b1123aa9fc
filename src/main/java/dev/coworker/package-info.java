/**
 * PACKAGE MAP
 */
@NullMarked
package dev.coworker;

import org.jspecify.annotations.NullMarked;
