package org.smsdispatcher.lambda;

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
        return events;
    }

    private static UUID everyOutcome(Platform platform, int round) {
        UUID campaign = platform.campaign(
                "Hi {{name}}, your order {{order|}} is ready. Reply STOP to opt out.", Platform.ALWAYS);
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
