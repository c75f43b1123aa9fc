/** A user of Coworker on the module path, with the flight recorder and Micrometer, which has no module descriptor. */
@SuppressWarnings("requires-automatic")
module watched {
    requires dev.coworker;
    requires jdk.jfr;
    requires micrometer.core;
}
