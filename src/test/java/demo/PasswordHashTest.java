package demo;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class PasswordHashTest {
    @Test
    void thePasswordHasTheSameHashAgain() throws Exception {
        PasswordHash hash = new PasswordHash(1_000);

        assertThatCode(hash::check).doesNotThrowAnyException();
    }
}
