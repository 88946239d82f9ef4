package org.smsdispatcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The function's answers, for people. Everything shown stands in the JSON too. */
final class Answers {

    /** How an answer is shown. */
    interface Page {
        void print(JsonNode answer, PrintStream out);
    }

    private Answers() {}

    /** A reply of a dispatch. */
    static void reply(JsonNode reply, PrintStream out) {
        out.println("Campaign " + text(reply, "campaignId") + " is " + text(reply, "campaignStatus") + ": "
                + text(reply, "totalContacts") + " contacts, " + text(reply, "sentCount") + " sent"
                + counts(", skipped ", reply.path("skipped")) + counts(", failed ", reply.path("failed")));
        reply.path("errors").forEach(line -> out.println("  " + line.asText()));
        out.println(
                reply.path("hasMore").booleanValue()
                        ? "More can be dispatched now."
                        : reply.path("nextDispatchAt").isNull()
                                ? "Nothing is left to dispatch."
                                : "Next dispatch: " + text(reply, "nextDispatchAt"));
    }

    static void dryRun(JsonNode answer, PrintStream out) {
        out.println("Campaign " + text(answer, "campaignId") + " is " + text(answer, "campaignStatus") + " at "
                + text(answer, "at"));
        if (!answer.path("dispatches").booleanValue()) {
            out.println("A dispatch now would do nothing: " + text(answer, "because"));
        }
        answer.path("configuration").forEach(problem -> out.println("  config: " + problem.asText()));
        if (!answer.path("redis").asText().equals("asked")) {
            out.println("Redis: " + text(answer, "redis"));
        }
        JsonNode batch = answer.path("nextBatch");
        if (batch.isObject()) {
            out.println();
            out.println("The next batch (" + text(batch, "batchSize") + "): " + text(batch, "totalContacts")
                    + " contacts, " + text(batch, "sentCount") + " sent" + counts(", skipped ", batch.path("skipped"))
                    + counts(", failed ", batch.path("failed")) + "; " + text(batch, "parts") + " parts"
                    + (batch.path("cost").isNull() ? "" : ", cost " + text(batch, "cost")));
        }
        campaign(answer, out);
    }

    private static void campaign(JsonNode answer, PrintStream out) {
        JsonNode campaign = answer.path("campaign");
        out.println();
        out.println("The campaign's contacts: " + list(campaign.path("contacts")));
        if (campaign.path("waiting").isNull()) {
            out.println("Who waits was not counted" + (answer.path("nextBatch").isNull() ? "" : ": it took too long"));
            return;
        }
        out.println((campaign.path("atLeast").booleanValue() ? "At least " : "") + text(campaign, "waiting")
                + " wait; in their own hours they come to"
                + counts(" ", campaign.path("outcomes"))
                + "; " + text(campaign, "parts") + " parts"
                + (campaign.path("cost").isNull() ? "" : ", cost " + text(campaign, "cost"))
                + (campaign.path("estimated").booleanValue()
                        ? " (estimated from " + text(campaign, "judged") + " of them)"
                        : ""));
        TextTable table = new TextTable(
                "TIME ZONE", "WAITING", "DUE", "LOCAL TIME", "OPEN", "MAY BE TEXTED FROM", "THEY COME TO");
        for (JsonNode zone : campaign.path("zones")) {
            table.add(
                    zone.path("zone").asText().isEmpty() ? "the campaign's" : text(zone, "zone"),
                    (zone.path("atLeast").booleanValue() ? ">= " : "") + text(zone, "waiting"),
                    text(zone, "due"),
                    zone.path("valid").booleanValue() ? text(zone, "localTime") : "no time zone",
                    zone.path("open").booleanValue() ? "yes" : "no",
                    zone.path("nextOpening").isNull()
                            ? (zone.path("valid").booleanValue() ? "never" : "")
                            : text(zone, "nextOpening"),
                    list(zone.path("outcomes")));
        }
        table.print(out);
        out.println();
        out.println(
                "Next dispatch: " + (answer.path("nextDispatchAt").isNull() ? "none" : text(answer, "nextDispatchAt")));
        JsonNode finish = answer.path("finish");
        out.println("Finish: "
                + (finish.path("at").isNull() ? "not known" : "about " + text(finish, "at"))
                + (finish.path("messagesPerSecond").isNull()
                        ? ", since nobody said at what pace (--messages-per-second)"
                        : " at " + text(finish, "messagesPerSecond") + " messages/s (" + text(finish, "source") + ")")
                + (finish.path("notBefore").isNull() ? "" : "; not before " + text(finish, "notBefore")));
    }

    static void explanation(JsonNode answer, PrintStream out) {
        out.println("Campaign " + text(answer, "campaignId") + " is " + text(answer, "campaignStatus") + " at "
                + text(answer, "at"));
        if (answer.path("found").intValue() == 0) {
            out.println("It has no such contact"
                    + (answer.path("everySpelling").booleanValue()
                            ? "."
                            : ", as far as was looked: other spellings took too long."));
        }
        for (JsonNode contact : answer.path("contacts")) {
            out.println();
            out.println("Contact " + text(contact, "contactId") + ", " + text(contact, "phoneNumber") + ", "
                    + text(contact, "status") + ": " + text(contact, "outcome")
                    + optional(", then ", contact.path("outcomeThen"))
                    + optional(", eligible at ", contact.path("nextEligibleAt"))
                    + optional("; last outcome ", contact.path("lastOutcome"))
                    + optional(": ", contact.path("lastReason")));
            TextTable gates = new TextTable("GATE", "", "VALUE", "");
            for (JsonNode gate : contact.path("gates")) {
                gates.add(
                        text(gate, "gate"),
                        gate.path("pass").isNull() ? "?" : gate.path("pass").booleanValue() ? "ok" : "NO",
                        gate.path("value").isNull() ? "-" : text(gate, "value"),
                        gate.path("detail").isNull() ? "" : text(gate, "detail"));
            }
            gates.print(out);
            records(contact.path("records"), out);
        }
    }

    private static void records(JsonNode records, PrintStream out) {
        if (records.isEmpty()) {
            return;
        }
        TextTable table = new TextTable(
                "ATTEMPT", "STATUS", "ARMED", "ACCEPTED", "PARTS", "LINKS", "LATEST RECEIPT", "TRIED AGAIN", "FAILURE");
        for (JsonNode record : records) {
            table.add(
                    text(record, "attempt"),
                    text(record, "status"),
                    text(record, "armedAt"),
                    optional("", record.path("acceptedAt")),
                    optional("", record.path("parts")),
                    text(record, "links"),
                    optional("", record.path("receipt").path("word"))
                            + optional(" at ", record.path("receipt").path("at"))
                            + optional(", opened at ", record.path("receipt").path("openedAt")),
                    record.path("receipt").path("undeliverable").booleanValue()
                            ? "never"
                            : optional("from ", record.path("receipt").path("retryAt")),
                    optional("", record.path("failureReason")));
        }
        table.print(out);
    }

    static void verification(JsonNode answer, PrintStream out) {
        out.println("Campaign " + text(answer, "campaignId") + " is " + text(answer, "campaignStatus") + " at "
                + text(answer, "at") + ": " + text(answer, "contacts") + " contacts ("
                + list(answer.path("contactsByStatus")) + "), " + text(answer, "records") + " messages ("
                + list(answer.path("recordsByStatus")) + ")");
        TextTable table = new TextTable("BROKEN", "INVARIANT", "");
        for (JsonNode check : answer.path("checks")) {
            table.add(
                    check.path("broken").intValue() == 0 ? "-" : text(check, "broken"),
                    text(check, "invariant"),
                    text(check, "promise"));
        }
        table.print(out);
        for (JsonNode check : answer.path("checks")) {
            for (JsonNode offender : check.path("offenders")) {
                out.println(text(check, "invariant") + ": " + optional("contact ", offender.path("contactId"))
                        + optional(", message ", offender.path("recordId")) + ": " + text(offender, "detail"));
            }
        }
        answer.path("notChecked").forEach(what -> out.println("not checked: " + what.asText()));
        if (!answer.path("complete").booleanValue()) {
            out.println("Time ran out; go on with --after " + text(answer, "nextAfter"));
        }
        out.println(answer.path("healthy").booleanValue() ? "No invariant is broken." : "INVARIANTS ARE BROKEN.");
    }

    /** Any other answer, indented. */
    static void anything(JsonNode answer, PrintStream out) {
        out.println(answer.toPrettyString());
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asText();
    }

    private static String optional(String before, JsonNode value) {
        return value.isNull() || value.isMissingNode() ? "" : before + value.asText();
    }

    private static String counts(String before, JsonNode counts) {
        return counts.isEmpty() ? "" : before + list(counts);
    }

    /** As "sent 3, blacklisted 1". */
    private static String list(JsonNode counts) {
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> count : counts.properties()) {
            parts.add(count.getKey() + " " + count.getValue().asText());
        }
        return parts.isEmpty() ? "none" : String.join(", ", parts);
    }
}
