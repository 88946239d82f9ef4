package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.tracking.Callbacks.BASE_URL;
import static org.smsdispatcher.tracking.Callbacks.NOW;
import static org.smsdispatcher.tracking.Callbacks.TWILIO_TOKEN;
import static org.smsdispatcher.tracking.Callbacks.VONAGE_SECRET;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.sample;
import static org.smsdispatcher.tracking.Callbacks.settings;
import static org.smsdispatcher.tracking.SnsSigner.CERTIFICATE_URL;
import static org.smsdispatcher.tracking.SnsSigner.TOPIC;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever arrives: a refusal or, once verified, a receipt; never another failure, never a receipt without a signature. */
class WebhooksFuzzTest {

    private final VonageWebhook vonage = new VonageWebhook(settings(Map.of("vonage.signature.secret", VONAGE_SECRET)));
    private final TwilioWebhook twilio =
            new TwilioWebhook(settings(Map.of("twilio.auth.token", TWILIO_TOKEN, "webhook.base.url", BASE_URL)));
    private final SnsWebhook sns = new SnsWebhook(
            settings(Map.of("receipts.topic.arn", TOPIC)),
            new SnsCertificates(url -> "no certificate".getBytes(StandardCharsets.UTF_8)));

    private static Optional<Integer> refusal(Supplier<Object> read) {
        try {
            assertThat(read.get()).isNotNull();
            return Optional.empty();
        } catch (WebhookRefusedException e) {
            return Optional.of(e.status());
        }
    }

    @Property(tries = 2_000)
    void nothingWithoutASignatureIsTakenAndNothingElseIsThrown(@ForAll("requests") WebhookRequest request) {
        for (Function<WebhookRequest, JsonNode> webhook :
                List.<Function<WebhookRequest, JsonNode>>of(vonage::verify, twilio::verify, sns::verify)) {
            assertThat(refusal(() -> webhook.apply(request)))
                    .hasValueSatisfying(status -> assertThat(status).isIn(400, 403, 405, 413, 415));
        }
    }

    /** The parser takes it for UTF-32 that ends within a character: not a fault in its JSON, but in reading it. */
    @Example
    void aBodyThatIsNoTextIsRefused() {
        WebhookRequest request = new WebhookRequest(
                "POST",
                "/webhooks/x",
                "",
                Map.of("content-type", "application/json"),
                new byte[] {0, 0, 0, '{', 0},
                "example.com",
                NOW);

        assertThat(refusal(() -> vonage.verify(request))).contains(400);
    }

    @Property(tries = 1_000)
    void verifiedContentOfAnyKindIsAReceiptOrARefusal(@ForAll("objects") String text) {
        JsonNode content = json(text);
        for (Function<JsonNode, List<Receipt>> reader : List.<Function<JsonNode, List<Receipt>>>of(
                new VonageReceipts()::read, new TwilioReceipts()::read, new EndUserMessagingReceipts()::read)) {
            assertThat(refusal(() -> checked(reader.apply(content))))
                    .satisfiesAnyOf(
                            status -> assertThat(status).isEmpty(),
                            status -> assertThat(status).contains(400));
        }
    }

    private static List<Receipt> checked(List<Receipt> receipts) {
        assertThat(receipts).allSatisfy(receipt -> {
            assertThat(receipt.word().length()).isBetween(1, 64);
            assertThat(receipt.reason().orElse("").length()).isLessThanOrEqualTo(200);
            assertThat(receipt.reason().orElse("")).doesNotContain("447700900000");
        });
        return receipts;
    }

    @Provide
    Arbitrary<WebhookRequest> requests() {
        Arbitrary<byte[]> bodies = Arbitraries.oneOf(
                Arbitraries.bytes().array(byte[].class).ofMaxSize(200),
                texts().map(text -> text.getBytes(StandardCharsets.UTF_8)));
        Arbitrary<Map<String, String>> headers = Arbitraries.maps(
                        Arbitraries.of("authorization", "x-twilio-signature", "x-amz-sns-message-type", "host"),
                        Arbitraries.oneOf(
                                Arbitraries.strings().ofMaxLength(60),
                                Arbitraries.of(
                                        "Bearer a.b.c", "Bearer e30.e30.e30", "Bearer ", "AAAA", "Notification")))
                .ofMaxSize(3);
        Arbitrary<String> types = Arbitraries.of(
                "application/json",
                "application/x-www-form-urlencoded",
                "text/plain",
                "APPLICATION/JSON; charset=x",
                "",
                ";");
        return Combinators.combine(
                        Arbitraries.of("GET", "POST", "POST", "POST", "PUT", ""), texts(), headers, types, bodies)
                .as((method, query, some, type, body) -> {
                    Map<String, String> all = new HashMap<>(some);
                    all.put("content-type", type);
                    return new WebhookRequest(method, "/webhooks/x", query, all, body, "example.com", NOW);
                });
    }

    private static Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(100),
                Arbitraries.strings()
                        .withChars("{}[]\":,%=&+.eE-0129atrue\\u\u0000é")
                        .ofMaxLength(100),
                Arbitraries.of(
                        sample("vonage-sms-delivered.json"),
                        sample("vonage-sms-failed.query"),
                        sample("vonage-sms-failed.query") + "&timestamp=1795593610&sig=00",
                        sample("twilio-delivered.form"),
                        sample("aws-delivered.json"),
                        "{\"Type\":\"Notification\",\"TopicArn\":\"" + TOPIC + "\",\"Timestamp\":\"" + NOW
                                + "\",\"SignatureVersion\":\"2\",\"Signature\":\"AAAA\",\"SigningCertURL\":\""
                                + CERTIFICATE_URL
                                + "\",\"Message\":\"{}\"}"));
    }

    @Provide
    Arbitrary<String> objects() {
        Arbitrary<String> keys = Arbitraries.of(
                "status",
                "messageId",
                "message_uuid",
                "client-ref",
                "client_ref",
                "err-code",
                "price",
                "message-timestamp",
                "timestamp",
                "error",
                "usage",
                "sms",
                "MessageStatus",
                "MessageSid",
                "ErrorCode",
                "NumSegments",
                "smsRecordId",
                "eventType",
                "eventTimestamp",
                "context",
                "totalMessageParts",
                "totalMessagePrice",
                "isFinal",
                "detail");
        Arbitrary<String> values = Arbitraries.of(
                "null",
                "true",
                "1",
                "-1",
                "0.1",
                "1e400",
                "1795593603470",
                "99999999999999999999",
                "\"\"",
                "\"delivered\"",
                "\"447700900000\"",
                "\"failed\"",
                "\"9\"",
                "\"SM1\"",
                "\"\\u0000\"",
                "\"2026-11-25 08:00:03\"",
                "\"TEXT_BLOCKED\"",
                "\"" + "x".repeat(300) + "\"",
                "[]",
                "[1]",
                "{}",
                "{\"title\":1240,\"price\":\"1\",\"count_total\":\"2\"}",
                "\"" + Callbacks.RECORD + "\"",
                "{\"eventType\":\"TEXT_SPAM\",\"messageId\":\"m\"}");
        return Arbitraries.maps(keys, values)
                .ofMaxSize(8)
                .map(fields -> fields.entrySet().stream()
                        .map(each -> "\"" + each.getKey() + "\":" + each.getValue())
                        .collect(Collectors.joining(",", "{", "}")));
    }
}
