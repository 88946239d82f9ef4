package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.publish.PublishPolicy;
import redis.clients.jedis.Jedis;

/** What explain says is what a dispatch then does. */
class ExplainTest {

    private static final String NINE_TO_FIVE = "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":9,\"endHour\":17}]";
    /** Noon in London, 7 a.m. in New York, 9 p.m. in Tokyo; a Wednesday. */
    private static final Instant NOON = Instant.parse("2030-01-16T12:00:00Z");

    private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);

    private final Platform platform = Platform.start();
    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private Main camel;
    private DispatchHandler dispatcher;

    @AfterEach
    void stop() {
        if (dispatcher != null) {
            dispatcher.close();
        }
        platform.close();
    }

    private void start(PublishPolicy policy) {
        camel = new Main();
        Map<String, String> settings = new HashMap<>(platform.settings());
        settings.put("db.user", Platform.DISPATCHER_ROLE);
        settings.put("publish.policy", policy.name());
        settings.forEach(camel::addOverrideProperty);
        dispatcher = new DispatchHandler(camel, (InstantSource) now::get);
    }

    private JsonNode explain(UUID campaign, String whom) {
        return dispatch(
                dispatcher,
                new JsonMapper()
                        .createObjectNode()
                        .put("campaignId", campaign.toString())
                        .put("explain", whom)
                        .toString(),
                FIVE_MINUTES);
    }

    /** All contacts of the campaign, through the route that explains those a question finds. */
    private Map<UUID, JsonNode> explainAll(UUID campaign) {
        List<String> ids =
                platform.rows("SELECT id::text FROM contacts WHERE campaign_id = ? ORDER BY 1", campaign).stream()
                        .map(row -> (String) row.get("id"))
                        .toList();
        ProducerTemplate route = camel.getCamelContext().createProducerTemplate();
        Map<UUID, JsonNode> explained = new HashMap<>();
        for (int from = 0; from < ids.size(); from += 1000) {
            String[] page = ids.subList(from, Math.min(ids.size(), from + 1000)).toArray(String[]::new);
            Exchange answered = route.request("direct:explain-contacts", exchange -> {
                exchange.setVariable(
                        "campaign",
                        new Campaigns()
                                .read(
                                        platform.rows(
                                                "SELECT type, status, config::text, start_time, end_time, timezone,"
                                                        + " true AS started, false AS ended FROM campaigns WHERE id = ?",
                                                campaign),
                                        campaign));
                exchange.setVariable("breaker", new Breaker());
                exchange.setVariable("subjects", page);
            });
            assertThat(answered.getException()).isNull();
            for (JsonNode contact : new JsonMapper().<JsonNode>valueToTree(answered.getVariable("explained"))) {
                explained.put(UUID.fromString(contact.get("contactId").textValue()), contact);
            }
        }
        assertThat(explained).hasSameSizeAs(ids);
        return explained;
    }

    private Map<UUID, String> fates(UUID campaign) {
        Map<UUID, String> fates = new HashMap<>();
        platform.rows("SELECT id, status, sms_outcome FROM contacts WHERE campaign_id = ?", campaign)
                .forEach(row -> fates.put((UUID) row.get("id"), row.get("status") + " " + row.get("sms_outcome")));
        return fates;
    }

    /** What the database says after a dispatch of a contact with that outcome. */
    private static String fate(String outcome) {
        return switch (outcome) {
            case "sent" -> "completed sent";
            case "delivered" -> "completed sent";
            case "blacklisted" -> "blacklisted blacklisted";
            default -> "failed " + outcome;
        };
    }

    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void everyContactFaresAsExplained(PublishPolicy policy) throws Exception {
        start(policy);
        UUID campaign = platform.campaign("Hello {{name}}", NINE_TO_FIVE);
        int count = policy == PublishPolicy.FAIL ? 10_000 : 2_000;
        try (AnyContacts contacts = new AnyContacts(platform, campaign, 5, true)) {
            contacts.add(0, count);
        }
        Map<UUID, JsonNode> explained = explainAll(campaign);
        Map<UUID, String> before = fates(campaign);
        JsonNode foreseen = dispatch(
                dispatcher, "{\"campaignId\":\"" + campaign + "\",\"batchSize\":10000,\"dryRun\":true}", FIVE_MINUTES);

        JsonNode reply = dispatch(dispatcher, Platform.event(campaign, 10_000), FIVE_MINUTES);

        Map<String, Integer> seen = assertAgreement(explained, before, fates(campaign));
        assertThat(seen.keySet())
                .contains("sent", "blacklisted", "invalidNumber", "duplicateNumber", "invalidTimezone", "templateError")
                .contains("attemptsExhausted", "refused", "unknown", "waits", "never", "over")
                .contains("undelivered", "delivered", "waits for another attempt");
        assertSameCounts(foreseen.get("nextBatch"), reply);
        assertTextedAreThoseWhoWereEligible(campaign, explained);
    }

    private Map<String, Integer> assertAgreement(
            Map<UUID, JsonNode> explained, Map<UUID, String> before, Map<UUID, String> after) {
        Map<String, Integer> seen = new TreeMap<>();
        List<String> disagreements = new ArrayList<>();
        explained.forEach((id, contact) -> {
            String outcome = contact.get("outcome").textValue();
            seen.merge(outcome, 1, Integer::sum);
            boolean untouched = Set.of("waits", "never", "over").contains(outcome);
            boolean handedBack = untouched && contact.at("/lease/over").asBoolean();
            boolean triedAgain = isTriedAgain(contact);
            String handed = triedAgain ? "pending undelivered" : "pending null";
            String expected = !untouched ? fate(outcome) : handedBack ? handed : before.get(id);
            boolean stillDoubted = handedBack
                    && !triedAgain
                    && contact.at("/lease/armedAttempt").isInt();
            if (triedAgain && handedBack) {
                seen.merge("waits for another attempt", 1, Integer::sum);
            }
            if (!after.get(id).equals(stillDoubted ? before.get(id) : expected)) {
                disagreements.add(after.get(id) + " instead of " + expected + ": " + contact);
            }
        });
        assertThat(disagreements.stream().limit(5).toList())
                .as(disagreements.size() + " of " + explained.size() + " disagree; " + seen)
                .isEmpty();
        return seen;
    }

    /** Whether a receipt of the attempt that is armed allows another one. */
    private static boolean isTriedAgain(JsonNode contact) {
        JsonNode armed = contact.at("/lease/armedAttempt");
        for (JsonNode sent : contact.get("records")) {
            if (armed.isInt()
                    && armed.equals(sent.get("attempt"))
                    && sent.at("/receipt/retryAt").isTextual()) {
                return true;
            }
        }
        return false;
    }

    private static void assertSameCounts(JsonNode foreseen, JsonNode reply) {
        for (String field : List.of("totalContacts", "sentCount", "skippedCount", "failedCount", "skipped", "failed")) {
            assertThat(foreseen.get(field)).as(field).isEqualTo(reply.get(field));
        }
    }

    private void assertTextedAreThoseWhoWereEligible(UUID campaign, Map<UUID, JsonNode> explained) {
        Set<String> eligible = new TreeSet<>();
        explained.forEach((id, contact) -> {
            // the claim's waits run by the database's clock, windows by the test's
            boolean waits = contact.get("outcome").textValue().equals("waits");
            if (!waits && NOON.toString().equals(contact.get("nextEligibleAt").asText())) {
                eligible.add(id.toString());
            }
        });
        Set<String> texted = new TreeSet<>();
        Invariants.texts(platform, campaign).forEach(text -> texted.add(text.contactId()));
        assertThat(texted).hasSizeGreaterThan(explained.size() / 4);
        assertThat(disagreements(texted, eligible, explained))
                .as("texted, and said not to be eligible")
                .isEmpty();
        assertThat(disagreements(eligible, texted, explained))
                .as("said to be eligible, and not texted")
                .isEmpty();
    }

    private static List<JsonNode> disagreements(Set<String> some, Set<String> others, Map<UUID, JsonNode> explained) {
        return some.stream()
                .filter(id -> !others.contains(id))
                .limit(3)
                .map(id -> explained.get(UUID.fromString(id)))
                .toList();
    }

    @Test
    void whoWaitsFaresAsExplainedLater() throws Exception {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign("Hello {{name}}", NINE_TO_FIVE);
        try (AnyContacts contacts = new AnyContacts(platform, campaign, 6, false)) {
            contacts.add(0, 2_000);
        }
        dispatch(dispatcher, Platform.event(campaign, 10_000), FIVE_MINUTES);
        Map<UUID, JsonNode> explained = explainAll(campaign);
        Invariants.letTimePass(platform, campaign);
        platform.execute("UPDATE contacts SET sms_lease_until = NULL WHERE sms_lease_id IS NULL");

        for (String hour : List.of("2030-01-16T12:00:00Z", "2030-01-16T14:00:00Z", "2030-01-17T00:00:00Z")) {
            now.set(Instant.parse(hour));
            dispatch(dispatcher, Platform.event(campaign, 10_000), FIVE_MINUTES);
        }

        Map<UUID, String> after = fates(campaign);
        Map<String, Integer> seen = new TreeMap<>();
        explained.forEach((id, contact) -> {
            if (contact.get("outcomeThen").isTextual()) {
                String then = contact.get("outcomeThen").textValue();
                seen.merge(then, 1, Integer::sum);
                boolean capable = contact.at("/gates/4/pass").booleanValue();
                assertThat(after.get(id)).as(contact.toString()).isEqualTo(capable ? fate(then) : "pending null");
            }
        });
        assertThat(seen.keySet())
                .contains("sent", "blacklisted", "invalidNumber", "templateError", "attemptsExhausted");
    }

    @Test
    void theHandlerSaysWhatTheRouteSays() throws Exception {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign("Hello {{name}}", NINE_TO_FIVE);
        try (AnyContacts contacts = new AnyContacts(platform, campaign, 7, true)) {
            contacts.add(0, 150);
        }
        List<Map<String, Object>> everything = Invariants.everythingOf(platform, campaign);

        explainAll(campaign).forEach((id, contact) -> {
            JsonNode answer = explain(campaign, id.toString());
            assertThat(answer.get("contacts")).as(answer.toString()).hasSize(1);
            assertThat(answer.at("/contacts/0")).isEqualTo(contact);
        });
        assertThat(Invariants.everythingOf(platform, campaign)).isEqualTo(everything);
    }

    @ParameterizedTest
    @CsvSource({
        "Asia/Dubai, 2030-01-16T12:00:00Z, sent, ''",
        "Asia/Tokyo, 2030-01-17T00:00:00Z, waits, sent",
        "America/New_York, 2030-01-16T14:00:00Z, waits, sent",
    })
    void saysWhenAContactCanBeTexted(String zone, String nextEligibleAt, String outcome, String then) {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        UUID contact = platform.contact(campaign, "+12125550001", zone, "{}");

        JsonNode explained = explain(campaign, contact.toString()).at("/contacts/0");

        assertThat(explained.get("outcome").textValue()).isEqualTo(outcome);
        assertThat(explained.get("outcomeThen").asText("")).isEqualTo(then);
        assertThat(explained.get("nextEligibleAt").textValue()).isEqualTo(nextEligibleAt);
    }

    @Test
    void aCampaignThatEndsBeforeTheWindowOpensNeverTexts() {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        platform.execute("UPDATE campaigns SET end_time = '2030-01-16T13:00:00Z' WHERE id = ?", campaign);
        UUID contact = platform.contact(campaign, "+12125550001", "America/New_York", "{}");

        JsonNode explained = explain(campaign, contact.toString()).at("/contacts/0");

        assertThat(explained.get("outcome").textValue()).isEqualTo("never");
        assertThat(explained.get("nextEligibleAt").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+12125550001",
                "12125550001",
                "0012125550001",
                "+1 (212) 555-0001",
                " +1 212 555 0001 ",
                "+1\u00A0212\u00A0555\u00A00001",
                "\uFF0B1\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0660\u0660\u0661"
            })
    void findsANumberInAnySpellingAndNeverSaysIt(String spelling) {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign();
        UUID one = platform.contact(campaign, "+12125550001", null, "{\"name\":\"Secret\"}");
        UUID other = platform.contact(campaign, "1-212-555 00.01", null, "{}");
        platform.contact(campaign, "+12125550002", null, "{}");

        for (String asked : List.of(spelling, one.toString())) {
            JsonNode answer = explain(campaign, asked);
            Set<String> found = new TreeSet<>(answer.findValuesAsText("contactId"));
            assertThat(found)
                    .isEqualTo(
                            asked.equals(spelling)
                                    ? new TreeSet<>(Set.of(one.toString(), other.toString()))
                                    : Set.of(one.toString()));
            assertThat(answer.toString())
                    .doesNotContain("212555", "555 00", "Secret")
                    .contains("01\"");
            assertThat(answer.toString()).as("both wait with one number").contains("the one armed first is texted");
        }
    }

    @Test
    void aNumberThatIsNoneIsFoundAsItIsStored() {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign();
        UUID contact = platform.contact(campaign, "ask the boss", null, "{}");

        JsonNode answer = explain(campaign, "ask the boss");

        assertThat(answer.at("/contacts/0/contactId").textValue()).isEqualTo(contact.toString());
        assertThat(answer.at("/contacts/0/outcome").textValue()).isEqualTo("invalidNumber");
        assertThat(explain(campaign, "+12125559999").get("found").intValue()).isZero();
        assertThat(explain(campaign, UUID.randomUUID().toString()).get("found").intValue())
                .isZero();
        assertThat(explain(platform.campaign(), contact.toString()).get("found").intValue())
                .as("of another campaign")
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"draft, waits", "scheduled, waits", "paused, waits", "completed, never", "cancelled, never"})
    void tellsACampaignThatIsNotDispatched(String status, String outcome) {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign();
        platform.execute(
                "UPDATE campaigns SET status = ?, start_time = now() + interval '1 hour' WHERE id = ?",
                status,
                campaign);
        UUID contact = platform.contact(campaign, "+12125550001", null, "{}");

        JsonNode explained = explain(campaign, contact.toString()).at("/contacts/0");

        assertThat(explained.get("outcome").textValue()).isEqualTo(outcome);
        assertThat(explained.at("/gates/0/pass").booleanValue()).isEqualTo(status.equals("scheduled"));
    }

    @Test
    void aRefusedConfigurationIsAGateAndNoError() {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaignWithConfig("{\"smsTemplate\":\"Hi {{\",\"callingWindows\":[]}");
        UUID contact = platform.contact(campaign, "+12125550001", null, "{}");

        JsonNode explained = explain(campaign, contact.toString()).at("/contacts/0");

        assertThat(explained.at("/gates/1/gate").textValue()).isEqualTo("configuration");
        assertThat(explained.at("/gates/1/pass").booleanValue()).isFalse();
        assertThat(explained.at("/gates/1/detail").textValue()).contains("smsTemplate", "callingWindows");
    }

    @Test
    void aRedisThatIsGoneIsSaidAndNoError() {
        start(PublishPolicy.FAIL);
        UUID campaign = platform.campaign();
        UUID contact = platform.contact(campaign, "+12125550001", null, "{}");
        try (Jedis redis = platform.redis()) {
            redis.set("blacklist:+12125550001", "1");
        }
        assertThat(explain(campaign, contact.toString())
                        .at("/contacts/0/outcome")
                        .textValue())
                .isEqualTo("blacklisted");

        try (DispatchHandler without = platform.dispatcher(Map.of("redis.port", "1"))) {
            JsonNode answer = dispatch(
                    without, "{\"campaignId\":\"" + campaign + "\",\"explain\":\"" + contact + "\"}", FIVE_MINUTES);
            assertThat(answer.at("/contacts/0/outcome").textValue()).isEqualTo("sent");
            assertThat(answer.at("/contacts/0/gates/12/gate").textValue()).isEqualTo("blacklistRedis");
            assertThat(answer.at("/contacts/0/gates/12/pass").isNull()).isTrue();
        }
    }
}
