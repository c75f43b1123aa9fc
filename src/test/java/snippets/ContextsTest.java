package snippets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextsTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(directory.resolve("file"), "hello");
    }

    @Test
    void aCallbackRunsOnAForeignLoop() throws Exception {
        EventLoop loop = new DefaultEventLoop();
        try {
            List<String> shown = new ArrayList<>();
            Contexts.foreign(loop, file, text -> shown.add(text + (loop.inEventLoop() ? " there" : " elsewhere")));
            assertThat(shown).containsExactly("hello there");
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aCallbackRunsWhereItIsPolledFor() {
        List<Object> shown = new ArrayList<>();
        Contexts.manual(file, text -> shown.addAll(List.of(text, Thread.currentThread())));
        assertThat(shown).containsExactly("hello", Thread.currentThread());
    }

    @Test
    void aBottomHalfRunsOnceForTwoSchedules() {
        AtomicInteger runs = new AtomicInteger();
        try (AioContext context = AioContext.manual()) {
            BottomHalf flushing = Contexts.bottomHalf(context, runs::incrementAndGet);
            while (context.poll(false)) {}
            assertThat(runs).hasValue(1);
            flushing.schedule();
            while (context.poll(false)) {}
            assertThat(runs).hasValue(2);
        }
    }

    @Test
    void aNotifierIsHeardOnceForEachSet() {
        AtomicInteger drained = new AtomicInteger();
        try (AioContext context = AioContext.manual()) {
            EventNotifier arrived = Contexts.notifier(context, drained::incrementAndGet);
            while (context.poll(false)) {}
            assertThat(drained).hasValue(1);
            arrived.set();
            while (context.poll(false)) {}
            assertThat(drained).hasValue(2);
        }
    }
}
