package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.publish.PublishPolicy;

/** What a dead invocation leaves in progress is put right also where nothing will be dispatched, and nothing is sent for it. */
class StoppedCampaignTest {

    private static final String SWEEP = "{\"sweep\": true}";

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    /** One that was never armed, one that may have been sent, one whose lease still holds, one that nobody touched. */
    private UUID campaignThatDiedAndIs(String status) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 4);
        platform.execute(
                "UPDATE contacts SET status = 'in_progress', sms_lease_id = uuid_generate_v4(),"
                        + " sms_lease_until = now() - interval '1 second' WHERE campaign_id = ? AND phone_number ~ '[01]$'",
                campaign);
        platform.execute(
                "UPDATE contacts SET attempts = 1, sms_armed_attempt = 1 WHERE campaign_id = ? AND phone_number LIKE '%1'",
                campaign);
        platform.execute(
                "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, attempt)"
                        + " SELECT campaign_id, id, phone_number, 'Hi', 'queued', now(), 1 FROM contacts"
                        + " WHERE campaign_id = ? AND sms_armed_attempt = 1",
                campaign);
        platform.execute(
                "UPDATE contacts SET status = 'in_progress', sms_lease_id = uuid_generate_v4(),"
                        + " sms_lease_until = now() + interval '1 hour' WHERE campaign_id = ? AND phone_number LIKE '%2'",
                campaign);
        platform.execute("UPDATE campaigns SET status = ? WHERE id = ?", status, campaign);
        return campaign;
    }

    @ParameterizedTest
    @CsvSource({"paused", "cancelled", "completed"})
    void anInvocationPutsRightWhatDiedAndSendsNothing(String status) {
        UUID campaign = campaignThatDiedAndIs(status);
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            JsonNode reply = dispatch(dispatcher, campaign, 10);

            Invariants.addUp(reply);
            assertThat(reply.at("/failed/unknown").intValue()).isEqualTo(1);
            assertThat(reply.get("campaignStatus").textValue()).isEqualTo(status);
            assertThat(reply.get("hasMore").booleanValue()).isFalse();
        }
        assertPutRight(campaign);
    }

    @ParameterizedTest
    @CsvSource({"paused", "cancelled", "completed"})
    void aSweepPutsRightWhatDiedInEveryStoppedCampaign(String status) {
        UUID first = campaignThatDiedAndIs(status);
        UUID unreadable = campaignThatDiedAndIs("paused");
        platform.execute("UPDATE campaigns SET config = '[]' WHERE id = ?", unreadable);
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            assertThat(dispatch(dispatcher, SWEEP, Duration.ofMinutes(1)).get("campaigns"))
                    .isEmpty();
        }
        assertPutRight(first);
        assertPutRight(unreadable);
    }

    private void assertPutRight(UUID campaign) {
        assertThat(platform.statuses(campaign)).isEqualTo("failed=1 in_progress=1 pending=2");
        assertThat(platform.sns().publishCalls()).isZero();
        assertThat(platform.count(
                        "SELECT count(*) FROM contacts WHERE campaign_id = ? AND status = 'in_progress' AND sms_lease_until > now()",
                        campaign))
                .isEqualTo(1);
    }

    /** A message in doubt is republished when the campaign goes on; where it cannot go on any more, it is unknown. */
    @Test
    void underPolicyRepublishAMessageInDoubtWaitsForAPausedCampaignAndNotForOneThatIsOver() {
        UUID paused = campaignThatDiedAndIs("paused");
        UUID cancelled = campaignThatDiedAndIs("cancelled");
        try (DispatchHandler dispatcher =
                platform.dispatcher(Map.of("publish.policy", PublishPolicy.REPUBLISH.name()))) {
            dispatch(dispatcher, SWEEP, Duration.ofMinutes(1));

            assertThat(platform.statuses(paused)).isEqualTo("in_progress=2 pending=2");
            assertThat(platform.statuses(cancelled)).isEqualTo("failed=1 in_progress=1 pending=2");
            assertThat(platform.sns().publishCalls()).isZero();

            platform.execute("UPDATE campaigns SET status = 'active' WHERE id = ?", paused);
            dispatch(dispatcher, paused, 10);
            assertThat(platform.statuses(paused)).isEqualTo("completed=3 in_progress=1");
        }
    }
}
