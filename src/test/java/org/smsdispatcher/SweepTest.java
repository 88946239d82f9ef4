package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;

/** One event for all campaigns: the one that closes first before the others, and none stops another. */
class SweepTest {

    private static final InstantSource WEDNESDAY_NOON = InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z"));
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Sends SENDS = new Sends();

    private static Platform platform;
    private static DispatchHandler dispatcher;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher(Map.of(), WEDNESDAY_NOON, Map.of("sends", SENDS));
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    @BeforeEach
    void clear() {
        SENDS.reset();
        platform.sns().answerWith(null);
        platform.sns().latency(Duration.ZERO);
        platform.sns().clear();
    }

    @AfterEach
    void endCampaigns() {
        platform.execute("UPDATE campaigns SET status = 'completed' WHERE status IN ('active', 'scheduled')");
    }

    private static String sweep(int batchSize) {
        return "{\"sweep\": true, \"batchSize\": " + batchSize + "}";
    }

    private static JsonNode swept(int batchSize) {
        JsonNode reply = dispatch(dispatcher, sweep(batchSize), MINUTE);
        reply.get("campaigns").forEach(Invariants::addUp);
        return reply;
    }

    private static UUID campaignOf(int contacts) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, contacts);
        return campaign;
    }

    /** Open from noon, every day, until that hour. */
    private static UUID campaignUntil(int endHour, int contacts) {
        UUID campaign = platform.campaign(
                "Hi", "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":12,\"endHour\":" + endHour + "}]");
        platform.contacts(campaign, contacts);
        return campaign;
    }

    private static JsonNode entry(JsonNode reply, UUID campaign) {
        for (JsonNode entry : reply.get("campaigns")) {
            if (entry.get("campaignId").textValue().equals(campaign.toString())) {
                return entry;
            }
        }
        throw new AssertionError("no entry for " + campaign + " in " + reply);
    }

    private static List<String> campaignsInOrder() {
        return platform.sns().accepted().stream()
                .map(Invariants.Text::of)
                .map(Invariants.Text::campaignId)
                .toList();
    }

    @Test
    void theOneThatClosesFirstGoesFirstInEveryRound() {
        UUID evening = campaignUntil(20, 20);
        UUID shut = platform.campaign("Hi", "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":2,\"endHour\":3}]");
        platform.contacts(shut, 5);
        UUID soon = campaignUntil(13, 20);
        UUID afternoon = campaignUntil(17, 20);

        JsonNode reply = swept(10);

        List<String> rounds = new ArrayList<>();
        for (List<String> batch = campaignsInOrder(); !batch.isEmpty(); batch = batch.subList(10, batch.size())) {
            assertThat(batch.subList(0, 10)).containsOnly(batch.get(0));
            rounds.add(batch.get(0));
        }
        List<String> order = List.of(soon.toString(), afternoon.toString(), evening.toString());
        assertThat(rounds.subList(0, 3)).isEqualTo(order);
        assertThat(rounds.subList(3, 6)).isEqualTo(order);
        assertThat(reply.get("campaigns").findValuesAsText("campaignId"))
                .containsExactly(soon.toString(), afternoon.toString(), evening.toString(), shut.toString());
        assertThat(entry(reply, shut).get("nextDispatchAt").textValue()).isEqualTo("2026-11-26T02:00:00Z");
        assertThat(platform.statuses(shut)).isEqualTo("pending=5");
    }

    @Test
    void aCampaignsEndCountsAsItsClosing() {
        UUID open = campaignUntil(13, 10);
        UUID ending = campaignUntil(20, 10);
        // by the database's clock it runs for years
        platform.execute("UPDATE campaigns SET end_time = '2099-01-01' WHERE id = ?", open);
        platform.execute(
                "UPDATE campaigns SET end_time = greatest(now() + interval '1 hour', '2026-11-25T12:30:00Z')"
                        + " WHERE id = ?",
                ending);
        InstantSource beforeTheEnd = InstantSource.fixed(Instant.parse(platform.text(
                "SELECT to_char((end_time - interval '20 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                        + " FROM campaigns WHERE id = ?",
                ending)));
        platform.execute(
                "UPDATE campaigns SET config = jsonb_set(config, '{callingWindows}', ?::jsonb) WHERE id IN (?, ?)",
                Platform.ALWAYS,
                open,
                ending);
        try (DispatchHandler then = platform.dispatcher(Map.of(), beforeTheEnd, Map.of())) {
            dispatch(then, sweep(10), MINUTE);
        }

        assertThat(campaignsInOrder().get(0)).isEqualTo(ending.toString());
    }

    @Test
    void scheduledCampaignsWhoseStartHasComeAreDueAndOthersAreNot() {
        UUID started = campaignOf(3);
        platform.execute(
                "UPDATE campaigns SET status = 'scheduled', start_time = now() - interval '1 minute' WHERE id = ?",
                started);
        UUID later = campaignOf(3);
        platform.execute(
                "UPDATE campaigns SET status = 'scheduled', start_time = now() + interval '1 hour' WHERE id = ?",
                later);
        UUID paused = campaignOf(3);
        platform.execute("UPDATE campaigns SET status = 'paused' WHERE id = ?", paused);
        UUID voice = campaignOf(3);
        platform.execute("UPDATE campaigns SET type = 'voice' WHERE id = ?", voice);

        JsonNode reply = swept(10);

        assertThat(reply.get("campaigns").findValuesAsText("campaignId")).containsExactly(started.toString());
        assertThat(platform.statuses(started)).isEqualTo("completed=3");
        assertThat(platform.sns().accepted()).hasSize(3);
    }

    @Test
    void aBrokenCampaignIsAnsweredWithItsErrorAndStopsNobody() {
        UUID broken = platform.campaignWithConfig("{\"smsTemplate\": \"Hi\"}");
        platform.contacts(broken, 5);
        UUID healthy = campaignOf(25);

        JsonNode reply = swept(10);

        JsonNode error = entry(reply, broken);
        assertThat(error.get("errorType").textValue()).isEqualTo(BadConfigurationException.class.getName());
        assertThat(error.get("error").textValue()).contains("callingWindows");
        assertThat(error.get("campaignStatus").textValue()).isEqualTo("active");
        assertThat(error.get("hasMore").booleanValue()).isFalse();
        assertThat(platform.statuses(broken)).isEqualTo("pending=5");
        assertThat(entry(reply, healthy).has("error")).isFalse();
        assertThat(platform.statuses(healthy)).isEqualTo("completed=25");
    }

    @Test
    void aCampaignThatBreaksInTheMiddleKeepsItsCounts() {
        UUID campaign = campaignOf(25);
        SENDS.before((id, number) -> {
            if (id.equals("claim") && platform.sns().accepted().size() >= 20) {
                throw new IllegalStateException("+12125550000 is a phone number");
            }
        });

        JsonNode error = entry(swept(10), campaign);

        assertThat(error.get("sentCount").intValue()).isEqualTo(20);
        assertThat(error.get("errorType").textValue()).isEqualTo(IllegalStateException.class.getName());
        assertThat(error.get("error").textValue()).doesNotContain("+1212");
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
    }

    @Test
    void aCampaignSomebodyHoldsLockedStopsNobody() throws SQLException {
        UUID locked = campaignOf(5);
        platform.execute("UPDATE campaigns SET status = 'scheduled' WHERE id = ?", locked);
        UUID healthy = campaignOf(5);
        try (Connection holder = platform.dataSource().getConnection()) {
            holder.setAutoCommit(false);
            try (PreparedStatement lock = holder.prepareStatement("SELECT 1 FROM campaigns WHERE id = ? FOR UPDATE")) {
                lock.setObject(1, locked);
                lock.execute();

                JsonNode reply = swept(10);

                assertThat(entry(reply, locked).get("errorType").textValue())
                        .isEqualTo(DatabaseUnreachableException.class.getName());
                assertThat(entry(reply, healthy).get("sentCount").intValue()).isEqualTo(5);
            }
            holder.rollback();
        }
        assertThat(entry(swept(10), locked).get("sentCount").intValue()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"find-due-campaigns", "list-zones", "claim", "find-status"})
    void postgresqlGoneFailsTheWhole(String step) {
        UUID campaign = campaignOf(5);
        SENDS.before((id, number) -> {
            if (id.equals(step)) {
                throw new SQLException("connection lost", "08006");
            }
        });

        assertThatThrownBy(() -> swept(10)).isInstanceOf(DatabaseUnreachableException.class);
        SENDS.reset();
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
    }

    @Test
    void aTopicThatCannotBePublishedToFailsTheWhole() {
        campaignOf(5);
        campaignOf(5);
        platform.sns().answerWith((call, ids) -> Fault.forbidden());

        assertThatThrownBy(() -> swept(10)).isInstanceOf(TopicForbiddenException.class);
    }

    @Test
    void theAnswerComesBeforeTheDeadlineAndTheNextSweepGoesOn() {
        List<UUID> campaigns = List.of(campaignOf(1_000), campaignOf(1_000), campaignOf(1_000));
        platform.sns().latency(Duration.ofMillis(150));
        Duration remaining = Duration.ofSeconds(9);
        Instant start = Instant.now();

        JsonNode reply = dispatch(dispatcher, sweep(50), remaining);

        assertThat(Duration.between(start, Instant.now())).isLessThan(remaining);
        int sent = 0;
        for (UUID campaign : campaigns) {
            JsonNode entry = entry(reply, campaign);
            sent += entry.get("sentCount").intValue();
            assertThat(entry.get("hasMore").booleanValue()).isTrue();
            assertThat(platform.statuses(campaign)).doesNotContain("in_progress");
            Invariants.hold(platform, campaign, PublishPolicy.FAIL);
        }
        assertThat(sent).isEqualTo(platform.sns().accepted().size()).isPositive();

        platform.sns().latency(Duration.ZERO);
        swept(500);
        campaigns.forEach(campaign -> assertThat(platform.statuses(campaign)).isEqualTo("completed=1000"));
    }

    @Test
    void withoutTimeNobodyIsTextedAndTheReplySaysHowManyWait() {
        campaignOf(5);
        campaignOf(5);

        JsonNode reply = dispatch(dispatcher, sweep(10), Duration.ofSeconds(6));

        assertThat(reply.get("campaigns")).isEmpty();
        assertThat(reply.get("notListed").intValue()).isEqualTo(2);
        assertThat(platform.sns().publishCalls()).isZero();
    }

    @Test
    void overlappingSweepsTextNobodyTwice() {
        List<UUID> campaigns = List.of(campaignOf(300), campaignOf(150), campaignOf(40));
        try (DispatchHandler other = platform.dispatcher(Map.of(), WEDNESDAY_NOON, Map.of())) {
            CompletableFuture<JsonNode> beside =
                    CompletableFuture.supplyAsync(() -> dispatch(other, sweep(20), MINUTE));
            swept(20);
            beside.join();
        }
        swept(20);

        assertThat(platform.sns().accepted()).hasSize(490);
        for (UUID campaign : campaigns) {
            Invariants.hold(platform, campaign, PublishPolicy.FAIL);
            assertThat(platform.text("SELECT status FROM campaigns WHERE id = ?", campaign))
                    .isEqualTo("completed");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sweep\": true}",
                "{\"version\":\"0\",\"id\":\"1\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\",\"account\":\"1\","
                        + "\"time\":\"2026-11-25T12:00:00Z\",\"region\":\"us-east-1\",\"resources\":[\"arn\"],\"detail\":{}}",
                "{\"version\":\"0\",\"id\":\"1\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.scheduler\",\"account\":\"1\","
                        + "\"time\":\"2026-11-25T12:00:00Z\",\"region\":\"us-east-1\",\"resources\":[\"arn\"],\"detail\":\"{}\"}"
            })
    void anyScheduleWithoutInputIsASweep(String event) {
        UUID campaign = campaignOf(3);

        JsonNode reply = dispatch(dispatcher, event, MINUTE);

        assertThat(entry(reply, campaign).get("sentCount").intValue()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"sweep\": false}",
                "{\"sweep\": \"true\"}",
                "{\"sweep\": null}",
                "{\"sweep\": true, \"dryRun\": true}",
                "{\"sweep\": true, \"campaignid\": \"7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b\"}",
                "{\"sweep\": true, \"batchSize\": 0}",
                "{\"source\":\"aws.s3\",\"detail-type\":\"Scheduled Event\",\"detail\":{}}",
                "{\"source\":\"aws.scheduler\",\"detail-type\":\"Scheduled Event\",\"detail\":{\"campaign\":\"x\"}}",
                "{\"source\":\"aws.events\",\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{}}"
            })
    void nothingElseIs(String event) {
        campaignOf(3);

        assertThatThrownBy(() -> dispatch(dispatcher, event, MINUTE)).isInstanceOf(BadEventException.class);
        assertThat(platform.sns().publishCalls()).isZero();
    }
}
