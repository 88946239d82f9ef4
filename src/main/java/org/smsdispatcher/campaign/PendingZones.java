package org.smsdispatcher.campaign;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The time zones in which contacts still wait, as {@code find-zones.sql} found them. Answers which of them may be claimed
 * now, in which order, and when the next one may be.
 */
public final class PendingZones {

    private final CampaignConfig config;
    private final List<PendingZone> zones;
    private final Instant leaseEnds;
    private final Duration margin;
    private final InstantSource clock;

    private PendingZones(
            CampaignConfig config, List<PendingZone> zones, Instant leaseEnds, Duration margin, InstantSource clock) {
        this.config = config;
        this.zones = zones;
        this.leaseEnds = leaseEnds;
        this.margin = margin;
        this.clock = clock;
    }

    /**
     * The zones whose contacts may be claimed now, as stored. The one that closes first comes first; names that are no zone
     * come last: their contacts are claimed to be failed, at any hour.
     */
    public List<String> claimable() {
        Instant now = clock.instant();
        Stream<String> open = zones.stream()
                .filter(zone -> zone.id().isPresent() && mayPublish(zone.id().get(), now))
                .sorted(Comparator.comparing(
                        zone -> config.windows().closesAt(zone.id().orElseThrow(), now)))
                .map(PendingZone::name);
        Stream<String> unknown =
                zones.stream().filter(zone -> zone.id().isEmpty()).map(PendingZone::name);
        return Stream.concat(open, unknown).toList();
    }

    /**
     * The earliest instant from {@code from} on at which a contact can be dispatched, a lease of another invocation falls
     * free, or (when every remaining window lies behind it) the campaign ends; empty when nothing is left.
     */
    public Optional<Instant> nextDispatch(Instant from) {
        Optional<Instant> next = Stream.concat(
                        zones.stream().map(zone -> nextIn(zone, from)).flatMap(Optional::stream),
                        Stream.ofNullable(leaseEnds).map(end -> later(end, from)))
                .min(Comparator.naturalOrder());
        boolean waiting = !zones.isEmpty() || leaseEnds != null;
        Instant end = config.endTime();
        if (end == null || !waiting) {
            return next;
        }
        return Optional.of(next.filter(instant -> instant.isBefore(end)).orElse(end));
    }

    /** Whether nobody is pending and nobody is leased. */
    public boolean isEmpty() {
        return zones.isEmpty() && leaseEnds == null;
    }

    private Optional<Instant> nextIn(PendingZone zone, Instant from) {
        Instant due = later(zone.due(), from);
        return zone.id().isEmpty()
                ? Optional.of(due)
                : config.windows().nextPublishable(zone.id().get(), due, margin);
    }

    private boolean mayPublish(ZoneId zone, Instant now) {
        return config.windows().mayPublish(zone, now, margin);
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /** A zone as stored ('' = the campaign's), what it means if it is one, and when the first contact in it is due. */
    private record PendingZone(String name, Optional<ZoneId> id, Instant due) {}

    /** Makes them from the rows of {@code find-zones.sql}. */
    public static final class Reader {

        private final TimeZones zones;
        private final Duration margin;
        private final InstantSource clock;

        /**
         * @param marginSeconds how long before a window closes nothing is published any more
         */
        public Reader(TimeZones zones, int marginSeconds, InstantSource clock) {
            this.zones = zones;
            this.margin = Duration.ofSeconds(marginSeconds);
            this.clock = clock;
        }

        /**
         * The zones of these rows.
         *
         * @param rows {@code zone} and {@code due}; a row without a zone tells when the next lease ends
         */
        public PendingZones read(List<Map<String, Object>> rows, CampaignConfig config) {
            List<PendingZone> pending = new ArrayList<>();
            Instant leaseEnds = null;
            for (Map<String, Object> row : rows) {
                Instant due = Objects.requireNonNullElse(Campaigns.instant(row.get("due")), Instant.EPOCH);
                String name = (String) row.get("zone");
                if (name == null) {
                    leaseEnds = due;
                } else {
                    pending.add(new PendingZone(name, zones.ofContact(name, config.zone()), due));
                }
            }
            return new PendingZones(config, pending, leaseEnds, margin, clock);
        }
    }
}
