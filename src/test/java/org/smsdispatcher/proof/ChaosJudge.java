package org.smsdispatcher.proof;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import org.smsdispatcher.Invariants;
import org.smsdispatcher.Invariants.Broken;
import org.smsdispatcher.Invariants.Rows;
import org.smsdispatcher.Invariants.Text;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.publish.PublishPolicy;

/** What has to hold after a chaos run, from the tables, the ledger, what SNS took, the replies and the logs. */
final class ChaosJudge {

    /** What has to hold; docs/proof-chaos.md shows them by these numbers. */
    enum Rule {
        I1(
                "SNS took no message twice (REPUBLISH: but for its repetition under the same id), and none that its sender had not armed"),
        I2("nobody was texted again without a receipt that the message was lost, no number as two contacts"),
        I3("every contact imported has a last status; nobody is pending, in progress, leased or armed"),
        I4("completed contacts were texted; texted contacts are completed, or known to be unknown"),
        I5("as many attempts as records, and no more than allowed"),
        I6("nobody was texted whose number was blacklisted before the message was armed"),
        I7("whoever was texted was awake when the message was armed, and until its sendBefore"),
        I8("at the instant of completion nobody was pending or in progress"),
        I9(
                "the counts of every reply add up, and are what the tables show when nobody else is at work; errors are the expected ones"),
        I10("no phone number, message, name or password is in any log"),
        I11("what a receipt wrote was never overwritten");

        final String sentence;

        Rule(String sentence) {
            this.sentence = sentence;
        }
    }

    /** Since when a number is certainly on the blacklist. */
    record OptOut(String e164, Instant committed) {}

    /**
     * What there is to judge.
     *
     * @param rows asks the run's database, which has the ledger
     * @param accepted what SNS took, in order
     * @param logins the database login of the functions that publish to each topic
     * @param optOuts numbers blacklisted during the run
     * @param awake whether a zone, null for the campaign's, is awake at an instant
     * @param imported how many contacts there have to be
     * @param replies every reply of a dispatch
     * @param contradictions what else contradicted the tables: replies, the function's own audit; errors nobody expected
     * @param logs everything the functions printed
     * @param secrets what no log may hold
     */
    record Evidence(
            Rows rows,
            UUID campaign,
            PublishPolicy policy,
            int maxAttempts,
            List<Accepted> accepted,
            Map<String, String> logins,
            List<OptOut> optOuts,
            BiPredicate<String, Instant> awake,
            long imported,
            List<String> replies,
            List<String> contradictions,
            List<Path> logs,
            List<Pattern> secrets) {}

    /** Who may publish an attempt, since when. */
    private record Allowed(String login, Instant at) {}

    private final Evidence evidence;
    private final Map<Rule, List<String>> broken = new EnumMap<>(Rule.class);
    private long late;

    private ChaosJudge(Evidence evidence, Set<Rule> rules) {
        this.evidence = evidence;
        rules.forEach(rule -> broken.put(rule, new ArrayList<>()));
    }

    /**
     * What was found.
     *
     * @param broken per rule that was judged what breaks it, nothing where it holds
     * @param late messages that SNS took after their sendBefore, which a gateway drops
     */
    record Verdict(Map<Rule, List<String>> broken, long late) {

        /** Whether it is what the naive dispatcher has to be found guilty of: texting twice, and texting who is on the blacklist. */
        boolean convicts() {
            return !broken.get(Rule.I1).isEmpty() && !broken.get(Rule.I6).isEmpty();
        }
    }

    /** Checks everything. */
    static Verdict judge(Evidence evidence) throws IOException {
        ChaosJudge judge = new ChaosJudge(evidence, EnumSet.allOf(Rule.class));
        judge.checkStory();
        judge.checkEnd();
        judge.checkAttempts();
        judge.checkSends();
        judge.checkCompletions();
        judge.checkReplies();
        judge.checkLogs();
        judge.checkReceipts();
        return judge.verdict();
    }

    /** Checks only whether somebody was texted twice, though blacklisted or asleep: all there is to ask of a function without records. */
    static Verdict judgeSends(Evidence evidence) {
        ChaosJudge judge = new ChaosJudge(evidence, EnumSet.of(Rule.I1, Rule.I6, Rule.I7));
        Invariants.repeated(judge.texts(), evidence.policy()).forEach(judge::add);
        judge.checkSends();
        return judge.verdict();
    }

    private Verdict verdict() {
        return new Verdict(broken, late);
    }

    private void breaks(Rule rule, String what) {
        broken.get(rule).add(what);
    }

    private List<Text> texts() {
        return evidence.accepted().stream().map(Text::of).toList();
    }

    private void checkStory() {
        Invariants.broken(evidence.rows(), texts(), evidence.campaign(), evidence.policy())
                .forEach(this::add);
        Map<String, String> contacts = new HashMap<>();
        for (Text text : texts()) {
            String other = contacts.putIfAbsent(text.phoneNumber(), text.contactId());
            if (other != null && !other.equals(text.contactId())) {
                breaks(Rule.I2, "one number, contacts " + other + " and " + text.contactId());
            }
        }
    }

    private void add(Broken each) {
        Rule rule = switch (each.rule()) {
            case TEXTED_ONCE -> Rule.I1;
            case TEXTED_AGAIN_FOR_A_REASON -> Rule.I2;
            case NOBODY_STRANDED -> Rule.I3;
            case SAME_STORY -> Rule.I4;
            case ATTEMPTS_ARE_RECORDS -> Rule.I5;
            case RECEIPTS_FOLLOWED -> Rule.I11;
        };
        breaks(rule, each.evidence());
    }

    private List<Map<String, Object>> rows(String sql, Object... arguments) {
        return evidence.rows().of(sql, arguments);
    }

    private void checkEnd() {
        long sum = 0;
        for (Map<String, Object> row : rows(
                "SELECT status, count(*) AS contacts FROM contacts WHERE campaign_id = ? GROUP BY 1",
                evidence.campaign())) {
            sum += (Long) row.get("contacts");
            if (row.get("status").equals("pending") || row.get("status").equals("in_progress")) {
                breaks(Rule.I3, row.toString());
            }
        }
        if (sum != evidence.imported()) {
            breaks(Rule.I3, evidence.imported() + " contacts were imported, " + sum + " have a status");
        }
    }

    private void checkAttempts() {
        // not as many as records: of contacts that a receipt came for, Invariants says so under other rules alone
        rows(
                        "SELECT c.id, c.attempts, count(r.id) AS records FROM contacts c LEFT JOIN sms_records r ON r.contact_id = c.id"
                                + " WHERE c.campaign_id = ? GROUP BY c.id HAVING c.attempts <> count(r.id) OR c.attempts > ?",
                        evidence.campaign(),
                        evidence.maxAttempts())
                .forEach(row -> breaks(Rule.I5, row.toString()));
    }

    /** Each message that SNS took: somebody allowed it, before the number was barred and while its recipient was awake. */
    private void checkSends() {
        Map<String, List<Allowed>> allowed = allowed();
        Map<String, String> zones = new HashMap<>();
        rows("SELECT id::text, timezone FROM contacts WHERE campaign_id = ?", evidence.campaign())
                .forEach(row -> zones.put((String) row.get("id"), (String) row.get("timezone")));
        Map<String, Instant> barred = new HashMap<>();
        evidence.optOuts().forEach(optOut -> barred.merge(optOut.e164(), optOut.committed(), ChaosJudge::earlier));
        for (Accepted message : evidence.accepted()) {
            Text text = Text.of(message);
            Optional<Instant> since = since(allowed, message, text);
            Instant listed = barred.getOrDefault(text.phoneNumber(), Instant.MAX);
            String zone = zones.get(text.contactId());
            if (since.isEmpty()) {
                breaks(Rule.I1, "SNS took what nobody had armed: " + text);
            } else if (listed.isBefore(since.get())) {
                breaks(Rule.I6, "blacklisted at " + listed + ", armed at " + since.get() + ": " + text);
            }
            if (since.isPresent() && !evidence.awake().test(zone, since.get())) {
                breaks(Rule.I7, "armed at " + since.get() + ", zone " + zone + ": " + text);
            }
            checkArrival(message, zone);
        }
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private void checkArrival(Accepted message, String zone) {
        String sendBefore = message.attributes().get("sendBefore");
        boolean dropped = sendBefore != null && !message.receivedAt().isBefore(Instant.parse(sendBefore));
        late += dropped ? 1 : 0;
        if (!dropped && !evidence.awake().test(zone, message.receivedAt())) {
            breaks(
                    Rule.I7,
                    "taken at " + message.receivedAt() + ", to be sent before " + sendBefore + ", zone " + zone);
        }
    }

    private Map<String, List<Allowed>> allowed() {
        Map<String, List<Allowed>> allowed = new HashMap<>();
        for (Map<String, Object> row : rows(
                "SELECT a.contact_id || ':' || a.attempt AS attempt, a.login, a.at FROM ledger.allowed a"
                        + " JOIN contacts c ON c.id = a.contact_id WHERE c.campaign_id = ?",
                evidence.campaign())) {
            allowed.computeIfAbsent((String) row.get("attempt"), key -> new ArrayList<>())
                    .add(new Allowed((String) row.get("login"), ((Timestamp) row.get("at")).toInstant()));
        }
        return allowed;
    }

    /**
     * Since when whoever published it was last allowed to: a later process of the same login takes over only once the one before can no
     * longer be on its way. A function that arms nothing is taken at its own word.
     */
    private Optional<Instant> since(Map<String, List<Allowed>> allowed, Accepted message, Text text) {
        if (text.recordId() == null) {
            return Optional.of(Instant.parse(
                    ChaosJson.read(message.message()).get("timestamp").textValue()));
        }
        String login = evidence.logins().get(message.topicArn());
        return allowed.getOrDefault(text.contactId() + ":" + text.attempt(), List.of()).stream()
                .filter(each -> each.login().equals(login))
                .map(Allowed::at)
                .filter(at -> !at.isAfter(message.receivedAt()))
                .max(Comparator.naturalOrder());
    }

    private void checkCompletions() {
        List<Map<String, Object>> completions =
                rows("SELECT * FROM ledger.completions WHERE campaign_id = ?", evidence.campaign());
        if (completions.isEmpty()) {
            breaks(Rule.I8, "the campaign was never completed");
        }
        completions.stream()
                .filter(row -> (Long) row.get("pending") + (Long) row.get("in_progress") > 0)
                .forEach(row -> breaks(Rule.I8, row.toString()));
    }

    private void checkReplies() {
        evidence.replies()
                .forEach(reply ->
                        Invariants.doesNotAddUp(ChaosJson.read(reply)).ifPresent(wrong -> breaks(Rule.I9, wrong)));
        evidence.contradictions().forEach(wrong -> breaks(Rule.I9, wrong));
    }

    private void checkLogs() throws IOException {
        for (Path log : evidence.logs()) {
            try (BufferedReader reader = Files.newBufferedReader(log, StandardCharsets.UTF_8)) {
                reader.lines()
                        .filter(line -> evidence.secrets().stream()
                                .anyMatch(secret -> secret.matcher(line).find()))
                        .forEach(line -> breaks(Rule.I10, log.getFileName() + ": " + line));
            }
        }
    }

    private void checkReceipts() {
        rows("SELECT * FROM ledger.overwritten").forEach(row -> breaks(Rule.I11, row.toString()));
    }
}
