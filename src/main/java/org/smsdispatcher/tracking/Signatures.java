package org.smsdispatcher.tracking;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Keyed hashes and their comparison, which takes as long for a near miss as for any other. */
final class Signatures {

    private Signatures() {}

    /** @param algorithm a name of the JDK's, such as {@code HmacSHA256} */
    static byte[] hmac(String algorithm, String secret, String signed) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), algorithm));
            return mac.doFinal(signed.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has " + algorithm, e);
        }
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    /** Whether {@code given} is {@code expected}, letters of either case. */
    static boolean isHex(String expected, String given) {
        return isSame(
                expected.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8),
                given.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
    }

    static boolean isSame(byte[] expected, byte[] given) {
        return MessageDigest.isEqual(expected, given);
    }

    /** Whether {@code at} is at most {@code past} before {@code now}, and at most {@code future} after it. */
    static boolean isRecent(Instant at, Instant now, Duration past, Duration future) {
        return !at.isBefore(now.minus(past)) && !at.isAfter(now.plus(future));
    }
}
