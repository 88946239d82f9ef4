package org.smsdispatcher.tracking;

import static java.util.Map.entry;
import static org.smsdispatcher.tracking.FailureCode.optedOut;
import static org.smsdispatcher.tracking.FailureCode.permanent;
import static org.smsdispatcher.tracking.FailureCode.retryable;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads Twilio's status callbacks.
 *
 * <p>Twilio has no client reference: the gateway gives each message a {@code StatusCallback} of its own,
 * {@code …/webhooks/twilio?smsRecordId=<uuid>}, and the id then is inside the URL that Twilio signs. Callbacks tell neither a price
 * nor a time of ours: {@code RawDlrDoneDate} is on the carrier's clock, whichever that is.
 *
 * <p>Sources: twilio.com/docs, "Messages resource" (status values), "Outbound Message Status in Status Callbacks", "Track the
 * Message Status of Outbound Messages" (parameters), "Error and Warning Dictionary" (a page a code).
 */
public final class TwilioReceipts {

    private static final String PROVIDER = "twilio";

    /** Those of messages to us ("receiving", "received") and of group messages ("partially_delivered") are unknown here. */
    private static final Map<String, ReceiptStatus> STATUSES = Map.ofEntries(
            entry("accepted", ReceiptStatus.SENT),
            entry("scheduled", ReceiptStatus.SENT),
            entry("queued", ReceiptStatus.SENT),
            entry("sending", ReceiptStatus.SENT),
            entry("sent", ReceiptStatus.SENT),
            entry("delivered", ReceiptStatus.DELIVERED),
            entry("read", ReceiptStatus.READ),
            entry("undelivered", ReceiptStatus.UNDELIVERED),
            entry("failed", ReceiptStatus.FAILED),
            entry("canceled", ReceiptStatus.FAILED));

    /**
     * Only 21610 says that the recipient has opted out. 30004 (blocked) bars nobody: its page also names handsets out of coverage
     * and the filtering of a sender, and one filtered campaign would silence its recipients for good. 30410 (the provider's
     * time-out) is not retryable: that message may have been delivered.
     */
    private static final Map<String, FailureCode> CODES = Map.ofEntries(
            entry("21211", permanent("invalid number")),
            entry("21408", permanent("region not enabled")),
            entry("21610", optedOut("opted out")),
            entry("21611", retryable("sender's queue is full")),
            entry("21612", permanent("unroutable")),
            entry("21614", permanent("not a mobile number")),
            entry("30001", retryable("queue overflow")),
            entry("30002", permanent("account suspended")),
            entry("30003", retryable("handset unreachable")),
            entry("30004", permanent("blocked")),
            entry("30005", permanent("unknown handset")),
            entry("30006", permanent("landline or unreachable carrier")),
            entry("30007", permanent("filtered")),
            entry("30008", permanent("unknown error")),
            entry("30009", permanent("missing segment")),
            entry("30010", permanent("price exceeds the maximum")),
            entry("30036", retryable("validity period ended")),
            entry("30410", permanent("provider timed out")));

    /**
     * The receipt in a callback.
     *
     * @param callback its parameters, verified, see {@link TwilioWebhook}; {@code smsRecordId} is the URL's
     * @throws WebhookRefusedException 400 when it is no receipt
     */
    public List<Receipt> read(JsonNode callback) {
        String word = ReceiptFields.word(callback, "MessageStatus");
        Optional<UUID> record = ReceiptFields.record(callback, TwilioWebhook.RECORD_ID);
        Optional<String> messageId = ReceiptFields.messageId(callback, "MessageSid");
        ReceiptFields.checkNamed(record, messageId);
        Optional<String> code = ReceiptFields.code(callback, "ErrorCode").filter(each -> !each.equals("0"));
        return List.of(ReceiptFields.receipt(
                record,
                messageId,
                PROVIDER,
                STATUSES.getOrDefault(word.toLowerCase(Locale.ROOT), ReceiptStatus.UNKNOWN),
                word,
                code,
                code.map(CODES::get),
                Optional.empty(),
                ReceiptFields.parts(callback, "NumSegments"),
                Optional.empty()));
    }
}
