package nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private static final int FLAGS = Nbd.HAS_FLAGS
            | Nbd.SEND_FLUSH
            | Nbd.SEND_FUA
            | Nbd.SEND_TRIM
            | Nbd.SEND_WRITE_ZEROES
            | Nbd.CAN_MULTI_CONN
            | Nbd.SEND_CACHE
            | Nbd.SEND_FAST_ZERO;

    @RegisterExtension
    final Servers servers = new Servers();

    private Client greeted(int clientFlags) throws Exception {
        Client client = servers.closeAfterwards(new Client(servers.open()));
        client.greet(clientFlags);
        return client;
    }

    private Client greeted() throws Exception {
        return greeted(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES);
    }

    private static void assertServes(Client client) throws Exception {
        client.option(Nbd.OPT_GO, Client.infoData(""));
        assertThat(client.optionReplies().getLast().type()).isEqualTo(Nbd.REP_ACK);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @Test
    void goTellsSizeAndAbilities() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_GO, Client.infoData(""));
        ByteBuffer info = client.optionReply().buffer();
        assertThat(info.getShort()).isEqualTo((short) Nbd.INFO_EXPORT);
        assertThat(info.getLong()).isEqualTo(Servers.IMAGE_BYTES);
        assertThat(info.getShort()).isEqualTo((short) FLAGS);
    }

    @Test
    void goTellsBlockSizes() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_GO, Client.infoData("", Nbd.INFO_BLOCK_SIZE));
        ByteBuffer info = client.optionReplies().get(1).buffer();
        assertThat(info.getShort()).isEqualTo((short) Nbd.INFO_BLOCK_SIZE);
        assertThat(List.of(info.getInt(), info.getInt(), info.getInt())).containsExactly(1, 4096, 32 << 20);
    }

    @Test
    void aReadOnlyExportSaysSoAndOffersNoChanges() throws Exception {
        NbdServer server = servers.open(settings -> settings.withReadOnly(true));
        Client client = servers.closeAfterwards(new Client(server));
        client.greet(Nbd.FIXED_NEWSTYLE);
        client.option(Nbd.OPT_GO, Client.infoData(""));
        ByteBuffer info = client.optionReply().buffer().position(10);
        assertThat(info.getShort()).isEqualTo((short)
                (Nbd.HAS_FLAGS | Nbd.READ_ONLY | Nbd.SEND_FLUSH | Nbd.CAN_MULTI_CONN | Nbd.SEND_CACHE));
    }

    @Test
    void infoTellsTheSameAndTheNegotiationGoesOn() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_INFO, Client.infoData("", Nbd.INFO_EXPORT, Nbd.INFO_BLOCK_SIZE));
        assertThat(client.optionReplies())
                .extracting(Client.OptionReply::option, Client.OptionReply::type)
                .containsExactly(
                        tuple(Nbd.OPT_INFO, Nbd.REP_INFO),
                        tuple(Nbd.OPT_INFO, Nbd.REP_INFO),
                        tuple(Nbd.OPT_INFO, Nbd.REP_ACK));
        assertServes(client);
    }

    @Test
    void listNamesTheOneExport() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_LIST, new byte[0]);
        List<Client.OptionReply> replies = client.optionReplies();
        assertThat(replies).extracting(Client.OptionReply::type).containsExactly(Nbd.REP_SERVER, Nbd.REP_ACK);
        assertThat(replies.getFirst().data()).containsExactly(0, 0, 0, 0);
        assertServes(client);
    }

    @Test
    void listWithDataIsInvalid() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_LIST, new byte[1]);
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
        assertServes(client);
    }

    @Test
    void abortIsAcknowledgedAndEndsTheSession() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_ABORT, new byte[0]);
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ACK);
        assertThat(client.isHungUpOn()).isTrue();
    }

    @Test
    void exportNameBeginsWithSizeFlagsAndZeroes() throws Exception {
        Client client = greeted(Nbd.FIXED_NEWSTYLE);
        client.option(Nbd.OPT_EXPORT_NAME, new byte[0]);
        ByteBuffer export = ByteBuffer.wrap(client.readFully(134));
        assertThat(export.getLong()).isEqualTo(Servers.IMAGE_BYTES);
        assertThat(export.getShort()).isEqualTo((short) FLAGS);
        assertThat(Arrays.copyOfRange(export.array(), 10, 134)).containsOnly(0);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @Test
    void exportNameLeavesTheZeroesOutWhenAsked() throws Exception {
        Client client = greeted(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES);
        client.option(Nbd.OPT_EXPORT_NAME, new byte[0]);
        client.readFully(10);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @Test
    void aClientWithoutFixedNewstyleIsServedByExportName() throws Exception {
        Client client = greeted(0);
        client.option(Nbd.OPT_EXPORT_NAME, new byte[0]);
        client.readFully(134);
        assertThat(client.read(0, 8)).hasSize(8);
    }

    @Test
    void aClientWithoutFixedNewstyleHasNoOtherOption() throws Exception {
        Client client = greeted(0);
        client.option(Nbd.OPT_LIST, new byte[0]);
        assertThat(client.isHungUpOn()).isTrue();
    }

    @Test
    void goRefusesAnUnknownNameAndGoesOn() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_GO, Client.infoData("other"));
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_UNKNOWN);
        assertServes(client);
    }

    @Test
    void exportNameWithAnUnknownNameEndsTheSession() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_EXPORT_NAME, "other".getBytes(StandardCharsets.UTF_8));
        assertThat(client.isHungUpOn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 5, 11, 99, -1})
    void otherOptionsAreUnsupportedAndTheNegotiationGoesOn(int option) throws Exception {
        Client client = greeted();
        client.option(option, new byte[3]);
        Client.OptionReply reply = client.optionReply();
        assertThat(reply.option()).isEqualTo(option);
        assertThat(reply.type()).isEqualTo(Nbd.REP_ERR_UNSUP);
        assertServes(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0000",
                "00000001 0000",
                "ffffffff 0000",
                "7fffffff 0000",
                "00000000 0001",
                "00000000 0000 00"
            })
    void malformedGoIsInvalidAndTheNegotiationGoesOn(String hex) throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_GO, HexFormat.of().parseHex(hex.replace(" ", "")));
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
        assertServes(client);
    }

    @Test
    void anOptionThatIsTooBigIsRefusedAndTheNegotiationGoesOn() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_GO, new byte[100_000]);
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_TOO_BIG);
        assertServes(client);
    }

    @ParameterizedTest
    @ValueSource(ints = {(1 << 20) + 1, Integer.MAX_VALUE, -1})
    void anOptionThatIsMuchTooBigEndsTheSession(int length) throws Exception {
        Client client = greeted();
        client.optionHeader(Nbd.OPT_GO, length);
        assertThat(client.isHungUpOn()).isTrue();
    }

    @Test
    void anUnknownClientFlagEndsTheSession() throws Exception {
        assertThat(greeted(Nbd.FIXED_NEWSTYLE | 4).isHungUpOn()).isTrue();
    }

    @Test
    void aWrongOptionMagicEndsTheSession() throws Exception {
        Client client = greeted();
        client.send(new byte[16]);
        assertThat(client.isHungUpOn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 12, 20, 24})
    void aClientThatLeavesInTheMiddleLeavesNothing(int bytes) throws Exception {
        NbdServer server = servers.open();
        byte[] sent = ByteBuffer.allocate(26)
                .putInt(Nbd.FIXED_NEWSTYLE)
                .putLong(Nbd.OPTION_MAGIC)
                .putInt(Nbd.OPT_GO)
                .putInt(6)
                .array();
        try (Client client = new Client(server)) {
            client.send(Arrays.copyOf(sent, bytes));
        }
        Servers.awaitIdle(server);
    }

    @Test
    void anExportWithANameIsListedAndServedByItAndByNoName() throws Exception {
        NbdServer server = servers.open(settings -> settings.withExportName("disk"));
        for (String name : List.of("disk", "")) {
            Client client = servers.closeAfterwards(new Client(server));
            client.greet(Nbd.FIXED_NEWSTYLE);
            client.option(Nbd.OPT_LIST, new byte[0]);
            assertThat(client.optionReplies().getFirst().data())
                    .isEqualTo("\0\0\0\4disk".getBytes(StandardCharsets.US_ASCII));
            client.option(Nbd.OPT_GO, Client.infoData(name, Nbd.INFO_NAME));
            List<Client.OptionReply> replies = client.optionReplies();
            assertThat(replies.get(2).data()).isEqualTo("\0\1disk".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.read(0, 8)).hasSize(8);
        }
    }

    @Test
    void structuredRepliesTakeNoDataAndBringDf() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_STRUCTURED_REPLY, new byte[1]);
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
        client.option(Nbd.OPT_STRUCTURED_REPLY, new byte[0]);
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ACK);
        client.option(Nbd.OPT_INFO, Client.infoData(""));
        ByteBuffer info = client.optionReplies().getFirst().buffer().position(10);
        assertThat(info.getShort()).isEqualTo((short) (FLAGS | Nbd.SEND_DF));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "base:", "base:allocation"})
    void theAllocationContextIsListed(String query) throws Exception {
        Client client = greeted();
        String[] queries = query.isEmpty() ? new String[0] : new String[] {query};
        client.option(Nbd.OPT_LIST_META_CONTEXT, Client.queries("", queries));
        List<Client.OptionReply> replies = client.optionReplies();
        assertThat(replies).extracting(Client.OptionReply::type).containsExactly(Nbd.REP_META_CONTEXT, Nbd.REP_ACK);
        assertThat(new String(replies.getFirst().data(), 4, 15, StandardCharsets.US_ASCII))
                .isEqualTo("base:allocation");
        assertServes(client);
    }

    @Test
    void otherContextsAreIgnored() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_STRUCTURED_REPLY, new byte[0]);
        client.optionReply();
        client.option(Nbd.OPT_SET_META_CONTEXT, Client.queries("", "qemu:dirty-bitmap:x", "base:other"));
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ACK);
    }

    @Test
    void aContextIsNotSetWithoutStructuredReplies() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_SET_META_CONTEXT, Client.queries("", "base:allocation"));
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
        assertServes(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0000",
                "00000000",
                "00000000 00000001",
                "00000000 00000001 00000005 00",
                "00000000 00000000 00",
                "00000000 ffffffff"
            })
    void malformedQueriesAreInvalidAndTheNegotiationGoesOn(String hex) throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_LIST_META_CONTEXT, HexFormat.of().parseHex(hex.replace(" ", "")));
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
        assertServes(client);
    }

    @Test
    void contextsOfAnUnknownExportAreRefused() throws Exception {
        Client client = greeted();
        client.option(Nbd.OPT_LIST_META_CONTEXT, Client.queries("other"));
        assertThat(client.optionReply().type()).isEqualTo(Nbd.REP_ERR_UNKNOWN);
        assertServes(client);
    }
}
