/** A user of Coworker on the module path. */
module user {
    requires dev.coworker;
}
