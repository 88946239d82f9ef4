package org.smsdispatcher.local;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.local.LocalDatabase.Waiting;

/** Tells for contacts who wait when they may be texted, by the very rules the dispatcher goes by. */
final class ZoneClocks {

    private final TimeZones zones = new TimeZones();
    private final CampaignConfig config;
    private final Duration margin;
    private final Instant now;

    /**
     * The clocks at one instant.
     *
     * @param margin how long before a window closes nothing is published any more
     */
    ZoneClocks(CampaignConfig config, Duration margin, Instant now) {
        this.config = config;
        this.margin = margin;
        this.now = now;
    }

    /** The zone of a contact, "" or null for the campaign's; empty for a name that is none. */
    Optional<ZoneId> zone(String stored) {
        return zones.ofContact(stored, config.zone());
    }

    /** When a contact of that zone can next be dispatched, at {@code due} at the earliest; now for a zone that is none. */
    Optional<Instant> next(String stored, Instant due) {
        Instant from = due.isAfter(now) ? due : now;
        Optional<ZoneId> zone = zone(stored);
        return zone.isEmpty() ? Optional.of(from) : config.windows().nextPublishable(zone.get(), from, margin);
    }

    /** How many of them can be dispatched now. */
    int awake(List<Waiting> waiting) {
        return waiting.stream()
                .filter(zone ->
                        next(zone.zone(), zone.due()).filter(now::equals).isPresent())
                .mapToInt(Waiting::contacts)
                .sum();
    }

    Instant now() {
        return now;
    }
}
