package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.tracking.Callbacks.RECORD;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.parameters;
import static org.smsdispatcher.tracking.Callbacks.sample;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VonageReceiptsTest {

    private final VonageReceipts unit = new VonageReceipts();

    private Receipt read(JsonNode callback) {
        return unit.read(callback).get(0);
    }

    @Test
    void readsADeliveredReceiptOfTheSmsApi() {
        assertThat(read(json(sample("vonage-sms-delivered.json"))))
                .isEqualTo(new Receipt(
                        Optional.of(RECORD),
                        Optional.of("0A0000001234567B"),
                        "vonage",
                        ReceiptStatus.DELIVERED,
                        "delivered",
                        false,
                        false,
                        Optional.of(Instant.parse("2026-11-25T08:00:03Z")),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.of(new BigDecimal("0.03330000"))));
    }

    @Test
    void readsTheSameFromAQuery() {
        assertThat(read(parameters(sample("vonage-sms-failed.query"))))
                .isEqualTo(new Receipt(
                        Optional.of(RECORD),
                        Optional.of("0A0000001234567B"),
                        "vonage",
                        ReceiptStatus.UNDELIVERED,
                        "failed",
                        true,
                        false,
                        Optional.of(Instant.parse("2026-11-25T08:00:03Z")),
                        Optional.of("2 absent subscriber, temporary"),
                        OptionalInt.empty(),
                        Optional.of(new BigDecimal("0.03330000"))));
    }

    @Test
    void readsAStatusOfTheMessagesApi() {
        assertThat(read(json(sample("vonage-messages-submitted.json"))))
                .isEqualTo(new Receipt(
                        Optional.of(RECORD),
                        Optional.of("aaaaaaaa-bbbb-cccc-dddd-0123456789ab"),
                        "vonage",
                        ReceiptStatus.SENT,
                        "submitted",
                        false,
                        false,
                        Optional.of(Instant.parse("2026-11-25T08:00:03Z")),
                        Optional.empty(),
                        OptionalInt.of(2),
                        Optional.of(new BigDecimal("0.0333"))));
    }

    @Test
    void tellsAnOptOutOfEitherApiWithoutTheNumber() {
        assertThat(read(json(sample("vonage-sms-opted-out.json"))))
                .returns(true, Receipt::optOut)
                .returns(Optional.empty(), Receipt::smsRecordId)
                .returns(Optional.of("9 opted out"), Receipt::reason);
        assertThat(read(json(sample("vonage-messages-rejected.json"))))
                .returns(true, Receipt::optOut)
                .returns(ReceiptStatus.FAILED, Receipt::status)
                .returns(Optional.of("1240 opted out"), Receipt::reason);
    }

    @ParameterizedTest
    @CsvSource({
        "accepted, SENT",
        "buffered, SENT",
        "submitted, SENT",
        "delivered, DELIVERED",
        "read, READ",
        "failed, UNDELIVERED",
        "expired, UNDELIVERED",
        "deleted, UNDELIVERED",
        "rejected, FAILED",
        "undeliverable, FAILED",
        "unknown, UNKNOWN",
        "DELIVERED, DELIVERED",
        "teleported, UNKNOWN"
    })
    void knowsTheDocumentedWordsAndKeepsTheOthers(String word, ReceiptStatus status) {
        Receipt receipt = read(
                json(sample("vonage-sms-delivered.json")).put("status", word).put("err-code", "99"));

        assertThat(receipt.status()).isEqualTo(status);
        assertThat(receipt.word()).isEqualTo(word);
        assertThat(receipt.retryable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        // code, retryable, opted out
        "1, false, false",
        "2, true, false",
        "3, false, false",
        "4, false, true",
        "5, false, false",
        "6, false, false",
        "7, true, false",
        "8, true, false",
        "9, false, true",
        "10, false, false",
        "11, false, false",
        "12, false, false",
        "13, false, false",
        "14, false, false",
        "15, false, false",
        "16, false, false",
        "50, false, false",
        "53, false, false",
        "54, false, false",
        "99, false, false",
        "77, false, false"
    })
    void knowsWhichCodesOfTheSmsApiMayMendAndWhichBarTheNumber(String code, boolean retryable, boolean optOut) {
        Receipt receipt = read(json(sample("vonage-sms-delivered.json"))
                .put("status", "failed")
                .put("err-code", code));

        assertThat(receipt.retryable()).isEqualTo(retryable);
        assertThat(receipt.optOut()).isEqualTo(optOut);
        assertThat(receipt.reason().orElseThrow()).startsWith(code);
    }

    @ParameterizedTest
    @CsvSource({
        "1000, true, false", "1030, false, false", "1050, false, true", "1100, false, false", "1180, true, false",
        "1190, false, false", "1210, false, false", "1220, true, false", "1230, true, false", "1240, false, true",
        "1241, false, false", "1280, false, false", "1320, false, false", "1999, false, false"
    })
    void knowsThoseOfTheMessagesApi(int code, boolean retryable, boolean optOut) {
        var callback = json(sample("vonage-messages-rejected.json"));
        callback.withObject("/error").put("title", code);

        assertThat(read(callback))
                .returns(retryable, Receipt::retryable)
                .returns(optOut, Receipt::optOut)
                .satisfies(receipt -> assertThat(receipt.reason().orElseThrow()).startsWith(Integer.toString(code)));
    }

    @Test
    void aCodeBesideADeliveryBarsNobody() {
        assertThat(read(json(sample("vonage-sms-delivered.json")).put("err-code", "9")))
                .returns(ReceiptStatus.DELIVERED, Receipt::status)
                .returns(false, Receipt::optOut)
                .returns(Optional.empty(), Receipt::reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"price", "message-timestamp", "client-ref", "err-code"})
    void aFieldThatCannotBeReadCostsNoReceipt(String key) {
        for (String odd : new String[] {"", "x", "-1", "1e999999999", "447700900000", "0x1", "2026-13-45 99:99:99"}) {
            Receipt receipt = read(json(sample("vonage-sms-delivered.json"))
                    .put("status", "failed")
                    .put(key, odd));

            assertThat(receipt.providerMessageId()).contains("0A0000001234567B");
            assertThat(receipt.toString()).doesNotContain("447700900000").doesNotContain("999999");
        }
    }

    @Test
    void whatIsNoReceiptIsRefused() {
        for (String text : new String[] {
            "{}",
            "{\"status\":\"delivered\"}",
            "{\"messageId\":\"1\",\"text\":\"STOP\"}",
            "{\"messageId\":\"1\",\"status\":\"447700900000\"}",
            "{\"messageId\":\"1\",\"status\":{}}",
            "{\"message_uuid\":\"\\u0000\",\"status\":\"delivered\"}"
        }) {
            assertThatThrownBy(() -> unit.read(json(text)))
                    .as(text)
                    .isInstanceOfSatisfying(
                            WebhookRefusedException.class,
                            refusal -> assertThat(refusal.status()).isEqualTo(400));
        }
    }
}
