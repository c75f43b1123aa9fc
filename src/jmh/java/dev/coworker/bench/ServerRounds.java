package dev.coworker.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.coworker.ThreadPool;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.catalina.startup.Tomcat;

/**
 * Tomcat on virtual threads, {@code -Dclients=20} of /slow, which holds its thread for {@code -Dmicros=100} as a slow
 * file would, and a client that asks for /ping each millisecond: inline, handed over, in place. All in one process.
 */
public final class ServerRounds extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final int CLIENTS = Integer.getInteger("clients", 20);
    private static final int MICROS = Integer.getInteger("micros", 100);
    private static final List<String> MODES = List.of("inline", "handed over", "in place");
    private static final List<String> METRICS = List.of("requests/s", "p99, µs", "ping p99, µs", "CPU each, µs");

    private transient volatile ThreadPool pool;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean slow = request.getServletPath().equals("/slow");
        try {
            if (slow && pool == null) {
                Native.sleep(MICROS);
            } else if (slow) {
                pool.submitCo(() -> Native.sleep(MICROS));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        response.setContentLength(1);
        response.getOutputStream().write('!');
    }

    public static void main(String[] args) throws Exception {
        Native.bePunctual();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
        tomcat.getConnector().getProtocolHandler().setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        ServerRounds servlet = new ServerRounds();
        Tomcat.addServlet(tomcat.addContext("", null), "all", servlet).addMapping("/");
        tomcat.start();
        int port = tomcat.getConnector().getLocalPort();
        InPlaceRounds.compare(CLIENTS + " clients, " + MICROS + " µs", MODES, METRICS, 1, mode -> {
            try (ThreadPool own =
                    ThreadPool.builder().inPlace(mode == 2 ? 4 : 0).build()) {
                servlet.pool = mode == 0 ? null : own;
                round(port, 300);
                return round(port, 1_000);
            }
        });
        tomcat.stop();
    }

    private static double[] round(int port, int millis) throws Exception {
        List<Future<long[]>> clients = new ArrayList<>(); // the first is that of /ping
        double cpuMicros = -Native.cpuMicros();
        long end = System.nanoTime() + millis * 1_000_000L;
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int i = 0; i <= CLIENTS; i++) {
                boolean slow = i > 0;
                clients.add(threads.submit(() -> ask(port, slow, end)));
            }
        }
        cpuMicros += Native.cpuMicros();
        double ofPing = p99(clients.removeFirst().resultNow());
        LongStream each = clients.stream().flatMapToLong(task -> LongStream.of(task.resultNow()));
        long[] all = each.toArray();
        return new double[] {all.length * 1e3 / millis, p99(all), ofPing, cpuMicros / all.length};
    }

    private static double p99(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length * 99 / 100] / 1e3;
    }

    private static long[] ask(int port, boolean slow, long end) throws Exception {
        byte[] request = ("GET " + (slow ? "/slow" : "/ping") + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(US_ASCII);
        byte[] response = new byte[1 << 10];
        LongStream.Builder nanos = LongStream.builder();
        try (Socket socket = new Socket("localhost", port)) {
            for (long since; (since = System.nanoTime()) < end; ) {
                socket.getOutputStream().write(request);
                while (response[socket.getInputStream().read(response) - 1] != '!') {}
                nanos.add(System.nanoTime() - since);
                Native.sleep(slow ? 0 : 1_000);
            }
        }
        return nanos.build().toArray();
    }
}
