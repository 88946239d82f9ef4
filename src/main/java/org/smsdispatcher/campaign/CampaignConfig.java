package org.smsdispatcher.campaign;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.OptionalInt;
import java.util.UUID;
import org.smsdispatcher.contact.MessageTemplate;

/**
 * What {@code campaigns.config} says, checked.
 *
 * @param campaignId the campaign
 * @param template the text
 * @param windows when recipients may be texted, on their own clocks
 * @param zone the zone of contacts that name none
 * @param maxAttempts attempts a contact has, at least 1
 * @param retryDelay how long an undelivered message's contact waits for its next attempt
 * @param maxSegments parts a message may have, 1 to 255; empty: as many as {@code MAX_SEGMENTS} says
 * @param endTime the campaign's end, null when it has none
 */
public record CampaignConfig(
        UUID campaignId,
        MessageTemplate template,
        CallingWindows windows,
        ZoneId zone,
        int maxAttempts,
        Duration retryDelay,
        OptionalInt maxSegments,
        Instant endTime) {

    /**
     * The end of the recipient's open window, capped by the campaign's end: from then on the gateway must drop the message.
     * Now, when the window is shut.
     */
    public Instant sendBefore(ZoneId recipient, Instant now) {
        Instant closes = windows.isOpen(recipient, now) ? windows.closesAt(recipient, now) : now;
        return endTime != null && endTime.isBefore(closes) ? endTime : closes;
    }
}
