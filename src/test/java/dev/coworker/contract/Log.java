package dev.coworker.contract;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the library logs while this is open, kept from the console. */
public final class Log extends Handler implements AutoCloseable {
    private final Logger logger = Logger.getLogger("dev.coworker");
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    public Log() {
        logger.addHandler(this);
        logger.setUseParentHandlers(false);
    }

    public List<LogRecord> records() {
        return records;
    }

    /** The records that carry this throwable. */
    List<LogRecord> of(Throwable thrown) {
        return records.stream().filter(record -> record.getThrown() == thrown).toList();
    }

    @Override
    public void publish(LogRecord record) {
        record.getSourceClassName(); // found out now, or never: it looks at the stack
        records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.setUseParentHandlers(true);
        logger.removeHandler(this);
    }
}
