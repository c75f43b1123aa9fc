package snippets;

import dev.coworker.AioRequest;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.catalina.startup.Tomcat;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A pool under the frameworks that docs/recipes.md names. */
final class Frameworks {
    private Frameworks() {}

    // @start region=netty
    /** Answers a message, the name of a file, with what the file holds. One request at a time for each client. */
    static final class FileHandler extends SimpleChannelInboundHandler<ByteBuf> {
        private final Submitter disk; // its context is AioContext.on(eventLoop, eventLoop::inEventLoop)
        private @Nullable AioRequest<byte[]> request;

        FileHandler(Submitter disk) {
            this.disk = disk;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext client, ByteBuf message) {
            Path file = Path.of(message.toString(StandardCharsets.UTF_8));
            request = disk.submitAio(() -> Files.readAllBytes(file), (bytes, failure) -> {
                if (failure == null) {
                    client.writeAndFlush(Unpooled.wrappedBuffer(bytes));
                } else {
                    client.close();
                }
            });
        }

        @Override
        public void channelInactive(ChannelHandlerContext client) {
            if (request != null && !request.cancelAsync()) { // else it was queued, and never runs
                request.interrupt(); // it closes the work's own channel
            }
        }
    }
    // @end

    // @start region=vertx
    /** Answers each request with a file. The pool's context is on the event loop of the server. */
    static Handler<HttpServerRequest> files(Submitter disk, Path directory) {
        return request -> {
            Path file = directory.resolve(request.path().substring(1));
            AioRequest<byte[]> read = disk.submitAio(() -> Files.readAllBytes(file), (bytes, failure) -> {
                if (failure == null) {
                    request.response().end(Buffer.buffer(bytes));
                } else if (!request.response().closed()) {
                    request.response().setStatusCode(500).end();
                }
            });
            request.response().closeHandler(gone -> read.cancelAsync()); // the client has disconnected
        };
    }
    // @end

    // @start region=reactor
    /** Operators on the pool's workers: {@code Mono.fromCallable(work).subscribeOn(scheduler(pool))}. */
    static Scheduler scheduler(Submitter pool) {
        return Schedulers.fromExecutorService(pool.asExecutorService());
    }

    /** One piece of work for each subscriber. A subscriber that leaves withdraws it. */
    static <T> Mono<T> mono(Submitter pool, Callable<T> work) {
        return Mono.create(sink -> {
            AioRequest<T> request = pool.submitAio(work, (value, failure) -> {
                if (failure == null) {
                    sink.success(value);
                } else {
                    sink.error(failure);
                }
            });
            sink.onCancel(request::cancelAsync);
        });
    }
    // @end

    // @start region=servlet
    /** Serves files on Tomcat's virtual threads; 503 at overload. */
    static final class FileServlet extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient Path directory;
        private transient ThreadPool disk; // its workers have the class loader of the web application

        FileServlet(Path directory) {
            this.directory = directory;
        }

        @Override
        public void init() {
            disk = ThreadPool.builder().name("disk").maxThreads(16).build();
        }

        @Override
        public void destroy() {
            disk.close(Duration.ofSeconds(20)); // an open pool would keep the class loader
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Path file = directory.resolve(request.getPathInfo().substring(1));
            try {
                byte[] bytes = disk.submitCo(() -> Files.readAllBytes(file), Duration.ofMillis(200));
                response.getOutputStream().write(bytes);
            } catch (TimeoutException | RejectedExecutionException e) {
                response.setHeader("Retry-After", "1");
                response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            } catch (InterruptedException e) {
                throw new IOException("the server is stopping", e);
            }
        }
    }
    // @end

    static void tomcat(Tomcat tomcat) {
        // @start region=tomcat
        tomcat.getConnector().getProtocolHandler().setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        // @end
    }
}
