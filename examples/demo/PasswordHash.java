package demo;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** A password check: it only uses the processor, for as long as its number of iterations makes it. */
final class PasswordHash {
    private static final char[] PASSWORD = "correct horse battery staple".toCharArray();
    private static final byte[] SALT = {7, -31, 42, 108, -9, 77, 15, -120, 3, 64, -55, 99, 20, -2, 81, 36};
    private static final int BITS = 256;

    private final int iterations;
    private final byte[] stored;

    /** Hashes a password as it is hashed when it is chosen. */
    PasswordHash(int iterations) throws GeneralSecurityException {
        this.iterations = iterations;
        stored = derive();
    }

    private byte[] derive() throws GeneralSecurityException {
        return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(new PBEKeySpec(PASSWORD, SALT, iterations, BITS))
                .getEncoded();
    }

    /** Hashes the password again and compares, as when somebody logs in. */
    void check() throws GeneralSecurityException {
        if (!MessageDigest.isEqual(derive(), stored)) {
            throw new GeneralSecurityException("the same password has another hash");
        }
    }
}
