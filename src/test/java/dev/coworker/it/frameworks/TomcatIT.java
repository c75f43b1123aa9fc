package dev.coworker.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A web application with a service that only its own class loader finds, served on virtual threads. */
class TomcatIT {
    /** The service. */
    public interface Codec {}

    /** Its provider, which only the web application names. */
    public static final class WebCodec implements Codec {}

    /** Looks the service up in each layer's work and callback. */
    private static final class CodecServlet extends HttpServlet {
        private static final long serialVersionUID = 1;

        private transient ThreadPool pool;

        @Override
        public void init() {
            pool = ThreadPool.builder().name("web").maxThreads(2).build();
        }

        @Override
        public void destroy() {
            pool.close();
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            try {
                String[] found = new String[3];
                CountDownLatch calledBack = new CountDownLatch(1);
                found[0] = pool.submitCo(CodecServlet::lookUp);
                pool.submitAio(CodecServlet::lookUp, (value, failure) -> {
                    found[1] = value;
                    found[2] = lookUp();
                    calledBack.countDown();
                });
                calledBack.await(30, TimeUnit.SECONDS);
                response.getWriter()
                        .print("virtual " + Thread.currentThread().isVirtual() + ": " + String.join(", ", found));
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        private static String lookUp() {
            return ServiceLoader.load(Codec.class)
                    .findFirst()
                    .map(codec -> codec.getClass().getSimpleName())
                    .orElse("none");
        }
    }

    @TempDir
    Path directory;

    private Tomcat tomcat;
    private Context web;

    @BeforeEach
    void startTomcat() throws Exception {
        Path services = directory.resolve("web/WEB-INF/classes/META-INF/services");
        Files.createDirectories(services);
        Files.writeString(services.resolve(Codec.class.getName()), WebCodec.class.getName());
        tomcat = new Tomcat();
        tomcat.setBaseDir(directory.resolve("base").toString());
        tomcat.setPort(0);
        tomcat.getConnector().getProtocolHandler().setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        web = tomcat.addContext("", directory.resolve("web").toString());
        Tomcat.addServlet(web, "codec", new CodecServlet()).addMapping("/");
        tomcat.start();
    }

    @AfterEach
    void stopTomcat() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }

    private String get() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://localhost:" + tomcat.getConnector().getLocalPort());
            HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void workAndCallbacksFindTheServicesOfTheWebApplication() throws Exception {
        assertThat(ServiceLoader.load(Codec.class).findFirst()).isEmpty();

        assertThat(get()).isEqualTo("virtual true: WebCodec, WebCodec, WebCodec");
    }

    @Test
    void aWebApplicationThatClosedItsPoolIsUnloaded() throws Exception {
        get();
        WeakReference<ClassLoader> loader = new WeakReference<>(web.getLoader().getClassLoader());

        tomcat.getHost().removeChild(web);
        web = null;

        Callers.until("the class loader is unreachable", () -> {
            System.gc();
            return loader.get() == null;
        });
    }
}
