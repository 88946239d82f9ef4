package org.smsdispatcher.tracking;

import static java.util.Map.entry;
import static org.smsdispatcher.tracking.FailureCode.optedOut;
import static org.smsdispatcher.tracking.FailureCode.permanent;
import static org.smsdispatcher.tracking.FailureCode.retryable;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads what Vonage says of a message: delivery receipts of the SMS API, from a query, a form or JSON (all have the same fields),
 * and status callbacks of the Messages API.
 *
 * <p>Our id is what the gateway gave as {@code client-ref} or {@code client_ref}. Where the SMS API cuts a message in parts, each
 * part has a receipt and a provider's id of its own; one delivered part says that the message arrives.
 *
 * <p>Sources: developer.vonage.com, "Delivery receipts" of the SMS API (status words, err-code), "Messages API Status Callbacks",
 * "API Errors" of the Messages API, "Messaging Opted-out Numbers" (9 and 1240); Vonage API support, "Vonage SMS Delivery Error
 * Codes and Descriptions" and "DLR Statuses".
 */
public final class VonageReceipts {

    private static final String PROVIDER = "vonage";

    /** Those of the SMS API, then those that only the Messages API has. "unknown" is a status of Vonage's own, and says nothing. */
    private static final Map<String, ReceiptStatus> STATUSES = Map.ofEntries(
            entry("accepted", ReceiptStatus.SENT),
            entry("buffered", ReceiptStatus.SENT),
            entry("delivered", ReceiptStatus.DELIVERED),
            entry("expired", ReceiptStatus.UNDELIVERED),
            entry("failed", ReceiptStatus.UNDELIVERED),
            entry("deleted", ReceiptStatus.UNDELIVERED),
            entry("rejected", ReceiptStatus.FAILED),
            entry("submitted", ReceiptStatus.SENT),
            entry("read", ReceiptStatus.READ),
            entry("undeliverable", ReceiptStatus.FAILED));

    /**
     * Retryable is what the documentation calls temporary. "No longer active" (3) bars nobody: numbers are given to other people,
     * who may subscribe. A line barred by its user (4) and a user's request (9) do.
     */
    private static final Map<String, FailureCode> SMS_CODES = Map.ofEntries(
            entry("1", permanent("unknown")),
            entry("2", retryable("absent subscriber, temporary")),
            entry("3", permanent("absent subscriber, permanent")),
            entry("4", optedOut("barred by the user")),
            entry("5", permanent("portability error")),
            entry("6", permanent("rejected as spam")),
            entry("7", retryable("handset busy")),
            entry("8", retryable("network error")),
            entry("9", optedOut("opted out")),
            entry("10", permanent("illegal message")),
            entry("11", permanent("unroutable")),
            entry("12", permanent("destination unreachable")),
            entry("13", permanent("age restriction")),
            entry("14", permanent("blocked by the carrier")),
            entry("15", permanent("prepaid, insufficient funds")),
            entry("16", permanent("gateway quota exceeded")),
            entry("50", permanent("entity filter")),
            entry("51", permanent("header filter")),
            entry("52", permanent("content filter")),
            entry("53", permanent("consent filter")),
            entry("54", permanent("regulation error")),
            entry("99", permanent("general error")));

    /** 1100 (communication failed) and 1030 (internal error) are not called temporary, so they are not retried. */
    private static final Map<String, FailureCode> MESSAGES_CODES = Map.ofEntries(
            entry("1000", retryable("throttled")),
            entry("1010", permanent("missing parameters")),
            entry("1020", permanent("invalid parameters")),
            entry("1021", permanent("invalid tag")),
            entry("1022", permanent("invalid template")),
            entry("1030", permanent("internal error")),
            entry("1040", permanent("invalid message")),
            entry("1050", optedOut("number barred")),
            entry("1060", permanent("account barred")),
            entry("1070", permanent("account quota exceeded")),
            entry("1080", permanent("account not enabled")),
            entry("1090", permanent("message too long")),
            entry("1100", permanent("communication failed")),
            entry("1110", permanent("invalid signature")),
            entry("1120", permanent("illegal sender")),
            entry("1130", permanent("invalid time to live")),
            entry("1140", permanent("facility not allowed")),
            entry("1150", permanent("invalid message class")),
            entry("1160", permanent("destination not allowed")),
            entry("1170", permanent("invalid number")),
            entry("1180", retryable("absent subscriber, temporary")),
            entry("1190", permanent("absent subscriber, permanent")),
            entry("1200", permanent("portability error")),
            entry("1210", permanent("rejected as spam")),
            entry("1220", retryable("handset busy")),
            entry("1230", retryable("network error")),
            entry("1240", optedOut("opted out")),
            entry("1241", permanent("too many send requests")),
            entry("1250", permanent("unroutable")),
            entry("1260", permanent("destination unreachable")),
            entry("1270", permanent("age restriction")),
            entry("1280", permanent("blocked by the carrier")),
            entry("1290", permanent("prepaid, insufficient funds")),
            entry("1300", permanent("not in the provider's network")),
            entry("1310", permanent("unsuitable device")),
            entry("1320", permanent("already sent")),
            entry("1330", permanent("unknown")),
            entry("1340", permanent("outside the allowed window")),
            entry("1360", permanent("time to live ended")));

    /** In UTC, see "Delivery receipts". */
    private static final DateTimeFormatter MESSAGE_TIMESTAMP =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

    /**
     * The receipt in a callback.
     *
     * @param callback verified, see {@link VonageWebhook}
     * @throws WebhookRefusedException 400 when it is no receipt, such as a message somebody sent to us
     */
    public List<Receipt> read(JsonNode callback) {
        return List.of(callback.has("message_uuid") ? ofMessages(callback) : ofSms(callback));
    }

    private static Receipt ofSms(JsonNode callback) {
        Optional<String> messageId = ReceiptFields.messageId(callback, "messageId")
                .or(() -> ReceiptFields.messageId(callback, "message-id"));
        Optional<String> code = ReceiptFields.code(callback, "err-code").filter(each -> !each.equals("0"));
        return receipt(
                callback,
                ReceiptFields.record(callback, "client-ref"),
                messageId,
                code,
                code.map(SMS_CODES::get),
                ReceiptFields.text(callback, "message-timestamp").flatMap(VonageReceipts::utc),
                callback,
                callback);
    }

    private static Receipt ofMessages(JsonNode callback) {
        Optional<String> code = ReceiptFields.code(callback.path("error"), "title");
        return receipt(
                callback,
                ReceiptFields.record(callback, "client_ref"),
                ReceiptFields.messageId(callback, "message_uuid"),
                code,
                code.map(MESSAGES_CODES::get),
                ReceiptFields.text(callback, "timestamp").flatMap(VonageReceipts::iso),
                callback.path("usage"),
                callback.path("sms"));
    }

    private static Receipt receipt(
            JsonNode callback,
            Optional<UUID> record,
            Optional<String> messageId,
            Optional<String> code,
            Optional<FailureCode> failure,
            Optional<Instant> at,
            JsonNode priced,
            JsonNode counted) {
        String word = ReceiptFields.word(callback, "status");
        ReceiptFields.checkNamed(record, messageId);
        ReceiptStatus status = STATUSES.getOrDefault(word.toLowerCase(Locale.ROOT), ReceiptStatus.UNKNOWN);
        return ReceiptFields.receipt(
                record,
                messageId,
                PROVIDER,
                status,
                word,
                code,
                failure,
                at,
                ReceiptFields.parts(counted, "count_total"),
                ReceiptFields.amount(priced, "price"));
    }

    private static Optional<Instant> utc(String text) {
        try {
            return Optional.of(LocalDateTime.parse(text, MESSAGE_TIMESTAMP).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> iso(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
