package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reads of what is in the system's cache: a lone one takes no worker. */
class CachedReadTest {
    @RegisterExtension
    final Servers servers = new Servers();

    private final AtomicInteger byWorkers = new AtomicInteger();
    private ScriptedImage image;
    private Client client;

    @BeforeEach
    void serve() throws Exception {
        image = servers.newScriptedImage(Servers.IMAGE_BYTES);
        image.beforeRead = byWorkers::incrementAndGet;
        client = servers.connect(servers.open(image, settings -> settings));
    }

    @Test
    void aLoneOneIsReadByTheReader() throws Exception {
        image.cached = true;
        byte[] read = client.read(4096, 512);
        assertThat(read).isEqualTo(Arrays.copyOfRange(Servers.randomBytes(Servers.IMAGE_BYTES), 4096, 4608));
        assertThat(byWorkers).hasValue(0);
    }

    @Test
    void whatIsNotCachedIsReadByAWorker() throws Exception {
        assertThat(client.read(4096, 512)).hasSize(512);
        assertThat(byWorkers).hasValue(1);
    }

    @Test
    void aLargeOneIsReadByAWorker() throws Exception {
        image.cached = true;
        assertThat(client.read(0, 64 << 10)).hasSize(64 << 10);
        assertThat(byWorkers).hasValue(1);
    }

    @Test
    void oneBehindAnotherIsReadByAWorker() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        image.beforeWrite = () -> {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        };
        long write = client.write(0, 0, new byte[512]);
        begun.await();
        image.cached = true;
        assertThat(client.read(4096, 512)).hasSize(512);
        gate.countDown();
        assertThat(client.errorOf(write)).isZero();
        assertThat(byWorkers).hasValue(1);
    }
}
