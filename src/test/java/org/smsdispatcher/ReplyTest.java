package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.ALWAYS;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;
import redis.clients.jedis.Jedis;

/** The answer a state machine reads. */
class ReplyTest {

    private static final Sends SENDS = new Sends();
    private static Platform platform;
    private static DispatchHandler dispatcher;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher(Map.of("publish.lanes", "1"), InstantSource.system(), Map.of("sends", SENDS));
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    @BeforeEach
    void reset() {
        SENDS.reset();
        platform.sns().answerWith(null);
        platform.sns().clear();
        platform.execute("DELETE FROM blacklist");
        try (Jedis redis = platform.redis()) {
            redis.flushAll();
        }
    }

    private static JsonNode dispatched(UUID campaign, int batchSize) {
        JsonNode reply = dispatch(dispatcher, campaign, batchSize);
        Invariants.addUp(reply);
        return reply;
    }

    @Test
    void itsFieldsComeInTheSpecificationsOrder() {
        UUID campaign = platform.campaign("Hi {{name}}", ALWAYS);
        platform.contacts(campaign, 4);
        platform.execute("INSERT INTO blacklist (phone_number) VALUES ('+12125550001')");
        UUID failed = platform.contact(campaign, "+12125550100", null, "{}");

        String reply = new String(
                dispatcher.dispatch(
                        Platform.event(campaign, 10).getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        Duration.ofMinutes(1)),
                java.nio.charset.StandardCharsets.UTF_8);

        assertThat(reply)
                .isEqualTo(
                        "{\"campaignId\":\"" + campaign + "\",\"totalContacts\":5,\"sentCount\":3,\"skippedCount\":1,"
                                + "\"failedCount\":1,\"errors\":[\"Contact " + failed + ": no value for 'name'\"],"
                                + "\"skipped\":{\"blacklisted\":1},\"failed\":{\"templateError\":1},"
                                + "\"campaignStatus\":\"completed\",\"hasMore\":false,\"nextDispatchAt\":null}");
    }

    @Test
    void everyOutcomeIsCountedUnderItsWord() {
        UUID campaign = platform.campaign("Hi {{name}}", ALWAYS);
        platform.contacts(campaign, 6);
        platform.execute("INSERT INTO blacklist (phone_number) VALUES ('+12125550000')");
        try (Jedis redis = platform.redis()) {
            redis.set("blacklist:+12125550001", "1");
        }
        platform.execute(
                "UPDATE contacts SET attempts = 3 WHERE campaign_id = ? AND phone_number = '+12125550002'", campaign);
        platform.contact(campaign, "12", null, "{\"name\":\"Bo\"}");
        platform.contact(campaign, "+12125550100", "Nowhere/Land", "{\"name\":\"Bo\"}");
        platform.contact(campaign, "+12125550101", null, "{}");
        platform.contact(campaign, "+1 212 555 0003", null, "{\"name\":\"Bo\"}");
        platform.sns().answerWith((call, ids) -> Fault.none());

        JsonNode reply = dispatched(campaign, 100);

        assertThat(reply.get("skipped").toString()).isEqualTo("{\"blacklisted\":2}");
        assertThat(reply.get("failed").toString())
                .isEqualTo("{\"attemptsExhausted\":1,\"duplicateNumber\":1,\"invalidNumber\":1,"
                        + "\"invalidTimezone\":1,\"templateError\":1}");
        assertThat(reply.get("sentCount").intValue()).isEqualTo(3);
        assertThat(reply.get("totalContacts").intValue()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"49, 49, ''", "50, 50, ''", "51, 51, and 1 more", "300, 51, and 250 more"})
    void errorsAreListedUpToFifty(int failed, int lines, String last) {
        UUID campaign = platform.campaign("Hi {{nobodyHasThis}}", ALWAYS);
        platform.contacts(campaign, failed);

        JsonNode reply = dispatched(campaign, 1_000);

        assertThat(reply.at("/failed/templateError").intValue()).isEqualTo(failed);
        assertThat(reply.get("errors")).hasSize(lines);
        assertThat(reply.get("errors").get(lines - 1).textValue())
                .matches(last.isEmpty() ? "Contact [0-9a-f-]{36}: no value for 'nobodyHasThis'" : last);
    }

    private static JsonNode dispatchedAt(String instant, UUID campaign) {
        try (DispatchHandler then =
                platform.dispatcher(Map.of(), InstantSource.fixed(Instant.parse(instant)), Map.of())) {
            return dispatch(then, campaign, 100);
        }
    }

    /** Wednesday 10 June 2026, windows Monday to Friday 9 to 17 on the recipients' clocks, one minute of margin. */
    @ParameterizedTest
    @CsvSource({
        "2026-06-10T12:00:00Z, Asia/Tokyo,          Asia/Tokyo,    2026-06-11T00:00:00Z",
        "2026-06-10T12:00:00Z, Asia/Tokyo,          Asia/Kolkata,  2026-06-11T00:00:00Z",
        "2026-06-10T12:00:00Z, America/Los_Angeles, Asia/Tokyo,    2026-06-10T16:00:00Z",
        "2026-06-12T20:00:00Z, Europe/Rome,         Europe/Rome,   2026-06-15T07:00:00Z",
        "2026-06-10T16:59:30Z, UTC,                 UTC,           2026-06-11T09:00:00Z"
    })
    void whileEverybodySleepsItTellsWhenTheFirstWakes(String now, String one, String other, String next) {
        UUID campaign = platform.campaign("Hi", "[{\"dayOfWeek\":[1,2,3,4,5],\"startHour\":9,\"endHour\":17}]");
        platform.contacts(campaign, 0, 2, one);
        platform.contacts(campaign, 10, 2, other);

        JsonNode reply = dispatchedAt(now, campaign);

        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").textValue()).isEqualTo(next);
        assertThat(platform.statuses(campaign)).isEqualTo("pending=4");
        assertThat(platform.sns().publishCalls()).isZero();
    }

    @Test
    void whoeverIsAwakeIsSentAndTheReplyTellsWhenTheOthersWake() {
        UUID campaign = platform.campaign("Hi", "[{\"dayOfWeek\":[1,2,3,4,5],\"startHour\":9,\"endHour\":17}]");
        platform.contacts(campaign, 0, 2, "Asia/Tokyo");
        platform.contacts(campaign, 10, 3, "Europe/Rome");

        JsonNode reply = dispatchedAt("2026-06-10T12:00:00Z", campaign);

        assertThat(reply.get("sentCount").intValue()).isEqualTo(3);
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").textValue()).isEqualTo("2026-06-11T00:00:00Z");
    }

    @Test
    void afterARefusalItTellsWhenTheBackoffIsOver() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 5);
        platform.sns().answerWith((call, ids) -> Fault.throttled());

        JsonNode reply = dispatched(campaign, 10);

        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(platform.count(
                        "SELECT count(*) FROM contacts WHERE campaign_id = ? AND sms_not_before >= now()"
                                + " HAVING min(sms_not_before) = ?::timestamptz",
                        campaign,
                        reply.get("nextDispatchAt").textValue()))
                .isEqualTo(5);
    }

    @Test
    void whileAnotherInvocationHoldsTheRestItTellsWhenItsLeaseEnds() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 5);
        platform.execute(
                "UPDATE contacts SET status = 'in_progress', sms_lease_id = gen_random_uuid(),"
                        + " sms_lease_until = '2099-01-01T00:00:00Z' WHERE campaign_id = ?",
                campaign);
        platform.contacts(campaign, 10, 2, null);

        JsonNode reply = dispatched(campaign, 10);

        assertThat(reply.get("sentCount").intValue()).isEqualTo(2);
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("active");
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").textValue()).isEqualTo("2099-01-01T00:00:00Z");
        assertThat(platform.statuses(campaign)).isEqualTo("completed=2 in_progress=5");
    }

    @Test
    void whenNobodyIsDueBeforeTheCampaignsEndItTellsTheEnd() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 5);
        platform.execute("UPDATE contacts SET sms_not_before = '2099-01-02' WHERE campaign_id = ?", campaign);
        platform.execute("UPDATE campaigns SET end_time = '2099-01-01T00:00:00Z' WHERE id = ?", campaign);

        assertThat(dispatched(campaign, 10).get("nextDispatchAt").textValue()).isEqualTo("2099-01-01T00:00:00Z");
    }

    @Test
    void whatADeadInvocationLeftInDoubtIsReportedByTheOneThatFindsIt() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 5);
        SENDS.before((id, number) -> {
            if (id.equals("publish-batch") || id.equals("settle-accepted") || id.equals("fail")) {
                throw new IllegalStateException("The process is dead");
            }
        });
        try {
            dispatch(dispatcher, campaign, 10);
        } catch (RuntimeException dead) {
            // as intended
        }
        SENDS.reset();
        Invariants.letTimePass(platform, campaign);

        JsonNode reply = dispatched(campaign, 10);

        assertThat(reply.at("/failed/unknown").intValue()).isEqualTo(5);
        assertThat(reply.get("errors")).hasSize(5);
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"paused", "cancelled"})
    void pausingOrCancellingTakesEffectWithinOneChunk(String status) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 60);
        AtomicInteger chunks = new AtomicInteger();
        SENDS.before((id, number) -> {
            if (id.equals("arm-attempts") && chunks.incrementAndGet() == 2) {
                platform.execute("UPDATE campaigns SET status = ? WHERE id = ?", status, campaign);
            }
        });

        JsonNode reply = dispatched(campaign, 60);

        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
        assertThat(chunks.get()).as("nothing is tried after it").isEqualTo(2);
        assertThat(reply.get("sentCount").intValue()).isEqualTo(10);
        assertThat(reply.get("totalContacts").intValue()).isEqualTo(10);
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo(status);
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").isNull()).isTrue();
        assertThat(platform.statuses(campaign)).isEqualTo("completed=10 pending=50");

        SENDS.reset();
        platform.execute("UPDATE campaigns SET status = 'active' WHERE id = ?", campaign);
        assertThat(dispatched(campaign, 60).get("campaignStatus").textValue()).isEqualTo("completed");
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=60");
    }

    @Test
    void aCampaignWhoseEndComesWithinTheBatchSendsNoFurtherChunkAndCompletes() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 60);
        AtomicInteger chunks = new AtomicInteger();
        SENDS.before((id, number) -> {
            if (id.equals("arm-attempts") && chunks.incrementAndGet() == 2) {
                platform.execute("UPDATE campaigns SET end_time = now() WHERE id = ?", campaign);
            }
        });

        assertThat(dispatched(campaign, 60).get("sentCount").intValue()).isEqualTo(10);
        assertThat(dispatched(campaign, 60).get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(platform.statuses(campaign)).isEqualTo("completed=10 pending=50");
    }

    @Test
    void aWindowThatClosesBetweenClaimAndArmSkipsTheContactAndKeepsItsAttempts() {
        UUID campaign = platform.campaign("Hi", "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":9,\"endHour\":17}]");
        platform.contacts(campaign, 15);
        List<Instant> times = List.of(Instant.parse("2026-06-10T16:58:00Z"), Instant.parse("2026-06-10T17:00:00Z"));
        AtomicInteger now = new AtomicInteger();
        Sends sends = new Sends();
        sends.before((id, number) -> {
            if (id.equals("redis-mget")) {
                now.set(1);
            }
        });
        try (DispatchHandler evening =
                platform.dispatcher(Map.of(), () -> times.get(now.get()), Map.of("sends", sends))) {
            JsonNode reply = dispatch(evening, campaign, 20);

            Invariants.addUp(reply);
            assertThat(reply.at("/skipped/outsideWindow").intValue()).isEqualTo(15);
            assertThat(reply.get("hasMore").booleanValue()).isFalse();
        }
        assertThat(platform.sns().publishCalls()).isZero();
        assertThat(platform.statuses(campaign)).isEqualTo("pending=15");
        assertThat(platform.count("SELECT sum(attempts) FROM contacts WHERE campaign_id = ?", campaign))
                .isZero();
    }
}
