package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.TrackingEventsOf.receipt;
import static org.smsdispatcher.TrackingEventsOf.tell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The three questions once receipts have come and messages hold links. */
class WhyAfterReceiptsTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Platform platform = Platform.start();
    private final DispatchHandler dispatcher = platform.dispatcher();
    private final TrackingHandler tracker = platform.tracker();

    @AfterEach
    void stop() {
        tracker.close();
        dispatcher.close();
        platform.close();
    }

    private UUID campaign(int retryDelayMinutes) {
        return platform.campaignWithConfig(
                "{\"smsTemplate\": \"Hi\", \"maxAttemptsPerContact\": 2, \"callingWindows\": " + Platform.ALWAYS
                        + ", \"retryDelayMinutes\": " + retryDelayMinutes + "}");
    }

    private static JsonNode ask(DispatchHandler of, UUID campaign, String question) {
        return dispatch(of, "{\"campaignId\":\"" + campaign + "\"," + question + "}", MINUTE);
    }

    private JsonNode explain(UUID campaign) {
        return ask(dispatcher, campaign, "\"explain\":\"+12125550000\"").at("/contacts/0");
    }

    private UUID record(UUID campaign, int attempt) {
        return UUID.fromString(
                platform.text("SELECT id FROM sms_records WHERE campaign_id = ? AND attempt = ?", campaign, attempt));
    }

    private Instant notBefore(UUID campaign) {
        return Instant.parse(platform.text(
                "SELECT to_char(sms_not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM contacts WHERE campaign_id = ?",
                campaign));
    }

    private static boolean passes(JsonNode contact, String gate) {
        for (JsonNode each : contact.get("gates")) {
            if (each.get("gate").textValue().equals(gate)) {
                return each.get("pass").booleanValue();
            }
        }
        throw new AssertionError("no gate " + gate);
    }

    @Test
    void aContactThatWaitsForAnotherAttemptFaresAsExplained() {
        UUID campaign = campaign(60);
        platform.contacts(campaign, 1);
        dispatch(dispatcher, campaign, 10);
        tell(tracker, receipt(record(campaign, 1), "undelivered"));

        JsonNode waiting = explain(campaign);
        assertThat(waiting.get("outcome").textValue()).isEqualTo("waits");
        assertThat(waiting.get("outcomeThen").textValue()).isEqualTo("sent");
        assertThat(waiting.get("lastOutcome").textValue()).isEqualTo("undelivered");
        assertThat(Instant.parse(waiting.get("nextEligibleAt").textValue())).isEqualTo(notBefore(campaign));
        assertThat(passes(waiting, "notBefore")).isFalse();
        assertThat(waiting.at("/records/0/receipt/word").textValue()).isEqualTo("undelivered");
        assertThat(Instant.parse(waiting.at("/records/0/receipt/retryAt").textValue()))
                .isEqualTo(notBefore(campaign));
        assertThat(dispatch(dispatcher, campaign, 10).get("totalContacts").intValue())
                .isZero();

        Invariants.letTimePass(platform, campaign);
        assertThat(explain(campaign).get("outcome").textValue()).isEqualTo("sent");
        assertThat(ask(dispatcher, campaign, "\"dryRun\":true")
                        .at("/nextBatch/sentCount")
                        .intValue())
                .isEqualTo(1);
        assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                .isEqualTo(1);
        tell(tracker, receipt(record(campaign, 2), "delivered"));

        JsonNode done = explain(campaign);
        assertThat(done.get("outcome").textValue()).isEqualTo("over");
        assertThat(done.get("records").findValuesAsText("status")).containsExactly("delivered", "undelivered");
        assertThat(ask(dispatcher, campaign, "\"verify\":true").get("healthy").booleanValue())
                .isTrue();
    }

    @Test
    void theLastAttemptIsExplainedAsTheLast() {
        UUID campaign = campaign(0);
        platform.contacts(campaign, 1);
        for (int attempt = 1; attempt <= 2; attempt++) {
            dispatch(dispatcher, campaign, 10);
            tell(tracker, receipt(record(campaign, attempt), "undelivered"));
        }

        JsonNode lost = explain(campaign);

        assertThat(lost.get("outcome").textValue()).isEqualTo("over");
        assertThat(lost.get("nextEligibleAt").isNull()).isTrue();
        assertThat(passes(lost, "attempts")).isFalse();
        assertThat(lost.at("/records/0/receipt/undeliverable").booleanValue()).isTrue();
        assertThat(lost.at("/records/1/receipt/undeliverable").booleanValue()).isFalse();
    }

    /** Set back to pending by hand, whose message arrived is not texted again; the explanation says so beforehand. */
    @Test
    void whoseMessageArrivedIsExplainedAsDelivered() {
        UUID campaign = campaign(0);
        platform.contacts(campaign, 1);
        dispatch(dispatcher, campaign, 10);
        tell(tracker, receipt(record(campaign, 1), "delivered"));
        platform.execute("UPDATE contacts SET status = 'pending'");
        platform.execute("UPDATE campaigns SET status = 'active'");

        JsonNode explained = explain(campaign);
        dispatch(dispatcher, campaign, 10);

        assertThat(explained.get("outcome").textValue()).isEqualTo("delivered");
        assertThat(passes(explained, "delivered")).isFalse();
        assertThat(platform.statuses(campaign)).isEqualTo("completed=1");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    /** A message told lost arrives after the next attempt went out: two stand, and no rule was broken. */
    @Test
    void aLateDeliveryBreaksNoInvariantButASecondTextWithoutReasonDoes() {
        UUID campaign = campaign(0);
        platform.contacts(campaign, 1);
        dispatch(dispatcher, campaign, 10);
        tell(tracker, receipt(record(campaign, 1), "undelivered"));
        dispatch(dispatcher, campaign, 10);
        tell(tracker, receipt(record(campaign, 2), "delivered"), receipt(record(campaign, 1), "delivered"));

        JsonNode late = ask(dispatcher, campaign, "\"verify\":true");
        assertThat(late.get("healthy").booleanValue()).as(late.toString()).isTrue();

        platform.execute("DELETE FROM sms_events WHERE status = 'undelivered'");
        JsonNode unfounded = ask(dispatcher, campaign, "\"verify\":true");
        assertThat(unfounded.get("healthy").booleanValue()).isFalse();
        assertThat(unfounded.toString()).contains("2 accepted messages");
    }

    @Test
    void whateverReceiptsSayInWhateverOrderVerifyFindsNothing() {
        UUID campaign = campaign(0);
        platform.contacts(campaign, 40);
        Random random = new Random(5);
        List<String> words = List.of("sent", "delivered", "undelivered", "undelivered", "failed", "opted_out", "read");
        for (int round = 0; round < 4; round++) {
            dispatch(dispatcher, campaign, 25);
            String[] receipts =
                    platform.rows("SELECT id FROM sms_records WHERE campaign_id = ? ORDER BY id", campaign).stream()
                            .filter(row -> random.nextInt(3) > 0)
                            .map(row -> receipt(row.get("id"), words.get(random.nextInt(words.size()))))
                            .toArray(String[]::new);
            tell(tracker, receipts);

            JsonNode answer = ask(dispatcher, campaign, "\"verify\":true");
            assertThat(answer.get("healthy").booleanValue())
                    .as(answer.toString())
                    .isTrue();
        }
        assertThat(platform.count("SELECT count(*) FROM sms_records WHERE attempt = 2"))
                .isPositive();
    }

    /** Short links may save a part, or cost one. */
    @ParameterizedTest
    @CsvSource({"https://s.example, 120, 1", "https://links.of.a.rather.long.name.example, 120, 2"})
    void aDryRunCountsThePartsThatArmingStores(String linkBaseUrl, int textLength, int parts) throws Exception {
        String template = "x".repeat(textLength) + " https://shop.example/a/way/too/long/address/" + "y".repeat(30);
        UUID campaign = platform.campaign(template, Platform.ALWAYS);
        platform.contacts(campaign, 20);
        try (DispatchHandler linking = platform.dispatcher(Map.of("link.base.url", linkBaseUrl))) {
            JsonNode foreseen = ask(linking, campaign, "\"dryRun\":true,\"batchSize\":20");
            JsonNode planned =
                    ask(linking, campaign, "\"explain\":\"+12125550000\"").at("/contacts/0/message");
            assertThat(platform.count("SELECT count(*) FROM sms_links")).isZero();
            dispatch(linking, campaign, 20);

            int stored = platform.count("SELECT sum(parts) FROM sms_records WHERE campaign_id = ?", campaign);
            assertThat(stored).isEqualTo(20 * parts);
            assertThat(foreseen.at("/nextBatch/parts").intValue()).isEqualTo(stored);
            assertThat(foreseen.at("/campaign/parts").intValue()).isEqualTo(stored);
            assertThat(planned.get("parts").intValue()).isEqualTo(parts);
            assertThat(planned.get("links").intValue()).isEqualTo(1);
            JsonNode record =
                    ask(linking, campaign, "\"explain\":\"+12125550000\"").at("/contacts/0/records/0");
            assertThat(record.get("parts").intValue()).isEqualTo(parts);
            assertThat(record.get("links").intValue()).isEqualTo(1);
            assertThat(record.get("receipt").isNull()).isTrue();
            assertThat(new JsonMapper().writeValueAsString(record)).doesNotContain("shop.example", linkBaseUrl);
        }
    }
}
