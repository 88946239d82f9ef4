package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
        for (Text text : texts) {
            Text first = byContact.putIfAbsent(text.contactId(), text);
            if (first != null) {
                assertThat(policy).as("texted twice: " + text).isEqualTo(PublishPolicy.REPUBLISH);
                assertThat(text.asSent())
                        .as("a repeated message is the same message")
                        .isEqualTo(first.asSent());
            }
        }
        for (Map<String, Object> contact : contacts(platform, campaign)) {
            holdFor(contact, byContact.get((String) contact.get("id")), texts, policy);
        }
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
