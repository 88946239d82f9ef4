package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.tracking.Callbacks.RECORD;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.sample;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndUserMessagingReceiptsTest {

    private final EndUserMessagingReceipts unit = new EndUserMessagingReceipts();

    @Test
    void readsAnEventOfATopic() {
        assertThat(unit.read(json(sample("aws-delivered.json"))))
                .containsExactly(new Receipt(
                        Optional.of(RECORD),
                        Optional.of("862a8790-60c0-4430-9b2b-658bdexample"),
                        "aws",
                        ReceiptStatus.DELIVERED,
                        "TEXT_DELIVERED",
                        false,
                        false,
                        Optional.of(Instant.ofEpochMilli(1795593603470L)),
                        Optional.empty(),
                        OptionalInt.of(2),
                        Optional.of(new BigDecimal("0.01762"))));
    }

    @Test
    void readsAnEventInTheEnvelopeOfEventBridge() {
        var event = json(sample("aws-delivered-eventbridge.json"));

        assertThat(unit.isEvent(event)).isTrue();
        assertThat(unit.read(event).get(0))
                .returns(Optional.of("9539975a-e71f-45f3-b496-8d98dc098a77"), Receipt::providerMessageId)
                .returns(ReceiptStatus.DELIVERED, Receipt::status);
    }

    @ParameterizedTest
    @CsvSource({
        // event, final, status, retryable
        "TEXT_QUEUED, false, SENT, false",
        "TEXT_PENDING, false, SENT, false",
        "TEXT_SENT, false, SENT, false",
        "TEXT_SUCCESSFUL, false, SENT, false",
        "TEXT_SUCCESSFUL, true, DELIVERED, false",
        "TEXT_DELIVERED, true, DELIVERED, false",
        "TEXT_INVALID, true, FAILED, false",
        "TEXT_INVALID_MESSAGE, true, FAILED, false",
        "TEXT_UNREACHABLE, true, UNDELIVERED, true",
        "TEXT_CARRIER_UNREACHABLE, true, UNDELIVERED, true",
        "TEXT_BLOCKED, true, UNDELIVERED, false",
        "TEXT_CARRIER_BLOCKED, true, UNDELIVERED, false",
        "TEXT_SPAM, true, UNDELIVERED, false",
        "TEXT_TTL_EXPIRED, true, UNDELIVERED, false",
        "TEXT_PROTECT_BLOCKED, true, FAILED, false",
        "TEXT_UNKNOWN, true, UNKNOWN, false",
        "TEXT_TELEPORTED, true, UNKNOWN, false",
        "RCS_QUEUED, false, SENT, false",
        "RCS_SENT, false, SENT, false",
        "RCS_FALLEN_BACK_TO_SMS, false, SENT, false",
        "RCS_DELIVERED, true, DELIVERED, false",
        "RCS_READ, true, READ, false",
        "RCS_FAILED, true, UNDELIVERED, false",
        "RCS_TTL_EXPIRED, true, UNDELIVERED, false",
        "RCS_PROTECT_BLOCKED, true, FAILED, false"
    })
    void knowsTheDocumentedEventsAndKeepsTheOthers(
            String word, boolean isFinal, ReceiptStatus status, boolean retryable) {
        assertThat(unit.read(json(sample("aws-delivered.json"))
                                .put("eventType", word)
                                .put("isFinal", isFinal))
                        .get(0))
                .returns(status, Receipt::status)
                .returns(word, Receipt::word)
                .returns(retryable, Receipt::retryable)
                .returns(false, Receipt::optOut);
    }

    @ParameterizedTest
    @CsvSource({
        "TEXT_BLOCKED, Phone number is opted out, true",
        "TEXT_BLOCKED, Phone has blocked SMS, true",
        "TEXT_BLOCKED, Phone is on a blocked list, true",
        "TEXT_BLOCKED, Blocked as spam by phone carrier, false",
        "TEXT_BLOCKED, +14255550156 is opted out, false",
        "TEXT_CARRIER_BLOCKED, Phone number is opted out, false",
        "TEXT_DELIVERED, Phone number is opted out, false"
    })
    void aBlockBarsTheNumberOnlyWhereItsDescriptionSaysSo(String word, String description, boolean optOut) {
        Receipt receipt = unit.read(json(sample("aws-delivered.json"))
                        .put("eventType", word)
                        .put("messageStatusDescription", description))
                .get(0);

        assertThat(receipt.optOut()).isEqualTo(optOut);
        assertThat(receipt.reason().orElse("")).doesNotContain("4255550156");
    }

    @ParameterizedTest
    @ValueSource(strings = {"VOICE_COMPLETED", "MEDIA_DELIVERED", "REGISTRATION_STATUS_UPDATED", "", "text_delivered"})
    void anEventOfAnotherKindIsNoReceipt(String word) {
        assertThat(unit.read(json("{}").put("eventType", word))).isEmpty();
    }

    @Test
    void anEventThatNamesNoMessageIsRefused() {
        assertThatThrownBy(() -> unit.read(json("{\"eventType\":\"TEXT_DELIVERED\"}")))
                .isInstanceOf(WebhookRefusedException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0.00581, 0.00581",
        "5.81e-3, 0.00581",
        "0.0000058, 0.0000058",
        "0, 0",
        "1, 1",
        "-1, ''",
        "1e999999999, ''",
        "1e-999999999, ''",
        "1e400, ''",
        "99999999999999999999999999, ''"
    })
    void readsAPriceHoweverItIsWrittenAndLeavesOutWhatIsNone(String price, String cost) {
        byte[] event = ("{\"eventType\":\"TEXT_DELIVERED\",\"messageId\":\"m\",\"totalMessagePrice\":" + price + "}")
                .getBytes(StandardCharsets.UTF_8);

        assertThat(unit.read(WebhookContent.object(event))
                        .get(0)
                        .cost()
                        .map(BigDecimal::toPlainString)
                        .orElse(""))
                .isEqualTo(cost);
    }
}
