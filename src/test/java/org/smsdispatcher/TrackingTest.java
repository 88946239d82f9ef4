package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.TrackingEventsOf.envelope;
import static org.smsdispatcher.TrackingEventsOf.queue;
import static org.smsdispatcher.TrackingEventsOf.receipt;
import static org.smsdispatcher.TrackingEventsOf.request;
import static org.smsdispatcher.TrackingEventsOf.tell;
import static org.smsdispatcher.TrackingEventsOf.topic;
import static org.smsdispatcher.TrackingEventsOf.track;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.LocalServers;

/** The tracking function's events: what it takes, what it refuses, and how it answers each invoker. */
class TrackingTest {

    private static final Platform PLATFORM = Platform.start();
    private static final DispatchHandler DISPATCHER = PLATFORM.dispatcher();
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final TrackingHandler TRACKER = PLATFORM.tracker();

    @AfterAll
    static void stop() {
        TRACKER.close();
        DISPATCHER.close();
        PLATFORM.close();
    }

    /** The record of a message that SNS accepted. */
    private static UUID sentRecord() {
        UUID campaign = PLATFORM.campaign();
        PLATFORM.contacts(campaign, NUMBERS.getAndIncrement(), 1, null);
        dispatch(DISPATCHER, campaign, 1);
        return recordOf(campaign);
    }

    private static UUID recordOf(UUID campaign) {
        return (UUID) PLATFORM.rows("SELECT id FROM sms_records WHERE campaign_id = ?", campaign)
                .get(0)
                .get("id");
    }

    private static String record(UUID id, String column) {
        return PLATFORM.text("SELECT " + column + " FROM sms_records WHERE id = ?", id);
    }

    /** Contact and record with the transactions that wrote them, and how many events there are. */
    private static List<Map<String, Object>> everything(UUID record) {
        return PLATFORM.rows(
                "SELECT c::text, c.xmin::text, r::text, r.xmin::text FROM sms_records r JOIN contacts c ON c.id = r.contact_id WHERE r.id = ?",
                record);
    }

    @ParameterizedTest
    @CsvSource({
        "queued, sent, completed, sent",
        "accepted, sent, completed, sent",
        "sent, sent, completed, sent",
        "delivered, delivered, completed, sent",
        "DELIVERED, delivered, completed, sent",
        "read, delivered, completed, sent",
        "undelivered, undelivered, pending, undelivered",
        "failed, failed, failed, undelivered",
        "opted_out, sent, completed, sent",
        "purple, sent, completed, sent",
    })
    void aWordMovesRecordAndContact(String word, String recordStatus, String contactStatus, String outcome) {
        UUID record = sentRecord();

        tell(TRACKER, receipt(record, word));

        assertThat(record(record, "status")).isEqualTo(recordStatus);
        assertThat(PLATFORM.rows(
                        "SELECT c.status, sms_outcome FROM contacts c JOIN sms_records r ON r.contact_id = c.id WHERE r.id = ?",
                        record))
                .containsExactly(Map.of("status", contactStatus, "sms_outcome", outcome));
        assertThat(PLATFORM.text("SELECT word FROM sms_events WHERE record_id = ?", record))
                .isEqualTo(word);
    }

    @Test
    void aReceiptsFiguresAreRecorded() {
        UUID record = sentRecord();

        tell(
                TRACKER,
                "{\"smsRecordId\": \"" + record + "\", \"status\": \"delivered\", \"providerMessageId\": \"abc-1\","
                        + " \"timestamp\": \"2026-11-25T10:30:00+02:00\", \"parts\": 2, \"cost\": \"0.0333\","
                        + " \"provider\": \"Vonage\", \"somethingElse\": [1]}");
        tell(
                TRACKER,
                "{\"providerMessageId\": \"abc-1\", \"provider\": \"vonage\", \"status\": \"read\","
                        + " \"timestamp\": \"2026-11-25T08:31:00Z\"}");

        assertThat(PLATFORM.rows(
                        "SELECT status, to_char(delivered_at AT TIME ZONE 'UTC', 'HH24:MI') AS delivered, provider, provider_message_id,"
                                + " provider_parts, cost::text, to_char(opened_at AT TIME ZONE 'UTC', 'HH24:MI') AS opened, open_source, last_word"
                                + " FROM sms_records WHERE id = ?",
                        record))
                .containsExactly(Map.of(
                        "status", "delivered",
                        "delivered", "08:30",
                        "provider", "vonage",
                        "provider_message_id", "abc-1",
                        "provider_parts", 2,
                        "cost", "0.0333",
                        "opened", "08:31",
                        "open_source", "read",
                        "last_word", "read"));
    }

    @Test
    void anUnknownWordIsKeptAndChangesNothing() {
        UUID record = sentRecord();
        List<Map<String, Object>> before = everything(record);

        tell(TRACKER, receipt(record, "en route to nowhere"));

        assertThat(everything(record)).isEqualTo(before);
        assertThat(PLATFORM.rows("SELECT status, word FROM sms_events WHERE record_id = ?", record))
                .containsExactly(Map.of("status", "unknown", "word", "en route to nowhere"));
    }

    @Test
    void theThousandthReplayChangesNothing() {
        UUID record = sentRecord();
        String receipt = receipt(record, "undelivered", "p-1", "2026-11-25T08:00:00Z");
        tell(TRACKER, receipt);
        List<Map<String, Object>> before = everything(record);

        for (int i = 0; i < 10; i++) {
            track(TRACKER, queue(java.util.Collections.nCopies(100, receipt)));
        }

        assertThat(everything(record)).isEqualTo(before);
        assertThat(PLATFORM.count("SELECT count(*) FROM sms_events WHERE record_id = ?", record))
                .isEqualTo(1);
    }

    @Test
    void aQueueGetsBackOnlyTheMessagesThatFailed() {
        UUID one = sentRecord();
        UUID two = sentRecord();
        UUID three = sentRecord();

        JsonNode answer = track(
                TRACKER,
                queue(List.of(
                        receipt(one, "delivered"),
                        "{\"smsRecordId\": \"1\", \"status\": \"delivered\"}",
                        envelope(TrackingEventsOf.TOPIC, receipt(two, "delivered")),
                        "not JSON",
                        receipt(UUID.randomUUID(), "delivered"),
                        receipt(three, "delivered"))));

        assertThat(answer)
                .hasToString("{\"batchItemFailures\":[{\"itemIdentifier\":\"2\"},{\"itemIdentifier\":\"4\"}]}");
        assertThat(List.of(record(one, "status"), record(two, "status"), record(three, "status")))
                .containsOnly("delivered");
    }

    @Test
    void aNotificationThatIsRefusedFailsTheInvocationAfterTheOthersAreRecorded() {
        UUID record = sentRecord();

        assertThatThrownBy(() -> tell(TRACKER, "nonsense", receipt(record, "delivered")))
                .isInstanceOf(BadEventException.class)
                .hasMessageContaining("not a JSON object");

        assertThat(record(record, "status")).isEqualTo("delivered");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"delivered\"",
                "{}",
                "{\"status\": \"delivered\"}",
                "{\"smsRecordId\": \"RECORD\"}",
                "{\"smsRecordId\": null, \"status\": \"delivered\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": null}",
                "{\"smsRecordId\": \"RECORD\", \"status\": 4}",
                "{\"smsRecordId\": \"RECORD\", \"status\": [\"delivered\"]}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\"}",
                "{\"smsRecordId\": 1, \"status\": \"delivered\"}",
                "{\"smsRecordId\": \"1-1-1-1-1\", \"status\": \"delivered\"}",
                "{\"smsRecordId\": {\"$ne\": null}, \"status\": \"delivered\"}",
                "{\"smsRecordId\": \"' OR 1=1 --\", \"status\": \"delivered\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"providerMessageId\": 7}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"providerMessageId\": \"a\\u0000b\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"provider\": \"a b\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"timestamp\": 1764060000}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"timestamp\": \"yesterday\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"timestamp\": \"2026-11-25T08:00:00\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"timestamp\": \"+999999999-01-01T00:00:00Z\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"timestamp\": \"1970-01-01T00:00:00Z\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"parts\": 0}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"parts\": 1.5}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"parts\": \"1\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"parts\": 99999999999}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"cost\": -1}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"cost\": \"NaN\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"cost\": 1e999999999}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"cost\": \"1e-999999999\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"cost\": {}}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"retryable\": \"yes\"}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\", \"reason\": 5}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\"} {}",
                "{\"smsRecordId\": \"RECORD\", \"status\": \"delivered\"",
            })
    void aReceiptThatIsWrongChangesNothing(String body) {
        UUID record = sentRecord();
        List<Map<String, Object>> before = everything(record);

        assertThatThrownBy(() -> tell(TRACKER, body.replace("RECORD", record.toString())))
                .isInstanceOf(BadEventException.class);

        assertThat(everything(record)).isEqualTo(before);
        assertThat(PLATFORM.count("SELECT count(*) FROM sms_events WHERE record_id = ?", record))
                .isZero();
    }

    @Test
    void aReceiptThatIsTooLargeOrTooDeepIsRefused() {
        UUID record = sentRecord();
        String large = receipt(record, "delivered").replace("}", ",\"more\":\"" + "x".repeat(65_536) + "\"}");
        String deep = receipt(record, "delivered").replace("}", ",\"more\":" + "[".repeat(500) + "]".repeat(500) + "}");

        assertThatThrownBy(() -> tell(TRACKER, large)).isInstanceOf(BadEventException.class);
        assertThatThrownBy(() -> tell(TRACKER, deep)).isInstanceOf(BadEventException.class);

        assertThat(record(record, "status")).isEqualTo("sent");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "{}",
                "{\"Records\": []}",
                "{\"Records\": [{}]}",
                "{\"Records\": [{\"eventSource\": \"aws:s3\"}]}",
                "{\"Records\": [{\"EventSource\": \"aws:sns\"}]}",
                "{\"Records\": [{\"eventSource\": \"aws:sqs\"}]}",
                "{\"Records\": [{\"eventSource\": \"aws:sqs\", \"messageId\": \"1\", \"body\": \"{}\"}, {\"EventSource\": \"aws:sns\", \"Sns\": {}}]}",
                "{\"requestContext\": {\"http\": null}}",
                "{\"campaignId\": \"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\"}",
                "{\"campaignId\": \"0b0e0f64\", \"report\": true}",
            })
    void anEventNobodySendsIsRefusedByName(String event) {
        assertThatThrownBy(() -> TRACKER.track(event.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(BadEventException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /",
        "GET, /abc",
        "POST, /webhooks/unknown",
        "POST, ''",
        "DELETE, /webhooks/vonage/../../etc/passwd"
    })
    void aPathNobodyAnswersIsNotFound(String method, String path) {
        JsonNode answer = track(TRACKER, request(method, path, "{}"));

        assertThat(answer.get("statusCode").intValue()).isEqualTo(404);
        assertThat(answer.get("body").textValue()).isEqualTo("not found");
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedWhateverThePath() {
        String encoded = Base64.getEncoder().encodeToString(new byte[65_537]);
        String event = request("POST", "/webhooks/vonage", encoded)
                .replace("\"isBase64Encoded\":false", "\"isBase64Encoded\":true");

        assertThat(track(TRACKER, event).get("statusCode").intValue()).isEqualTo(413);
    }

    @Test
    void onlyTheNamedTopicsAreListenedTo() {
        UUID record = sentRecord();
        String receipt = receipt(record, "delivered");
        try (TrackingHandler strict = PLATFORM.tracker(
                Map.of("receipts.topic.arn", "arn:aws:sns:us-east-1:000000000000:other, " + TrackingEventsOf.TOPIC),
                Map.of())) {
            String foreign = TrackingEventsOf.TOPIC + "-of-somebody";

            assertThatThrownBy(() -> track(strict, topic(receipt).replace(TrackingEventsOf.TOPIC, foreign)))
                    .isInstanceOf(BadEventException.class)
                    .hasMessageContaining("RECEIPTS_TOPIC_ARN");
            assertThat(track(strict, queue(List.of(envelope(foreign, receipt)))).get("batchItemFailures"))
                    .hasSize(1);
            assertThat(record(record, "status")).isEqualTo("sent");

            track(strict, topic(receipt));
            assertThat(record(record, "status")).isEqualTo("delivered");
        }
    }

    @Test
    void noPhoneNumberOfAReceiptIsKept() {
        UUID record = sentRecord();

        tell(
                TRACKER,
                "{\"smsRecordId\": \"" + record + "\", \"status\": \"undelivered +44 20 7946 0123\","
                        + " \"reason\": \"error 30003: (212) 555-0000 and \u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667 unreachable\"}");

        assertThat(PLATFORM.rows("SELECT word, reason FROM sms_events WHERE record_id = ?", record))
                .containsExactly(Map.of(
                        "word", "undelivered (number)", "reason", "error 30003: ((number) and (number) unreachable"));
    }

    @Test
    void aDatabaseThatIsGoneGivesTheWholeBatchBackAtOnce() {
        int port = LocalServers.freePort();
        Sends sends = new Sends();
        try (TrackingHandler lost =
                PLATFORM.tracker(Map.of("db.port", Integer.toString(port)), Map.of("sends", sends))) {
            List<String> receipts = java.util.Collections.nCopies(50, receipt(UUID.randomUUID(), "delivered"));

            assertThat(track(lost, queue(receipts)).get("batchItemFailures")).hasSize(50);
            assertThat(sends.count()).as("statements tried").isLessThanOrEqualTo(3);
            assertThatThrownBy(() -> tell(lost, receipts.get(0))).isInstanceOf(DatabaseUnreachableException.class);
        }
    }
}
