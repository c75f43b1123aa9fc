package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A disk that fails, in each way. The client is told, the operator is told once, and nothing leaks. */
class FailingDiskTest {
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

    @ParameterizedTest
    @CsvSource({"5, 5", "28, 28", "122, 28", "27, 28", "1, 1", "9, 5"})
    void aFailedWriteTellsTheClientItsCode(int errno, int error) throws Exception {
        image.beforeWrite = ScriptedImage.failing(errno);
        assertThat(client.errorOf(client.write(0, 0, new byte[4096]))).isEqualTo(error);
        assertThat(client.read(0, 8)).isEqualTo(Arrays.copyOf(Servers.randomBytes(Servers.IMAGE_BYTES), 8));
    }

    @Test
    void aFailureIsLoggedOnceWithClientRequestAndCause() throws Exception {
        image.beforeRead = ScriptedImage.failing(Nbd.EIO);
        assertThat(client.errorOf(client.request(Nbd.READ, 0, 4096, 512))).isEqualTo(Nbd.EIO);
        String line = "client-1: error 5 for read of 512 bytes at 4096: ";
        servers.awaitLogged(line);
        client.close();
        servers.awaitLogged("one client less");
        assertThat(servers.logged("EIO, input/output error")).isEqualTo(1);
        assertThat(servers.logged(line)).isEqualTo(1);
    }

    @Test
    void aProtocolErrorIsLoggedOnceWithTheClient() throws Exception {
        client.send(new byte[Nbd.REQUEST_BYTES]);
        assertThat(client.isHungUpOn()).isTrue();
        servers.awaitLogged("one client less");
        assertThat(servers.logged("client-1: dropped: java.net.ProtocolException: no request: 0x0"))
                .isEqualTo(1);
    }

    static Throwable[] anything() {
        return new Throwable[] {
            new NoClassDefFoundError("no file descriptor for the class file"),
            new StackOverflowError(),
            new OutOfMemoryError("scripted"),
            new AssertionError(),
            new IllegalStateException(),
            new LinkageError()
        };
    }

    /** An error used to leak its share of the budget, and close then waited for ever. */
    @ParameterizedTest
    @MethodSource("anything")
    void whateverIsThrownIsAnsweredAndLeaksNothing(Throwable thrown) throws Exception {
        image.beforeRead = () -> {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        };
        for (int i = 0; i < 100; i++) {
            assertThat(client.errorOf(client.request(Nbd.READ, 0, 0, 1 << 20)))
                    .isEqualTo(thrown instanceof OutOfMemoryError ? Nbd.ENOMEM : Nbd.EIO);
        }
        image.beforeRead = () -> {};
        assertThat(client.read(0, 8)).hasSize(8);
        client.close();
        Servers.awaitIdle(server);
    }

    @ParameterizedTest
    @CsvSource({"4", "6"})
    void aHolePunchThatFailsIsAnErrorAndTheNextOneIsTriedAgain(int type) throws Exception {
        image.beforePunch = ScriptedImage.failing(Nbd.EIO);
        assertThat(client.errorOf(client.request(type, 0, 0, 1 << 20))).isEqualTo(Nbd.EIO);
        image.beforePunch = () -> {};
        assertThat(client.errorOf(client.request(type, Nbd.FLAG_FUA, 0, 1 << 20)))
                .isEqualTo(Nbd.OK);
        assertThat(image.writes).as("writes of zeroes").hasValue(0);
    }

    @Test
    void withoutHolesZeroesAreWrittenAndHolesAreTriedAgainEachTime() throws Exception {
        image.canPunch = false;
        assertThat(client.errorOf(client.request(Nbd.WRITE_ZEROES, 0, 0, Servers.IMAGE_BYTES)))
                .isEqualTo(Nbd.OK);
        assertThat(image.writes).hasPositiveValue();
        int writes = image.writes.get();
        image.canPunch = true;
        assertThat(client.errorOf(client.request(Nbd.WRITE_ZEROES, 0, 0, Servers.IMAGE_BYTES)))
                .isEqualTo(Nbd.OK);
        assertThat(image.writes).hasValue(writes);
        assertThat(client.read(0, Servers.IMAGE_BYTES)).containsOnly(0);
    }

    @Test
    void fastZeroesAreRefusedWhereTheyWouldBeSlow() throws Exception {
        image.canPunch = false;
        assertThat(client.errorOf(client.request(Nbd.WRITE_ZEROES, Nbd.FLAG_FAST_ZERO, 0, 1 << 20)))
                .isEqualTo(Nbd.ENOTSUP);
        assertThat(image.writes).hasValue(0);
        image.canPunch = true;
        assertThat(client.errorOf(client.request(Nbd.WRITE_ZEROES, Nbd.FLAG_FAST_ZERO, 0, 1 << 20)))
                .isEqualTo(Nbd.OK);
        assertThat(client.read(0, 1 << 20)).containsOnly(0);
    }

    @Test
    void aTrimWithoutHolesSucceedsAndChangesNothing() throws Exception {
        image.canPunch = false;
        assertThat(client.errorOf(client.request(Nbd.TRIM, 0, 0, 1 << 20))).isEqualTo(Nbd.OK);
        assertThat(client.read(0, 1 << 20)).isEqualTo(Arrays.copyOf(Servers.randomBytes(Servers.IMAGE_BYTES), 1 << 20));
    }

    /** Zeroes that are written part by part let other clients have the worker in between. */
    @Test
    void zeroesThatAreWrittenDoNotHoldUpAnotherClient() throws Exception {
        ScriptedImage slow = servers.newScriptedImage(64 << 20);
        slow.canPunch = false;
        NbdServer one = servers.open(slow, settings -> settings.withWorkers(1));
        Client zeroing = servers.connect(one);
        Client other = servers.connect(one);
        boolean[] read = new boolean[1];
        slow.beforeWrite = () -> {
            if (slow.writes.get() == 0) {
                other.request(Nbd.READ, 0, 0, 10);
                Servers.until("it is queued", () -> Servers.inFlight(one) == 2L * Buffers.capacityFor(0));
            }
        };
        slow.beforeRead = () -> read[0] = slow.writes.get() < 64;
        assertThat(zeroing.errorOf(zeroing.request(Nbd.WRITE_ZEROES, 0, 0, 64 << 20)))
                .isEqualTo(Nbd.OK);
        assertThat(other.reply(10).error()).isEqualTo(Nbd.OK);
        assertThat(read[0]).as("the read came between the parts").isTrue();
    }

    /** The image is moved away and another file takes its place, as a rotation script or a hostile user may do. */
    @ParameterizedTest
    @CsvSource({"4", "6"})
    void anotherFileInTheImagesPlaceIsNotTouched(int type) throws Exception {
        Path path = servers.newImage(Servers.IMAGE_BYTES);
        Client direct = servers.connect(servers.open(path, settings -> settings));
        Path moved = Files.move(path, path.resolveSibling(path.getFileName() + ".moved"));
        servers.closeAfterwards(() -> Files.delete(moved));
        Files.write(path, Servers.randomBytes(Servers.IMAGE_BYTES));
        assertThat(direct.errorOf(direct.request(type, 0, 0, Servers.IMAGE_BYTES)))
                .isEqualTo(Nbd.OK);
        assertThat(path).hasBinaryContent(Servers.randomBytes(Servers.IMAGE_BYTES));
        if (type == Nbd.WRITE_ZEROES) {
            assertThat(moved).hasBinaryContent(new byte[Servers.IMAGE_BYTES]);
        }
    }

    @Test
    void aLogThatIsNotReadHoldsUpNoClient() throws IOException, InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Settings settings = Settings.of(servers.newImage(Servers.IMAGE_BYTES), server.address());
        try (NbdServer silent = new NbdServer(
                settings.withWorkers(1).withAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                line -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })) {
            for (int i = 0; i < 300; i++) {
                try (Client another = Client.of(silent)) {
                    assertThat(another.read(0, 8)).hasSize(8);
                }
            }
        }
        assertThat(never.getCount()).isEqualTo(1);
    }
}
