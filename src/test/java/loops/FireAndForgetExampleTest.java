package loops;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class FireAndForgetExampleTest {
    @Test
    void whatSucceedsIsDoneAndWhatFailsIsReported() throws Exception {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        FireAndForgetExample.run(new PrintStream(written, true, US_ASCII));

        assertThat(written.toString(US_ASCII).lines().toList())
                .hasSize(3)
                .satisfies(lines -> assertThat(lines.get(0))
                        .startsWith("audit-worker-1 failed: java.nio.file.NoSuchFileException: ")
                        .endsWith("audit.log"))
                .endsWith("alice came", "alice left");
    }
}
