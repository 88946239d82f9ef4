package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** What a dry run foresees is what comes; and it touches nothing. */
class DryRunTest {

    private static final String NINE_TO_FIVE = "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":9,\"endHour\":17}]";
    private static final Instant NOON = Instant.parse("2030-01-16T12:00:00Z");
    private static final Duration MINUTES = Duration.ofMinutes(3);

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    private static String question(UUID campaign, String keys) {
        return "{\"campaignId\":\"" + campaign + "\"," + keys + "}";
    }

    private static JsonNode dryRun(DispatchHandler dispatcher, UUID campaign, int batchSize) {
        return dispatch(dispatcher, question(campaign, "\"dryRun\":true,\"batchSize\":" + batchSize), MINUTES);
    }

    @ParameterizedTest
    @CsvSource({"FAIL, 40, 60", "FAIL, 1, 60", "REPUBLISH, 300, 25", "FAIL, 300, 200", "REPUBLISH, 10, 5"})
    void batchAfterBatchComesToWhatWasForeseen(String policy, int batchSize, int slice) throws Exception {
        UUID campaign = platform.campaign("Hello {{name}}", NINE_TO_FIVE);
        try (AnyContacts contacts = new AnyContacts(platform, campaign, batchSize, true)) {
            contacts.add(0, 700);
        }
        Map<String, String> settings = Map.of("publish.policy", policy, "claim.slice", Integer.toString(slice));
        try (DispatchHandler dispatcher = platform.dispatcher(settings, InstantSource.fixed(NOON), Map.of())) {
            for (int batch = 0; batch < 3; batch++) {
                JsonNode foreseen = dryRun(dispatcher, campaign, batchSize);
                JsonNode reply = dispatch(dispatcher, Platform.event(campaign, batchSize), MINUTES);

                for (String field :
                        List.of("totalContacts", "sentCount", "skippedCount", "failedCount", "skipped", "failed")) {
                    assertThat(foreseen.at("/nextBatch/" + field))
                            .as(batch + " " + foreseen.get("nextBatch") + " " + reply)
                            .isEqualTo(reply.get(field));
                }
            }
        }
    }

    @Test
    void theWholeCampaignComesToWhatWasForeseen() throws Exception {
        UUID campaign = platform.campaign("Hello {{name}}", NINE_TO_FIVE);
        try (AnyContacts contacts = new AnyContacts(platform, campaign, 11, false)) {
            contacts.add(0, 700);
        }
        platform.execute("UPDATE contacts SET sms_not_before = 'epoch'");
        platform.execute("DELETE FROM contacts WHERE status <> 'pending' AND status <> 'completed'");
        platform.execute("CREATE TABLE waiting AS SELECT id FROM contacts WHERE status = 'pending' AND sms_capable");
        try (DispatchHandler noon = platform.dispatcher(Map.of(), InstantSource.fixed(NOON), Map.of())) {
            JsonNode whole = dryRun(noon, campaign, 10).get("campaign");
            for (String hour : List.of("2030-01-16T12:00:00Z", "2030-01-16T14:00:00Z", "2030-01-17T00:00:00Z")) {
                try (DispatchHandler at =
                        platform.dispatcher(Map.of(), InstantSource.fixed(Instant.parse(hour)), Map.of())) {
                    dispatch(at, Platform.event(campaign, 10_000), MINUTES);
                }
            }
            Map<String, Integer> foreseen = new HashMap<>();
            whole.get("outcomes")
                    .properties()
                    .forEach(count ->
                            foreseen.put(count.getKey(), count.getValue().intValue()));
            assertThat(whole.get("estimated").booleanValue()).isFalse();
            assertThat(foreseen).containsKeys("delivered", "undelivered", "attemptsExhausted", "templateError");
            // completed without another text
            foreseen.merge("sent", foreseen.remove("delivered"), Integer::sum);
            Map<String, Integer> came = new HashMap<>();
            platform.rows(
                            "SELECT sms_outcome, count(*)::integer AS contacts FROM contacts JOIN waiting USING (id) GROUP BY 1")
                    .forEach(row -> came.put((String) row.get("sms_outcome"), (Integer) row.get("contacts")));
            assertThat(foreseen).isEqualTo(came);
        }
    }

    /** As a role that cannot write at all, in transactions that are read only: every question is answered, and no row has moved. */
    @Test
    void questionsWriteNothing() throws Exception {
        UUID campaign = platform.campaign("Hello {{name}}", NINE_TO_FIVE);
        try (AnyContacts contacts = new AnyContacts(platform, campaign, 3, true)) {
            contacts.add(0, 300);
        }
        platform.execute("UPDATE campaigns SET status = 'scheduled' WHERE id = ?", campaign);
        String role = "asks_" + UUID.randomUUID().toString().substring(0, 8);
        platform.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'x'");
        platform.execute("ALTER ROLE " + role + " SET default_transaction_read_only = on");
        platform.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role);
        List<Map<String, Object>> before = Invariants.everythingOf(platform, campaign);
        Map<String, String> settings = Map.of("db.user", role, "db.password", "x", "publish.policy", "REPUBLISH");
        try (DispatchHandler reader = platform.dispatcher(settings, InstantSource.fixed(NOON), Map.of())) {
            assertThat(dryRun(reader, campaign, 100).at("/nextBatch/sentCount").intValue())
                    .isPositive();
            assertThat(dispatch(reader, question(campaign, "\"verify\":true"), MINUTES)
                            .get("contacts")
                            .intValue())
                    .isGreaterThanOrEqualTo(300);
            String contact = platform.text("SELECT id FROM contacts LIMIT 1");
            assertThat(dispatch(reader, question(campaign, "\"explain\":\"" + contact + "\""), MINUTES)
                            .get("found")
                            .intValue())
                    .isEqualTo(1);
            assertThatThrownBy(() -> dispatch(reader, Platform.event(campaign, 100), MINUTES))
                    .as("the same role cannot dispatch")
                    .isInstanceOf(DispatchException.class);
        }
        assertThat(Invariants.everythingOf(platform, campaign)).isEqualTo(before);
        assertThat(platform.sns().accepted()).isEmpty();
    }

    @Test
    void reckonsPartsCostAndTheFinish() {
        UUID campaign = platform.campaign("x".repeat(200), NINE_TO_FIVE);
        platform.contacts(campaign, 0, 30, "Europe/London");
        platform.contacts(campaign, 30, 20, "Asia/Tokyo");
        try (DispatchHandler dispatcher =
                platform.dispatcher(Map.of("cost.per.part", "0.0075"), InstantSource.fixed(NOON), Map.of())) {
            JsonNode answer = dispatch(
                    dispatcher,
                    question(campaign, "\"dryRun\":true,\"batchSize\":10,\"messagesPerSecond\":2"),
                    MINUTES);

            assertThat(answer.at("/nextBatch/parts").intValue()).isEqualTo(20);
            assertThat(answer.at("/nextBatch/cost").decimalValue()).isEqualByComparingTo("0.15");
            assertThat(answer.at("/campaign/parts").intValue()).isEqualTo(100);
            assertThat(answer.at("/campaign/cost").decimalValue()).isEqualByComparingTo("0.75");
            assertThat(answer.at("/campaign/zones/0/zone").textValue()).isEqualTo("Europe/London");
            assertThat(answer.at("/campaign/zones/1/nextOpening").textValue()).isEqualTo("2030-01-17T00:00:00Z");
            assertThat(answer.at("/finish/notBefore").textValue()).isEqualTo("2030-01-17T00:00:00Z");
            assertThat(answer.at("/finish/at").textValue()).isEqualTo("2030-01-17T00:00:10Z");
            assertThat(dispatch(dispatcher, question(campaign, "\"dryRun\":true,\"costPerPart\":0.5"), MINUTES)
                            .at("/campaign/cost")
                            .decimalValue())
                    .isEqualByComparingTo("50");
        }
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            assertThat(dryRun(dispatcher, campaign, 10).at("/nextBatch/cost").isNull())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "cheap", "0,01"})
    void aCostThatIsNoneStopsTheStart(String cost) {
        assertThatThrownBy(
                        () -> platform.dispatcher(Map.of("cost.per.part", cost)).close())
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("COST_PER_PART");
    }

    @Test
    void namesEveryWrongKeyOfTheConfiguration() {
        UUID campaign = platform.campaignWithConfig(
                "{\"smsTemplate\":\"Hi {{\",\"callingWindows\":[],\"retryDelayMinutes\":-1}");
        platform.contacts(campaign, 3);
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            JsonNode answer = dryRun(dispatcher, campaign, 10);

            assertThat(answer.get("dispatches").booleanValue()).isFalse();
            assertThat(answer.get("configuration")).hasSize(3);
            assertThat(answer.get("configuration").toString())
                    .contains("smsTemplate: ", "callingWindows: ", "retryDelayMinutes: ");
            assertThat(answer.at("/campaign/contacts/pending").intValue()).isEqualTo(3);
            assertThatThrownBy(() -> dispatch(dispatcher, campaign, 10))
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining(answer.at("/configuration/0").textValue());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "draft, a draft",
        "paused, paused",
        "scheduled, starts at",
        "completed, completed",
        "cancelled, cancelled"
    })
    void foreseesACampaignThatIsNotDispatchedYet(String status, String because) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        platform.execute(
                "UPDATE campaigns SET status = ?, start_time = now() + interval '1 hour' WHERE id = ?",
                status,
                campaign);
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            JsonNode answer = dryRun(dispatcher, campaign, 10);

            assertThat(answer.get("dispatches").booleanValue()).isFalse();
            assertThat(answer.get("because").textValue()).contains(because);
            assertThat(answer.at("/nextBatch/sentCount").intValue()).isEqualTo(3);
        }
    }

    @Test
    void outcomesOfManyAreEstimatedAndAddUp() {
        UUID campaign = platform.campaign("Hi {{name}}", NINE_TO_FIVE);
        platform.contacts(campaign, 0, 6_000, "Europe/London");
        platform.contacts(campaign, 6_000, 30, "Asia/Tokyo");
        platform.execute("UPDATE contacts SET metadata = '{}' WHERE right(phone_number, 1) = '7'");
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            JsonNode whole = dryRun(dispatcher, campaign, 10).get("campaign");

            assertThat(whole.get("estimated").booleanValue()).isTrue();
            assertThat(whole.get("waiting").intValue()).isEqualTo(6_030);
            assertThat(whole.get("judged").intValue()).isLessThanOrEqualTo(4_000);
            int failing = whole.at("/outcomes/templateError").intValue();
            assertThat(failing).isBetween(450, 750);
            assertThat(whole.at("/outcomes/sent").intValue()).isEqualTo(6_030 - failing);
            assertThat(whole.at("/zones").findValuesAsText("waiting")).containsExactlyInAnyOrder("6000", "30");
        }
    }

    @Test
    void redisIsAskedAndItsAbsenceSaid() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        try (Jedis redis = platform.redis()) {
            redis.set("blacklist:+12125550001", "1");
        }
        try (DispatchHandler dispatcher = platform.dispatcher();
                DispatchHandler without = platform.dispatcher(Map.of("redis.port", "1"))) {
            JsonNode answer = dryRun(dispatcher, campaign, 10);
            assertThat(answer.at("/nextBatch/skipped/blacklisted").intValue()).isEqualTo(1);
            assertThat(answer.at("/campaign/outcomes/blacklisted").intValue()).isEqualTo(1);
            assertThat(dryRun(without, campaign, 10).get("redis").textValue()).contains("did not answer");
        }
    }

    @Test
    void theClaimThatIsForeseenIsTheClaim() throws Exception {
        String claim = sql("claim");
        String foreseen = sql("foresee-claim");
        for (String part : List.of(
                "FROM unnest(cast(:#${variable.slice.zones} AS text[])) AS zone(name)",
                "status = 'pending' AND sms_capable AND sms_not_before <= now()",
                "ORDER BY sms_not_before, created_at LIMIT :#${variable.slice.limit}",
                "CASE WHEN EXISTS (SELECT 1 FROM blacklist WHERE blacklist.phone_number = candidate.phone_number) THEN 'blacklisted'"
                        + " WHEN coalesce(attempts, 0) >= :#${variable.config.maxAttempts} THEN 'failed' ELSE 'in_progress' END AS status")) {
            assertThat(claim).contains(part);
            assertThat(foreseen).contains(part);
        }
        String reaped =
                "(c.sms_lease_until < now() OR (c.sms_lease_id IS NULL AND c.updated_at < now() - interval '1 hour'))";
        assertThat(sql("reap")).contains(reaped);
        assertThat(sql("foresee-reap")).contains(reaped);
    }

    private static String sql(String name) throws Exception {
        try (java.io.InputStream file = DryRunTest.class.getResourceAsStream("/sql/" + name + ".sql")) {
            return new String(file.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).replaceAll("\\s+", " ");
        }
    }

    @Test
    void anAnswerIsJsonWithoutNumbersOrValues() throws Exception {
        UUID campaign = platform.campaign("Hi {{name}}", Platform.ALWAYS);
        platform.contacts(campaign, 20);
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            String answer = new JsonMapper().writeValueAsString(dryRun(dispatcher, campaign, 10));
            assertThat(answer).doesNotContain("212555", "\"Bo\"");
        }
    }
}
