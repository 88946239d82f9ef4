package org.smsdispatcher.tracking;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.tracking.Callbacks.NOW;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.sample;
import static org.smsdispatcher.tracking.Callbacks.settings;
import static org.smsdispatcher.tracking.SnsSigner.CERTIFICATE_URL;
import static org.smsdispatcher.tracking.SnsSigner.TOPIC;
import static org.smsdispatcher.tracking.SnsSigner.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnsWebhookTest {

    private static final SnsSigner SNS = SnsSigner.make("RSA", 2048, "2026/01/01 00:00:00", 365);

    private static final String MESSAGE = sample("aws-delivered.json");

    private final List<URI> fetched = new ArrayList<>();
    private final SnsWebhook unit = unit(TOPIC, SNS.certificate());

    private SnsWebhook unit(String topics, byte[] certificate) {
        return new SnsWebhook(settings(Map.of("receipts.topic.arn", topics)), new SnsCertificates(url -> {
            fetched.add(url);
            return certificate;
        }));
    }

    private void assertRefused(int status, SnsWebhook webhook, WebhookRequest request) {
        assertThatThrownBy(() -> webhook.verify(request))
                .isInstanceOfSatisfying(
                        WebhookRefusedException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(status));
    }

    private void assertRefused(int status, ObjectNode envelope) {
        assertRefused(status, unit, request(envelope, NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void takesANotificationOfEitherSignatureVersion(String version) {
        ObjectNode envelope = SNS.notification(MESSAGE, NOW, version);

        assertThat(unit.verify(request(envelope, NOW))).isEqualTo(envelope);
        assertThat(unit.isNotification(envelope)).isTrue();
        assertThat(new EndUserMessagingReceipts().read(unit.message(envelope)))
                .isEqualTo(new EndUserMessagingReceipts().read(json(MESSAGE)));
    }

    @Test
    void takesOneWithoutSubject() {
        ObjectNode envelope = SNS.notification(MESSAGE, NOW, "2");
        envelope.remove("Subject");

        assertThatCode(() -> unit.verify(request(SNS.sign(envelope), NOW))).doesNotThrowAnyException();
    }

    @Test
    void takesTheConfirmationsOfASubscriptionAndOfItsEnd() {
        ObjectNode subscription = SNS.confirmation("SubscriptionConfirmation", NOW);
        ObjectNode end = SNS.confirmation("UnsubscribeConfirmation", NOW);

        assertThat(unit.isSubscription(unit.verify(request(subscription, NOW)))).isTrue();
        assertThat(unit.isSubscription(unit.verify(request(end, NOW)))).isFalse();
        assertThat(unit.isNotification(end)).isFalse();
    }

    @Test
    void fetchesACertificateOnce() {
        for (int i = 0; i < 3; i++) {
            unit.verify(request(SNS.notification(MESSAGE, NOW, "2"), NOW));
        }

        assertThat(fetched).containsExactly(URI.create(CERTIFICATE_URL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Message", "MessageId", "Subject", "Timestamp", "Type", "SignatureVersion", "Signature"})
    void refusesEverySignedFieldThatWasTouchedOrLeftOut(String key) {
        ObjectNode touched = SNS.notification(MESSAGE, NOW, "2");
        touched.put(
                key,
                switch (key) {
                    case "Timestamp" -> NOW.plusSeconds(1).toString();
                    case "Type" -> "UnsubscribeConfirmation";
                    case "SignatureVersion" -> "1";
                    default -> touched.get(key).asText() + "A";
                });
        assertRefused(403, touched);
        ObjectNode without = SNS.notification(MESSAGE, NOW, "2");
        without.remove(key);
        assertRefused(403, without);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "3", "sha256", "none"})
    void refusesOtherSignatureVersions(String version) {
        assertRefused(403, SNS.notification(MESSAGE, NOW, version));
        assertThat(fetched).isEmpty();
    }

    @Test
    void refusesAMessageOfAnotherTopicBeforeAnythingIsFetched() {
        ObjectNode envelope = SNS.sign(SNS.notification(MESSAGE, NOW, "2").put("TopicArn", TOPIC + "2"));

        assertRefused(403, envelope);
        assertThat(fetched).isEmpty();
    }

    @Test
    void takesEachOfTheTopicsInTheSetting() {
        SnsWebhook both = unit("arn:aws:sns:eu-west-1:123456789012:other , " + TOPIC, SNS.certificate());

        assertThatCode(() -> both.verify(request(SNS.notification(MESSAGE, NOW, "2"), NOW)))
                .doesNotThrowAnyException();
    }

    @Test
    void withoutATopicNothingIsTaken() {
        assertRefused(403, unit(" ", SNS.certificate()), request(SNS.notification(MESSAGE, NOW, "2"), NOW));
        assertThat(fetched).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"PT-1H-5M, true", "PT-1H-5M-1S, false", "PT5M, true", "PT5M1S, false", "P-1D, false"})
    void isPublishedAtMostAnHourAndTheWindowAgo(Duration offset, boolean taken) {
        WebhookRequest request = request(SNS.notification(MESSAGE, NOW.plus(offset), "2"), NOW);

        if (taken) {
            assertThatCode(() -> unit.verify(request)).doesNotThrowAnyException();
        } else {
            assertRefused(403, unit, request);
            assertThat(fetched).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://sns.evil.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com.evil.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com@evil.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com:443@evil.com/SimpleNotificationService-0.pem",
                "https://evil.com@sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://evil.com/sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://evil.com#sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://evil.com?sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://evil.com\\sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com\\@evil.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com:443/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com./SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com.cn/SimpleNotificationService-0.pem",
                "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://SNS.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://xsns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com.s3.amazonaws.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com/../evil/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem?x=.pem",
                "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem#x",
                "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e.pem",
                "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&x=.pem",
                "https://sns.us-east-1.amazonaws.com/evil.pem",
                " https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem\n",
                "https://169.254.169.254/SimpleNotificationService-0.pem",
                "file:///SimpleNotificationService-0.pem",
                "//sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
                "sns.us-east-1.amazonaws.com",
                ""
            })
    void refusesACertificateFromAnywhereElseBeforeAnythingIsFetched(String url) {
        assertRefused(403, SNS.notification(MESSAGE, NOW, "2").put("SigningCertURL", url));
        assertThat(fetched).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "arn:aws:sns:us-east-1:123456789012:a, https://sns.us-east-1.amazonaws.com",
        "arn:aws:sns:ap-southeast-2:123456789012:a.fifo, https://sns.ap-southeast-2.amazonaws.com",
        "arn:aws-us-gov:sns:us-gov-west-1:123456789012:a, https://sns.us-gov-west-1.amazonaws.com",
        "arn:aws-cn:sns:cn-north-1:123456789012:a, https://sns.cn-north-1.amazonaws.com.cn"
    })
    void theHostFollowsFromTheTopic(String topic, String host) {
        String url = host + "/SimpleNotificationService-0a.pem";

        assertThat(SnsWebhook.certificate(topic, url)).isEqualTo(URI.create(url));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "arn:aws:sns:evil.com/:123456789012:a",
                "arn:aws:sns::123456789012:a",
                "arn:aws:sqs:us-east-1:123456789012:a",
                "receipts",
                ""
            })
    void aSettingThatIsNoTopicLeadsNowhere(String topic) {
        assertThatThrownBy(() -> SnsWebhook.certificate(
                        topic, "https://sns.evil.com/.amazonaws.com/SimpleNotificationService-0.pem"))
                .isInstanceOf(WebhookRefusedException.class);
    }

    @Test
    void refusesTheSignatureOfAnotherKey() {
        SnsSigner other = SnsSigner.make("RSA", 2048, "2026/01/01 00:00:00", 365);

        assertRefused(403, other.notification(MESSAGE, NOW, "2"));
    }

    @Test
    void refusesACertificateThatIsExpiredOrNotYetValid() {
        SnsSigner past = SnsSigner.make("RSA", 2048, "2025/01/01 00:00:00", 30);
        SnsSigner future = SnsSigner.make("RSA", 2048, "2027/01/01 00:00:00", 30);

        for (SnsSigner each : List.of(past, future)) {
            assertRefused(403, unit(TOPIC, each.certificate()), request(each.notification(MESSAGE, NOW, "2"), NOW));
        }
    }

    @Test
    void refusesAWeakKeyAndAnotherKindOfKey() {
        SnsSigner weak = SnsSigner.make("RSA", 1024, "2026/01/01 00:00:00", 365);
        SnsSigner elliptic = SnsSigner.make("EC", 256, "2026/01/01 00:00:00", 365);

        assertRefused(403, unit(TOPIC, weak.certificate()), request(weak.notification(MESSAGE, NOW, "2"), NOW));
        assertRefused(403, unit(TOPIC, elliptic.certificate()), request(SNS.notification(MESSAGE, NOW, "2"), NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "<html>not found</html>", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    void refusesWhatIsNoCertificate(String file) {
        assertRefused(403, unit(TOPIC, file.getBytes(UTF_8)), request(SNS.notification(MESSAGE, NOW, "2"), NOW));
    }

    @Test
    void asksForAnotherTryWhenTheCertificateCannotBeFetched() {
        SnsWebhook offline = new SnsWebhook(settings(Map.of("receipts.topic.arn", TOPIC)), new SnsCertificates(url -> {
            throw new UncheckedIOException(new IOException("no route"));
        }));

        assertRefused(503, offline, request(SNS.notification(MESSAGE, NOW, "2"), NOW));
    }

    @Test
    void refusesRawDeliveryAndOtherKindsOfRequest() {
        assertRefused(403, unit, request(json(MESSAGE), NOW));
        assertRefused(403, unit, request(json("{}"), NOW));
        assertRefused(405, unit, Callbacks.request("GET", "/webhooks/sns", "", Map.of(), "", NOW));
        assertRefused(
                415,
                unit,
                Callbacks.request("POST", "/webhooks/sns", "", Map.of("content-type", "text/html"), "{}", NOW));
        assertRefused(
                400,
                unit,
                Callbacks.request("POST", "/webhooks/sns", "", Map.of("content-type", "text/plain"), "{", NOW));
        assertRefused(413, SNS.notification("x".repeat(64 * 1024), NOW, "2"));
        assertThat(fetched).isEmpty();
    }

    @Test
    void aVerifiedMessageThatIsNoJsonIsRefused() {
        ObjectNode envelope = SNS.notification("Hello", NOW, "2");

        assertThatThrownBy(() -> unit.message(unit.verify(request(envelope, NOW))))
                .isInstanceOfSatisfying(
                        WebhookRefusedException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(400));
    }

    @Test
    void confirmsASubscriptionByTheApiWithItsToken() throws IOException {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer api = api(
                asked,
                200,
                "<ConfirmSubscriptionResponse><ConfirmSubscriptionResult><SubscriptionArn>" + TOPIC
                        + ":1</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>");
        try {
            subscriptions(api).confirm(SNS.confirmation("SubscriptionConfirmation", NOW));
        } finally {
            api.stop(0);
        }

        assertThat(asked).hasSize(1);
        assertThat(asked.get(0))
                .contains("Action=ConfirmSubscription")
                .contains("Token=2336412f37fb687f5d51e6e2425dacbb")
                .contains("AuthenticateOnUnsubscribe=true");
    }

    @Test
    void asksForAnotherTryWhenTheApiRefuses() throws IOException {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
        HttpServer api = api(
                new ArrayList<>(),
                403,
                "<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>");
        try {
            SnsSubscriptions subscriptions = subscriptions(api);
            assertThatThrownBy(() -> subscriptions.confirm(SNS.confirmation("SubscriptionConfirmation", NOW)))
                    .isInstanceOfSatisfying(
                            WebhookRefusedException.class,
                            refusal -> assertThat(refusal.status()).isEqualTo(503));
        } finally {
            api.stop(0);
        }
    }

    private static SnsSubscriptions subscriptions(HttpServer api) {
        return new SnsSubscriptions(settings(Map.of(
                "aws.endpoint.url", "http://127.0.0.1:" + api.getAddress().getPort())));
    }

    private static HttpServer api(List<String> asked, int status, String answer) throws IOException {
        HttpServer api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/", exchange -> {
            asked.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            byte[] bytes = answer.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        api.start();
        return api;
    }
}
