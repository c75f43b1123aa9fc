package dev.coworker.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** A flight recording of this library's events; made for one pool, so that no other test's pools show. */
final class Recorded implements AutoCloseable {
    private final Recording recording = new Recording();

    /** With the settings that the events bring along. */
    Recorded() {
        this(recording -> {});
    }

    Recorded(Consumer<Recording> settings) {
        settings.accept(recording);
        recording.start();
    }

    /** Ends the recording: what it has of a type, of one pool, oldest first. */
    List<RecordedEvent> of(String type, String pool) throws IOException {
        return all(pool).stream()
                .filter(event -> event.getEventType().getName().equals("dev.coworker." + type))
                .toList();
    }

    List<RecordedEvent> all(String pool) throws IOException {
        recording.stop();
        Path file = Files.createTempFile("coworker-", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().startsWith("dev.coworker."))
                    .filter(event -> event.getString("pool").equals(pool))
                    .sorted((a, b) -> a.getEndTime().compareTo(b.getEndTime()))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }

    @Override
    public void close() {
        recording.close();
    }
}
