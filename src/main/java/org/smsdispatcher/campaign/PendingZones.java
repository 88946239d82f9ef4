package org.smsdispatcher.campaign;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
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
    private final List<Waiting> waiting;
    private final Duration margin;
    private final InstantSource clock;

    private PendingZones(CampaignConfig config, List<Waiting> waiting, Duration margin, InstantSource clock) {
        this.config = config;
        this.waiting = waiting;
        this.margin = margin;
        this.clock = clock;
    }

    /**
     * The zones whose pending contacts may be claimed now, as stored. The one that closes first comes first; names that are no
     * zone come last: their contacts are claimed to be failed, at any hour.
     */
    public List<String> claimable() {
        return openOrUnknown(State.PENDING);
    }

    /** The zones whose armed contacts may be published again now (policy REPUBLISH), in the same order. */
    public List<String> republishable() {
        return openOrUnknown(State.DOUBTED);
    }

    private List<String> openOrUnknown(State state) {
        Stream<String> unknown = in(state).filter(zone -> zone.id().isEmpty()).map(Waiting::name);
        return Stream.concat(open(state), unknown).toList();
    }

    private Stream<String> open(State state) {
        Instant now = clock.instant();
        return in(state)
                .filter(zone -> zone.id().isPresent()
                        && config.windows().mayPublish(zone.id().get(), now, margin))
                .sorted(Comparator.comparing(
                        zone -> config.windows().closesAt(zone.id().orElseThrow(), now)))
                .map(Waiting::name);
    }

    /** When the first of the open zones in which contacts wait closes, capped by the campaign's end; empty when none is open. */
    public Optional<Instant> closesFirst() {
        Instant now = clock.instant();
        return Stream.of(State.PENDING, State.DOUBTED)
                .flatMap(this::in)
                .flatMap(zone -> zone.id().stream())
                .filter(zone -> config.windows().mayPublish(zone, now, margin))
                .map(zone -> config.sendBefore(zone, now))
                .min(Comparator.naturalOrder());
    }

    private Stream<Waiting> in(State state) {
        return waiting.stream().filter(zone -> zone.state() == state);
    }

    /**
     * The earliest instant from {@code from} on at which a contact can be dispatched, a lease of another invocation falls
     * free, or (when every remaining window lies behind it) the campaign ends; empty when nobody waits, or no window ever opens.
     */
    public Optional<Instant> nextDispatch(Instant from) {
        Optional<Instant> next = waiting.stream()
                .map(zone -> next(zone, from))
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder());
        Instant end = config.endTime();
        return end == null || isEmpty()
                ? next
                : Optional.of(next.filter(end::isAfter).orElse(end));
    }

    /**
     * Since when the contact that waits longest could have been dispatched: it was due, its window open; of the zones that are open
     * now, since in the others nobody is late. Empty when nobody waits in an open one.
     *
     * @param start when the campaign started; null for at once
     */
    public Optional<Instant> waitingSince(Instant start) {
        Instant now = clock.instant();
        return in(State.PENDING)
                .filter(zone -> !zone.due().isAfter(now))
                .filter(zone -> zone.id()
                        .filter(id -> config.windows().mayPublish(id, now, margin))
                        .isPresent())
                .map(zone -> config.windows()
                        .nextPublishable(zone.id().orElseThrow(), later(zone.since(), start), margin)
                        .filter(first -> first.isBefore(now))
                        .orElse(now))
                .min(Comparator.naturalOrder());
    }

    private static Instant later(Instant one, Instant other) {
        return other != null && other.isAfter(one) ? other : one;
    }

    /** Whether nobody is pending and nobody is leased. */
    public boolean isEmpty() {
        return waiting.isEmpty();
    }

    private Optional<Instant> next(Waiting zone, Instant from) {
        Instant due = zone.due().isAfter(from) ? zone.due() : from;
        boolean anyHour = zone.state() == State.LEASED || zone.id().isEmpty();
        return anyHour
                ? Optional.of(due)
                : config.windows().nextPublishable(zone.id().get(), due, margin);
    }

    private enum State {
        /** Waiting to be claimed. */
        PENDING,
        /** Leased by somebody, to be reaped when the lease has ended, at any hour. */
        LEASED,
        /** Armed by somebody, to be published again when the lease has ended and the window is open. */
        DOUBTED
    }

    /**
     * A zone as stored ('' = the campaign's), what it means if it is one, when the first contact in it is due, and since when that
     * one has been there and due.
     */
    private record Waiting(State state, String name, Optional<ZoneId> id, Instant due, Instant since) {}

    /** Makes them from the rows of {@code find-zones.sql}. */
    public static final class Reader {

        private final TimeZones zones;
        private final Duration margin;
        private final InstantSource clock;

        /**
         * A reader for one function.
         *
         * @param margin how long before a window closes nothing is published any more
         */
        public Reader(TimeZones zones, SendMargin margin, InstantSource clock) {
            this.zones = zones;
            this.margin = margin.duration();
            this.clock = clock;
        }

        /**
         * The zones of these rows.
         *
         * @param rows {@code state} (pending, leased, armed), {@code zone}, {@code due} and, of those pending, {@code since}
         * @param republishing whether armed contacts without an answer are published again
         */
        public PendingZones read(List<Map<String, Object>> rows, CampaignConfig config, boolean republishing) {
            List<Waiting> waiting = rows.stream()
                    .map(row -> waiting(row, config.zone(), republishing))
                    .toList();
            return new PendingZones(config, waiting, margin, clock);
        }

        private Waiting waiting(Map<String, Object> row, ZoneId campaignZone, boolean republishing) {
            State state = switch ((String) row.get("state")) {
                case "pending" -> State.PENDING;
                case "armed" -> republishing ? State.DOUBTED : State.LEASED;
                default -> State.LEASED;
            };
            String name = (String) row.get("zone");
            Instant due = Objects.requireNonNullElse(Campaigns.instant(row.get("due")), Instant.EPOCH);
            Instant since = Objects.requireNonNullElse(Campaigns.instant(row.get("since")), due);
            return new Waiting(state, name, zones.ofContact(name, campaignZone), due, since);
        }
    }
}
