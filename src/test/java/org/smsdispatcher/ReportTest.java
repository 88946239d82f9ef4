package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The report's figures against a count by hand. */
class ReportTest {

    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
    private static final List<String> STATES = List.of("sent", "delivered", "undelivered", "failed", "unknown");

    private static Platform platform;
    private static TrackingHandler tracker;

    @BeforeAll
    @BeforeContainer
    static void start() {
        if (platform == null) {
            platform = Platform.start();
            tracker = platform.tracker();
        }
    }

    @AfterAll
    @AfterContainer
    static void stop() {
        if (platform != null) {
            tracker.close();
            platform.close();
            platform = null;
        }
    }

    /**
     * A message as some campaign's may be.
     *
     * @param state what the report has to call it
     * @param settled whether SNS's answer is written down; which word a state has may hang on it
     * @param clicks their kinds
     */
    private record Message(
            String state,
            boolean settled,
            int attempt,
            int minute,
            int parts,
            Integer billedParts,
            int tenthsOfCents,
            boolean opened,
            boolean optOut,
            List<String> clicks) {

        String status() {
            return state.equals("unknown")
                    ? (settled ? "failed" : "queued")
                    : state.equals("sent") && !settled ? "sent" : state;
        }

        String reason() {
            return state.equals("unknown") && settled
                    ? "unknown_publish_outcome"
                    : state.equals("failed") ? "InvalidParameter" : null;
        }

        Instant sentAt() {
            return NOON.plus(minute, ChronoUnit.MINUTES);
        }

        Instant clickedAt() {
            return sentAt().plus(50, ChronoUnit.MINUTES);
        }

        boolean isClicked() {
            return clicks.contains("human");
        }
    }

    private record Person(String status, String outcome, List<Message> messages) {}

    @Provide
    Arbitrary<Message> messages() {
        Arbitrary<List<String>> clicks =
                Arbitraries.of("human", "prefetch").list().ofMaxSize(3);
        return Combinators.combine(
                        Arbitraries.of(STATES),
                        Arbitraries.of(true, false),
                        Combinators.combine(
                                        Arbitraries.integers().between(0, 300),
                                        Arbitraries.integers().between(1, 4))
                                .as((minute, parts) -> new int[] {minute, parts}),
                        Arbitraries.integers().between(1, 9).injectNull(0.5),
                        Arbitraries.integers().between(0, 900),
                        Arbitraries.of(true, false),
                        Arbitraries.of(false, false, false, true),
                        clicks)
                .as((state, settled, numbers, billed, cost, opened, optOut, clicked) ->
                        new Message(state, settled, 1, numbers[0], numbers[1], billed, cost, opened, optOut, clicked));
    }

    @Provide
    Arbitrary<List<Person>> campaigns() {
        return Combinators.combine(
                        Arbitraries.of("pending", "in_progress", "completed", "failed", "blacklisted"),
                        Arbitraries.of("sent", "unknown", "undelivered", "templateError")
                                .injectNull(0.3),
                        messages().list().ofMaxSize(3))
                .as(Person::new)
                .list()
                .ofMaxSize(12);
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void countsWhatIsThere(@ForAll("campaigns") List<Person> people, @ForAll("campaigns") List<Person> others) {
        UUID campaign = platform.campaign();
        insert(campaign, people);
        insert(platform.campaign(), others);

        JsonNode report = report(campaign);

        List<Message> messages =
                people.stream().flatMap(person -> numbered(person).stream()).toList();
        assertThat(report.get("campaignId").textValue()).isEqualTo(campaign.toString());
        assertThat(counts(report.get("contacts")))
                .isEqualTo(with(
                        counted(people, Person::status),
                        "pending",
                        "in_progress",
                        "completed",
                        "failed",
                        "blacklisted"));
        assertThat(counts(report.get("outcomes")))
                .isEqualTo(counted(people, person -> person.outcome() == null ? "none" : person.outcome()));
        assertMessages(report.get("messages"), messages);
        assertThat(report.get("opens").longValue()).isEqualTo(count(messages, Message::opened));
        assertThat(report.get("optOuts").longValue()).isEqualTo(count(messages, Message::optOut));
        assertThat(report.get("parts").longValue()).isEqualTo(sum(messages, ReportTest::parts));
        assertThat(report.get("cost").decimalValue()).isEqualByComparingTo(cost(messages));
        assertThat(report.get("clicks").get("all").longValue())
                .isEqualTo(sum(messages, each -> each.clicks().size()));
        assertThat(report.get("clicks").get("human").longValue()).isEqualTo(sum(messages, ReportTest::humanClicks));
        assertThat(report.get("clicks").get("messages").longValue()).isEqualTo(count(messages, Message::isClicked));
        long delivered = count(messages, each -> each.state().equals("delivered"));
        assertRate(report.get("deliveryRate"), delivered, messages.size());
        assertRate(
                report.get("clickThroughRate"),
                count(messages, each -> each.state().equals("delivered") && each.isClicked()),
                delivered);
        assertAttempts(report.get("attempts"), messages);
        assertHours(report.get("hours"), messages);
    }

    private static void assertMessages(JsonNode counted, List<Message> messages) {
        assertThat(counted.get("accepted").longValue()).isEqualTo(messages.size());
        for (String state : STATES) {
            assertThat(counted.get(state).longValue())
                    .as(state)
                    .isEqualTo(count(messages, each -> each.state().equals(state)));
        }
    }

    private static void assertAttempts(JsonNode attempts, List<Message> messages) {
        assertThat(attempts).hasSize((int)
                messages.stream().map(Message::attempt).distinct().count());
        for (JsonNode attempt : attempts) {
            List<Message> own = messages.stream()
                    .filter(each -> each.attempt() == attempt.get("attempt").intValue())
                    .toList();
            assertMessages(attempt, own);
            assertThat(attempt.get("parts").longValue()).isEqualTo(sum(own, ReportTest::parts));
            assertThat(attempt.get("cost").decimalValue()).isEqualByComparingTo(cost(own));
        }
    }

    private static void assertHours(JsonNode hours, List<Message> messages) {
        long accepted = 0;
        long clicks = 0;
        for (JsonNode hour : hours) {
            Instant from = Instant.parse(hour.get("hour").textValue());
            assertThat(from).isEqualTo(from.truncatedTo(ChronoUnit.HOURS));
            List<Message> own = messages.stream()
                    .filter(each -> each.sentAt().truncatedTo(ChronoUnit.HOURS).equals(from))
                    .toList();
            assertMessages(hour, own);
            assertThat(hour.get("opens").longValue()).isEqualTo(count(own, Message::opened));
            assertThat(hour.get("clicks").longValue())
                    .isEqualTo(messages.stream()
                            .filter(each -> each.clickedAt()
                                    .truncatedTo(ChronoUnit.HOURS)
                                    .equals(from))
                            .mapToLong(ReportTest::humanClicks)
                            .sum());
            accepted += hour.get("accepted").longValue();
            clicks += hour.get("clicks").longValue();
        }
        assertThat(accepted).isEqualTo(messages.size());
        assertThat(clicks).isEqualTo(sum(messages, ReportTest::humanClicks));
    }

    private static void assertRate(JsonNode rate, long part, long whole) {
        if (whole == 0) {
            assertThat(rate.isNull()).isTrue();
        } else {
            assertThat(rate.decimalValue())
                    .isEqualByComparingTo(
                            BigDecimal.valueOf(part).divide(BigDecimal.valueOf(whole), 4, RoundingMode.HALF_UP))
                    .isLessThanOrEqualTo(BigDecimal.ONE);
        }
    }

    /** The person's messages with their attempts' numbers. */
    private static List<Message> numbered(Person person) {
        List<Message> numbered = new ArrayList<>();
        for (Message m : person.messages()) {
            numbered.add(new Message(
                    m.state(),
                    m.settled(),
                    numbered.size() + 1,
                    m.minute(),
                    m.parts(),
                    m.billedParts(),
                    m.tenthsOfCents(),
                    m.opened(),
                    m.optOut(),
                    m.clicks()));
        }
        return numbered;
    }

    private static void insert(UUID campaign, List<Person> people) {
        for (int i = 0; i < people.size(); i++) {
            Person person = people.get(i);
            UUID contact = UUID.randomUUID();
            String number = "+1212555" + (1000 + i);
            platform.execute(
                    "INSERT INTO contacts (id, campaign_id, phone_number, status, sms_outcome) VALUES (?, ?, ?, ?, ?)",
                    contact,
                    campaign,
                    number,
                    person.status(),
                    person.outcome());
            numbered(person).forEach(message -> insert(campaign, contact, number, message));
        }
    }

    private static void insert(UUID campaign, UUID contact, String number, Message message) {
        UUID record = UUID.randomUUID();
        Timestamp sentAt = Timestamp.from(message.sentAt());
        platform.execute(
                "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, failure_reason, sent_at,"
                        + " accepted_at, attempt, parts, provider_parts, cost, opened_at) VALUES (?, ?, ?, ?, 'x', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                record,
                campaign,
                contact,
                number,
                message.status(),
                message.reason(),
                sentAt,
                message.settled() && !message.state().equals("unknown") ? sentAt : null,
                message.attempt(),
                message.parts(),
                message.billedParts(),
                cost(message),
                message.opened() ? sentAt : null);
        if (message.optOut()) {
            platform.execute("UPDATE sms_records SET opted_out = true WHERE id = ?", record);
        }
        String token = UUID.randomUUID().toString().replace("-", "").substring(0, 20);
        platform.execute(
                "INSERT INTO sms_links (token, record_id, position, target) VALUES (?, ?, 1, 'https://x.example')",
                token,
                record);
        for (String kind : message.clicks()) {
            platform.execute(
                    "INSERT INTO sms_clicks (token, record_id, campaign_id, clicked_at, kind, reason) VALUES (?, ?, ?, ?, ?, ?)",
                    token,
                    record,
                    campaign,
                    Timestamp.from(message.clickedAt()),
                    kind,
                    kind.equals("human") ? null : "head");
        }
    }

    private static long parts(Message message) {
        return message.billedParts() == null ? message.parts() : message.billedParts();
    }

    private static BigDecimal cost(Message message) {
        return BigDecimal.valueOf(message.tenthsOfCents(), 3);
    }

    private static BigDecimal cost(List<Message> messages) {
        return messages.stream().map(ReportTest::cost).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static long humanClicks(Message message) {
        return message.clicks().stream().filter("human"::equals).count();
    }

    private static long count(List<Message> messages, Predicate<Message> which) {
        return messages.stream().filter(which).count();
    }

    private static long sum(List<Message> messages, ToLongFunction<Message> figure) {
        return messages.stream().mapToLong(figure).sum();
    }

    private static Map<String, Long> counted(List<Person> people, java.util.function.Function<Person, String> word) {
        Map<String, Long> counts = new TreeMap<>();
        people.forEach(person -> counts.merge(word.apply(person), 1L, Long::sum));
        return counts;
    }

    private static Map<String, Long> with(Map<String, Long> counts, String... words) {
        for (String word : words) {
            counts.putIfAbsent(word, 0L);
        }
        return counts;
    }

    private static Map<String, Long> counts(JsonNode object) {
        Map<String, Long> counts = new TreeMap<>();
        object.properties()
                .forEach(count -> counts.put(count.getKey(), count.getValue().longValue()));
        return counts;
    }

    static JsonNode report(UUID campaign) {
        return ask("{\"campaignId\": \"" + campaign + "\", \"report\": true}");
    }

    private static JsonNode ask(String event) {
        try {
            return new JsonMapper().readTree(tracker.track(event.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDispatchedCampaignsReportSaysWhatTheReplySaid() {
        UUID campaign = platform.campaign("Hi {{name}}", Platform.ALWAYS);
        platform.contacts(campaign, 4);
        platform.contact(campaign, "+12125559990", null, "{}");
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            Platform.dispatch(dispatcher, campaign, 100);
        }

        JsonNode report = report(campaign);

        assertThat(report.get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(report.get("contacts").toString())
                .isEqualTo("{\"pending\":0,\"in_progress\":0,\"completed\":4,\"failed\":1,\"blacklisted\":0}");
        assertThat(report.get("outcomes").toString()).isEqualTo("{\"sent\":4,\"templateError\":1}");
        assertThat(report.get("messages").toString())
                .isEqualTo("{\"accepted\":4,\"sent\":4,\"delivered\":0,\"undelivered\":0,\"failed\":0,\"unknown\":0}");
        assertThat(report.get("parts").intValue()).isEqualTo(4);
        assertThat(report.get("clickThroughRate").isNull()).isTrue();
    }

    @Test
    void aCampaignWithoutAnybodyHasAReportOfNoughts() {
        JsonNode report = report(platform.campaign());

        assertThat(report.get("messages").get("accepted").intValue()).isZero();
        assertThat(report.get("outcomes")).isEmpty();
        assertThat(report.get("attempts")).isEmpty();
        assertThat(report.get("hours")).isEmpty();
        assertThat(report.get("deliveryRate").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"report\": true}",
                "{\"report\": true, \"campaignId\": 7}",
                "{\"report\": true, \"campaignId\": \"1-1-1-1-1\"}",
                "{\"report\": true, \"campaignId\": \"x' OR 'a'='a\"}",
            })
    void aQuestionWithoutACampaignIsRefused(String event) {
        assertThatThrownBy(() -> ask(event))
                .isInstanceOf(BadEventException.class)
                .hasMessageContaining("campaignId");
    }

    @Test
    void aCampaignThatIsNotThereIsSaidSo() {
        UUID nobody = UUID.randomUUID();

        assertThatThrownBy(() -> report(nobody))
                .isInstanceOf(CampaignNotFoundException.class)
                .hasMessageContaining(nobody.toString());
    }
}
