package org.smsdispatcher.tracking;

import static java.util.Map.entry;
import static org.smsdispatcher.tracking.FailureCode.optedOut;
import static org.smsdispatcher.tracking.FailureCode.permanent;
import static org.smsdispatcher.tracking.FailureCode.retryable;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the events of AWS End User Messaging (SMS and RCS), as a configuration set publishes them to an SNS topic, or as EventBridge
 * wraps them ({@code detail}).
 *
 * <p>Our id is what the gateway gave to {@code SendTextMessage} as {@code Context: {"smsRecordId": …}}.
 *
 * <p>Sources: AWS End User Messaging SMS user guide, "Event types for SMS, MMS, and voice", "Example event data", "RCS message
 * events", "Monitoring with EventBridge", "Opt-out lists"; API reference, EventDestination; for descriptions, Amazon SNS developer
 * guide, "SMS delivery failure reasons".
 */
public final class EndUserMessagingReceipts {

    private static final String PROVIDER = "aws";
    private static final String SUCCESSFUL = "TEXT_SUCCESSFUL";
    private static final String BLOCKED = "TEXT_BLOCKED";

    /** Events of other channels (voice, MMS), of accounts and of registrations are no receipts. */
    private static final Pattern MESSAGE_EVENT = Pattern.compile("(TEXT|RCS)_[A-Z_]{1,59}");

    /** 100,000,000,000 is in 1973, 10,000,000,000,000 in 2286. */
    private static final Pattern MILLIS = Pattern.compile("[0-9]{12,13}");

    /** TEXT_UNKNOWN is not among them: it is what is said when nobody told for 72 hours. */
    private static final Map<String, ReceiptStatus> STATUSES = Map.ofEntries(
            entry("TEXT_QUEUED", ReceiptStatus.SENT),
            entry("TEXT_PENDING", ReceiptStatus.SENT),
            entry("TEXT_SENT", ReceiptStatus.SENT),
            entry(SUCCESSFUL, ReceiptStatus.SENT),
            entry("TEXT_DELIVERED", ReceiptStatus.DELIVERED),
            entry("TEXT_INVALID", ReceiptStatus.FAILED),
            entry("TEXT_INVALID_MESSAGE", ReceiptStatus.FAILED),
            entry("TEXT_UNREACHABLE", ReceiptStatus.UNDELIVERED),
            entry("TEXT_CARRIER_UNREACHABLE", ReceiptStatus.UNDELIVERED),
            entry(BLOCKED, ReceiptStatus.UNDELIVERED),
            entry("TEXT_CARRIER_BLOCKED", ReceiptStatus.UNDELIVERED),
            entry("TEXT_SPAM", ReceiptStatus.UNDELIVERED),
            entry("TEXT_TTL_EXPIRED", ReceiptStatus.UNDELIVERED),
            entry("TEXT_PROTECT_BLOCKED", ReceiptStatus.FAILED),
            entry("RCS_QUEUED", ReceiptStatus.SENT),
            entry("RCS_SENT", ReceiptStatus.SENT),
            entry("RCS_FALLEN_BACK_TO_SMS", ReceiptStatus.SENT),
            entry("RCS_DELIVERED", ReceiptStatus.DELIVERED),
            entry("RCS_READ", ReceiptStatus.READ),
            entry("RCS_FAILED", ReceiptStatus.UNDELIVERED),
            entry("RCS_TTL_EXPIRED", ReceiptStatus.UNDELIVERED),
            entry("RCS_PROTECT_BLOCKED", ReceiptStatus.FAILED));

    private static final Map<String, FailureCode> FAILURES = Map.ofEntries(
            entry("TEXT_INVALID", permanent("invalid number")),
            entry("TEXT_INVALID_MESSAGE", permanent("invalid message")),
            entry("TEXT_UNREACHABLE", retryable("handset unreachable")),
            entry("TEXT_CARRIER_UNREACHABLE", retryable("carrier unreachable")),
            entry(BLOCKED, permanent("blocked")),
            entry("TEXT_CARRIER_BLOCKED", permanent("blocked by the carrier")),
            entry("TEXT_SPAM", permanent("rejected as spam")),
            entry("TEXT_TTL_EXPIRED", permanent("time to live ended")),
            entry("TEXT_PROTECT_BLOCKED", permanent("blocked by a protect configuration")),
            entry("RCS_FAILED", permanent("failed")),
            entry("RCS_TTL_EXPIRED", permanent("time to live ended")),
            entry("RCS_PROTECT_BLOCKED", permanent("blocked by a protect configuration")));

    /**
     * There is no event of its own for an opt-out (the service refuses to send); what TEXT_BLOCKED means is told by its description
     * alone. One that is not here bars nobody.
     */
    private static final Map<String, FailureCode> BLOCKS = Map.of(
            "Phone number is opted out", optedOut("opted out"),
            "Phone has blocked SMS", optedOut("barred by the user"),
            "Phone is on a blocked list", optedOut("number barred"));

    /** Whether it is an event of this service, a receipt or not. */
    public boolean isEvent(JsonNode notice) {
        return event(notice).path("eventType").isTextual();
    }

    /**
     * The receipt in an event; none when the event is of another kind.
     *
     * @param notice from a topic that is trusted
     * @throws WebhookRefusedException 400 when it names no message
     */
    public List<Receipt> read(JsonNode notice) {
        JsonNode event = event(notice);
        String word = event.path("eventType").asText();
        if (!MESSAGE_EVENT.matcher(word).matches()) {
            return List.of();
        }
        Optional<UUID> record = ReceiptFields.record(event.path("context"), "smsRecordId");
        Optional<String> messageId = ReceiptFields.messageId(event, "messageId");
        ReceiptFields.checkNamed(record, messageId);
        Optional<FailureCode> failure = failure(word, event);
        return List.of(new Receipt(
                record,
                messageId,
                PROVIDER,
                status(word, event),
                word,
                failure.map(FailureCode::retryable).orElse(false),
                failure.map(FailureCode::optOut).orElse(false),
                ReceiptFields.text(event, "eventTimestamp").flatMap(EndUserMessagingReceipts::millis),
                failure.map(FailureCode::reason),
                ReceiptFields.parts(event, "totalMessageParts"),
                cost(event)));
    }

    private static JsonNode event(JsonNode notice) {
        return notice.path("detail").isObject() ? notice.get("detail") : notice;
    }

    /** "Depending on the destination country" the final success is the only one: then it stands for the delivery. */
    private static ReceiptStatus status(String word, JsonNode event) {
        return word.equals(SUCCESSFUL) && event.path("isFinal").asBoolean()
                ? ReceiptStatus.DELIVERED
                : STATUSES.getOrDefault(word, ReceiptStatus.UNKNOWN);
    }

    private static Optional<FailureCode> failure(String word, JsonNode event) {
        return Optional.of(word)
                .filter(BLOCKED::equals)
                .map(blocked ->
                        BLOCKS.get(event.path("messageStatusDescription").asText()))
                .or(() -> Optional.ofNullable(FAILURES.get(word)));
    }

    private static Optional<Instant> millis(String text) {
        return Optional.of(text)
                .filter(each -> MILLIS.matcher(each).matches())
                .map(each -> Instant.ofEpochMilli(Long.parseLong(each)));
    }

    private static Optional<BigDecimal> cost(JsonNode event) {
        return Stream.of("totalMessagePrice", "totalCarrierFee")
                .flatMap(key -> ReceiptFields.amount(event, key).stream())
                .reduce(BigDecimal::add);
    }
}
