package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;

/** The audit finds what is wrong, and nothing else. */
class VerifyTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static Platform platform;
    private static DispatchHandler dispatcher;

    private UUID campaign;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher();
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    /** Two sleepers, nine texted, one number that cannot be one, one on the blacklist. */
    @BeforeEach
    void aHealthyCampaign() {
        platform.execute("DELETE FROM blacklist");
        platform.execute("DELETE FROM campaigns");
        platform.execute("CREATE UNIQUE INDEX IF NOT EXISTS sms_records_number_attempt ON sms_records"
                + " (campaign_id, phone_number, attempt) WHERE attempt IS NOT NULL");
        campaign = platform.campaign("Hi {{name|you}}", Platform.ALWAYS);
        platform.contacts(campaign, 10);
        platform.execute("INSERT INTO blacklist (phone_number) VALUES ('1 212 555-0000')");
        platform.execute(
                "UPDATE contacts SET sms_not_before = now() + interval '1 hour' WHERE phone_number > '+12125550008'"
                        + " OR phone_number = '+12125550007'");
        platform.contact(campaign, "12", null, "{}");
        dispatch(dispatcher, campaign, 100);
        assertThat(platform.statuses(campaign)).isEqualTo("blacklisted=1 completed=7 failed=1 pending=2");
    }

    private JsonNode verify(DispatchHandler by, String more) {
        return dispatch(by, "{\"campaignId\":\"" + campaign + "\",\"verify\":true" + more + "}", MINUTE);
    }

    private static Map<String, Integer> broken(JsonNode answer) {
        Map<String, Integer> broken = new TreeMap<>();
        for (JsonNode check : answer.get("checks")) {
            if (check.get("broken").intValue() > 0) {
                broken.put(
                        check.get("invariant").textValue(), check.get("broken").intValue());
            }
        }
        assertThat(answer.get("healthy").booleanValue()).isEqualTo(broken.isEmpty());
        return broken;
    }

    @Test
    void aHealthyCampaignIsHealthy() {
        JsonNode answer = verify(dispatcher, "");

        assertThat(broken(answer)).isEmpty();
        assertThat(answer.get("complete").booleanValue()).isTrue();
        assertThat(answer.get("notChecked")).isEmpty();
        assertThat(answer.get("contacts").intValue()).isEqualTo(11);
        assertThat(answer.get("records").intValue()).isEqualTo(7);
        assertThat(answer.toString()).doesNotContain("212555");
    }

    /**
     * Each corruption, as somebody's hand or another program might bring it about. {@code T} is a texted contact, {@code W} a waiting
     * one, {@code C} the campaign.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "attemptsEqualRecords | UPDATE contacts SET attempts = 2 WHERE id = T",
                "attemptsWithinMaximum | UPDATE campaigns SET config = jsonb_set(config, '{maxAttemptsPerContact}', '1'); UPDATE contacts SET attempts = 2 WHERE id = T",
                "oneRecordAnAttempt | INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, attempt, accepted_at) VALUES (C, T, '+4420', 'Hi', 'sent', now(), 1, now())",
                "oneAcceptanceAContact | INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, attempt, accepted_at) VALUES (C, T, '+4420', 'Hi', 'delivered', now(), 2, now())",
                "oneContactANumber | UPDATE sms_records SET attempt = 2, phone_number = '+12125550002' WHERE contact_id = T",
                "completedWasAccepted | UPDATE contacts SET status = 'completed' WHERE id = W",
                "acceptedIsCompleted | UPDATE contacts SET status = 'pending', sms_outcome = NULL WHERE id = T",
                "outcomeFitsStatus | UPDATE contacts SET sms_outcome = 'refused' WHERE id = T",
                "leaseOnlyInProgress | UPDATE contacts SET sms_lease_id = uuid_generate_v4() WHERE id = W",
                "leaseOnlyInProgress | UPDATE contacts SET sms_armed_attempt = 1 WHERE id = T",
                "leasesAlive | UPDATE contacts SET status = 'in_progress', sms_lease_id = uuid_generate_v4(), sms_lease_until = now() - interval '1 second' WHERE id = W",
                "leasesAlive | UPDATE contacts SET status = 'in_progress' WHERE id = W",
                "armedHasRecord | UPDATE contacts SET status = 'in_progress', sms_lease_id = uuid_generate_v4(), sms_lease_until = now() + interval '1 minute', attempts = 1, sms_armed_attempt = 1 WHERE id = W",
                "armedIsLastAttempt | UPDATE contacts SET status = 'in_progress', sms_lease_id = uuid_generate_v4(), sms_lease_until = now() + interval '1 minute', sms_armed_attempt = 2 WHERE id = T",
                "queuedIsArmed | UPDATE sms_records SET status = 'queued' WHERE contact_id = T",
                "recordHasAttempt | UPDATE sms_records SET attempt = NULL WHERE contact_id = T",
                "recordHasAttempt | UPDATE sms_records SET attempt = 3 WHERE contact_id = T",
                "recordIdFollows | UPDATE sms_records SET id = uuid_generate_v4() WHERE contact_id = T",
                "recordOfThisCampaign | INSERT INTO campaigns (id, name, type) VALUES (uuid_generate_v4(), 'other', 'sms'); UPDATE sms_records SET campaign_id = (SELECT id FROM campaigns WHERE name = 'other') WHERE contact_id = T",
                "insideWindow | UPDATE campaigns SET config = jsonb_set(config, '{blackoutDates}', to_jsonb(ARRAY[(now() - interval '9 days')::date, (now() - interval '10 days')::date, (now() - interval '11 days')::date])); UPDATE sms_records SET created_at = now() - interval '10 days', accepted_at = now() - interval '10 days' WHERE contact_id = T",
                "insideWindow | UPDATE contacts SET timezone = 'Atlantis/Capital' WHERE id = T",
                "insideCampaign | UPDATE campaigns SET end_time = now() - interval '1 hour'",
                "insideCampaign | UPDATE campaigns SET start_time = now() + interval '1 hour'",
                "notAfterBlacklisting | INSERT INTO blacklist (phone_number, added_at) SELECT concat('001 (', substr(phone_number, 3, 3), ') ', substr(phone_number, 6)), now() - interval '1 minute' FROM contacts WHERE id = T",
                "completedLeavesNobody | UPDATE campaigns SET status = 'completed'",
                "sumsReconcile | UPDATE sms_records SET campaign_id = C WHERE contact_id IN (SELECT id FROM contacts WHERE campaign_id <> C); INSERT INTO campaigns (id, name, type) VALUES (uuid_generate_v4(), 'other', 'sms'); INSERT INTO contacts (campaign_id, phone_number) SELECT id, '+4420' FROM campaigns WHERE name = 'other'; INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at) SELECT C, id, '+4420', 'Hi', 'failed', now() FROM contacts WHERE phone_number = '+4420'",
            })
    void aPlantedCorruptionIsFound(String invariant, String corruption) {
        String texted =
                platform.text("SELECT id FROM contacts WHERE status = 'completed' ORDER BY phone_number DESC LIMIT 1");
        String waiting = platform.text("SELECT id FROM contacts WHERE status = 'pending' LIMIT 1");
        for (String statement : corruption.split("; ", -1)) {
            platform.execute(statement
                    .replaceAll("\\bT\\b", "'" + texted + "'::uuid")
                    .replaceAll("\\bW\\b", "'" + waiting + "'::uuid")
                    .replaceAll("\\bC\\b", "'" + campaign + "'::uuid"));
        }

        JsonNode answer = verify(dispatcher, "");

        assertThat(broken(answer)).as(answer.toString()).containsKey(invariant);
        assertThat(answer.toString()).doesNotContain("212555");
        for (JsonNode check : answer.get("checks")) {
            assertThat(check.get("offenders")).hasSizeLessThanOrEqualTo(20);
            assertThat(check.get("offenders").isEmpty())
                    .isEqualTo(check.get("broken").intValue() == 0);
        }
    }

    @Test
    void aContactWithAnEmptyNumberIsLookedAtToo() {
        platform.contact(campaign, "", null, "{}");

        JsonNode answer = verify(dispatcher, "");

        assertThat(broken(answer)).isEmpty();
        assertThat(answer.get("contacts").intValue()).isEqualTo(12);
    }

    @Test
    void everyOffenderIsCountedAndTwentyAreNamed() {
        platform.contacts(campaign, 100, 50, null);
        platform.execute(
                "UPDATE contacts SET attempts = 1 WHERE status = 'pending' AND phone_number >= '+12125550100'");

        JsonNode check = verify(dispatcher, "").at("/checks/0");

        assertThat(check.get("broken").intValue()).isEqualTo(50);
        assertThat(check.get("offenders")).hasSize(20);
    }

    @Test
    void anAuditGoesOnAfterAContact() {
        String half = platform.text("SELECT id FROM contacts ORDER BY phone_number LIMIT 1 OFFSET 4");

        JsonNode answer = verify(dispatcher, ",\"after\":\"" + half + "\"");

        assertThat(answer.get("contacts").intValue()).isEqualTo(6);
        assertThat(answer.get("notChecked").toString()).contains("sumsReconcile");
    }

    @Test
    void anAuditThatRunsOutOfTimeSaysWhereToGoOn() {
        platform.contacts(campaign, 100, 2_500, null);

        JsonNode first =
                dispatch(dispatcher, "{\"campaignId\":\"" + campaign + "\",\"verify\":true}", Duration.ofSeconds(1));
        JsonNode rest =
                verify(dispatcher, ",\"after\":\"" + first.get("nextAfter").textValue() + "\"");

        assertThat(first.get("complete").booleanValue()).isFalse();
        assertThat(rest.get("complete").booleanValue()).isTrue();
        assertThat(first.get("contacts").intValue() + rest.get("contacts").intValue())
                .isEqualTo(2_511);
    }

    @Test
    void aRefusedConfigurationLeavesTheRestChecked() {
        platform.execute("UPDATE campaigns SET config = '{}'");
        platform.execute("UPDATE contacts SET attempts = 2 WHERE status = 'completed'");

        JsonNode answer = verify(dispatcher, "");

        assertThat(answer.get("notChecked").toString()).contains("insideWindow");
        assertThat(broken(answer)).isEqualTo(Map.of("attemptsEqualRecords", 7));
    }

    /** After processes that died at any step, answers that were lost and messages published again, nothing is broken. */
    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void whatTheProtocolLeavesBehindIsHealthy(PublishPolicy policy) {
        Sends sends = new Sends();
        try (DispatchHandler unlucky = platform.dispatcher(
                Map.of("publish.lanes", "1", "publish.policy", policy.name()),
                InstantSource.system(),
                Map.of("sends", sends))) {
            for (int step = 0; step < 40; step += 3) {
                platform.contacts(campaign, 1_000 + step * 30, 25, null);
                platform.execute("UPDATE campaigns SET status = 'active'");
                int last = step;
                platform.sns().answerWith((call, ids) -> call % 3 == 1 ? Fault.throttled() : Fault.none());
                sends.reset();
                sends.before((id, number) -> {
                    if (number > last) {
                        throw new IllegalStateException("The process is dead");
                    }
                });
                try {
                    dispatch(unlucky, campaign, 100);
                } catch (RuntimeException dead) {
                    // as intended
                }
                sends.reset();
                platform.sns().answerWith(null);
                Invariants.letTimePass(platform, campaign);
                dispatch(unlucky, campaign, 100);
            }
            Invariants.letTimePass(platform, campaign);
            dispatch(unlucky, campaign, 1_000);
        }
        assertThat(broken(verify(dispatcher, ""))).isEmpty();
        Invariants.hold(platform, campaign, policy);
    }
}
