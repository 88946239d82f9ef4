package org.smsdispatcher.metrics;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.MDC;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.PendingZones;

/** Tells an invocation's {@link Meter} what the routes know. */
public final class Meters {

    private final InstantSource clock;

    public Meters(InstantSource clock) {
        this.clock = clock;
    }

    /** From here on counts and log lines are of this campaign. */
    public void dispatching(Meter meter, UUID campaign) {
        meter.campaign(campaign);
        MDC.put("campaignId", campaign.toString());
    }

    /** Who waits now. */
    public void waiting(Meter meter, Campaign campaign, PendingZones pending) {
        Instant now = clock.instant();
        Optional<Duration> longest =
                pending.waitingSince(campaign.startTime()).map(since -> Duration.between(since, now));
        Optional<Duration> untilClose = pending.closesFirst().map(closes -> Duration.between(now, closes));
        meter.waiting(campaign.id(), longest, untilClose);
    }
}
