package org.smsdispatcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.tracking.Callbacks.BASE_URL;
import static org.smsdispatcher.tracking.Callbacks.TWILIO_TOKEN;
import static org.smsdispatcher.tracking.Callbacks.VONAGE_SECRET;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.jwt;
import static org.smsdispatcher.tracking.Callbacks.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.tracking.Callbacks;
import org.smsdispatcher.tracking.SnsSigner;
import org.smsdispatcher.tracking.WebhookRequest;
import redis.clients.jedis.Jedis;

/** Webhooks on their whole way: a request of the function URL in, PostgreSQL changed, a status code out. */
class WebhooksTest {

    private static final Platform PLATFORM = Platform.start();
    private static final SnsSigner SNS = SnsSigner.make("RSA", 2048, "2026/01/01 00:00:00", 3650);
    private static final Map<String, String> SECRETS = Map.of(
            "vonage.signature.secret", VONAGE_SECRET,
            "twilio.auth.token", TWILIO_TOKEN,
            "webhook.base.url", BASE_URL,
            "receipts.topic.arn", SnsSigner.TOPIC);
    private static final TrackingHandler TRACKER = PLATFORM.tracker(SECRETS, Map.of("snsWebhook", SNS.webhook()));

    private UUID campaign;
    private String record;

    @AfterAll
    static void stop() {
        TRACKER.close();
        PLATFORM.close();
    }

    @BeforeEach
    void sendOne() {
        PLATFORM.execute("TRUNCATE blacklist");
        try (Jedis redis = PLATFORM.redis()) {
            redis.flushAll();
        }
        campaign = PLATFORM.campaign();
        PLATFORM.contacts(campaign, 1);
        try (DispatchHandler dispatcher = PLATFORM.dispatcher()) {
            dispatch(dispatcher, campaign, 10);
        }
        record = PLATFORM.text("SELECT id FROM sms_records WHERE campaign_id = ?", campaign);
    }

    /** The request as a function URL hands it over, and the answer's status code. */
    private static int statusOf(TrackingHandler tracker, WebhookRequest request) {
        ObjectNode event = new JsonMapper().createObjectNode();
        event.put("version", "2.0")
                .put("rawPath", request.path())
                .put("rawQueryString", request.rawQuery())
                .put("body", new String(request.body(), UTF_8))
                .put("isBase64Encoded", false);
        event.putObject("headers").setAll(new HashMap<>(asNodes(request)));
        event.putObject("requestContext")
                .put("domainName", request.domainName())
                .put("stage", "$default")
                .putObject("http")
                .put("method", request.method());
        ObjectNode answer = json(new String(tracker.track(event.toString().getBytes(UTF_8)), UTF_8));
        assertThat(answer.path("body").asText()).hasSizeLessThan(20);
        return answer.path("statusCode").asInt();
    }

    private static Map<String, JsonNode> asNodes(WebhookRequest request) {
        Map<String, JsonNode> nodes = new HashMap<>();
        request.headers().forEach((name, value) -> nodes.put(name, new JsonMapper().valueToTree(value)));
        return nodes;
    }

    private String recordStatus() {
        return PLATFORM.text("SELECT status FROM sms_records WHERE id = ?::uuid", record);
    }

    private WebhookRequest vonage(String secret) {
        String body = json(sample("vonage-messages-submitted.json"))
                .put("status", "delivered")
                .put("client_ref", record)
                .toString();
        return Callbacks.vonageMessages(jwt(secret, "{\"alg\":\"HS256\"}", Instant.now(), body), body, Instant.now());
    }

    @Test
    void aReceiptOfVonageMovesTheRecordAndItsReplayChangesNothing() {
        assertThat(statusOf(TRACKER, vonage(VONAGE_SECRET))).isEqualTo(200);
        assertThat(statusOf(TRACKER, vonage(VONAGE_SECRET))).isEqualTo(200);

        assertThat(recordStatus()).isEqualTo("delivered");
        assertThat(PLATFORM.count("SELECT count(*) FROM sms_events WHERE record_id = ?::uuid", record))
                .isEqualTo(1);
    }

    @Test
    void aRefusedOneChangesNothing() {
        assertThat(statusOf(TRACKER, vonage("another"))).isEqualTo(403);

        assertThat(recordStatus()).isEqualTo("sent");
        assertThat(PLATFORM.count("SELECT count(*) FROM sms_events WHERE record_id = ?::uuid", record))
                .isZero();
    }

    @Test
    void anOptOutThatTwilioTellsIsCarriedOut() {
        String form = sample("twilio-undelivered.form").replace("30003", "21610");

        assertThat(statusOf(TRACKER, Callbacks.twilio("smsRecordId=" + record, form)))
                .isEqualTo(200);

        assertThat(recordStatus()).isEqualTo("undelivered");
        assertThat(PLATFORM.text("SELECT source FROM blacklist WHERE phone_number = '+12125550000'"))
                .isEqualTo("user_optout");
    }

    @Test
    void anEventOfEndUserMessagingComesByHttpAndByTheTrigger() {
        ObjectNode event = json(sample("aws-delivered.json"));
        event.putObject("context").put("smsRecordId", record);

        assertThat(statusOf(
                        TRACKER,
                        SnsSigner.request(SNS.notification(event.toString(), Instant.now(), "1"), Instant.now())))
                .isEqualTo(200);
        assertThat(recordStatus()).isEqualTo("delivered");

        event.put("eventTimestamp", 1795593603471L);
        ObjectNode trigger = new JsonMapper().createObjectNode();
        trigger.putArray("Records")
                .addObject()
                .put("EventSource", "aws:sns")
                .putObject("Sns")
                .put("MessageId", "1")
                .put("TopicArn", SnsSigner.TOPIC)
                .put("Message", event.toString());
        TRACKER.track(trigger.toString().getBytes(UTF_8));
        assertThat(PLATFORM.count("SELECT count(*) FROM sms_events WHERE record_id = ?::uuid", record))
                .isEqualTo(2);
    }

    @Test
    void theEndOfASubscriptionIsTakenNoteOf() {
        assertThat(statusOf(
                        TRACKER,
                        SnsSigner.request(SNS.confirmation("UnsubscribeConfirmation", Instant.now()), Instant.now())))
                .isEqualTo(200);
    }

    @Test
    void aReceiptThatCannotBeCommittedIsAskedForAgain() {
        Map<String, String> gone = new HashMap<>(SECRETS);
        gone.put("db.port", "1");
        try (TrackingHandler tracker = PLATFORM.tracker(gone, Map.of())) {
            assertThat(statusOf(tracker, vonage(VONAGE_SECRET))).isEqualTo(500);
        }
    }

    @Test
    void otherPathsAreNotFoundAndOtherMethodsNotAllowed() {
        for (String path :
                new String[] {"/webhooks", "/webhooks/", "/webhooks/nexmo", "/webhooks/vonage/", "/WEBHOOKS/SNS"}) {
            assertThat(statusOf(TRACKER, Callbacks.request("POST", path, "", Map.of(), "{}", Instant.now())))
                    .as(path)
                    .isEqualTo(404);
        }
        assertThat(statusOf(TRACKER, Callbacks.request("PUT", "/webhooks/twilio", "", Map.of(), "", Instant.now())))
                .isEqualTo(405);
        assertThat(statusOf(
                        TRACKER,
                        Callbacks.request(
                                "POST", "/webhooks/vonage", "", Map.of(), "x".repeat(64 * 1024 + 1), Instant.now())))
                .isEqualTo(413);
    }

    @Test
    void withoutSecretsEveryWebhookIsRefused() {
        try (TrackingHandler tracker = PLATFORM.tracker(Map.of(), Map.of())) {
            assertThat(statusOf(tracker, vonage(VONAGE_SECRET))).isEqualTo(403);
            assertThat(statusOf(tracker, Callbacks.twilio("", sample("twilio-delivered.form"))))
                    .isEqualTo(403);
            assertThat(statusOf(tracker, SnsSigner.request(SNS.notification("{}", Instant.now(), "2"), Instant.now())))
                    .isEqualTo(403);
        }
        assertThat(recordStatus()).isEqualTo("sent");
    }
}
