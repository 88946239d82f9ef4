package org.smsdispatcher.contact;

import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;

/**
 * A contact this invocation holds the lease of.
 *
 * @param id the contact
 * @param storedNumber the phone number as the database has it
 * @param number the same in E.164; empty when it cannot be a number
 * @param zone the recipient's time zone; empty when the contact names one that does not exist
 * @param metadata the placeholders' values as JSON; null when there are none; cut after 64 KiB
 * @param doubted the attempt that a dead invocation armed and may have published (policy REPUBLISH), else empty
 * @param onRedisBlacklist whether Redis has the number on its blacklist; a no proves nothing
 * @param config the campaign's
 */
public record Contact(
        UUID id,
        String storedNumber,
        Optional<PhoneNumber> number,
        Optional<ZoneId> zone,
        String metadata,
        Optional<DoubtedAttempt> doubted,
        boolean onRedisBlacklist,
        CampaignConfig config) {

    /** The reason of a doubted attempt that is not published again. */
    public static final String MAY_HAVE_BEEN_SENT = "it may have been sent before, and must not be sent again now";

    /** The contact with Redis's answer about its number. */
    Contact withRedisAnswer(boolean blacklisted) {
        return new Contact(id, storedNumber, number, zone, metadata, doubted, blacklisted, config);
    }

    /**
     * An attempt that may or may not have reached SNS.
     *
     * @param attempt its number, from 1
     * @param recordId its record, the idempotency key on the wire
     * @param message the text as it was recorded; a second publish carries the very same
     */
    public record DoubtedAttempt(int attempt, UUID recordId, String message) {}
}
