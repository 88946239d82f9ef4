package org.smsdispatcher.why;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.campaign.Campaigns;

/**
 * What PostgreSQL knows about a contact: a row of {@code find-facts.sql}.
 *
 * @param timezone as stored, null for the campaign's
 * @param due whether {@code notBefore} has come, by the database's clock
 * @param retryAt when a contact whose lease is over may be texted again, since a receipt says that the message did not arrive; null for
 *     every other
 * @param retryWaits whether that is still to come, by the database's clock
 * @param leaseEnds when a contact in progress falls free
 * @param leaseOver whether it has, by the database's clock
 * @param reaped what the next dispatch makes of a lease that is over, an outcome's word; null where there is none, or where the
 *     message is to be published again
 * @param arrived whether an earlier message of the contact was delivered
 * @param blacklisted whether the number stands on the blacklist just as it is stored, which is what the claim asks
 */
record Facts(
        UUID id,
        String storedNumber,
        String timezone,
        String status,
        boolean capable,
        int attempts,
        Instant lastAttemptAt,
        Instant notBefore,
        boolean due,
        boolean leased,
        Instant leaseEnds,
        boolean leaseOver,
        Integer armedAttempt,
        boolean doubted,
        String reaped,
        Instant retryAt,
        boolean retryWaits,
        boolean arrived,
        String outcome,
        String reason,
        boolean blacklisted) {

    static Facts of(Map<String, Object> row) {
        return new Facts(
                (UUID) row.get("id"),
                (String) row.get("phone_number"),
                (String) row.get("timezone"),
                (String) row.get("contact_status"),
                (Boolean) row.get("capable"),
                (Integer) row.get("attempts"),
                Campaigns.instant(row.get("last_attempt_at")),
                Campaigns.instant(row.get("sms_not_before")),
                (Boolean) row.get("due"),
                (Boolean) row.get("leased"),
                Campaigns.instant(row.get("lease_ends")),
                (Boolean) row.get("lease_over"),
                (Integer) row.get("sms_armed_attempt"),
                row.get("record_id") != null,
                (String) row.get("reaped"),
                Campaigns.instant(row.get("retry_at")),
                (Boolean) row.get("retry_waits"),
                (Boolean) row.get("arrived"),
                (String) row.get("sms_outcome"),
                (String) row.get("sms_reason"),
                (Boolean) row.get("blacklisted"));
    }

    boolean isInProgress() {
        return status.equals("in_progress");
    }

    /** Whether the contact is one the claim of the next dispatch looks at: pending, or handed back by the reaper just before. */
    boolean isClaimable() {
        return status.equals("pending") || "released".equals(reaped);
    }

    /** Whether it is time: a contact in progress is out of the queue, and back in it at once unless it is to be tried again later. */
    boolean isDue() {
        return isInProgress() ? !retryWaits : due;
    }

    /** Before when it is not claimed, as the next dispatch's reaper leaves it. */
    Instant waitsUntil() {
        return retryAt == null ? notBefore : retryAt;
    }

    /** Whether nothing more happens to it by itself. */
    boolean isOver() {
        return !status.equals("pending") && !isInProgress();
    }
}
