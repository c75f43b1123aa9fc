package snippets;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import dev.coworker.ThreadPool;
import io.netty.channel.EventLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Event loops, as the javadoc shows them. */
final class Contexts {
    private Contexts() {}

    static void foreign(EventLoop eventLoop, Path file, Consumer<String> show) {
        // @start region=foreign
        try (AioContext context = AioContext.on(eventLoop, eventLoop::inEventLoop);
                ThreadPool pool = ThreadPool.create(context)) {
            pool.submitAio(() -> Files.readString(file), (text, failure) -> show.accept(text)); // on the event loop
        }
        // @end
    }

    static void manual(Path file, Consumer<String> show) {
        // @start region=manual
        try (AioContext context = AioContext.manual();
                ThreadPool pool = ThreadPool.create(context)) {
            AtomicBoolean done = new AtomicBoolean();
            pool.submitAio(() -> Files.readString(file), (text, failure) -> {
                show.accept(text);
                done.set(true);
            });
            while (!done.get()) {
                context.poll(true); // the callback runs in here
            }
        }
        // @end
    }

    static BottomHalf bottomHalf(AioContext context, Runnable flush) {
        // @start region=bottomHalf
        BottomHalf flushing = context.newBottomHalf(flush); // made once, scheduled from anywhere
        flushing.schedule();
        flushing.schedule(); // before the first has begun: one run for both
        // @end
        return flushing;
    }

    static EventNotifier notifier(AioContext context, Runnable drain) {
        // @start region=notifier
        EventNotifier arrived = new EventNotifier();
        context.setEventNotifier(arrived, () -> {
            if (arrived.testAndClear()) { // first: what comes after it sets the flag again
                drain.run();
            }
        });
        arrived.set(); // from any thread
        // @end
        return arrived;
    }
}
