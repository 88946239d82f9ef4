package org.smsdispatcher.campaign;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A campaign of type {@code sms} as it was found, its config not yet read.
 *
 * @param id the campaign
 * @param status {@code scheduled}, {@code active}, {@code paused}, {@code completed} or {@code cancelled}
 * @param started whether {@code start_time} has come, by the database's clock; true without one
 * @param ended whether {@code end_time} has come, by the database's clock; false without one
 * @param startTime null: at once
 * @param endTime first instant at which nothing is sent any more; null: open
 * @param timezone the zone of contacts without one of their own, as stored
 * @param config the {@code config} column's JSON, null when the column is
 */
public record Campaign(
        UUID id,
        String status,
        boolean started,
        boolean ended,
        Instant startTime,
        Instant endTime,
        String timezone,
        String config) {

    /** Whether dispatching it makes sense at all; the others are answered with their status and no error. */
    public boolean isDispatchable() {
        return status.equals("active") || status.equals("scheduled");
    }

    /** Why a dispatch would do nothing now, for a person; empty when it would do something. */
    public Optional<String> whyNotDispatched() {
        if (!isDispatchable()) {
            return Optional.of("the campaign is " + (status.equals("draft") ? "a draft" : status));
        }
        if (!started) {
            return Optional.of("the campaign starts at " + startTime);
        }
        return ended ? Optional.of("the campaign ended at " + endTime) : Optional.empty();
    }

    /** Whether nothing will be sent any more, whatever time passes. */
    public boolean isOver() {
        return ended || status.equals("completed") || status.equals("cancelled");
    }
}
