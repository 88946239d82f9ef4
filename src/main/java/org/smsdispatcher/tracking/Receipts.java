package org.smsdispatcher.tracking;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;

/** From a receipt to what PostgreSQL is told, and from its answer to what is left to do. */
public final class Receipts {

    private static final Logger LOG = LoggerFactory.getLogger(Receipts.class);

    private static final int WORD = 64;
    private static final int REASON = 200;
    private static final int MESSAGE_ID = 255;
    private static final int COST_SCALE = 4;
    private static final BigDecimal MAX_COST = new BigDecimal("1000000");
    private static final int MAX_SCALE = 20;
    /** A provider's clock that is further ahead is not believed: the word it tells would be the last for ever. */
    private static final Duration AHEAD = Duration.ofDays(1);

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    /** Seven digits or more, however they are grouped: it may be a phone number, and error codes are shorter. */
    private static final Pattern NUMBER = Pattern.compile("\\+?\\p{Nd}(?:[\\s().\\-\u2010-\u2015]{0,2}\\p{Nd}){6,}");

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final InstantSource clock;
    private final PhoneNumbers numbers;

    public Receipts(InstantSource clock, PhoneNumbers numbers) {
        this.clock = clock;
        this.numbers = numbers;
    }

    /**
     * What the statement is told. Texts are cut to their columns, and digits that may be a phone number are taken out of the
     * reason and the word; a time or a cost that cannot be one is left out. No receipt fails here.
     */
    public ReceiptRow row(Receipt receipt) {
        Instant now = clock.instant();
        String status = receipt.status().name().toLowerCase(Locale.ROOT);
        List<String> said = List.of(
                receipt.smsRecordId().map(UUID::toString).orElse(""),
                text(receipt.provider(), 20).orElse("unknown"),
                receipt.providerMessageId().flatMap(id -> text(id, MESSAGE_ID)).orElse(""),
                status,
                text(withoutNumbers(receipt.word()), WORD).orElse(status),
                Boolean.toString(receipt.retryable()),
                Boolean.toString(receipt.optOut()),
                receipt.at()
                        .filter(time -> time.isAfter(EARLIEST) && time.isBefore(now.plus(AHEAD)))
                        .map(Instant::toString)
                        .orElse(""),
                receipt.reason()
                        .flatMap(text -> text(withoutNumbers(text), REASON))
                        .orElse(""),
                receipt.parts().isPresent() ? Integer.toString(receipt.parts().getAsInt()) : "",
                receipt.cost()
                        .flatMap(Receipts::cost)
                        .map(BigDecimal::toPlainString)
                        .orElse(""));
        return new ReceiptRow(
                fingerprint(said).toString(),
                said.get(0),
                said.get(1),
                said.get(2),
                said.get(3),
                said.get(4),
                said.get(5),
                said.get(6),
                said.get(7),
                now.toString(),
                said.get(8),
                said.get(9),
                said.get(10));
    }

    private static Optional<String> text(String raw, int length) {
        return Optional.ofNullable(raw)
                .map(text -> CONTROL.matcher(text).replaceAll(" ").strip())
                .filter(text -> !text.isEmpty())
                .map(text -> text.substring(
                        0, text.offsetByCodePoints(0, Math.min(length, text.codePointCount(0, text.length())))));
    }

    static String withoutNumbers(String text) {
        return text == null ? null : NUMBER.matcher(text).replaceAll("(number)");
    }

    private static Optional<BigDecimal> cost(BigDecimal cost) {
        return Math.abs(cost.scale()) <= MAX_SCALE && cost.signum() >= 0 && cost.compareTo(MAX_COST) < 0
                ? Optional.of(cost.setScale(COST_SCALE, RoundingMode.DOWN))
                : Optional.empty();
    }

    /** The first half of a SHA-256: whoever can write receipts cannot make one that passes for another's replay. */
    private static UUID fingerprint(List<String> said) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String each : said) {
                byte[] bytes = each.getBytes(StandardCharsets.UTF_8);
                digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
                digest.update(bytes);
            }
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new UUID(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    /** Whether a second look is due, see {@code record-receipt.sql}. */
    public boolean isSecondLookDue(Map<String, Object> recorded) {
        return Boolean.TRUE.equals(recorded.get("again"));
    }

    /** Whether the recipient's opt-out is still to be carried out. */
    public boolean isOptOutDue(Map<String, Object> recorded) {
        return Boolean.TRUE.equals(recorded.get("opt_out_due"));
    }

    /** Says what is worth an operator's eye. */
    public void log(ReceiptRow receipt, Map<String, Object> recorded) {
        if (recorded.get("record_id") == null) {
            LOG.info(
                    "A receipt of {} ({}) is of no message known; it is kept until one is",
                    receipt.provider(),
                    receipt.word());
        }
        if (Boolean.TRUE.equals(recorded.get("reactivated"))) {
            LOG.info(
                    "Record {}: undelivered, its completed campaign is active again for the next attempt",
                    recorded.get("record_id"));
        }
    }

    /** Whom to bar; the number is the record's, never the receipt's. */
    public OptOut optOut(ReceiptRow receipt, Map<String, Object> recorded) {
        String stored = (String) recorded.get("phone_number");
        PhoneNumber number = numbers.parse(stored)
                .orElseGet(
                        () -> new PhoneNumber(PhoneNumbers.normalise(stored), List.of(PhoneNumbers.normalise(stored))));
        LOG.info("Record {}: {} has opted out", recorded.get("record_id"), PhoneNumbers.mask(number.e164()));
        return new OptOut(
                (UUID) recorded.get("record_id"),
                number.e164(),
                number.spellings().toArray(String[]::new),
                "opted out, " + receipt.provider() + " says: "
                        + (receipt.reason().isEmpty() ? receipt.word() : receipt.reason()));
    }

    /** PostgreSQL has it; Redis only spares a look. */
    public void redisFailed(OptOut optOut, Exception failure) {
        LOG.warn(
                "Redis does not know yet that {} has opted out, PostgreSQL does: {}",
                PhoneNumbers.mask(optOut.number()),
                failure.toString());
    }
}
