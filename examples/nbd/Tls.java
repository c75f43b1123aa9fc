package nbd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** TLS with a certificate of the server's: clients know whom they talk to, and no third party can listen. */
final class Tls {
    private final SSLContext context;

    private Tls(SSLContext context) {
        this.context = context;
    }

    /** Reads key and certificate from a PKCS #12 file. */
    static Tls of(Path keyStore, String password) throws IOException {
        try (InputStream in = Files.newInputStream(keyStore)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, password.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return new Tls(context);
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(keyStore + ": no key store for TLS (" + e + ")", e);
        }
    }

    /** Returns the server's side of TLS on a socket; its handshake begins with the first read. */
    Transport accept(Wire wire) throws IOException {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.beginHandshake();
        return new TlsTransport(wire.socket(), engine);
    }
}
