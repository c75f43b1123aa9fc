package snippets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers;
import dev.coworker.contract.Gate;
import dev.coworker.contract.InvariantChecker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** The recipes for frameworks, with the frameworks, over sockets. */
class FrameworksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(directory.resolve("file"), "hello");
    }

    /** Occupies the pool's one worker. */
    private static Gate occupy(ThreadPool pool) throws Exception {
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        return gate;
    }

    private interface Scenario<T> {
        void play(T server, ThreadPool pool) throws Exception;
    }

    private void netty(Scenario<InetSocketAddress> scenario) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoop loop = group.next();
        try (AioContext context = AioContext.on(loop, loop::inEventLoop);
                ThreadPool pool =
                        ThreadPool.builder().context(context).maxThreads(1).build()) {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel client) {
                            client.pipeline().addLast(new Frameworks.FileHandler(pool));
                        }
                    })
                    .bind("localhost", 0)
                    .sync()
                    .channel();
            scenario.play((InetSocketAddress) server.localAddress(), pool);
            server.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static Socket ask(InetSocketAddress server, Path file) throws Exception {
        Socket client = new Socket(server.getAddress(), server.getPort());
        client.setSoTimeout((int) PATIENCE.toMillis());
        client.getOutputStream().write(file.toString().getBytes(UTF_8));
        return client;
    }

    @Test
    void aNettyHandlerAnswersFromACallbackOnItsEventLoop() throws Exception {
        netty((server, pool) -> {
            try (Socket client = ask(server, file)) {
                assertThat(client.getInputStream().readNBytes(5))
                        .asString(UTF_8)
                        .isEqualTo("hello");
            }
            try (Socket client = ask(server, directory.resolve("missing"))) {
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        });
    }

    @Test
    void aNettyClientThatDisconnectsWithdrawsItsRequest() throws Exception {
        netty((server, pool) -> {
            Gate gate = occupy(pool);
            Socket client = ask(server, file);
            Callers.until("the request is queued", () -> pool.stats().queued() == 1);

            client.close();

            Callers.until("the request is withdrawn", () -> pool.stats().canceled() == 1);
            gate.open();
        });
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private void vertx(Scenario<URI> scenario) throws Exception {
        Vertx vertx = Vertx.vertx();
        Context loop = vertx.getOrCreateContext();
        try (AioContext context = Recipes.onLoop(task -> loop.runOnContext(ignored -> task.run()));
                ThreadPool pool =
                        ThreadPool.builder().context(context).maxThreads(1).build()) {
            HttpServer server = await(Future.future(promise -> loop.runOnContext(ignored -> vertx.createHttpServer()
                    .requestHandler(Frameworks.files(pool, directory))
                    .listen(0, "localhost")
                    .onComplete(promise))));
            scenario.play(URI.create("http://localhost:" + server.actualPort() + "/file"), pool);
        } finally {
            await(vertx.close());
        }
    }

    private static HttpResponse<String> get(HttpClient client, URI uri) throws Exception {
        return client.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aVertxHandlerAnswersFromACallbackOnItsEventLoop() throws Exception {
        vertx((uri, pool) -> {
            try (HttpClient client = HttpClient.newHttpClient()) {
                assertThat(get(client, uri).body()).isEqualTo("hello");
                assertThat(get(client, uri.resolve("/missing")).statusCode()).isEqualTo(500);
            }
        });
    }

    @Test
    void aVertxClientThatDisconnectsWithdrawsItsRequest() throws Exception {
        vertx((uri, pool) -> {
            Gate gate = occupy(pool);
            Socket client = new Socket("localhost", uri.getPort());
            client.getOutputStream().write("GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
            Callers.until("the request is queued", () -> pool.stats().queued() == 1);

            client.close();

            Callers.until("the request is withdrawn", () -> pool.stats().canceled() == 1);
            gate.open();
        });
    }

    @Test
    void reactorsOperatorsRunOnTheWorkers() {
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk"));
        String thread = Mono.fromCallable(() -> Thread.currentThread().getName())
                .subscribeOn(Frameworks.scheduler(pool))
                .block(PATIENCE);
        assertThat(thread).startsWith("disk-worker-");
        assertThat(Frameworks.mono(pool, () -> Files.readString(file)).block(PATIENCE))
                .isEqualTo("hello");
    }

    @Test
    void aSubscriberThatLeavesWithdrawsItsWork() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate gate = occupy(pool);
        List.of(Frameworks.mono(pool, () -> "never").subscribe()).get(0).dispose();
        assertThat(pool.stats().canceled()).isOne();
        gate.open();
    }

    @Test
    void aServletReadsAFileOnTomcatsVirtualThreads() throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.resolve("tomcat").toString());
        tomcat.setPort(0);
        Frameworks.tomcat(tomcat);
        org.apache.catalina.Context web = tomcat.addContext("", null);
        Tomcat.addServlet(web, "files", new Frameworks.FileServlet(directory)).addMapping("/files/*");
        tomcat.start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://localhost:" + tomcat.getConnector().getLocalPort() + "/files/");
            assertThat(get(client, uri.resolve("file")).body()).isEqualTo("hello");
            assertThat(get(client, uri.resolve("missing")).statusCode()).isEqualTo(500);
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }
}
