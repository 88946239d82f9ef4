package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.publish.PublishPolicy;

/** What holds between two invocations, whatever went wrong in them. */
final class Invariants {

    private static final JsonMapper MAPPER = new JsonMapper();

    private Invariants() {}

    /** A message as SNS took it. */
    record Text(
            String campaignId,
            String contactId,
            String attempt,
            String recordId,
            String phoneNumber,
            String message,
            String snsMessageId) {

        static Text of(Accepted accepted) {
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
        assertThat(reply.get("totalContacts").intValue())
                .as(reply.toString())
                .isEqualTo(reply.get("sentCount").intValue()
                        + reply.get("skippedCount").intValue()
                        + reply.get("failedCount").intValue());
        assertThat(sum(reply.get("skipped")))
                .as(reply.toString())
                .isEqualTo(reply.get("skippedCount").intValue());
        assertThat(sum(reply.get("failed")))
                .as(reply.toString())
                .isEqualTo(reply.get("failedCount").intValue());
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
        List<Text> texts = texts(platform, campaign);
        Map<String, Text> byContact = new HashMap<>();
        Map<String, Text> byRecord = new HashMap<>();
        Set<String> told = told(platform, campaign);
        for (Text text : texts) {
            Text other = byContact.putIfAbsent(text.contactId(), text);
            if (other != null && !other.recordId().equals(text.recordId())) {
                assertThat(told).as("a second text needs a receipt: " + text).contains(text.contactId());
            }
            Text first = byRecord.putIfAbsent(text.recordId(), text);
            if (first != null) {
                assertThat(policy).as("texted twice: " + text).isEqualTo(PublishPolicy.REPUBLISH);
                assertThat(text.asSent())
                        .as("a repeated message is the same message")
                        .isEqualTo(first.asSent());
            }
        }
        for (Map<String, Object> contact : contacts(platform, campaign)) {
            if (!told.contains((String) contact.get("id"))) {
                holdFor(contact, byContact.get((String) contact.get("id")), texts, policy);
            }
        }
        assertThat(platform.rows(BROKEN_BY_RECEIPTS, campaign)).isEmpty();
        for (Map<String, Object> record : platform.rows(
                "SELECT id::text, status FROM sms_records WHERE campaign_id = ? AND accepted_at IS NOT NULL",
                campaign)) {
            assertThat(byRecord).as("SNS took it: " + record).containsKey((String) record.get("id"));
        }
    }

    /** What receipts leave behind: contacts that do not follow their records, and records that do not follow their receipts. */
    private static final String BROKEN_BY_RECEIPTS = """
            WITH message AS (
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
    private static Set<String> told(Platform platform, UUID campaign) {
        return platform
                .rows(
                        "SELECT DISTINCT r.contact_id::text AS id FROM sms_records r JOIN sms_events e ON e.record_id = r.id"
                                + " WHERE r.campaign_id = ?",
                        campaign)
                .stream()
                .map(row -> (String) row.get("id"))
                .collect(Collectors.toSet());
    }

    private static List<Map<String, Object>> contacts(Platform platform, UUID campaign) {
        return platform.rows(
                "SELECT c.id::text, c.status, c.sms_outcome, coalesce(c.attempts, 0) AS attempts, c.sms_lease_id,"
                        + " c.sms_armed_attempt, count(r.id)::integer AS records, max(r.status) AS record_status,"
                        + " max(r.failure_reason) AS failure_reason, max(r.sns_message_id) AS sns_message_id,"
                        + " max(r.message) AS message, max(r.id::text) AS record_id"
                        + " FROM contacts c LEFT JOIN sms_records r ON r.contact_id = c.id"
                        + " WHERE c.campaign_id = ? GROUP BY c.id",
                campaign);
    }

    private static void holdFor(Map<String, Object> contact, Text text, List<Text> texts, PublishPolicy policy) {
        String who = contact + " " + text;
        assertThat(contact.get("attempts")).as(who).isEqualTo(contact.get("records"));
        String status = (String) contact.get("status");
        boolean unknown = "unknown".equals(contact.get("sms_outcome")) && status.equals("failed");
        if (!status.equals("in_progress")) {
            assertThat(contact.get("sms_lease_id")).as(who).isNull();
            assertThat(contact.get("sms_armed_attempt")).as(who).isNull();
        }
        switch (status) {
            case "completed" -> {
                assertThat(text).as(who).isNotNull();
                assertThat(contact.get("record_status")).as(who).isEqualTo("sent");
                assertThat(contact.get("message")).as(who).isEqualTo(text.message());
                assertThat(contact.get("record_id")).as(who).isEqualTo(text.recordId());
                assertThat(texts.stream().map(Text::snsMessageId)).as(who).contains((String)
                        contact.get("sns_message_id"));
            }
            case "in_progress" -> {
                assertThat(policy)
                        .as("only a message that is to be repeated stays armed: " + who)
                        .isEqualTo(PublishPolicy.REPUBLISH);
                assertThat(contact.get("record_status")).as(who).isEqualTo("queued");
            }
            default -> {
                assertThat(text != null && !unknown)
                        .as("texted, and nobody knows: " + who)
                        .isFalse();
                assertThat(contact.get("record_status"))
                        .as(who)
                        .isEqualTo((Integer) contact.get("records") == 0 ? null : "failed");
            }
        }
        if (unknown) {
            assertThat(contact.get("failure_reason")).as(who).isEqualTo("unknown_publish_outcome");
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
