package org.smsdispatcher.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.regex.Pattern;
import org.smsdispatcher.BadEventException;

/**
 * Reads receipts in our own JSON, the form for a gateway that speaks to its provider itself:
 *
 * <pre>{@code {"smsRecordId": uuid, "status": word, "providerMessageId"?, "timestamp"?, "reason"?, "parts"?, "cost"?, "provider"?, "retryable"?}}</pre>
 *
 * <p>One of {@code smsRecordId} and {@code providerMessageId} has to be there; a receipt with both binds them. Each key is read
 * strictly, and one that is wrong refuses the receipt; other keys are ignored. A {@code status} nobody knows is kept as a word and
 * changes nothing.
 */
public final class GatewayReceipts {

    private static final String PROVIDER = "gateway";

    /** {@link UUID#fromString} also takes {@code 1-1-1-1-1}. */
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private static final Pattern PROVIDER_NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,19}");
    private static final Pattern PRINTABLE = Pattern.compile("[^\\p{Cntrl}]{1,255}");
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");
    private static final int MAX_PARTS = 255;
    private static final BigDecimal MAX_COST = new BigDecimal("1000000");
    private static final int MAX_SCALE = 20;

    /** {@code queued} and {@code accepted} are the gateway's and the provider's: SNS has delivered it, whatever our dispatcher saw. */
    private static final Map<String, ReceiptStatus> STATUSES = Map.of(
            "queued", ReceiptStatus.SENT,
            "accepted", ReceiptStatus.SENT,
            "sent", ReceiptStatus.SENT,
            "delivered", ReceiptStatus.DELIVERED,
            "undelivered", ReceiptStatus.UNDELIVERED,
            "failed", ReceiptStatus.FAILED,
            "read", ReceiptStatus.READ);

    private static final String OPTED_OUT = "opted_out";

    /**
     * The receipt in {@code json}.
     *
     * @throws BadEventException naming the key that is wrong
     */
    public List<Receipt> read(JsonNode json) {
        String word = text(json, "status", 64).orElseThrow(() -> wrong("status", "missing"));
        ReceiptStatus status = STATUSES.getOrDefault(word.toLowerCase(Locale.ROOT), ReceiptStatus.UNKNOWN);
        Optional<UUID> record = record(json.path("smsRecordId"));
        Optional<String> messageId = messageId(json);
        if (record.isEmpty() && messageId.isEmpty()) {
            throw wrong("smsRecordId", "missing, and so is providerMessageId");
        }
        return List.of(new Receipt(
                record,
                messageId,
                provider(json),
                status,
                word,
                retryable(json.path("retryable"), status),
                word.equalsIgnoreCase(OPTED_OUT),
                timestamp(json.path("timestamp")),
                text(json, "reason", 1_000).map(reason -> reason.substring(0, Math.min(reason.length(), 200))),
                parts(json.path("parts")),
                cost(json.path("cost"))));
    }

    private static Optional<UUID> record(JsonNode node) {
        if (isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isTextual() || !UUID_TEXT.matcher(node.textValue()).matches()) {
            throw wrong("smsRecordId", "must be a uuid");
        }
        return Optional.of(UUID.fromString(node.textValue()));
    }

    private static Optional<String> messageId(JsonNode json) {
        Optional<String> id = text(json, "providerMessageId", 255);
        id.filter(text -> !PRINTABLE.matcher(text).matches()).ifPresent(text -> {
            throw wrong("providerMessageId", "has control characters");
        });
        return id;
    }

    private static String provider(JsonNode json) {
        String name = text(json, "provider", 20).orElse(PROVIDER).toLowerCase(Locale.ROOT);
        if (!PROVIDER_NAME.matcher(name).matches()) {
            throw wrong("provider", "must be letters, digits, '_' and '-'");
        }
        return name;
    }

    /** An undelivered message may be tried again, a failed one not, unless the gateway knows better. */
    private static boolean retryable(JsonNode node, ReceiptStatus status) {
        if (isAbsent(node)) {
            return status == ReceiptStatus.UNDELIVERED;
        }
        if (!node.isBoolean()) {
            throw wrong("retryable", "must be true or false");
        }
        return node.booleanValue() && (status == ReceiptStatus.UNDELIVERED || status == ReceiptStatus.FAILED);
    }

    private static Optional<Instant> timestamp(JsonNode node) {
        if (isAbsent(node)) {
            return Optional.empty();
        }
        try {
            Instant instant = OffsetDateTime.parse(node.isTextual() ? node.textValue() : "")
                    .toInstant();
            if (instant.isAfter(EARLIEST) && instant.isBefore(LATEST)) {
                return Optional.of(instant);
            }
        } catch (DateTimeParseException notATime) {
            // said below
        }
        throw wrong("timestamp", "must be a time like 2026-11-25T08:30:00Z, of this century");
    }

    private static OptionalInt parts(JsonNode node) {
        if (isAbsent(node)) {
            return OptionalInt.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1 || node.intValue() > MAX_PARTS) {
            throw wrong("parts", "must be a whole number from 1 to " + MAX_PARTS);
        }
        return OptionalInt.of(node.intValue());
    }

    private static Optional<BigDecimal> cost(JsonNode node) {
        if (isAbsent(node)) {
            return Optional.empty();
        }
        try {
            BigDecimal cost = new BigDecimal(node.isNumber() || node.isTextual() ? node.asText() : "");
            // the scale first: a number like 1e-999999999 must never be written out
            if (Math.abs(cost.scale()) <= MAX_SCALE && cost.signum() >= 0 && cost.compareTo(MAX_COST) < 0) {
                return Optional.of(cost);
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw wrong("cost", "must be a number from 0 to a million");
    }

    private static Optional<String> text(JsonNode json, String key, int maxLength) {
        JsonNode node = json.path(key);
        if (isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isTextual() || node.textValue().isBlank() || node.textValue().length() > maxLength) {
            throw wrong(key, "must be a text of 1 to " + maxLength + " characters");
        }
        return Optional.of(node.textValue().strip());
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static BadEventException wrong(String key, String problem) {
        return new BadEventException("receipt: " + key + ": " + problem);
    }
}
