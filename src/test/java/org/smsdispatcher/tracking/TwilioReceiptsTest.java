package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.tracking.Callbacks.RECORD;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.parameters;
import static org.smsdispatcher.tracking.Callbacks.sample;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TwilioReceiptsTest {

    private final TwilioReceipts unit = new TwilioReceipts();

    private static ObjectNode callback(String name) {
        return ((ObjectNode) parameters(sample(name))).put("smsRecordId", RECORD.toString());
    }

    @Test
    void readsAStatusCallback() {
        assertThat(unit.read(callback("twilio-undelivered.form")))
                .containsExactly(new Receipt(
                        Optional.of(RECORD),
                        Optional.of("SM0123456789abcdef0123456789abcdef"),
                        "twilio",
                        ReceiptStatus.UNDELIVERED,
                        "undelivered",
                        true,
                        false,
                        Optional.empty(),
                        Optional.of("30003 handset unreachable"),
                        OptionalInt.empty(),
                        Optional.empty()));
    }

    @Test
    void withoutOurIdTwiliosOwnFindsTheMessage() {
        assertThat(unit.read(parameters(sample("twilio-delivered.form"))).get(0))
                .returns(Optional.empty(), Receipt::smsRecordId)
                .returns(Optional.of("SM0123456789abcdef0123456789abcdef"), Receipt::providerMessageId)
                .returns(ReceiptStatus.DELIVERED, Receipt::status);
    }

    @ParameterizedTest
    @CsvSource({
        "accepted, SENT",
        "scheduled, SENT",
        "queued, SENT",
        "sending, SENT",
        "sent, SENT",
        "delivered, DELIVERED",
        "read, READ",
        "undelivered, UNDELIVERED",
        "failed, FAILED",
        "canceled, FAILED",
        "receiving, UNKNOWN",
        "received, UNKNOWN",
        "partially_delivered, UNKNOWN",
        "teleported, UNKNOWN"
    })
    void knowsTheDocumentedWordsAndKeepsTheOthers(String word, ReceiptStatus status) {
        assertThat(unit.read(callback("twilio-delivered.form").put("MessageStatus", word))
                        .get(0))
                .returns(status, Receipt::status)
                .returns(word, Receipt::word);
    }

    @ParameterizedTest
    @CsvSource({
        "21610, false, true", "21211, false, false", "21611, true, false", "21614, false, false", "30001, true, false",
        "30002, false, false", "30003, true, false", "30004, false, false", "30005, false, false",
                "30006, false, false",
        "30007, false, false", "30008, false, false", "30036, true, false", "30410, false, false", "39999, false, false"
    })
    void knowsWhichCodesMayMendAndWhichSayOptedOut(String code, boolean retryable, boolean optOut) {
        assertThat(unit.read(callback("twilio-undelivered.form").put("ErrorCode", code))
                        .get(0))
                .returns(retryable, Receipt::retryable)
                .returns(optOut, Receipt::optOut)
                .satisfies(receipt -> assertThat(receipt.reason().orElseThrow()).startsWith(code));
    }

    @Test
    void whatIsNoReceiptIsRefused() {
        for (String text :
                new String[] {"{}", "{\"MessageSid\":\"SM1\",\"Body\":\"STOP\"}", "{\"MessageStatus\":\"sent\"}"}) {
            assertThatThrownBy(() -> unit.read(json(text))).as(text).isInstanceOf(WebhookRefusedException.class);
        }
    }
}
