package org.smsdispatcher.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.smsdispatcher.cli.TextTable;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.local.Batches.Sums;
import org.smsdispatcher.local.LocalDatabase.Dispatched;
import org.smsdispatcher.local.LocalDatabase.Recorded;
import org.smsdispatcher.local.LocalDatabase.Waiting;
import org.smsdispatcher.reply.Outcome;

/** Shows what became of a campaign. Phone numbers are masked but for their last two digits. */
final class Report {

    private static final int EXAMPLES = 3;
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("EEE HH:mm", Locale.ENGLISH);

    private final PrintStream out;
    private final LocalDatabase database;
    private final UUID campaign;
    private final ZoneClocks clocks;

    Report(PrintStream out, LocalDatabase database, UUID campaign, ZoneClocks clocks) {
        this.out = out;
        this.database = database;
        this.campaign = campaign;
        this.clocks = clocks;
    }

    /** The replies' sums, and what they cost. */
    void sums(Sums sums, int statements) {
        out.println();
        out.println("What the " + sums.invocations() + " replies say together");
        TextTable table = new TextTable("OUTCOME", "CONTACTS", "COUNTED AS");
        for (Outcome outcome : Outcome.values()) {
            Integer count = sums.byOutcome().get(outcome.word());
            if (count != null) {
                table.add(outcome.word(), count.toString(), kind(outcome));
            }
        }
        table.print(out);
        int waiting =
                database.waiting(campaign).stream().mapToInt(Waiting::contacts).sum();
        out.println("  " + sums.contacts() + " contacts done, " + waiting + " left waiting; the campaign is "
                + sums.last().path("campaignStatus").asText());
        out.println();
        out.printf(
                Locale.ROOT,
                "%d contacts in %.1f s: %.0f contacts/s%n",
                sums.contacts(),
                sums.busy().toMillis() / 1e3,
                sums.contacts() / Math.max(0.001, sums.busy().toMillis() / 1e3));
        if (sums.sent() > 0) {
            out.printf(
                    Locale.ROOT,
                    "SQL statements per message: %.2f (%d for %d messages)%n",
                    (double) statements / sums.sent(),
                    statements,
                    sums.sent());
        }
    }

    /** Whether replies, database and (where it is the local run's own) SNS tell the same number of messages. */
    boolean agreement(int replied, int recorded, Optional<SnsEndpoint> sns) {
        int received = sns.map(endpoint -> endpoint.accepted().size()).orElse(recorded);
        boolean agreed = replied == recorded && recorded == received;
        out.println("Sent: " + replied + " by the replies, " + recorded + " by PostgreSQL"
                + (sns.isPresent() ? ", " + received + " by SNS" : "")
                + (agreed ? "" : "; THEY DO NOT AGREE"));
        return agreed;
    }

    private static String kind(Outcome outcome) {
        return switch (outcome.kind()) {
            case SENT -> "sentCount";
            case SKIPPED -> "skippedCount";
            case FAILED -> "failedCount";
            case HANDED_BACK -> "";
        };
    }

    /** Who got it, and why not the others. */
    void contacts(boolean all) {
        List<Dispatched> contacts = database.dispatched(campaign, all ? Integer.MAX_VALUE : EXAMPLES);
        out.println();
        out.println("Who got it, and why not the others"
                + (all ? "" : " (at most " + EXAMPLES + " of each; --all for all)"));
        TextTable table = new TextTable("OUTCOME", "CONTACTS", "NUMBER", "TIME ZONE", "REASON");
        Map<String, Integer> shown = new TreeMap<>();
        contacts.stream()
                .sorted(Comparator.comparingInt(contact -> place(contact.outcome())))
                .forEach(contact -> {
                    boolean first = shown.merge(contact.outcome(), 1, Integer::sum) == 1;
                    table.add(
                            first ? contact.outcome() : "",
                            first ? Integer.toString(contact.inOutcome()) : "",
                            PhoneNumbers.mask(contact.phoneNumber()),
                            contact.zone() == null ? "the campaign's" : contact.zone(),
                            reason(contact));
                });
        table.print(out);
    }

    /** Outcomes in the order of the contract, what is none behind them. */
    private static int place(String word) {
        List<String> words = Arrays.stream(Outcome.values()).map(Outcome::word).toList();
        return words.contains(word) ? words.indexOf(word) : words.size();
    }

    private String reason(Dispatched contact) {
        if (contact.reason() != null) {
            return contact.reason();
        }
        return contact.outcome().equals("waiting")
                ? clocks.next(contact.zone(), Instant.EPOCH)
                        .map(next -> "may be texted from " + local(contact.zone(), next) + " local time")
                        .orElse("no window will ever be open")
                : "";
    }

    /** Messages as the SNS endpoint took them. */
    void messages(SnsEndpoint sns) {
        List<SnsEndpoint.Accepted> accepted = sns.accepted();
        out.println();
        out.println("What SNS received: " + accepted.size() + " messages in " + sns.publishCalls()
                + " calls, for example (number masked here)");
        accepted.stream().limit(EXAMPLES).forEach(this::message);
    }

    private void message(SnsEndpoint.Accepted message) {
        out.println("  Subject: " + message.subject());
        new TreeMap<>(message.attributes()).forEach((name, value) -> out.println("  " + name + ": " + value));
        pretty(message.message()).lines().forEach(line -> out.println("  " + line));
    }

    static String pretty(String text) {
        try {
            JsonMapper json = new JsonMapper();
            JsonNode node = json.readTree(text);
            if (node instanceof ObjectNode object && object.has("phoneNumber")) {
                object.put(
                        "phoneNumber",
                        PhoneNumbers.mask(object.get("phoneNumber").asText()));
            }
            return json.writerWithDefaultPrettyPrinter().writeValueAsString(node);
        } catch (JsonProcessingException e) {
            return text;
        }
    }

    /** Messages as the database keeps them, where SNS is somebody else's. */
    void records() {
        out.println();
        out.println("The last messages that SNS took, as sms_records keeps them");
        TextTable table = new TextTable("NUMBER", "SNS MESSAGE ID", "MESSAGE");
        for (Recorded sent : database.recorded(campaign, EXAMPLES)) {
            table.add(PhoneNumbers.mask(sent.phoneNumber()), String.valueOf(sent.snsMessageId()), sent.message());
        }
        table.print(out);
    }

    /** Who is asleep, and until when. */
    void zones(Optional<Instant> nextDispatchAt) {
        List<Waiting> waiting = database.waiting(campaign);
        out.println();
        if (nextDispatchAt.isEmpty()) {
            out.println(
                    waiting.isEmpty()
                            ? "Nobody is left."
                            : waiting.size() + " time zones are left with nobody to dispatch now.");
            return;
        }
        out.println("Next dispatch (nextDispatchAt): " + nextDispatchAt.get() + ", in " + in(nextDispatchAt.get()));
        TextTable table = new TextTable("TIME ZONE", "WAITING", "LOCAL TIME", "MAY BE TEXTED FROM", "IN");
        waiting.stream()
                .sorted(Comparator.comparing(
                        zone -> clocks.next(zone.zone(), zone.due()).orElse(Instant.MAX)))
                .forEach(zone -> addZone(table, zone));
        table.print(out);
    }

    private void addZone(TextTable table, Waiting zone) {
        Optional<Instant> next = clocks.next(zone.zone(), zone.due());
        table.add(
                zone.zone().isEmpty() ? "the campaign's" : zone.zone(),
                Integer.toString(zone.contacts()),
                local(zone.zone(), clocks.now()),
                next.map(at -> local(zone.zone(), at)).orElse("never"),
                next.map(this::in).orElse(""));
    }

    private String local(String zone, Instant at) {
        ZoneId clock = clocks.zone(zone).orElse(ZoneOffset.UTC);
        return CLOCK.withZone(clock).format(at);
    }

    private String in(Instant at) {
        Duration left = Duration.between(clocks.now(), at);
        return left.toHours() > 0
                ? left.toHours() + " h " + left.toMinutesPart() + " min"
                : left.toMinutes() + " min " + left.toSecondsPart() + " s";
    }

    /** What to try next. */
    void hint() {
        out.println();
        out.println("Next, your own contacts (a CSV with phone_number,timezone and what the template asks for):");
        out.println(
                "  mvn -q -Plocal -Dargs=\"--contacts people.csv --template 'Hi {{name|there}}!' --windows always\"");
        out.println("Everything it can do: -Dargs=--help, or docs/local-run.md");
    }
}
