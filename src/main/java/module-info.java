/**
 * An elastic pool of platform threads for work that would block, pin or hog the carrier of a virtual thread.
 */
module dev.coworker {
    requires static org.jspecify;

    exports dev.coworker;
}
