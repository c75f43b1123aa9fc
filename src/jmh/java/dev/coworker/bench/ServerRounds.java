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
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import org.apache.catalina.startup.Tomcat;

/**
 * Tomcat on virtual threads, {@code -Dclients=20} of /slow, which holds its thread for {@code -Dmicros=100} as a slow
 * file would, and a client that asks for /ping each millisecond: inline, handed over, in place. All in one process.
 */
public final class ServerRounds extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final int CLIENTS = Integer.getInteger("clients", 20);
    private static final int MICROS = Integer.getInteger("micros", 100);
    private static final List<String> MODES = List.of("in place", "handed over", "inline");
    private static final List<String> METRICS = List.of("requests/s", "p99, µs", "ping p99, µs", "CPU each, µs");

    private transient volatile Contender.Call slow;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            if (request.getServletPath().equals("/slow")) {
                slow.run();
            }
        } catch (Exception e) {
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
        int rounds = Integer.getInteger("rounds", 11);
        Rounds.inTurn(CLIENTS + " clients, " + MICROS + " µs", MODES, METRICS, 1, rounds, mode -> {
            try (ThreadPool own =
                    ThreadPool.builder().inPlace(mode == 0 ? 4 : 0).build()) {
                Contender.Call inline = () -> Native.sleep(MICROS);
                servlet.slow = mode == 2 ? inline : () -> own.submitCo(inline::run);
                round(port, 300);
                return round(port, 1_000);
            }
        });
        tomcat.stop();
    }

    private static double[] round(int port, int millis) throws Exception {
        long end = System.nanoTime() + millis * 1_000_000L;
        List<Callable<double[]>> clients = new ArrayList<>(Collections.nCopies(CLIENTS, () -> ask(port, "/slow", end)));
        clients.add(() -> ask(port, "/ping", end));
        List<Future<double[]>> answers;
        double cpuMicros = -Native.cpuMicros();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            answers = threads.invokeAll(clients);
        }
        cpuMicros += Native.cpuMicros();
        double[] ofPing = answers.removeLast().get();
        double[] all = answers.stream()
                .flatMapToDouble(each -> DoubleStream.of(each.resultNow()))
                .toArray();
        double p99 = Results.quantile(all, 0.99);
        double each = cpuMicros / all.length;
        return new double[] {all.length * 1e3 / millis, p99, Results.quantile(ofPing, 0.99), each};
    }

    /** Returns how long each answer took, in µs. */
    private static double[] ask(int port, String path, long end) throws Exception {
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(US_ASCII);
        byte[] response = new byte[1 << 10];
        DoubleStream.Builder micros = DoubleStream.builder();
        try (Socket socket = new Socket("localhost", port)) {
            for (long since; (since = System.nanoTime()) < end; ) {
                socket.getOutputStream().write(request);
                while (response[socket.getInputStream().read(response) - 1] != '!') {}
                micros.add((System.nanoTime() - since) / 1e3);
                Native.sleep(path.equals("/slow") ? 0 : 1_000);
            }
        }
        return micros.build().toArray();
    }
}
