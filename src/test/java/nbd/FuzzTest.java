package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random messages, valid and not, against a model that knows each answer and each byte. Up to sixteen requests are in
 * flight at once, each in a part of the image of its own, so that their order does not matter.
 *
 * <p>{@code -Dnbd.fuzz.seed} replays a run, {@code -Dnbd.fuzz.messages} makes it longer.
 */
class FuzzTest {
    private static final int SIZE = 2 << 20;
    private static final int PARTS = 16;
    private static final int[] TYPES = {
        Nbd.READ,
        Nbd.READ,
        Nbd.READ,
        Nbd.WRITE,
        Nbd.WRITE,
        Nbd.WRITE,
        Nbd.WRITE_ZEROES,
        Nbd.WRITE_ZEROES,
        Nbd.TRIM,
        Nbd.FLUSH,
        Nbd.CACHE,
        Nbd.BLOCK_STATUS,
        Nbd.BLOCK_STATUS
    };
    private static final int[] FLAGS = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 4, 8, 16, 18, 32, 0x8000};

    @RegisterExtension
    final Servers servers = new Servers();

    private final long seed = Long.getLong("nbd.fuzz.seed", System.nanoTime());
    private final int messages = Integer.getInteger("nbd.fuzz.messages", 5000);
    private final Random random = new Random(seed);
    private final byte[] model = Servers.randomBytes(SIZE);
    private int sent;

    private Client client;
    private boolean structured;
    private boolean status;

    /** A request in flight, and the answer that it must have. */
    private record Expected(int type, int flags, long offset, long length, int error, byte[] data) {}

    @Test
    void eachMessageHasTheAnswerAndTheEffectOfTheModel() throws Exception {
        System.out.println("FuzzTest: -Dnbd.fuzz.seed=" + seed + " -Dnbd.fuzz.messages=" + messages);
        Path path = servers.newImage(SIZE);
        NbdServer server = servers.open(path, settings -> settings.withRequestsPerConnection(8));
        while (sent < messages) {
            connect(server);
            for (int batch = random.nextInt(20); batch >= 0; batch--) {
                exchange();
            }
            leave();
            Servers.awaitIdle(server);
            assertThat(Arrays.mismatch(Files.readAllBytes(path), model))
                    .as("seed %d", seed)
                    .isEqualTo(-1);
        }
    }

    private void connect(NbdServer server) throws IOException {
        structured = random.nextInt(3) > 0;
        status = structured && random.nextBoolean();
        client = structured ? Client.structured(server, status) : Client.of(server);
    }

    /** In one of the ways in which clients leave; only the first is polite. */
    private void leave() throws IOException {
        sent++;
        switch (random.nextInt(5)) {
            case 0 -> {
                client.request(Nbd.DISC, 0, 0, 0);
                assertThat(client.isHungUpOn()).isTrue();
            }
            case 1 -> {
                client.send(new byte[Nbd.REQUEST_BYTES]);
                assertThat(client.isHungUpOn()).isTrue();
            }
            case 2 -> {
                int length = 1 + random.nextInt(100_000);
                client.request(Nbd.WRITE, 0, random.nextInt(SIZE - length), length);
                client.send(new byte[random.nextInt(length)]);
            }
            case 3 -> {
                client.request(Nbd.WRITE, 0, 0, Nbd.MAX_PAYLOAD + 1 + random.nextInt(1000));
                assertThat(client.isHungUpOn()).isTrue();
            }
            default -> client.send(Arrays.copyOf(new byte[] {0x25, 0x60, (byte) 0x95, 0x13}, random.nextInt(27)));
        }
        if (random.nextBoolean()) {
            client.die();
        } else {
            client.close();
        }
    }

    private void exchange() throws IOException {
        int count = random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(PARTS);
        Map<Long, Expected> inFlight = new HashMap<>();
        List<Expected> trims = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = count == 1 ? 0 : SIZE / PARTS * i;
            int to = count == 1 ? SIZE : from + SIZE / PARTS;
            Expected expected = next(from, to);
            byte[] payload = new byte[expected.type == Nbd.WRITE ? (int) expected.length : 0];
            if (random.nextInt(4) > 0) {
                random.nextBytes(payload); // else zeroes
            }
            long cookie = client.request(expected.type, expected.flags, expected.offset, expected.length);
            client.send(payload);
            inFlight.put(cookie, expected);
            sent++;
            apply(expected, payload);
            if (expected.type == Nbd.TRIM && expected.error == Nbd.OK) {
                trims.add(expected);
            }
        }
        while (!inFlight.isEmpty()) {
            receive(inFlight);
        }
        for (Expected trim : trims) {
            adopt(trim);
        }
    }

    /** A request within a part of the image, or an invalid one. */
    private Expected next(int from, int to) {
        int type = random.nextInt(20) == 0 ? random.nextInt(70_000) & 0xffff : TYPES[random.nextInt(TYPES.length)];
        if (type == Nbd.DISC) {
            type = Nbd.FLUSH;
        }
        int flags = FLAGS[random.nextInt(FLAGS.length)];
        long offset = from + random.nextInt(to - from);
        long length = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt((int) (to - offset));
        if (random.nextInt(3) == 0) { // along pages, as file systems do
            offset = Math.max(from, offset & -4096);
            length = Math.min(to - offset, (length + 4095) & -4096);
        }
        if (random.nextInt(15) == 0) {
            offset = random.nextBoolean() ? random.nextLong() : SIZE - random.nextInt(100);
            length = 101 + random.nextInt(10_000);
        }
        if (type == Nbd.FLUSH && random.nextInt(8) > 0) {
            offset = 0;
            length = 0;
        }
        int error = errorOf(type, flags, offset, length);
        byte[] data = type == Nbd.READ && error == Nbd.OK
                ? Arrays.copyOfRange(model, (int) offset, (int) (offset + length))
                : new byte[0];
        return new Expected(type, flags, offset, length, error, data);
    }

    /** The protocol's own rules, written down again. */
    private int errorOf(int type, int flags, long offset, long length) {
        if (type > Nbd.BLOCK_STATUS || type == Nbd.BLOCK_STATUS && !status) {
            return Nbd.EINVAL;
        }
        int allowed = Nbd.FLAG_FUA;
        if (type == Nbd.WRITE_ZEROES) {
            allowed |= Nbd.FLAG_NO_HOLE | Nbd.FLAG_FAST_ZERO;
        } else if (type == Nbd.BLOCK_STATUS) {
            allowed |= Nbd.FLAG_REQ_ONE;
        } else if (type == Nbd.READ && structured) {
            allowed |= Nbd.FLAG_DF;
        }
        if ((flags | allowed) != allowed) {
            return Nbd.EINVAL;
        }
        if (type == Nbd.FLUSH) {
            return offset == 0 && length == 0 ? Nbd.OK : Nbd.EINVAL;
        }
        if (offset < 0 || offset > SIZE || offset + length > SIZE) {
            return type == Nbd.WRITE || type == Nbd.WRITE_ZEROES ? Nbd.ENOSPC : Nbd.EINVAL;
        }
        return type == Nbd.BLOCK_STATUS && length == 0 ? Nbd.EINVAL : Nbd.OK;
    }

    private void apply(Expected request, byte[] payload) {
        if (request.error != Nbd.OK) {
            return;
        }
        if (request.type == Nbd.WRITE) {
            System.arraycopy(payload, 0, model, (int) request.offset, payload.length);
        } else if (request.type == Nbd.WRITE_ZEROES && (request.flags & Nbd.FLAG_FAST_ZERO) == 0) {
            Arrays.fill(model, (int) request.offset, (int) (request.offset + request.length), (byte) 0);
        }
    }

    private void receive(Map<Long, Expected> inFlight) throws IOException {
        int magic = client.peekMagic();
        if (magic == Nbd.STRUCTURED_REPLY_MAGIC) {
            Client.Chunk chunk = client.chunk();
            check(inFlight.remove(chunk.cookie()), chunk);
            return;
        }
        Client.ReplyHeader header = client.replyHeader();
        Expected expected = inFlight.remove(header.cookie());
        boolean mustBeStructured = structured && (expected.type == Nbd.READ || expected.type == Nbd.BLOCK_STATUS);
        assertThat(mustBeStructured).as("%s, seed %d", expected, seed).isFalse();
        checkError(expected, header.error());
        if (expected.error == Nbd.OK) {
            assertThat(client.readFully(expected.data.length))
                    .as("%s, seed %d", expected, seed)
                    .isEqualTo(expected.data);
        }
    }

    /** Fast zeroes may be refused, and the model learns here whether they were. */
    private void checkError(Expected expected, int error) {
        boolean fast = expected.type == Nbd.WRITE_ZEROES && (expected.flags & Nbd.FLAG_FAST_ZERO) != 0;
        if (fast && expected.error == Nbd.OK) {
            assertThat(error).as("%s, seed %d", expected, seed).isIn(Nbd.OK, Nbd.ENOTSUP);
            if (error == Nbd.OK) {
                Arrays.fill(model, (int) expected.offset, (int) (expected.offset + expected.length), (byte) 0);
            }
        } else {
            assertThat(error).as("%s, seed %d", expected, seed).isEqualTo(expected.error);
        }
    }

    private void check(Expected expected, Client.Chunk chunk) {
        String what = expected + ", seed " + seed;
        assertThat(structured).as(what).isTrue();
        assertThat(chunk.error()).as(what).isEqualTo(expected.error);
        ByteBuffer data = chunk.buffer();
        switch (chunk.type()) {
            case Nbd.CHUNK_OFFSET_DATA -> {
                assertThat(data.getLong()).as(what).isEqualTo(expected.offset);
                assertThat(Arrays.copyOfRange(chunk.data(), 8, chunk.data().length))
                        .as(what)
                        .isEqualTo(expected.data);
            }
            case Nbd.CHUNK_OFFSET_HOLE -> {
                assertThat(expected.flags & Nbd.FLAG_DF).as(what).isZero();
                assertThat(data.getLong()).as(what).isEqualTo(expected.offset);
                assertThat(data.getInt()).as(what).isEqualTo(expected.data.length);
                assertThat(expected.data).as(what).containsOnly(0);
            }
            case Nbd.CHUNK_NONE -> assertThat(expected.length).as(what).isZero();
            case Nbd.CHUNK_BLOCK_STATUS -> checkExtents(expected, data, what);
            default -> assertThat(chunk.data()).as(what).hasSize(6);
        }
    }

    /** They follow each other from the offset on, do not pass the end, and a hole holds zeroes. */
    private void checkExtents(Expected expected, ByteBuffer data, String what) {
        assertThat(data.getInt()).as(what).isEqualTo(1);
        long at = expected.offset;
        int extents = 0;
        for (; data.hasRemaining(); extents++) {
            int length = data.getInt();
            int state = data.getInt();
            assertThat(length).as(what).isPositive();
            assertThat(state).as(what).isIn(0, Nbd.STATE_HOLE | Nbd.STATE_ZERO);
            for (long i = at; state != 0 && i < at + length; i++) {
                assertThat(model[(int) i]).as(what).isZero();
            }
            at += length;
        }
        assertThat(at).as(what).isBetween(expected.offset + 1, expected.offset + expected.length);
        assertThat(extents).as(what).isBetween(1, (expected.flags & Nbd.FLAG_REQ_ONE) != 0 ? 1 : 256);
    }

    /** What was trimmed reads as before, or as zeroes; from then on it stays. */
    private void adopt(Expected trim) throws IOException {
        for (int at = (int) trim.offset; at < trim.offset + trim.length; ) {
            int length = (int) Math.min(1 << 15, trim.offset + trim.length - at);
            byte[] found = structured ? readChunk(at, length) : client.read(at, length);
            for (int i = 0; i < length; i++) {
                assertThat(found[i]).as("%s, seed %d", trim, seed).isIn((byte) 0, model[at + i]);
                model[at + i] = found[i];
            }
            at += length;
        }
    }

    private byte[] readChunk(long offset, int length) throws IOException {
        client.request(Nbd.READ, Nbd.FLAG_DF, offset, length);
        Client.Chunk chunk = client.chunk();
        return Arrays.copyOfRange(chunk.data(), 8, chunk.data().length);
    }
}
