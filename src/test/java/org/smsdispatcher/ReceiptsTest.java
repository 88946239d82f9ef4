package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.TrackingEventsOf.receipt;
import static org.smsdispatcher.TrackingEventsOf.tell;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.LocalServers;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import redis.clients.jedis.Jedis;

/** What becomes of contact and campaign after a receipt: another attempt, the end, or nobody texted again. */
class ReceiptsTest {

    private final Platform platform = Platform.start();
    private final Sends sends = new Sends();
    private final DispatchHandler dispatcher =
            platform.dispatcher(Map.of("publish.lanes", "1"), InstantSource.system(), Map.of("sends", sends));
    private final TrackingHandler tracker = platform.tracker();

    @AfterEach
    void stop() {
        tracker.close();
        dispatcher.close();
        platform.close();
    }

    /** A campaign that tries at once again, with that key in its config too. */
    private UUID eager(String more) {
        return platform.campaignWithConfig("{\"smsTemplate\": \"Hi\", \"callingWindows\": " + Platform.ALWAYS
                + ", \"retryDelayMinutes\": 0" + more + "}");
    }

    private UUID sent(UUID campaign) {
        platform.contacts(campaign, 1);
        dispatch(dispatcher, campaign, 10);
        return recordOf(campaign, 1);
    }

    private UUID recordOf(UUID campaign, int attempt) {
        return (UUID)
                platform.rows("SELECT id FROM sms_records WHERE campaign_id = ? AND attempt = ?", campaign, attempt)
                        .get(0)
                        .get("id");
    }

    private String contact(UUID campaign) {
        return platform.text(
                "SELECT concat_ws(' ', status, sms_outcome, 'attempts=' || attempts) FROM contacts WHERE campaign_id = ?",
                campaign);
    }

    private String status(UUID campaign) {
        return platform.text("SELECT status FROM campaigns WHERE id = ?", campaign);
    }

    @Test
    void anUndeliveredMessageIsTriedAgainUnderANewRecordAndTheCampaignRunsAgain() {
        UUID campaign = eager("");
        UUID first = sent(campaign);
        assertThat(status(campaign)).isEqualTo("completed");

        tell(tracker, receipt(first, "undelivered"));
        assertThat(contact(campaign)).isEqualTo("pending undelivered attempts=1");
        assertThat(status(campaign)).isEqualTo("active");
        JsonNode reply = dispatch(dispatcher, campaign, 10);
        tell(tracker, receipt(recordOf(campaign, 2), "delivered"));

        assertThat(reply.get("sentCount").intValue()).isEqualTo(1);
        assertThat(contact(campaign)).isEqualTo("completed sent attempts=2");
        assertThat(status(campaign)).isEqualTo("completed");
        assertThat(platform.sns().accepted())
                .extracting(message -> message.attributes().get("smsRecordId"))
                .containsExactly(first.toString(), recordOf(campaign, 2).toString());
    }

    @Test
    void theNextAttemptWaitsForRetryDelayMinutes() {
        UUID campaign = eager(", \"retryDelayMinutes\": 90");
        UUID record = sent(campaign);

        tell(tracker, receipt(record, "undelivered"));

        assertThat(platform.text("SELECT round(extract(epoch FROM sms_not_before - now()) / 60) FROM contacts"))
                .isEqualTo("90");
        assertThat(dispatch(dispatcher, campaign, 10).get("nextDispatchAt").isNull())
                .isFalse();
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    @Test
    void attemptsEnd() {
        UUID campaign = eager(", \"maxAttemptsPerContact\": 2");
        tell(tracker, receipt(sent(campaign), "undelivered"));
        dispatch(dispatcher, campaign, 10);

        tell(tracker, receipt(recordOf(campaign, 2), "undelivered"));

        assertThat(contact(campaign)).isEqualTo("failed undelivered attempts=2");
        assertThat(status(campaign)).isEqualTo("completed");
    }

    @ParameterizedTest
    @CsvSource({
        "UPDATE campaigns SET end_time = now() - interval '1 second', failed",
        "UPDATE campaigns SET end_time = now() + interval '30 minutes', failed",
        "UPDATE campaigns SET end_time = now() + interval '90 minutes', pending",
        "UPDATE campaigns SET status = 'cancelled', failed",
        "UPDATE campaigns SET status = 'paused', pending",
        "UPDATE campaigns SET config = NULL, pending",
        "UPDATE campaigns SET config = '{\"maxAttemptsPerContact\": \"no\"}', pending",
        "UPDATE campaigns SET config = '{\"maxAttemptsPerContact\": 1e400}', pending",
        "INSERT INTO blacklist (phone_number) VALUES ('1 (212) 555-0000'), failed",
        "INSERT INTO blacklist (phone_number) VALUES ('1 (212) 555-0001'), pending",
    })
    void thereIsAnotherAttemptOnlyWhileItIsAllowed(String beforehand, String status) {
        UUID campaign = eager(", \"retryDelayMinutes\": 60");
        UUID record = sent(campaign);
        platform.execute(beforehand);
        String before = status(campaign);

        tell(tracker, receipt(record, "undelivered"));

        assertThat(contact(campaign)).isEqualTo(status + " undelivered attempts=1");
        assertThat(status(campaign))
                .isEqualTo(status.equals("pending") && before.equals("completed") ? "active" : before);
    }

    @Test
    void whoGotTheMessageAfterAllIsNotTextedAgain() {
        UUID campaign = eager("");
        UUID record = sent(campaign);

        tell(tracker, receipt(record, "undelivered"), receipt(record, "delivered"));
        dispatch(dispatcher, campaign, 10);

        assertThat(contact(campaign)).isEqualTo("completed sent attempts=1");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    @Test
    void aMessageThatArrivesBetweenClaimAndArmStopsTheNextAttempt() {
        UUID campaign = eager("");
        UUID record = sent(campaign);
        tell(tracker, receipt(record, "undelivered"));
        sends.before((id, number) -> {
            if (id.equals("arm-attempts")) {
                tell(tracker, receipt(record, "delivered"));
                assertThat(platform.statuses(campaign)).isEqualTo("in_progress=1");
            }
        });

        Invariants.addUp(dispatch(dispatcher, campaign, 10));

        assertThat(contact(campaign)).isEqualTo("completed sent attempts=1");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    /** However the screening or the arming ends it: a message that arrived while its contact was held is not forgotten. */
    @ParameterizedTest
    @CsvSource({
        "redis-mget, UPDATE campaigns SET status = 'paused'",
        "redis-mget, INSERT INTO blacklist (phone_number) VALUES ('12125550000')",
        "finish-screened, UPDATE contacts SET metadata = metadata",
    })
    void whoGotTheMessageWhileBeingScreenedIsDone(String step, String beforehand) {
        UUID campaign = platform.campaignWithConfig("{\"smsTemplate\": \"Hi {{name}}\", \"callingWindows\": "
                + Platform.ALWAYS + ", \"retryDelayMinutes\": 0}");
        UUID record = sent(campaign);
        tell(tracker, receipt(record, "undelivered"));
        if (step.equals("finish-screened")) {
            platform.execute("UPDATE contacts SET metadata = '{}'");
        }
        sends.before((id, number) -> {
            if (id.equals(step)) {
                platform.execute(beforehand);
                tell(tracker, receipt(record, "delivered"));
            }
        });

        dispatch(dispatcher, campaign, 10);

        assertThat(contact(campaign)).isEqualTo("completed sent attempts=1");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    @Test
    void aFailureForGoodThatComesBetweenClaimAndArmStopsTheNextAttempt() {
        UUID campaign = eager("");
        UUID record = sent(campaign);
        tell(tracker, receipt(record, "undelivered"));
        sends.before((id, number) -> {
            if (id.equals("arm-attempts")) {
                tell(tracker, receipt(record, "failed"));
            }
        });

        Invariants.addUp(dispatch(dispatcher, campaign, 10));

        assertThat(contact(campaign)).isEqualTo("failed undelivered attempts=1");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    /** Policy REPUBLISH; the second attempt's sender died before SNS was asked, and then the first one's message arrived. */
    @Test
    void whoGotAnEarlierAttemptIsNotTextedByTakingOverTheLater() {
        UUID campaign = eager("");
        try (DispatchHandler again = platform.dispatcher(
                Map.of("publish.policy", "REPUBLISH"), InstantSource.system(), Map.of("sends", sends))) {
            UUID first = sent(campaign);
            tell(tracker, receipt(first, "undelivered"));
            dieAt("publish-batch", again, campaign);
            tell(tracker, receipt(first, "delivered"));
            Invariants.letTimePass(platform, campaign);

            Invariants.addUp(dispatch(again, campaign, 10));

            assertThat(contact(campaign)).isEqualTo("completed sent attempts=2");
            assertThat(platform.sns().accepted()).hasSize(1);
        }
    }

    /** A message taken over whose number Redis bars: it may have been sent, and a receipt says that it was. */
    @ParameterizedTest
    @ValueSource(strings = {"redis-mget", "afterwards"})
    void whoIsBarredAfterTheMessageMayHaveGoneFollowsItsReceipt(String when) {
        UUID campaign = eager("");
        try (DispatchHandler again = platform.dispatcher(
                        Map.of("publish.policy", "REPUBLISH"), InstantSource.system(), Map.of("sends", sends));
                Jedis redis = platform.redis()) {
            platform.contacts(campaign, 1);
            dieAt("settle-accepted", again, campaign);
            UUID record = recordOf(campaign, 1);
            redis.set("blacklist:+12125550000", "1");
            Invariants.letTimePass(platform, campaign);
            sends.before((id, number) -> {
                if (id.equals(when)) {
                    tell(tracker, receipt(record, "sent"));
                }
            });
            dispatch(again, campaign, 10);
            if (when.equals("afterwards")) {
                assertThat(contact(campaign)).isEqualTo("failed unknown attempts=1");
                tell(tracker, receipt(record, "sent"));
            }

            assertThat(contact(campaign)).isEqualTo("completed sent attempts=1");
            assertThat(dispatch(again, "{\"campaignId\":\"" + campaign + "\",\"verify\":true}", Duration.ofMinutes(1))
                            .get("healthy")
                            .booleanValue())
                    .isTrue();
        }
    }

    /** Two attempts that both arrived in the end: the second was right when it was sent. */
    @Test
    void aLateArrivalOfAnEarlierAttemptIsHealthy() {
        UUID campaign = eager("");
        UUID first = sent(campaign);
        tell(tracker, receipt(first, "undelivered"));
        dispatch(dispatcher, campaign, 10);
        tell(tracker, receipt(first, "delivered"));

        JsonNode audit =
                dispatch(dispatcher, "{\"campaignId\":\"" + campaign + "\",\"verify\":true}", Duration.ofMinutes(1));

        assertThat(audit.get("healthy").booleanValue()).as(audit.toString()).isTrue();
    }

    /** In one process: what leaves it at that step and after does not. */
    private void dieAt(String step, DispatchHandler dispatcher, UUID campaign) {
        boolean[] dead = {false};
        sends.before((id, number) -> {
            dead[0] |= id.equals(step);
            if (dead[0]) {
                throw new IllegalStateException("The process is dead");
            }
        });
        try {
            dispatch(dispatcher, campaign, 10);
        } catch (RuntimeException expected) {
            // dead
        }
        sends.reset();
    }

    @Test
    void whoIsHandedBackAfterTheMessageArrivedIsDone() {
        UUID campaign = eager("");
        UUID record = sent(campaign);
        tell(tracker, receipt(record, "undelivered"));
        sends.before((id, number) -> {
            if (id.equals("arm-attempts")) {
                tell(tracker, receipt(record, "delivered"));
                throw new IllegalStateException("The connection was cut");
            }
        });

        dispatch(dispatcher, campaign, 10);

        assertThat(contact(campaign)).isEqualTo("completed sent attempts=1");
    }

    @Test
    void whoGotAnEarlierAttemptIsDoneHoweverTheLaterOneGoes() {
        UUID campaign = eager("");
        UUID first = sent(campaign);
        tell(tracker, receipt(first, "undelivered"));
        dispatch(dispatcher, campaign, 10);
        UUID second = recordOf(campaign, 2);

        tell(tracker, receipt(first, "delivered"), receipt(second, "undelivered"), receipt(second, "failed"));
        assertThat(contact(campaign)).isEqualTo("completed sent attempts=2");

        UUID other = eager("");
        first = sent(other);
        tell(tracker, receipt(first, "undelivered"));
        dispatch(dispatcher, other, 10);
        second = recordOf(other, 2);
        tell(tracker, receipt(second, "undelivered"));
        assertThat(contact(other)).isEqualTo("pending undelivered attempts=2");
        tell(tracker, receipt(first, "delivered"));
        assertThat(contact(other)).isEqualTo("completed sent attempts=2");
    }

    @Test
    void anEarlierAttemptsFailureIsNothingToALaterAttempt() {
        UUID campaign = eager("");
        UUID first = sent(campaign);
        tell(tracker, receipt(first, "undelivered"));
        dispatch(dispatcher, campaign, 10);

        tell(tracker, receipt(first, "failed"));

        assertThat(contact(campaign)).isEqualTo("completed sent attempts=2");
    }

    @ParameterizedTest
    @CsvSource({
        "sent, completed sent attempts=1, sent",
        "accepted, completed sent attempts=1, sent",
        "delivered, completed sent attempts=1, delivered",
        "undelivered, pending undelivered attempts=1, undelivered",
        "failed, failed undelivered attempts=1, failed",
        "purple, failed unknown attempts=1, failed"
    })
    void aReceiptTellsWhatSnsNeverAnswered(String word, String contact, String record) {
        platform.sns().answerWith((call, ids) -> Fault.serverErrorAfter());
        UUID campaign = eager("");
        UUID sent = sent(campaign);
        assertThat(contact(campaign)).isEqualTo("failed unknown attempts=1");

        tell(tracker, receipt(sent, word));

        assertThat(contact(campaign)).isEqualTo(contact);
        assertThat(platform.text("SELECT status FROM sms_records")).isEqualTo(record);
    }

    @ParameterizedTest
    @CsvSource({
        "sent, completed sent attempts=1",
        "delivered, completed sent attempts=1",
        "undelivered, pending undelivered attempts=1",
        "failed, failed undelivered attempts=1",
    })
    void aReceiptThatIsThereBeforeTheSettlingIsHeeded(String word, String contact) {
        sends.before((id, number) -> {
            if (id.equals("settle-accepted")) {
                tell(tracker, receipt(platform.text("SELECT id FROM sms_records"), word));
                assertThat(platform.text("SELECT status FROM contacts")).isEqualTo("in_progress");
            }
        });
        UUID campaign = eager(", \"retryDelayMinutes\": 60");

        sent(campaign);

        assertThat(contact(campaign)).isEqualTo(contact);
        assertThat(status(campaign)).isEqualTo(contact.startsWith("pending") ? "active" : "completed");
    }

    @Test
    void receiptsBeforeTheProvidersIdIsBoundAreAppliedWhenItIs() {
        UUID campaign = eager("");
        UUID record = sent(campaign);

        tell(tracker, receipt(null, "delivered", "p-7", "2026-11-25T08:00:00Z"), receipt(null, "sent", "p-7", null));
        assertThat(platform.count("SELECT count(*) FROM sms_events WHERE record_id IS NULL"))
                .isEqualTo(2);
        assertThat(platform.text("SELECT status FROM sms_records")).isEqualTo("sent");
        tell(tracker, receipt(record, "accepted", "p-7", null));

        assertThat(
                        platform.rows(
                                "SELECT status, provider_message_id, to_char(delivered_at AT TIME ZONE 'UTC', 'HH24') AS hour FROM sms_records"))
                .containsExactly(Map.of("status", "delivered", "provider_message_id", "p-7", "hour", "08"));
        assertThat(platform.count("SELECT count(*) FROM sms_events WHERE record_id IS NULL"))
                .isZero();
    }

    @Test
    void anIdThatThePlatformWroteOnTheRecordIsFound() {
        UUID campaign = eager("");
        UUID record = sent(campaign);
        platform.execute("UPDATE sms_records SET provider_message_id = 'p-8' WHERE id = ?", record);

        tell(tracker, receipt(null, "delivered", "p-8", null));

        assertThat(platform.text("SELECT status || ' ' || provider FROM sms_records"))
                .isEqualTo("delivered gateway");
    }

    @Test
    void aRecordThatIsNotTheDispatchersMovesNoContact() {
        UUID campaign = eager("");
        UUID contact = platform.contact(campaign, "+12125550009", null, "{}");
        UUID record = UUID.randomUUID();
        platform.execute(
                "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at)"
                        + " VALUES (?, ?, ?, '+12125550009', 'Hi', 'sent', now())",
                record,
                campaign,
                contact);

        tell(tracker, receipt(record, "failed"));

        assertThat(platform.text("SELECT status FROM sms_records")).isEqualTo("failed");
        assertThat(contact(campaign)).isEqualTo("pending attempts=0");
    }

    @Test
    void anOptOutBarsTheNumberEverywhere() {
        UUID record = sent(eager(""));
        UUID other = eager("");
        UUID paused = eager("");
        platform.contact(other, "1 (212) 555-0000", null, "{}");
        platform.contact(other, "+12125550007", null, "{}");
        platform.contact(paused, "0012125550000", null, "{}");
        platform.execute("UPDATE campaigns SET status = 'paused' WHERE id = ?", paused);

        tell(tracker, receipt(record, "opted_out"));

        assertThat(platform.rows("SELECT phone_number, source FROM blacklist"))
                .containsExactly(Map.of("phone_number", "+12125550000", "source", "user_optout"));
        try (Jedis redis = platform.redis()) {
            assertThat(redis.exists("blacklist:+12125550000")).isTrue();
            assertThat(redis.smembers("blacklist:numbers")).containsExactly("+12125550000");
        }
        assertThat(platform.statuses(other)).isEqualTo("blacklisted=1 pending=1");
        assertThat(platform.statuses(paused)).isEqualTo("blacklisted=1");
        assertThat(platform.count(
                        "SELECT count(*) FROM contacts WHERE status = 'blacklisted' AND sms_outcome <> 'blacklisted'"))
                .isZero();
    }

    @Test
    void anOptOutIsCarriedOutOnceSoThatAReplayBarsNobodyWhoCameBack() {
        UUID record = sent(eager(""));
        tell(tracker, receipt(record, "opted_out"));
        platform.execute("DELETE FROM blacklist");

        tell(tracker, receipt(record, "opted_out"), receipt(record, "delivered"));

        assertThat(platform.count("SELECT count(*) FROM blacklist")).isZero();
    }

    @Test
    void anOptOutThatDidNotGetThroughIsCarriedOutByTheReplay() {
        UUID record = sent(eager(""));
        Sends cut = new Sends();
        cut.before((id, number) -> {
            if (id.equals("bar-number")) {
                throw new IllegalStateException("The process is dead");
            }
        });
        try (TrackingHandler dying = platform.tracker(Map.of(), Map.of("sends", cut))) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> tell(dying, receipt(record, "opted_out")))
                    .hasMessageContaining("dead");
        }
        assertThat(platform.count("SELECT count(*) FROM blacklist")).isZero();

        tell(tracker, receipt(record, "opted_out"));

        assertThat(platform.count("SELECT count(*) FROM blacklist")).isEqualTo(1);
    }

    @Test
    void redisMayBeDownWhenSomebodyOptsOut() {
        UUID record = sent(eager(""));
        try (TrackingHandler withoutRedis =
                platform.tracker(Map.of("redis.port", Integer.toString(LocalServers.freePort())), Map.of())) {
            tell(withoutRedis, receipt(record, "opted_out"));
        }
        assertThat(platform.count("SELECT count(*) FROM blacklist")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"claim", "redis-mget", "arm-attempts"})
    void whoOptsOutByReceiptBeforeArmingIsNotTexted(String step) {
        UUID record = sent(eager(""));
        UUID running = eager("");
        platform.contact(running, "1-212-555-0000", null, "{}");
        platform.contact(running, "+12125550007", null, "{}");
        platform.sns().clear();
        sends.before((id, number) -> {
            if (id.equals(step)) {
                tell(tracker, receipt(record, "opted_out"));
            }
        });

        JsonNode reply = dispatch(dispatcher, running, 10);

        Invariants.addUp(reply);
        assertThat(platform.statuses(running)).isEqualTo("blacklisted=1 completed=1");
        assertThat(platform.sns().accepted())
                .extracting(message -> message.message().contains("+12125550000"))
                .containsExactly(false);
    }

    @Test
    void whoOptsOutWhileWaitingForTheNextAttemptIsNotTextedAgain() {
        UUID campaign = eager("");
        UUID record = sent(campaign);

        tell(tracker, receipt(record, "undelivered"), receipt(record, "opted_out"));
        dispatch(dispatcher, campaign, 10);

        assertThat(contact(campaign)).isEqualTo("failed undelivered attempts=1");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    @Test
    void aReaperFollowsWhatReceiptsTold() {
        UUID campaign = eager(", \"retryDelayMinutes\": 60");
        platform.contacts(campaign, 3);
        sends.before((id, number) -> {
            if (id.equals("settle-accepted") || id.equals("release")) {
                throw new IllegalStateException("The process is dead");
            }
        });
        try {
            dispatch(dispatcher, campaign, 10);
        } catch (RuntimeException dead) {
            // as intended
        }
        sends.reset();
        assertThat(platform.statuses(campaign)).isEqualTo("in_progress=3");
        List<Map<String, Object>> records = platform.rows("SELECT id FROM sms_records ORDER BY phone_number");
        tell(
                tracker,
                receipt(records.get(0).get("id"), "delivered"),
                receipt(records.get(1).get("id"), "undelivered"),
                receipt(records.get(2).get("id"), "failed"));
        assertThat(platform.statuses(campaign)).isEqualTo("in_progress=3");

        platform.execute("UPDATE contacts SET sms_lease_until = now() - interval '1 second'");
        Invariants.addUp(dispatch(dispatcher, campaign, 10));

        assertThat(platform.rows("SELECT status, sms_outcome FROM contacts ORDER BY phone_number"))
                .containsExactly(
                        Map.of("status", "completed", "sms_outcome", "sent"),
                        Map.of("status", "pending", "sms_outcome", "undelivered"),
                        Map.of("status", "failed", "sms_outcome", "undelivered"));
        assertThat(platform.sns().accepted()).hasSize(3);
    }
}
