package org.smsdispatcher.reply;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.PendingZones;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.reply.Outcome.Kind;

/** Makes the reply of an invocation. */
public final class Replies {

    private final InstantSource clock;

    public Replies(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * The reply for a campaign that is paused, completed or cancelled: nothing was sent, nothing is next.
     *
     * @param tally whoever a dead invocation had left in progress
     */
    public Reply idle(Campaign campaign, Tally tally) {
        return reply(campaign, tally, campaign.status(), false, Optional.empty());
    }

    /** The reply for a campaign that was only looked at so far. */
    public Reply untouched(Campaign campaign, PendingZones zones) {
        return dispatched(campaign, Tally.empty(), campaign.status(), zones, new Breaker());
    }

    /**
     * The reply after a campaign was dispatched, or was not because it has not started.
     *
     * @param status the campaign's status now
     * @param zones who still waits
     * @param breaker tells whether SNS should be left alone for a moment
     */
    public Reply dispatched(Campaign campaign, Tally tally, String status, PendingZones zones, Breaker breaker) {
        Instant now = clock.instant();
        if (!status.equals("active") && !status.equals("scheduled")) {
            return reply(campaign, tally, status, false, Optional.empty());
        }
        if (!campaign.started()) {
            Instant start = campaign.startTime().isAfter(now) ? campaign.startTime() : now;
            return reply(
                    campaign, tally, status, false, zones.nextDispatch(start).or(() -> Optional.of(start)));
        }
        Instant from = breaker.isOpen() ? now.plus(breaker.restsFor()) : now;
        Optional<Instant> next = zones.nextDispatch(from);
        if (zones.isEmpty()) {
            // still active though nobody waits: an importer holds the campaign, which is completed when it is done
            next = Optional.of(now.plus(breaker.restsFor()));
        }
        boolean hasMore = next.isPresent() && !next.get().isAfter(now);
        return reply(campaign, tally, status, hasMore, hasMore ? Optional.empty() : next);
    }

    private static Reply reply(
            Campaign campaign, Tally tally, String status, boolean hasMore, Optional<Instant> nextDispatchAt) {
        return new Reply(
                campaign.id().toString(),
                tally.count(Kind.SENT) + tally.count(Kind.SKIPPED) + tally.count(Kind.FAILED),
                tally.count(Kind.SENT),
                tally.count(Kind.SKIPPED),
                tally.count(Kind.FAILED),
                tally.errors(),
                tally.byWord(Kind.SKIPPED),
                tally.byWord(Kind.FAILED),
                status,
                hasMore,
                nextDispatchAt.map(Instant::toString).orElse(null));
    }
}
