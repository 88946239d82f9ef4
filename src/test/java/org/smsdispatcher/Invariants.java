package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.publish.PublishPolicy;

/** What holds between two invocations, whatever went wrong in them. */
public final class Invariants {

    private static final JsonMapper MAPPER = new JsonMapper();

    private Invariants() {}

    /** A message as SNS took it. */
    public record Text(
            String campaignId,
            String contactId,
            String attempt,
            String recordId,
            String phoneNumber,
            String message,
            String snsMessageId) {

        public static Text of(Accepted accepted) {
            try {
                JsonNode json = MAPPER.readTree(accepted.message());
                return new Text(
                        json.get("campaignId").textValue(),
                        json.get("contactId").textValue(),
                        accepted.attributes().get("attempt"),
                        accepted.attributes().get("smsRecordId"),
                        json.get("phoneNumber").textValue(),
                        json.get("message").textValue(),
                        accepted.messageId());
            } catch (JsonProcessingException e) {
                throw new AssertionError("SNS took something that is not JSON: " + accepted.message(), e);
            }
        }

        /** The same but for SNS's own id. */
        Text asSent() {
            return new Text(campaignId, contactId, attempt, recordId, phoneNumber, message, null);
        }
    }

    /** The campaign's messages that SNS took, in order. */
    static List<Text> texts(Platform platform, UUID campaign) {
        return platform.sns().accepted().stream()
                .map(Text::of)
                .filter(text -> text.campaignId().equals(campaign.toString()))
                .toList();
    }

    /** Every row the campaign has, with the transaction that wrote it: equal twice means not touched in between. */
    static List<Map<String, Object>> everythingOf(Platform platform, UUID campaign) {
        return platform.rows(
                "SELECT xmin::text, ctid::text, c::text AS row FROM campaigns c WHERE id = ?"
                        + " UNION ALL SELECT xmin::text, ctid::text, c::text FROM contacts c WHERE campaign_id = ?"
                        + " UNION ALL SELECT xmin::text, ctid::text, r::text FROM sms_records r WHERE campaign_id = ?"
                        + " ORDER BY 3",
                campaign,
                campaign,
                campaign);
    }

    /** The reply's counts add up. */
    static void addUp(JsonNode reply) {
        assertThat(doesNotAddUp(reply)).isEmpty();
    }

    /** The reply whose counts do not add up; empty for one whose counts do. */
    public static Optional<String> doesNotAddUp(JsonNode reply) {
        boolean total = reply.get("totalContacts").intValue()
                == reply.get("sentCount").intValue()
                        + reply.get("skippedCount").intValue()
                        + reply.get("failedCount").intValue();
        boolean reasons = sum(reply.get("skipped")) == reply.get("skippedCount").intValue()
                && sum(reply.get("failed")) == reply.get("failedCount").intValue();
        return total && reasons ? Optional.empty() : Optional.of(reply.toString());
    }

    private static int sum(JsonNode counts) {
        int sum = 0;
        for (JsonNode count : counts) {
            sum += count.intValue();
        }
        return sum;
    }

    /** Database and SNS tell the same story, and nobody got two different texts. */
    static void hold(Platform platform, UUID campaign, PublishPolicy policy) {
        assertThat(broken(platform::rows, texts(platform, campaign), campaign, policy))
                .isEmpty();
    }

    /** A query's rows, columns by name. */
    @FunctionalInterface
    public interface Rows {
        List<Map<String, Object>> of(String sql, Object... arguments);
    }

    /** What does not hold, and what shows it. */
    public record Broken(Rule rule, String evidence) {}

    /** What holds of a campaign between two invocations; the numbers are those of docs/proof-chaos.md. */
    public enum Rule {
        /** I1: SNS takes a message once; under policy REPUBLISH again, but the very same. */
        TEXTED_ONCE,
        /** I2: a contact is texted again only after a receipt said that the message before was lost. */
        TEXTED_AGAIN_FOR_A_REASON,
        /** I3: nobody is left in progress, unless a message waits to be repeated; no lease is left on others. */
        NOBODY_STRANDED,
        /** I4: completed contacts were texted, and texted ones are completed or known to be unknown. */
        SAME_STORY,
        /** I5: as many attempts as records. */
        ATTEMPTS_ARE_RECORDS,
        /** I11: records follow their receipts, contacts their records. */
        RECEIPTS_FOLLOWED
    }

    /**
     * What does not hold; nothing when all is well.
     *
     * @param texts the campaign's messages that SNS took, in order
     */
    public static List<Broken> broken(Rows rows, List<Text> texts, UUID campaign, PublishPolicy policy) {
        List<Broken> broken = new ArrayList<>(repeated(texts, policy));
        Set<String> told = told(rows, campaign);
        Map<String, Text> byContact = new HashMap<>();
        Map<String, Text> byRecord = new HashMap<>();
        for (Text text : texts) {
            byRecord.putIfAbsent(text.recordId(), text);
            Text other = byContact.putIfAbsent(text.contactId(), text);
            if (other != null && !other.recordId().equals(text.recordId()) && !told.contains(text.contactId())) {
                broken.add(new Broken(Rule.TEXTED_AGAIN_FOR_A_REASON, "no receipt before: " + text));
            }
        }
        Set<String> messageIds = texts.stream().map(Text::snsMessageId).collect(Collectors.toSet());
        for (Map<String, Object> contact : contacts(rows, campaign)) {
            if (!told.contains((String) contact.get("id"))) {
                broken.addAll(brokenFor(contact, byContact.get((String) contact.get("id")), messageIds, policy));
            }
        }
        for (Map<String, Object> contact : rows.of(BROKEN_BY_RECEIPTS, campaign)) {
            Rule rule = Boolean.TRUE.equals(contact.get("tried_again_for_nothing"))
                            || Boolean.TRUE.equals(contact.get("tried_again_too_late"))
                    ? Rule.TEXTED_AGAIN_FOR_A_REASON
                    : Rule.RECEIPTS_FOLLOWED;
            broken.add(new Broken(rule, contact.toString()));
        }
        for (Map<String, Object> record : rows.of(
                "SELECT id::text, status FROM sms_records WHERE campaign_id = ? AND accepted_at IS NOT NULL",
                campaign)) {
            if (!byRecord.containsKey((String) record.get("id"))) {
                broken.add(new Broken(Rule.SAME_STORY, "SNS never took it: " + record));
            }
        }
        return broken;
    }

    /** Messages that SNS took twice and should not have; one without a record is known by its contact. */
    public static List<Broken> repeated(List<Text> texts, PublishPolicy policy) {
        List<Broken> broken = new ArrayList<>();
        Map<String, Text> byRecord = new HashMap<>();
        for (Text text : texts) {
            String id = text.recordId() == null ? text.contactId() : text.recordId();
            Text first = byRecord.putIfAbsent(id, text);
            if (first != null && (policy != PublishPolicy.REPUBLISH || text.recordId() == null)) {
                broken.add(new Broken(Rule.TEXTED_ONCE, "texted twice: " + text));
            } else if (first != null && !text.asSent().equals(first.asSent())) {
                broken.add(new Broken(Rule.TEXTED_ONCE, "repeated, but not the same: " + text + " after " + first));
            }
        }
        return broken;
    }

    /** What receipts leave behind: contacts that do not follow their records, and records that do not follow their receipts. */
    private static final String BROKEN_BY_RECEIPTS = """
            WITH message AS NOT MATERIALIZED (
              SELECT r.*, coalesce(e.best, 0) AS best, coalesce(e.failed, false) AS failed
                FROM sms_records r
                LEFT JOIN LATERAL (
                     SELECT max(CASE WHEN status = 'read' THEN 4
                                     ELSE array_position(ARRAY['sent', 'failed', 'undelivered', 'delivered'], status::text) END) AS best,
                            bool_or(status IN ('undelivered', 'failed')) AS failed
                       FROM sms_events WHERE record_id = r.id) e ON true)
            SELECT c.id, c.status, c.attempts, c.sms_outcome, c.sms_reason, b.*
              FROM contacts c
             CROSS JOIN LATERAL (
                   SELECT count(r.id) AS records, bool_or(r.status = 'delivered') AS arrived,
                          bool_or(r.status IN ('sent', 'delivered')) AS stands, bool_or(r.status = 'queued') AS queued,
                          bool_or(best > 1 AND r.status <> (ARRAY['sent', 'failed', 'undelivered', 'delivered'])[best]
                                  OR best = 1 AND r.status NOT IN ('sent', 'failed')) AS contradicted,
                          bool_or(r.attempt < c.attempts AND NOT failed) AS tried_again_for_nothing,
                          bool_or(EXISTS (SELECT 1 FROM message o JOIN sms_events e ON e.record_id = o.id
                                           WHERE o.contact_id = r.contact_id AND o.attempt < r.attempt
                                             AND (e.status IN ('delivered', 'read') OR (e.status = 'failed' AND NOT e.retryable))
                                             AND e.received_at < r.created_at)) AS tried_again_too_late,
                          string_agg(r.attempt || ' ' || r.status || ' ' || coalesce(r.failure_reason, ''), ', ' ORDER BY r.attempt) AS messages
                     FROM message r WHERE r.contact_id = c.id) b
             WHERE c.campaign_id = ?
               AND EXISTS (SELECT 1 FROM sms_records r JOIN sms_events e ON e.record_id = r.id WHERE r.contact_id = c.id)
               AND (c.attempts <> records OR contradicted OR tried_again_for_nothing OR tried_again_too_late
                    OR (c.status <> 'in_progress' AND (queued OR c.sms_lease_id IS NOT NULL OR c.sms_armed_attempt IS NOT NULL))
                    OR (arrived AND c.status NOT IN ('completed', 'in_progress'))
                    OR ((c.status = 'completed') <> (coalesce(c.sms_outcome, '') = 'sent') AND c.status <> 'in_progress')
                    OR (c.status = 'completed' AND NOT stands)
                    OR (c.status IN ('pending', 'failed') AND stands))""";

    /** Contacts of whose messages a receipt came. */
    private static Set<String> told(Rows rows, UUID campaign) {
        return rows
                .of(
                        "SELECT DISTINCT r.contact_id::text AS id FROM sms_records r JOIN sms_events e ON e.record_id = r.id"
                                + " WHERE r.campaign_id = ?",
                        campaign)
                .stream()
                .map(row -> (String) row.get("id"))
                .collect(Collectors.toSet());
    }

    private static List<Map<String, Object>> contacts(Rows rows, UUID campaign) {
        return rows.of(
                "SELECT c.id::text, c.status, c.sms_outcome, coalesce(c.attempts, 0) AS attempts, c.sms_lease_id,"
                        + " c.sms_armed_attempt, count(r.id)::integer AS records, max(r.status) AS record_status,"
                        + " max(r.failure_reason) AS failure_reason, max(r.sns_message_id) AS sns_message_id,"
                        + " max(r.message) AS message, max(r.id::text) AS record_id"
                        + " FROM contacts c LEFT JOIN sms_records r ON r.contact_id = c.id"
                        + " WHERE c.campaign_id = ? GROUP BY c.id",
                campaign);
    }

    private static List<Broken> brokenFor(
            Map<String, Object> contact, Text text, Set<String> messageIds, PublishPolicy policy) {
        List<Broken> broken = new ArrayList<>();
        String who = contact + " " + text;
        Object record = contact.get("record_status");
        breaks(broken, Rule.ATTEMPTS_ARE_RECORDS, contact.get("attempts").equals(contact.get("records")), who);
        String status = (String) contact.get("status");
        boolean unknown = "unknown".equals(contact.get("sms_outcome")) && status.equals("failed");
        if (!status.equals("in_progress")) {
            boolean free = contact.get("sms_lease_id") == null && contact.get("sms_armed_attempt") == null;
            breaks(broken, Rule.NOBODY_STRANDED, free, "leased or armed: " + who);
        }
        switch (status) {
            case "completed" -> {
                boolean same = text != null
                        && "sent".equals(record)
                        && text.message().equals(contact.get("message"))
                        && text.recordId().equals(contact.get("record_id"))
                        && messageIds.contains((String) contact.get("sns_message_id"));
                breaks(broken, Rule.SAME_STORY, same, "not what SNS took: " + who);
            }
            case "in_progress" -> {
                boolean waits = policy == PublishPolicy.REPUBLISH && "queued".equals(record);
                breaks(broken, Rule.NOBODY_STRANDED, waits, "only a message to be repeated stays armed: " + who);
            }
            default -> {
                breaks(broken, Rule.SAME_STORY, text == null || unknown, "texted, and nobody knows: " + who);
                String expected = (Integer) contact.get("records") == 0 ? null : "failed";
                breaks(broken, Rule.SAME_STORY, Objects.equals(record, expected), who);
            }
        }
        boolean said = !unknown || "unknown_publish_outcome".equals(contact.get("failure_reason"));
        breaks(broken, Rule.SAME_STORY, said, who);
        return broken;
    }

    private static void breaks(List<Broken> broken, Rule rule, boolean holds, String evidence) {
        if (!holds) {
            broken.add(new Broken(rule, evidence));
        }
    }

    /** As if hours went by: every backoff is over and every lease has ended. */
    static void letTimePass(Platform platform, UUID campaign) {
        platform.execute(
                "UPDATE contacts SET sms_not_before = 'epoch', sms_lease_until = sms_lease_until - interval '1 day'"
                        + " WHERE campaign_id = ?",
                campaign);
    }
}
