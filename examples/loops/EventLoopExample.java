package loops;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Blocking work for an event loop that must not block: {@link ThreadPool#submitAio submitAio} with its callbacks on
 * a Netty {@link EventLoop}, and what becomes of requests that are canceled.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample=loops.EventLoopExample
 * </pre>
 */
public final class EventLoopExample {
    private EventLoopExample() {}

    public static void main(String[] args) throws Exception {
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("loop"), NioIoHandler.newFactory());
        try {
            run(group.next(), System.out);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    static void run(EventLoop loop, PrintStream out) throws Exception {
        Path file = Files.createTempFile("event-loop-", ".txt");
        Files.writeString(file, "hello");
        try (AioContext context = AioContext.on(loop, loop::inEventLoop);
                ThreadPool pool =
                        ThreadPool.builder().context(context).maxThreads(1).build()) {

            pool.submitAio(() -> Files.readString(file), tell(out, "the read"));

            // the only worker is kept busy, so that the next request waits in the queue
            CountDownLatch begun = new CountDownLatch(1);
            AioRequest<String> running = pool.submitAio(() -> waitForEver(begun), tell(out, "the running one"));
            begun.await();
            AioRequest<String> queued = pool.submitAio(() -> Files.readString(file), tell(out, "the queued one"));

            boolean withdrawn = queued.cancel(); // its callback has returned by now
            out.println("the queued one was withdrawn: " + withdrawn);

            boolean interrupted = running.interrupt();
            withdrawn = running.cancel(); // too late for that, but it waits for the callback
            out.println("the running one was withdrawn: " + withdrawn + ", interrupted: " + interrupted);
        } finally {
            Files.delete(file);
        }
    }

    /** A callback: it runs on the event loop, and may touch what belongs to the loop without a lock. */
    private static BiConsumer<String, Throwable> tell(PrintStream out, String name) {
        return (text, failure) -> out.println(
                Thread.currentThread().getName() + " hears of " + name + ": " + (failure == null ? text : failure));
    }

    private static String waitForEver(CountDownLatch begun) throws InterruptedException {
        begun.countDown();
        new CountDownLatch(1).await();
        return "never";
    }
}
