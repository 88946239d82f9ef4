package org.smsdispatcher.lambda;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.Platform;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import redis.clients.jedis.Jedis;

/** The events of a training run: every outcome of a dispatch, every kind of error, again and again as a warm function meets them. */
final class TrainingEvents {

    private static final JsonMapper JSON = new JsonMapper();

    private TrainingEvents() {}

    /** Fills the platform, and gives the events to send one after another. SNS throttles once, and refuses a message once. */
    static List<String> of(Platform platform) {
        platform.sns().answerWith((call, ids) -> switch (call) {
            case 12 -> Fault.throttled();
            case 20 -> Fault.failEntries(Map.of(ids.get(0), new EntryError("InvalidParameter", true)));
            case 28 -> Fault.dropAfter();
            default -> Fault.none();
        });
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            events.add(Platform.event(everyOutcome(platform, i), 100));
        }
        events.add(Platform.event(UUID.randomUUID(), 10));
        events.add("{\"campaignId\": 7}");
        events.add(Platform.event(platform.campaign("Hi", "[]"), 10));
        UUID paused = platform.campaign();
        platform.execute("UPDATE campaigns SET status = 'paused' WHERE id = ?", paused);
        events.add(Platform.event(paused, 10));
        events.add("{\"sweep\": true}");
        return events;
    }

    /** What the tracking function hears of the messages that were dispatched: receipts by SNS and SQS, clicks, the question for a report. */
    static List<String> trackingOf(Platform platform) {
        List<String> events = new ArrayList<>();
        List<String> words =
                List.of("sent", "delivered", "undelivered", "failed", "opted_out", "read", "delivered", "half");
        List<Map<String, Object>> records =
                platform.rows("SELECT id, campaign_id FROM sms_records ORDER BY sent_at LIMIT 40");
        for (int i = 0; i < records.size(); i++) {
            String receipt = "{\"smsRecordId\": \"" + records.get(i).get("id") + "\", \"status\": \""
                    + words.get(i % words.size()) + "\", \"providerMessageId\": \"training-" + i
                    + "\", \"parts\": 1, \"cost\": 0.01}";
            String message =
                    JSON.createObjectNode().put("text", receipt).get("text").toString();
            events.add(
                    i % 2 == 0
                            ? "{\"Records\": [{\"EventSource\": \"aws:sns\", \"Sns\": {\"TopicArn\": \""
                                    + platform.topicArn() + "\", \"MessageId\": \"m-" + i + "\", \"Message\": "
                                    + message + "}}]}"
                            : "{\"Records\": [{\"eventSource\": \"aws:sqs\", \"messageId\": \"m-" + i + "\", \"body\": "
                                    + message + "}]}");
        }
        for (Map<String, Object> link : platform.rows("SELECT token FROM sms_links LIMIT 10")) {
            events.add(get("/" + link.get("token")));
        }
        events.add(get("/nothing"));
        events.add(get("/webhooks/vonage"));
        events.add("{\"campaignId\": \"" + records.get(0).get("campaign_id") + "\", \"report\": true}");
        return events;
    }

    private static String get(String path) {
        return "{\"version\": \"2.0\", \"rawPath\": \"" + path + "\", \"rawQueryString\": \"\","
                + " \"headers\": {\"user-agent\": \"Mozilla/5.0 (iPhone)\"},"
                + " \"requestContext\": {\"domainName\": \"go.example\", \"http\": {\"method\": \"GET\", \"path\": \""
                + path
                + "\"}}, \"isBase64Encoded\": false}";
    }

    private static UUID everyOutcome(Platform platform, int round) {
        UUID campaign = platform.campaign(
                "Hi {{name}}, your order {{order|}} is ready: https://shop.example/orders?o={{order|none}}. Reply STOP to opt out.",
                Platform.ALWAYS);
        platform.contacts(campaign, round * 100, 80, "Europe/Paris");
        platform.contact(campaign, "+12125559901", null, "{}");
        platform.contact(campaign, "call me", null, "{\"name\": \"Zoë\"}");
        platform.contact(campaign, "+12125559902", "Mars/Olympus_Mons", "{\"name\": \"Zoë\"}");
        String inRedis = "+1212555800" + round;
        String inPostgres = "+1212555810" + round;
        platform.contact(campaign, inRedis, null, "{\"name\": \"Zoë\"}");
        platform.contact(campaign, inPostgres, null, "{\"name\": \"Zoë\"}");
        platform.contact(campaign, "00" + inPostgres.substring(1), null, "{\"name\": \"Zoë\"}");
        platform.contact(campaign, "+12125558200", null, "{\"name\": \"Zoë\"}");
        platform.contact(campaign, "0012125558200", null, "{\"name\": \"Zoë\"}");
        platform.execute(
                "INSERT INTO blacklist (phone_number, reason, source) VALUES (?, 'training', 'user_optout')"
                        + " ON CONFLICT DO NOTHING",
                inPostgres);
        try (Jedis redis = platform.redis()) {
            redis.set("blacklist:" + inRedis, "1");
        }
        return campaign;
    }
}
