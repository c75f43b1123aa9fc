package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is promised to be on disk was forced there, or the client is told that it was not. */
class ForceTest {
    @RegisterExtension
    final Servers servers = new Servers();

    private ScriptedImage image;
    private NbdServer server;
    private Client client;

    @BeforeEach
    void serve() throws Exception {
        image = servers.newScriptedImage(Servers.IMAGE_BYTES);
        server = servers.open(image, settings -> settings);
        client = servers.connect(server);
    }

    private int errorOf(int type, int flags, int length) throws IOException {
        return client.errorOf(client.request(type, flags, 0, length));
    }

    @ParameterizedTest
    @CsvSource({"3, 0, 0", "4, 1, 4096", "6, 1, 4096", "6, 3, 4096"})
    void theFileIsForcedBeforeTheAnswer(int type, int flags, int length) throws Exception {
        assertThat(errorOf(type, flags, length)).isEqualTo(Nbd.OK);
        assertThat(image.forces).hasValue(1);
    }

    @Test
    void aWriteWithFuaIsForcedBeforeTheAnswer() throws Exception {
        assertThat(client.errorOf(client.write(Nbd.FLAG_FUA, 0, new byte[10]))).isEqualTo(Nbd.OK);
        assertThat(image.forces).hasValue(1);
    }

    @Test
    void aWriteWithoutFuaIsNotForced() throws Exception {
        assertThat(client.errorOf(client.write(0, 0, new byte[10]))).isEqualTo(Nbd.OK);
        assertThat(image.forces).hasValue(0);
    }

    @Test
    void closeForcesWhatWasWritten() throws Exception {
        assertThat(client.errorOf(client.write(0, 0, new byte[10]))).isEqualTo(Nbd.OK);
        server.close();
        assertThat(image.forces).hasValue(1);
    }

    @Test
    void closeForcesNothingWhenNothingWasWritten() throws Exception {
        assertThat(client.read(0, 10)).hasSize(10);
        server.close();
        assertThat(image.forces).hasValue(0);
    }

    @Test
    void flushesThatWaitForEachOtherShareOneForce() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        image.beforeForce = () -> {
            entered.countDown();
            try {
                assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        };
        client.request(Nbd.FLUSH, 0, 0, 0);
        assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 8; i++) {
            client.request(Nbd.FLUSH, 0, 0, 0);
        }
        Servers.until("all wait", () -> Servers.stats(server).active() == 9);
        gate.countDown();
        for (int i = 0; i < 9; i++) {
            assertThat(client.reply(0).error()).isEqualTo(Nbd.OK);
        }
        assertThat(image.forces.get()).isBetween(2, 3);
    }

    /** The system reports lost pages once, so the second force would succeed. */
    private void failOneForce() throws IOException {
        assertThat(client.errorOf(client.write(0, 0, new byte[10]))).isEqualTo(Nbd.OK);
        image.beforeForce = ScriptedImage.failing(Nbd.EIO);
        assertThat(errorOf(Nbd.FLUSH, 0, 0)).isEqualTo(Nbd.EIO);
        image.beforeForce = () -> {};
    }

    @ParameterizedTest
    @ValueSource(ints = {Nbd.FLUSH, Nbd.TRIM, Nbd.WRITE_ZEROES})
    void afterAFailedFlushEachLaterOneFailsOnEveryConnection(int type) throws Exception {
        failOneForce();
        int flags = type == Nbd.FLUSH ? 0 : Nbd.FLAG_FUA;
        int length = type == Nbd.FLUSH ? 0 : 4096;
        assertThat(errorOf(type, flags, length)).isEqualTo(Nbd.EIO);
        Client other = servers.connect(server);
        assertThat(other.errorOf(other.request(type, flags, 0, length))).isEqualTo(Nbd.EIO);
        assertThat(client.read(0, 10)).hasSize(10);
        assertThatThrownBy(server::close).isInstanceOf(IOException.class).hasMessageContaining("earlier flush");
    }

    @Test
    void afterAFailedFlushWritesWithoutFuaGoOn() throws Exception {
        failOneForce();
        assertThat(client.errorOf(client.write(0, 0, new byte[10]))).isEqualTo(Nbd.OK);
        assertThat(client.errorOf(client.write(Nbd.FLAG_FUA, 0, new byte[10]))).isEqualTo(Nbd.EIO);
        assertThatThrownBy(server::close).isInstanceOf(IOException.class);
    }
}
