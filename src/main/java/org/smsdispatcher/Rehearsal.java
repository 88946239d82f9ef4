package org.smsdispatcher;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.campaign.Campaign;
import software.amazon.awssdk.services.sns.model.PublishBatchRequestEntry;

/**
 * What the routes are rehearsed with while the function starts: a campaign and a contact that do not exist. Their id is random,
 * since a fixed one, nil above all, might be somebody's, and the campaign's contacts would be claimed for nothing. Their lease was
 * never given, so every statement finds nothing to read and its fence leaves nothing to write; nobody is armed, so nobody is
 * published.
 */
public final class Rehearsal {

    private final UUID nobody = UUID.randomUUID();

    private static final String CONFIG = """
            {"smsTemplate": "Hi {{name|there}}, this is rehearsed and never sent.",
             "callingWindows": [{"dayOfWeek": [0, 1, 2, 3, 4, 5, 6], "startHour": 0, "endHour": 24}]}""";

    /** An event for the campaign. */
    public byte[] event() {
        return ("{\"campaignId\": \"" + nobody + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The campaign: active and open at any hour, in UTC. */
    public Campaign campaign() {
        return new Campaign(nobody, "active", true, false, null, null, "UTC", CONFIG);
    }

    /** The contact, as if {@code claim.sql} had returned it; the number is one kept free for films. */
    public List<Map<String, Object>> claimed() {
        return List.of(Map.of(
                "id", nobody,
                "phone_number", "+12125550100",
                "timezone", "America/New_York",
                "status", "in_progress",
                "metadata", "{\"name\": \"Nobody\"}"));
    }

    /** A batch without messages, which SNS refuses: connected, signed, asked and answered all the same. */
    public List<PublishBatchRequestEntry> noMessages() {
        return List.of();
    }
}
