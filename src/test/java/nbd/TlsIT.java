package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** TLS, as libnbd and QEMU speak it. */
class TlsIT {
    private static final int SIZE = 24 << 20;
    private static final String PASSWORD = "secret";

    @RegisterExtension
    final Servers servers = new Servers();

    @TempDir
    static Path certificates;

    private static Path keys;

    @TempDir
    Path folder;

    private Path image;
    private NbdServer server;
    private String uri;

    @BeforeAll
    static void makeKeys() throws Exception {
        keys = newKeyStore(certificates, "localhost");
    }

    @BeforeEach
    void serve() throws Exception {
        image = newFile("image");
        server = servers.open(image, settings -> settings.withTls(keys, PASSWORD));
        uri = uriOf(server, certificates);
    }

    private static String uriOf(NbdServer server, Path certificates) {
        int port = ((InetSocketAddress) server.address()).getPort();
        return "nbds://localhost:" + port + "?tls-certificates=" + certificates;
    }

    private Path newFile(String name) throws IOException {
        byte[] bytes = new byte[SIZE];
        new Random(name.hashCode()).nextBytes(bytes);
        return Files.write(folder.resolve(name), bytes);
    }

    /** Makes a key and a certificate that is its own authority; clients find it as {@code ca-cert.pem}. */
    private static Path newKeyStore(Path folder, String host) throws Exception {
        Path store = folder.resolve(host + ".p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Tools.run(
                keytool,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-dname",
                "CN=" + host,
                "-keystore",
                store,
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-ext",
                "san=dns:" + host,
                "-ext",
                "bc=ca:true");
        Tools.run(
                keytool,
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-keystore",
                store,
                "-storepass",
                PASSWORD,
                "-file",
                folder.resolve("ca-cert.pem"));
        return store;
    }

    @Test
    void nbdinfoConnectsWithTheCertificate() throws Exception {
        Tools.need("nbdinfo");
        assertThat(Tools.run("nbdinfo", uri))
                .contains("newstyle-fixed with TLS, using structured packets")
                .contains("export-size: " + SIZE);
        assertThat(server.uri()).startsWith("nbds://127.0.0.1:");
    }

    @Test
    void nbdinfoDoesNotTrustAnotherCertificate() throws Exception {
        Tools.need("nbdinfo");
        newKeyStore(folder, "elsewhere");
        assertThatThrownBy(() -> Tools.run("nbdinfo", uriOf(server, folder))).hasMessageContaining("certificate");
    }

    @Test
    void withoutTlsNothingIsServed() throws Exception {
        try (Client client = new Client(server)) {
            client.greet(Nbd.FIXED_NEWSTYLE);
            for (int option : new int[] {Nbd.OPT_LIST, Nbd.OPT_GO, Nbd.OPT_INFO, Nbd.OPT_STRUCTURED_REPLY, 99}) {
                client.option(option, Client.infoData(""));
                assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_TLS_REQD);
            }
            client.option(Nbd.OPT_EXPORT_NAME, new byte[0]);
            assertThat(client.isHungUpOn()).isTrue();
        }
    }

    @Test
    void bytesThatFollowStartTlsAreNotTakenForTheClients() throws Exception {
        try (Client client = new Client(server)) {
            client.greet(Nbd.FIXED_NEWSTYLE);
            client.optionTwice(Nbd.OPT_STARTTLS, Nbd.OPT_ABORT);
            assertThat(client.isHungUpOn()).isTrue();
        }
        servers.awaitLogged("bytes between STARTTLS and the TLS handshake");
    }

    @Test
    void noiseInsteadOfTheHandshakeEndsTheSession() throws Exception {
        try (Client client = new Client(server)) {
            client.greet(Nbd.FIXED_NEWSTYLE);
            client.option(Nbd.OPT_STARTTLS, new byte[0]);
            assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ACK);
            client.send(new byte[1000]);
            assertThat(client.isHungUpOn()).isTrue();
        }
        Servers.awaitIdle(server);
    }

    @Test
    void nbdcopyCopiesOutAndIn() throws Exception {
        Tools.need("nbdcopy");
        Path copy = folder.resolve("copy");
        Tools.run("nbdcopy", uri, copy);
        assertThat(Files.mismatch(image, copy)).isEqualTo(-1);
        Path source = newFile("source");
        Tools.run("nbdcopy", "--flush", source, uri);
        assertThat(Files.mismatch(source, image)).isEqualTo(-1);
    }

    @Test
    void qemuIoReadsThePatternsThatItWrote() throws Exception {
        Tools.need("qemu-io");
        int port = ((InetSocketAddress) server.address()).getPort();
        String printed = Tools.run(
                "qemu-io",
                "--object",
                "tls-creds-x509,id=tls0,endpoint=client,dir=" + certificates,
                "--image-opts",
                "-c",
                "write -P 5 1M 4M",
                "-c",
                "write -z 2M 1M",
                "-c",
                "flush",
                "-c",
                "read -P 5 1M 1M",
                "-c",
                "read -P 0 2M 1M",
                "driver=nbd,host=localhost,port=" + port + ",tls-creds=tls0");
        assertThat(printed).doesNotContain("failed");
    }

    @Test
    void aKeyStoreThatCannotBeReadIsRefusedInOneLine() throws Exception {
        try (ServerProcess refused = new ServerProcess("-Dimage=" + newFile("other"), "-Dport=0", "-Dtls=" + keys)) {
            assertThat(refused.firstLine).startsWith("nbd: " + keys + ": no key store for TLS");
            assertThat(refused.exitCode()).isEqualTo(2);
        }
    }
}
