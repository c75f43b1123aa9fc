package nbd;

import java.io.IOException;
import java.nio.file.Path;

/** TLS for connections. */
final class Tls {
    private Tls() {}

    static Tls of(Path keyStore, String password) throws IOException {
        throw new IOException("not yet");
    }

    Transport accept(Wire wire) throws IOException {
        throw new IOException("not yet");
    }
}
