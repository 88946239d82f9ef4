package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.proof.ChaosJudge.OptOut;
import org.smsdispatcher.proof.ChaosJudge.Rule;
import org.smsdispatcher.publish.PublishPolicy;

/** The positive control of the invariants: each of them convicts what was broken by hand, and nothing else is convicted. */
class ChaosJudgeTest {

    private static final String TOPIC = "arn:aws:sns:us-east-1:000000000000:mine";
    private static final String REPLY =
            "{\"totalContacts\":3,\"sentCount\":1,\"skippedCount\":1,\"failedCount\":1,\"skipped\":{\"blacklisted\":1},\"failed\":{\"unknown\":1}}";

    private static Platform platform;

    @TempDir
    private Path directory;

    private final List<Accepted> accepted = new ArrayList<>();
    private final List<OptOut> optOuts = new ArrayList<>();
    private final List<String> replies = new ArrayList<>(List.of(REPLY));
    private final List<String> contradictions = new ArrayList<>();
    private PublishPolicy policy = PublishPolicy.FAIL;
    private Instant asleepFrom = Instant.MAX;
    private long imported = 4;
    private UUID campaign;
    private UUID sent;
    private UUID unknown;
    private UUID barred;
    private UUID again;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        platform.execute(ChaosCampaign.ledger());
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    /** Four contacts of whom all is well: one texted, one perhaps, one barred, and one texted again since the first message was lost. */
    @BeforeEach
    void dispatch() throws IOException {
        campaign = platform.campaign();
        sent = contact("+12125550100", "completed", "sent", 1);
        unknown = contact("+12125550101", "failed", "unknown", 1);
        barred = contact("+12125550102", "blacklisted", "blacklisted", 0);
        again = contact("+12125550103", "completed", "sent", 2);
        take(record(sent, 1, "sent"));
        take(record(unknown, 1, "failed"));
        take(record(again, 1, "undelivered"));
        hear(again, 1, "undelivered", "now()");
        take(record(again, 2, "sent"));
        complete();
        Files.writeString(directory.resolve("function.log"), "+972*****67 was texted\n");
    }

    @AfterEach
    void forget() {
        platform.execute("TRUNCATE campaigns, contacts, sms_records, sms_events, sms_links, sms_clicks, blacklist");
        platform.execute("TRUNCATE ledger.allowed, ledger.completions, ledger.overwritten, ledger.leases");
    }

    private UUID contact(String number, String status, String outcome, int attempts) {
        UUID id = platform.contact(campaign, number, null, "{}");
        platform.execute(
                "UPDATE contacts SET status = ?, sms_outcome = ?, attempts = ? WHERE id = ?",
                status,
                outcome,
                attempts,
                id);
        return id;
    }

    /** A record whose id is later in order than those of attempts before, so that it is always the same that breaks. */
    private UUID record(UUID contact, int attempt, String status) {
        UUID id = new UUID(attempt, contact.getLeastSignificantBits());
        platform.execute(
                "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at, attempt,"
                        + " sns_message_id, accepted_at, failure_reason)"
                        + " SELECT ?, campaign_id, id, phone_number, 'Hi', ?, now(), ?, 'sns-' || id || ?,"
                        + " CASE ? WHEN 'failed' THEN NULL ELSE now() END,"
                        + " CASE ? WHEN 'failed' THEN 'unknown_publish_outcome' END FROM contacts WHERE id = ?",
                id,
                status,
                attempt,
                attempt,
                status,
                status,
                contact);
        return id;
    }

    /** SNS takes a record's message. */
    private void take(UUID record) {
        take(record, TOPIC, "Hi");
    }

    private void take(UUID record, String topic, String text) {
        Map<String, Object> row = platform.rows(
                        "SELECT contact_id::text, attempt::text, phone_number, sns_message_id FROM sms_records WHERE id = ?",
                        record)
                .get(0);
        accepted.add(new Accepted(
                topic,
                record.toString(),
                (String) row.get("sns_message_id"),
                null,
                new JsonMapper()
                        .createObjectNode()
                        .put("phoneNumber", (String) row.get("phone_number"))
                        .put("message", text)
                        .put("campaignId", campaign.toString())
                        .put("contactId", (String) row.get("contact_id"))
                        .toString(),
                Map.of(
                        "smsRecordId", record.toString(),
                        "attempt", (String) row.get("attempt"),
                        "sendBefore", Instant.now().plusSeconds(60).toString()),
                Instant.now()));
    }

    /** SNS takes a message that is not quite that one. */
    private void takeAs(Accepted like, String message, Instant receivedAt) {
        accepted.add(new Accepted(
                like.topicArn(),
                like.entryId(),
                like.messageId(),
                like.subject(),
                message,
                like.attributes(),
                receivedAt));
    }

    private UUID recordOf(UUID contact, int attempt) {
        return UUID.fromString(
                platform.text("SELECT id FROM sms_records WHERE contact_id = ? AND attempt = ?", contact, attempt));
    }

    /** A receipt comes, and changes nothing. */
    private void hear(UUID contact, int attempt, String status, String when) {
        platform.execute(
                "INSERT INTO sms_events (fingerprint, record_id, provider, status, word, received_at) VALUES (?, ?, 'gateway', ?, ?, "
                        + when + ")",
                UUID.randomUUID(),
                recordOf(contact, attempt),
                status,
                status);
    }

    private void complete() {
        platform.execute("UPDATE campaigns SET status = 'active' WHERE id = ?", campaign);
        platform.execute("UPDATE campaigns SET status = 'completed' WHERE id = ?", campaign);
    }

    private void change(UUID contact, String what) {
        platform.execute("UPDATE contacts SET " + what + " WHERE id = ?", contact);
    }

    private Set<Rule> broken() throws IOException {
        return ChaosJudge.judge(new ChaosJudge.Evidence(
                        platform::rows,
                        campaign,
                        policy,
                        3,
                        accepted,
                        Map.of(TOPIC, "postgres"),
                        optOuts,
                        (zone, at) -> at.isBefore(asleepFrom),
                        imported,
                        replies,
                        contradictions,
                        List.of(directory.resolve("function.log")),
                        List.of(Pattern.compile("\\+1212555\\d{4}"))))
                .broken()
                .entrySet()
                .stream()
                .filter(rule -> !rule.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    @Test
    void nothingIsBrokenWhereAllIsWell() throws IOException {
        assertThat(broken()).isEmpty();
    }

    @Test
    void aMessageRepeatedUnderItsIdIsWhatPolicyRepublishDoes() throws IOException {
        policy = PublishPolicy.REPUBLISH;
        take(recordOf(sent, 1));

        assertThat(broken()).isEmpty();
    }

    /** A deed, what it is called, and which rules it breaks: one, but where one deed is two crimes. */
    static Stream<Arguments> crimes() {
        return Stream.of(
                crime("a message is sent twice", c -> c.take(c.recordOf(c.sent, 1)), Rule.I1),
                crime(
                        "a message is repeated, but another one",
                        c -> {
                            c.policy = PublishPolicy.REPUBLISH;
                            c.take(c.recordOf(c.sent, 1), TOPIC, "Ho");
                        },
                        Rule.I1),
                crime(
                        "a message is sent by who did not arm it",
                        c -> {
                            c.accepted.remove(0);
                            c.take(c.recordOf(c.sent, 1), TOPIC + "-not", "Hi");
                        },
                        Rule.I1),
                crime(
                        "somebody is texted again without a receipt",
                        c -> {
                            c.change(c.sent, "attempts = 2");
                            c.take(c.record(c.sent, 2, "sent"));
                        },
                        Rule.I2,
                        Rule.I4),
                crime(
                        "somebody is texted again though the message was not lost",
                        c -> platform.execute("UPDATE sms_events SET status = 'sent'"),
                        Rule.I2),
                crime(
                        "somebody is texted again though the message had arrived",
                        c -> {
                            c.hear(c.again, 1, "delivered", "now() - interval '1 hour'");
                            platform.execute(
                                    "UPDATE sms_records SET status = 'delivered' WHERE id = ?", c.recordOf(c.again, 1));
                        },
                        Rule.I2),
                crime(
                        "one number is texted as two contacts",
                        c -> {
                            Accepted other = c.accepted.remove(1);
                            c.takeAs(other, other.message().replace("0101", "0100"), other.receivedAt());
                        },
                        Rule.I2),
                crime(
                        "somebody is forgotten",
                        c -> c.change(c.barred, "status = 'pending', sms_outcome = NULL"),
                        Rule.I3),
                crime(
                        "somebody stays in progress",
                        c -> c.change(c.barred, "status = 'in_progress', sms_outcome = NULL"),
                        Rule.I3),
                crime("a lease is left", c -> c.change(c.sent, "sms_lease_id = id"), Rule.I3),
                crime("a contact is lost", c -> c.imported = 5, Rule.I3),
                crime("somebody is completed and was never texted", c -> c.accepted.remove(0), Rule.I4),
                crime(
                        "somebody was texted, and nobody knows",
                        c -> c.change(c.unknown, "sms_outcome = 'refused'"),
                        Rule.I4),
                crime("an attempt has no record", c -> c.change(c.sent, "attempts = 2"), Rule.I5),
                crime(
                        "there are more attempts than allowed",
                        c -> {
                            c.change(c.barred, "attempts = 4, status = 'failed', sms_outcome = 'unknown'");
                            for (int attempt = 1; attempt <= 4; attempt++) {
                                c.record(c.barred, attempt, "failed");
                            }
                        },
                        Rule.I5),
                crime(
                        "a number is texted after it was barred",
                        c -> c.optOuts.add(
                                new OptOut("+12125550100", Instant.now().minusSeconds(60))),
                        Rule.I6),
                crime(
                        "somebody asleep is texted",
                        c -> c.asleepFrom = Instant.now().minusSeconds(60),
                        Rule.I7),
                crime(
                        "a message comes when its window is over, and before it is worthless",
                        c -> {
                            Accepted late = c.accepted.remove(0);
                            c.asleepFrom = late.receivedAt().plusSeconds(10);
                            c.takeAs(late, late.message(), late.receivedAt().plusSeconds(20));
                        },
                        Rule.I7),
                crime(
                        "the campaign is completed before its last contact",
                        c -> {
                            c.change(c.barred, "status = 'pending'");
                            c.complete();
                            c.change(c.barred, "status = 'blacklisted'");
                        },
                        Rule.I8),
                crime("the campaign is never completed", c -> platform.execute("TRUNCATE ledger.completions"), Rule.I8),
                crime(
                        "a reply does not add up",
                        c -> c.replies.add(REPLY.replace("Contacts\":3", "Contacts\":4")),
                        Rule.I9),
                crime(
                        "a reply does not give its reasons",
                        c -> c.replies.add(REPLY.replace("unknown\":1", "unknown\":0")),
                        Rule.I9),
                crime("a reply contradicts the tables", c -> c.contradictions.add("completed by 2"), Rule.I9),
                crime("a number is in a log", c -> c.print("texting +12125550100"), Rule.I10),
                crime(
                        "what a receipt wrote is overwritten",
                        c -> platform.execute(
                                "UPDATE sms_records SET provider = 'other' WHERE id = ?", c.recordOf(c.again, 1)),
                        Rule.I11),
                crime("a record does not follow its receipt", c -> c.hear(c.again, 2, "delivered", "now()"), Rule.I11),
                crime(
                        "a contact does not follow its record",
                        c -> c.change(c.again, "status = 'failed', sms_outcome = 'undelivered'"),
                        Rule.I11));
    }

    @FunctionalInterface
    private interface Deed {
        void doneTo(ChaosJudgeTest campaign);
    }

    private static Arguments crime(String what, Deed deed, Rule... rules) {
        return Arguments.of(what, deed, Set.of(rules));
    }

    private void print(String line) {
        try {
            Files.writeString(directory.resolve("function.log"), line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("crimes")
    void eachRuleConvictsWhatBreaksItAndNothingElseIsConvicted(String what, Deed deed, Set<Rule> rules)
            throws IOException {
        deed.doneTo(this);

        assertThat(broken()).as(what).isEqualTo(rules);
    }

    @Test
    void aDispatcherWithoutRecordsIsConvictedOfTextingTwiceAndTheBarred() {
        Accepted text = new Accepted(
                TOPIC,
                null,
                "sns",
                null,
                new JsonMapper()
                        .createObjectNode()
                        .put("phoneNumber", "+12125550100")
                        .put("message", "Hi")
                        .put("campaignId", campaign.toString())
                        .put("contactId", sent.toString())
                        .put("timestamp", Instant.now().toString())
                        .toString(),
                Map.of(),
                Instant.now());
        OptOut before = new OptOut("+12125550100", Instant.now().minus(Duration.ofMinutes(1)));

        assertThat(naively(List.of(text), List.of()).convicts()).isFalse();
        assertThat(naively(List.of(text, text), List.of()).convicts()).isFalse();
        assertThat(naively(List.of(text), List.of(before)).convicts()).isFalse();
        assertThat(naively(List.of(text, text), List.of(before)).convicts()).isTrue();
    }

    private ChaosJudge.Verdict naively(List<Accepted> texts, List<OptOut> barredBefore) {
        return ChaosJudge.judgeSends(new ChaosJudge.Evidence(
                platform::rows,
                campaign,
                policy,
                3,
                texts,
                Map.of(),
                barredBefore,
                (zone, at) -> true,
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of()));
    }
}
