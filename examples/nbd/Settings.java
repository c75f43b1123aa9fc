package nbd;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** What is served, where, and how much of everything. Immutable from outside: each {@code with} makes a copy. */
final class Settings implements Cloneable {
    private static final int MOST_BYTES = 256 << 20;
    private static final int LEAST_BYTES = 40 << 20; // one request of the largest, and some small ones

    private final Path image;
    private SocketAddress address;
    private String exportName = "";
    private boolean readOnly;
    private int workers = 16;
    private int workersPerConnection;
    private int connections = 128;
    private int requestsPerConnection = 64;
    private int bytesInFlight = Math.clamp(Runtime.getRuntime().maxMemory() / 4, LEAST_BYTES, MOST_BYTES);
    private int bytesPerConnection = Math.min(bytesInFlight, 72 << 20);
    private Duration patience = Duration.ofSeconds(30);
    private Duration drain = Duration.ofSeconds(5);
    private Path keyStore;
    private String keyStorePassword = "";

    private Settings(Path image, SocketAddress address) {
        this.image = image;
        this.address = address;
    }

    static Settings of(Path image, SocketAddress address) {
        return new Settings(image, address);
    }

    private Settings with(Consumer<Settings> change) {
        try {
            Settings copy = (Settings) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    Path image() {
        return image;
    }

    SocketAddress address() {
        return address;
    }

    Settings withAddress(SocketAddress address) {
        return with(copy -> copy.address = address);
    }

    /** The export's name; a client that gives no name gets the export, too. */
    String exportName() {
        return exportName;
    }

    Settings withExportName(String name) {
        return with(copy -> copy.exportName = name);
    }

    boolean readOnly() {
        return readOnly;
    }

    Settings withReadOnly(boolean readOnly) {
        return with(copy -> copy.readOnly = readOnly);
    }

    /** At most so many requests are in the file at once. */
    int workers() {
        return workers;
    }

    /** At most so many requests of one client are in the file at once: by default some workers are left to others. */
    int workersPerConnection() {
        return workersPerConnection > 0 ? workersPerConnection : Math.max(1, workers * 3 / 4);
    }

    Settings withWorkers(int workers, int perConnection) {
        if (workers < 1 || perConnection < 0) {
            throw new IllegalArgumentException("workers: " + workers + ", of them a client's: " + perConnection);
        }
        return with(copy -> {
            copy.workers = workers;
            copy.workersPerConnection = Math.min(perConnection, workers);
        });
    }

    Settings withWorkers(int workers) {
        return withWorkers(workers, 0);
    }

    /** At most so many clients are connected. */
    int connections() {
        return connections;
    }

    Settings withConnections(int connections) {
        if (connections < 1) {
            throw new IllegalArgumentException("connections: " + connections);
        }
        return with(copy -> copy.connections = connections);
    }

    /** At most so many requests of a client are taken from its socket and not answered yet. */
    int requestsPerConnection() {
        return requestsPerConnection;
    }

    Settings withRequestsPerConnection(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("requests: " + requests);
        }
        return with(copy -> copy.requestsPerConnection = requests);
    }

    /** What the buffers of all requests may take, at least one of the largest. */
    int bytesInFlight() {
        return bytesInFlight;
    }

    /** What the buffers of one client's requests may take, at least one of the largest. */
    int bytesPerConnection() {
        return bytesPerConnection;
    }

    Settings withBytesInFlight(int all, int perConnection) {
        return with(copy -> {
            copy.bytesInFlight = all;
            copy.bytesPerConnection = perConnection;
        });
    }

    /** What a client may have in flight even when others hold all there is. */
    int bytesReserved() {
        return Math.clamp(bytesInFlight / 4 / connections, 64 << 10, 512 << 10);
    }

    /** How long a client may stall in the middle of a message, its own or one for it. */
    Duration patience() {
        return patience;
    }

    /** How long close waits for clients to take their last replies. */
    Duration drain() {
        return drain;
    }

    Settings withPatience(Duration patience, Duration drain) {
        return with(copy -> {
            copy.patience = patience;
            copy.drain = drain;
        });
    }

    /** A PKCS #12 file with the server's key and certificate, or null: no TLS. */
    Path keyStore() {
        return keyStore;
    }

    String keyStorePassword() {
        return keyStorePassword;
    }

    Settings withTls(Path keyStore, String password) {
        return with(copy -> {
            copy.keyStore = keyStore;
            copy.keyStorePassword = password;
        });
    }

    /** The program's, from its system properties; see examples/README.md. */
    static Settings fromProperties() {
        String image = property("image", null);
        if (image == null) {
            throw new IllegalArgumentException("which image? -Dimage=PATH");
        }
        String socket = property("socket", null);
        String port = property("port", null);
        if (socket != null && port != null) {
            throw new IllegalArgumentException("either -Dsocket or -Dport, not both");
        }
        SocketAddress address = socket != null
                ? UnixDomainSocketAddress.of(socket)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), port == null ? Nbd.PORT : number("port", 0));
        Settings settings = of(Path.of(image), address)
                .withReadOnly(Boolean.parseBoolean(property("readOnly", "false")))
                .withExportName(property("exportName", ""))
                .withWorkers(number("workers", 16), number("workersPerClient", 0))
                .withConnections(number("clients", 128))
                .withRequestsPerConnection(number("requestsPerClient", 64));
        settings = settings.withPatience(
                Duration.ofSeconds(number("patience", (int) settings.patience().toSeconds())), settings.drain());
        String keyStore = property("tls", null);
        return keyStore == null ? settings : settings.withTls(Path.of(keyStore), property("tlsPassword", ""));
    }

    private static int number(String name, int otherwise) {
        String value = property(name, null);
        try {
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("-D" + name + "=" + value + " is not a number", e);
        }
    }

    /** An option that was not given arrives empty from Maven. */
    private static String property(String name, String otherwise) {
        String value = System.getProperty(name, "");
        return value.isEmpty() ? otherwise : value;
    }
}
