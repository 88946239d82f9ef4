package org.smsdispatcher.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads the fields of providers' receipts: what cannot be read is not there. A provider's odd price must not cost a receipt. */
final class ReceiptFields {

    /** {@link UUID#fromString} also takes {@code 1-1-1-1-1}. */
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private static final Pattern MESSAGE_ID = Pattern.compile("[\\x21-\\x7E]{1,255}");
    /** Begins with a letter: a phone number is no word. */
    private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z_ -]{0,63}");

    private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,20})?");
    private static final Pattern FLOAT = Pattern.compile("-?[0-9]{1,20}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?");
    private static final Pattern PARTS = Pattern.compile("[1-9][0-9]{0,2}");
    private static final int MAX_PARTS = 255;
    /** Longer than any error code, shorter than any phone number. */
    private static final Pattern CODE = Pattern.compile("[0-9]{1,6}");

    private ReceiptFields() {}

    /** A text or a number as text; neither an object nor blank. */
    static Optional<String> text(JsonNode object, String key) {
        JsonNode node = object.path(key);
        return Optional.of(node)
                .filter(each -> each.isTextual() || each.isNumber())
                .map(each -> each.isFloatingPointNumber() ? plain(each.asText()) : each.asText())
                .filter(text -> !text.isBlank());
    }

    /** Without an exponent, if that is short: written out, 1e999999999 would fill the memory. */
    private static String plain(String number) {
        if (!FLOAT.matcher(number).matches()) {
            return "";
        }
        return new BigDecimal(number).toPlainString();
    }

    static Optional<UUID> record(JsonNode object, String key) {
        return text(object, key)
                .filter(text -> UUID_TEXT.matcher(text).matches())
                .map(UUID::fromString);
    }

    static Optional<String> messageId(JsonNode object, String key) {
        return text(object, key).filter(text -> MESSAGE_ID.matcher(text).matches());
    }

    /** @throws WebhookRefusedException 400 when there is none: it is no receipt */
    static String word(JsonNode object, String key) {
        return text(object, key)
                .filter(text -> WORD.matcher(text).matches())
                .orElseThrow(() -> new WebhookRefusedException(400, "no status word: not a receipt"));
    }

    static Optional<BigDecimal> amount(JsonNode object, String key) {
        return text(object, key).filter(text -> AMOUNT.matcher(text).matches()).map(BigDecimal::new);
    }

    static OptionalInt parts(JsonNode object, String key) {
        return text(object, key)
                .filter(text -> PARTS.matcher(text).matches())
                .map(Integer::valueOf)
                .filter(parts -> parts <= MAX_PARTS)
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    static Optional<String> code(JsonNode object, String key) {
        return text(object, key).filter(text -> CODE.matcher(text).matches());
    }

    /** @throws WebhookRefusedException 400 when neither id is there: nobody can tell whose receipt it is */
    static void checkNamed(Optional<UUID> record, Optional<String> messageId) {
        if (record.isEmpty() && messageId.isEmpty()) {
            throw new WebhookRefusedException(400, "neither our id nor the provider's: not a receipt");
        }
    }

    /**
     * A receipt whose failure code is known, or not. A code counts for what was not delivered only: some carriers send one along
     * with "delivered".
     */
    static Receipt receipt(
            Optional<UUID> record,
            Optional<String> messageId,
            String provider,
            ReceiptStatus status,
            String word,
            Optional<String> code,
            Optional<FailureCode> failure,
            Optional<Instant> at,
            OptionalInt parts,
            Optional<BigDecimal> cost) {
        boolean failed = status == ReceiptStatus.UNDELIVERED || status == ReceiptStatus.FAILED;
        Optional<FailureCode> counted = failure.filter(each -> failed);
        return new Receipt(
                record,
                messageId,
                provider,
                status,
                word,
                counted.map(FailureCode::retryable).orElse(false),
                counted.map(FailureCode::optOut).orElse(false),
                at,
                code.filter(each -> failed)
                        .map(each -> failure.map(known -> each + " " + known.reason())
                                .orElse(each)),
                parts,
                cost);
    }
}
