package nbd;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What is served, where, and how much of everything.
 *
 * @param workers at most so many requests are in the file at once
 * @param connections at most so many clients are connected
 * @param bytesInFlight what all requests may hold, at least one of the largest
 * @param bytesInFlightPerConnection what one client's requests may hold, at least one of the largest
 * @param patience how long a client may stall while it holds what another needs
 * @param drain how long close waits for clients to take their last replies
 */
record Settings(
        Path image,
        SocketAddress address,
        boolean readOnly,
        int workers,
        int connections,
        int bytesInFlight,
        int bytesInFlightPerConnection,
        Duration patience,
        Duration drain) {
    private static final int WORKERS = 16;
    private static final int CONNECTIONS = 128;
    private static final int PER_CONNECTION = 72 << 20;
    private static final int MOST = 256 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration DRAIN = Duration.ofSeconds(5);

    static Settings of(Path image, SocketAddress address) {
        int bytes = Math.clamp(Runtime.getRuntime().maxMemory() / 4, PER_CONNECTION, MOST);
        return new Settings(image, address, false, WORKERS, CONNECTIONS, bytes, PER_CONNECTION, PATIENCE, DRAIN);
    }

    Settings withAddress(SocketAddress address) {
        return new Settings(
                image,
                address,
                readOnly,
                workers,
                connections,
                bytesInFlight,
                bytesInFlightPerConnection,
                patience,
                drain);
    }

    Settings withReadOnly(boolean readOnly) {
        return new Settings(
                image,
                address,
                readOnly,
                workers,
                connections,
                bytesInFlight,
                bytesInFlightPerConnection,
                patience,
                drain);
    }

    Settings withWorkers(int workers) {
        return new Settings(
                image,
                address,
                readOnly,
                workers,
                connections,
                bytesInFlight,
                bytesInFlightPerConnection,
                patience,
                drain);
    }

    Settings withConnections(int connections) {
        return new Settings(
                image,
                address,
                readOnly,
                workers,
                connections,
                bytesInFlight,
                bytesInFlightPerConnection,
                patience,
                drain);
    }

    Settings withBytesInFlight(int all, int perConnection) {
        return new Settings(image, address, readOnly, workers, connections, all, perConnection, patience, drain);
    }

    Settings withPatience(Duration patience, Duration drain) {
        return new Settings(
                image,
                address,
                readOnly,
                workers,
                connections,
                bytesInFlight,
                bytesInFlightPerConnection,
                patience,
                drain);
    }

    /** The program's: {@code image}, {@code port} or {@code socket}, {@code readOnly}, {@code workers}. */
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
                : new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), port == null ? Nbd.PORT : Integer.parseInt(port));
        Settings settings =
                of(Path.of(image), address).withReadOnly(Boolean.parseBoolean(property("readOnly", "false")));
        String workers = property("workers", null);
        return workers == null ? settings : settings.withWorkers(Integer.parseInt(workers));
    }

    /** An option that was not given arrives empty from Maven. */
    private static String property(String name, String otherwise) {
        String value = System.getProperty(name, "");
        return value.isEmpty() ? otherwise : value;
    }
}
