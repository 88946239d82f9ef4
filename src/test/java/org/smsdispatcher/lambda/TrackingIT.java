package org.smsdispatcher.lambda;

import static java.net.URLEncoder.encode;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.sample;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.Curl.Response;
import org.smsdispatcher.lambda.RuntimeApi.Answer;
import org.smsdispatcher.tracking.Callbacks;

/**
 * The tracking function as Lambda runs it: packaged, in a process of its own under the runtime client, its URL tried with curl and its
 * triggers with the events that Lambda makes.
 */
class TrackingIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    /** Lambda's own limit for the init phase. */
    private static final Duration INIT_LIMIT = Duration.ofSeconds(10);

    private static final String TOPIC = "arn:aws:sns:us-east-1:000000000000:receipts";
    private static final String TOKEN = "Ab3dE5gH7jK";
    private static final String TARGET = "https://shop.example/orders/7?from=sms&x=1%2F2";
    private static final String PHONE =
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";

    @TempDir
    private static Path directory;

    private static Platform platform;
    private static FunctionProcess function;
    private static FunctionUrl url;

    private UUID campaign;
    private UUID record;

    @BeforeAll
    static void startFunction() {
        platform = Platform.start();
        function = start("function", Map.of());
        url = FunctionUrl.of(function.api());
    }

    @AfterAll
    static void stop() {
        url.close();
        function.close();
        platform.close();
    }

    @BeforeEach
    void sendOne() {
        platform.execute("TRUNCATE campaigns, contacts, sms_records, sms_events, sms_links, sms_clicks, blacklist");
        campaign = platform.campaign();
        record = UUID.randomUUID();
        platform.execute(
                "INSERT INTO contacts (campaign_id, phone_number, status, attempts, sms_outcome) VALUES (?, '+12125550100', 'completed', 1, 'sent')",
                campaign);
        platform.execute(
                "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at, accepted_at, attempt)"
                        + " SELECT ?, campaign_id, id, phone_number, 'Hi', 'sent', now() - interval '1 minute',"
                        + " now() - interval '1 minute', 1 FROM contacts",
                record);
        platform.execute(
                "INSERT INTO sms_links (token, record_id, position, target) VALUES (?, ?, 1, ?)",
                TOKEN,
                record,
                TARGET);
    }

    @Test
    void aLinkLeadsToItsStoredTargetAndNowhereElse() {
        Response response = get("/" + TOKEN + "?to=https://evil.example", Map.of("User-Agent", PHONE));

        assertThat(response.status()).isEqualTo(302);
        assertThat(response.headers()).containsEntry("location", TARGET).containsEntry("cache-control", "no-store");
        assertThat(platform.text("SELECT kind FROM sms_clicks")).isEqualTo("human");
        assertThat(platform.text("SELECT open_source FROM sms_records")).isEqualTo("click");
    }

    @Test
    void aHeadRequestIsLedOnAndNobodysClick() {
        Response response = Curl.request("HEAD", url.base() + "/" + TOKEN, Map.of("User-Agent", PHONE), "");

        assertThat(response.status()).isEqualTo(302);
        assertThat(response.headers()).containsEntry("location", TARGET);
        assertThat(platform.text("SELECT reason FROM sms_clicks")).isEqualTo("head");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /",
        "GET, /Ab3dE5gH7jL",
        "GET, /Ab3dE5gH7jK/",
        "GET, /..%2FAb3dE5gH7jK",
        "GET, //evil.example",
        "GET, /favicon.ico"
    })
    void whatIsNoLinkIsNotFound(String method, String path) {
        Response response = Curl.request(method, url.base() + path, Map.of("User-Agent", PHONE), "");

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.headers()).doesNotContainKey("location");
        assertThat(platform.count("SELECT count(*) FROM sms_clicks")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"true, 200, delivered", "false, 403, sent"})
    void aWebhookOfVonageMovesTheRecordIfItIsSigned(boolean signed, int status, String recordStatus) {
        String body = json(sample("vonage-messages-submitted.json"))
                .put("status", "delivered")
                .put("client_ref", record.toString())
                .toString();
        String secret = signed ? Callbacks.VONAGE_SECRET : "another secret";
        String token = Callbacks.jwt(secret, "{\"alg\":\"HS256\"}", Instant.now(), body);

        Response response = post(
                "/webhooks/vonage",
                Map.of("Content-Type", "application/json", "Authorization", "Bearer " + token),
                body);

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body()).isEmpty();
        assertThat(recordStatus()).isEqualTo(recordStatus);
    }

    @ParameterizedTest
    @CsvSource({"12345, 200, delivered", "54321, 403, sent"})
    void aWebhookOfTheVonageSmsApiMovesTheRecordIfItIsSigned(String signature, int status, String recordStatus) {
        Map<String, String> parameters = new HashMap<>(Map.of(
                "messageId",
                "0A0000001234567B",
                "status",
                "delivered",
                "err-code",
                "0",
                "client-ref",
                record.toString()));
        Map<String, String> signed = Callbacks.signedByVonage(parameters, "HmacSHA256", Instant.now());
        if (status == 403) {
            signed.put("sig", signed.get("sig").replaceFirst("^....", signature.substring(0, 4)));
        }
        StringBuilder query = new StringBuilder();
        signed.forEach((name, value) -> query.append(query.isEmpty() ? "?" : "&")
                .append(encode(name, UTF_8))
                .append('=')
                .append(encode(value, UTF_8)));

        assertThat(get("/webhooks/vonage" + query, Map.of()).status()).isEqualTo(status);
        assertThat(recordStatus()).isEqualTo(recordStatus);
    }

    @ParameterizedTest
    @CsvSource({"true, 200, delivered", "false, 403, sent"})
    void aWebhookOfTwilioMovesTheRecordIfItIsSigned(boolean signed, int status, String recordStatus) {
        Map<String, String> form =
                Map.of("MessageSid", "SM0123456789abcdef0123456789abcdef", "MessageStatus", "delivered");
        String path = "/webhooks/twilio?smsRecordId=" + record;
        String signature =
                Callbacks.signedByTwilio((signed ? Callbacks.BASE_URL : "https://other.example.com") + path, form);

        Response response = post(
                path,
                Map.of(
                        "Content-Type",
                        "application/x-www-form-urlencoded; charset=UTF-8",
                        "X-Twilio-Signature",
                        signature),
                "MessageSid=SM0123456789abcdef0123456789abcdef&MessageStatus=delivered");

        assertThat(response.status()).isEqualTo(status);
        assertThat(recordStatus()).isEqualTo(recordStatus);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /webhooks/nobody, application/json, 404",
        "PUT, /webhooks/vonage, application/json, 405",
        "POST, /webhooks/vonage, image/png, 415"
    })
    void whatIsNoWebhookIsRefused(String method, String path, String type, int status) {
        assertThat(Curl.request(method, url.base() + path, Map.of("Content-Type", type), "{}")
                        .status())
                .isEqualTo(status);
    }

    @Test
    void aBodyOver64KibIsRefused() {
        assertThat(post("/webhooks/vonage", Map.of("Content-Type", "application/json"), "[" + " ".repeat(65_536) + "]")
                        .status())
                .isEqualTo(413);
    }

    @Test
    void aNotificationOfTheTopicMovesTheRecord() {
        Answer answer = call(notification(TOPIC));

        assertThat(answer.error()).as(answer.body()).isFalse();
        assertThat(recordStatus()).isEqualTo("delivered");
    }

    @Test
    void aNotificationOfAnotherTopicIsRefused() {
        Answer answer = call(notification(TOPIC + "-of-somebody-else"));

        assertThat(answer.error()).isTrue();
        assertThat(recordStatus()).isEqualTo("sent");
    }

    @Test
    void aBatchGivesBackWhatFailedAndNothingElse() {
        ObjectNode event = json("{\"Records\":[]}");
        for (String body : List.of(receipt(), "no JSON")) {
            event.withArray("Records")
                    .addObject()
                    .put("messageId", body.equals("no JSON") ? "bad" : "good")
                    .put("eventSource", "aws:sqs")
                    .put("body", body);
        }

        Answer answer = call(event.toString());

        assertThat(json(answer.body())).isEqualTo(json("{\"batchItemFailures\":[{\"itemIdentifier\":\"bad\"}]}"));
        assertThat(recordStatus()).isEqualTo("delivered");
    }

    @Test
    void theReportCountsIt() {
        call(notification(TOPIC));

        ObjectNode report = json(
                call("{\"report\":true,\"campaignId\":\"" + campaign + "\"}").body());

        assertThat(report.at("/messages/delivered").intValue()).isEqualTo(1);
        assertThat(report.at("/deliveryRate").decimalValue()).isEqualByComparingTo("1");
    }

    @Test
    void theStartOpensItsConnectionAndWritesNothing() {
        platform.execute("TRUNCATE campaigns, contacts, sms_records, sms_events, sms_links, sms_clicks, blacklist");
        try (FunctionProcess another = start("another", Map.of("db.user", "postgres"))) {
            another.api().awaitReady(MINUTE);

            assertThat(platform.count("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sms-dispatcher'"
                            + " AND usename = 'postgres' AND datname = current_database()"))
                    .isPositive();
            assertThat(platform.count("SELECT (SELECT count(*) FROM campaigns) + (SELECT count(*) FROM contacts)"
                            + " + (SELECT count(*) FROM sms_records) + (SELECT count(*) FROM sms_events)"
                            + " + (SELECT count(*) FROM sms_clicks) + (SELECT count(*) FROM blacklist)"))
                    .isZero();
            assertThat(another.log()).doesNotContain("WARN", "ERROR");
        }
    }

    @Test
    void aStartWithoutDatabaseSucceedsInTimeAndTheFirstRequestSaysSo() {
        try (FunctionProcess lonely = start("lonely", Map.of("db.port", "1", "redis.port", "1"));
                FunctionUrl lonelyUrl = FunctionUrl.of(lonely.api())) {
            long ready = lonely.api().awaitReady(INIT_LIMIT.plusSeconds(20));

            assertThat(Duration.ofNanos(ready - lonely.startedAt())).isLessThan(INIT_LIMIT);
            assertThat(lonely.log()).contains("starts without its database");
            assertThat(Curl.request("GET", lonelyUrl.base() + "/" + TOKEN, Map.of(), "")
                            .status())
                    .isBetween(500, 503);
        }
    }

    private String receipt() {
        return json("{\"status\":\"delivered\"}")
                .put("smsRecordId", record.toString())
                .toString();
    }

    private String notification(String topic) {
        ObjectNode event = json("{\"Records\":[]}");
        event.withArray("Records")
                .addObject()
                .put("EventSource", "aws:sns")
                .putObject("Sns")
                .put("MessageId", "1")
                .put("TopicArn", topic)
                .put("Message", receipt());
        return event.toString();
    }

    private String recordStatus() {
        return platform.text("SELECT status FROM sms_records WHERE id = ?", record);
    }

    private static Response get(String path, Map<String, String> headers) {
        return Curl.request("GET", url.base() + path, headers, "");
    }

    private static Response post(String path, Map<String, String> headers, String body) {
        return Curl.request("POST", url.base() + path, headers, body);
    }

    private static Answer call(String event) {
        return function.api().call(event, MINUTE);
    }

    private static FunctionProcess start(String name, Map<String, String> overrides) {
        Map<String, String> settings = new HashMap<>(platform.settings());
        settings.put("JAVA_HOME", System.getProperty("java.home"));
        settings.put("db.user", Platform.TRACKING_ROLE);
        settings.put("receipts.topic.arn", TOPIC);
        settings.put("vonage.signature.secret", Callbacks.VONAGE_SECRET);
        settings.put("twilio.auth.token", Callbacks.TWILIO_TOKEN);
        settings.put("webhook.base.url", Callbacks.BASE_URL);
        settings.putAll(overrides);
        return FunctionProcess.start(
                ImageFiles.exist()
                        ? ImageFiles.command(FunctionProcess.TRACK)
                        : FunctionProcess.packaged(Path.of(System.getProperty("java.home")), FunctionProcess.TRACK),
                settings,
                directory.resolve(name + ".log"));
    }
}
