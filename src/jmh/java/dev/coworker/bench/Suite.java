package dev.coworker.bench;

import java.nio.file.Path;
import java.util.List;

/** A part of docs/benchmarks.md: how it is measured, and the tables that come of it. */
interface Suite {
    String name();

    /** How long and how often, in words. */
    String settings();

    /** Measures once; the files go into the directory. */
    void measure(Path directory) throws Exception;

    /** Throws where something was not measured in every run. */
    List<Table> tables(Results results);
}
