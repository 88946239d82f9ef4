package org.smsdispatcher.why;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.campaign.PendingZones;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.contact.Screen;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.why.Explanation.Explained;
import org.smsdispatcher.why.Explanation.Heard;
import org.smsdispatcher.why.Explanation.Lease;
import org.smsdispatcher.why.Explanation.Planned;
import org.smsdispatcher.why.Explanation.Recorded;
import org.smsdispatcher.why.Judge.Judged;

/** Answers what stands between a contact and its message; asked by the routes {@code explain} and {@code explain-contacts}. */
public final class Explanations {

    private static final int MAX_CONTACTS = 20;
    private static final String WAITS = "waits";
    private static final String NEVER = "never";
    private static final String OVER = "over";

    private final InstantSource clock;
    private final PhoneNumbers numbers;
    private final PendingZones.Reader zones;
    private final Judge judge;
    private final Gates gates;

    public Explanations(InstantSource clock, PhoneNumbers numbers, PendingZones.Reader zones, Screen screen) {
        this.clock = clock;
        this.numbers = numbers;
        this.zones = zones;
        this.judge = new Judge(screen);
        this.gates = new Gates(clock, screen);
    }

    /**
     * Whom a question is about.
     *
     * @param id a contact's id; "" when the text is none
     * @param stored the forms in which a number may be stored that an index finds
     * @param normalised the forms that any stored number is compared with
     */
    public record Inquiry(String id, Set<String> stored, Set<String> normalised) {

        public String[] numbers() {
            return stored.toArray(String[]::new);
        }

        public String[] spellings() {
            return normalised.toArray(String[]::new);
        }
    }

    /** Reads a contact's id, or a phone number in any spelling; a text that is neither may still be stored as a number. */
    public Inquiry inquiry(DispatchRequest request) {
        String text = request.question().contact();
        Optional<UUID> id = uuid(text.strip());
        if (id.isPresent()) {
            return new Inquiry(id.get().toString(), Set.of(), Set.of());
        }
        Set<String> spellings = new LinkedHashSet<>();
        numbers.parse(text).ifPresent(number -> spellings.addAll(number.spellings()));
        String normalised = PhoneNumbers.normalise(text);
        if (!normalised.isEmpty()) {
            spellings.add(normalised);
        }
        Set<String> stored = new LinkedHashSet<>(List.of(text, text.strip()));
        stored.addAll(spellings);
        return new Inquiry("", stored, spellings);
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return text.length() == 36 ? Optional.of(UUID.fromString(text)) : Optional.empty();
        } catch (IllegalArgumentException notOne) {
            return Optional.empty();
        }
    }

    /** The contacts found, as an SQL array. */
    public String[] subjects(List<Map<String, Object>> found, List<Map<String, Object>> foundBySpelling) {
        return Stream.concat(found.stream(), foundBySpelling == null ? Stream.empty() : foundBySpelling.stream())
                .map(row -> row.get("id").toString())
                .distinct()
                .limit(MAX_CONTACTS)
                .toArray(String[]::new);
    }

    /** The answer. */
    public Explanation answer(Campaign campaign, List<Explained> explained, List<Map<String, Object>> foundBySpelling) {
        return new Explanation(
                campaign.id().toString(),
                clock.instant().toString(),
                campaign.status(),
                explained.size(),
                foundBySpelling != null,
                explained);
    }

    /**
     * Explains contacts of a campaign whose config is refused: nobody of it is dispatched.
     *
     * @param factRows the rows of {@code find-facts.sql}
     * @param recordRows the rows of {@code find-records.sql}
     */
    public List<Explained> unconfigured(
            Campaign campaign,
            List<String> problems,
            List<Map<String, Object>> factRows,
            List<Map<String, Object>> recordRows) {
        Map<UUID, List<Recorded>> records = records(recordRows);
        return factRows.stream()
                .map(Facts::of)
                .map(facts -> explained(
                        facts,
                        facts.isOver() ? OVER : campaign.isOver() ? NEVER : WAITS,
                        null,
                        null,
                        gates.unconfigured(campaign, problems, facts),
                        null,
                        records))
                .toList();
    }

    /**
     * Explains contacts.
     *
     * @param factRows the rows of {@code find-facts.sql}
     * @param recordRows the rows of {@code find-records.sql}
     * @param sameNumber the rows of {@code find-same-number.sql}; null when that took too long
     */
    public List<Explained> explain(
            Campaign campaign,
            CampaignConfig config,
            Breaker breaker,
            Foresight foresight,
            List<Map<String, Object>> factRows,
            List<Map<String, Object>> recordRows,
            List<Map<String, Object>> sameNumber) {
        Map<UUID, List<Recorded>> records = records(recordRows);
        Map<UUID, String> others = sameNumber == null
                ? Map.of()
                : sameNumber.stream()
                        .collect(Collectors.toMap(row -> (UUID) row.get("id"), row -> (String) row.get("other")));
        return judge.judge(foresight, factRows, config).values().stream()
                .sorted(Comparator.comparing(judged -> judged.facts().id()))
                .map(judged -> {
                    String outcome = outcome(campaign, config, foresight, judged);
                    Outcome then = outcome.equals(WAITS) && isKnown(judged.facts()) ? judged.outcome() : null;
                    return explained(
                            judged.facts(),
                            outcome,
                            then == null ? null : Judge.word(then),
                            nextEligible(campaign, config, judged, outcome, then),
                            gates.of(
                                    campaign,
                                    config,
                                    breaker,
                                    foresight,
                                    judged,
                                    Optional.ofNullable(
                                            others.get(judged.facts().id()))),
                            judged.draft().isComplete() ? planned(judged.draft()) : null,
                            records);
                })
                .toList();
    }

    /** Whether what comes after the wait can be told: not of a message that is, or may be, on its way to SNS. */
    private static boolean isKnown(Facts facts) {
        boolean unarmed = facts.leased() && facts.armedAttempt() == null;
        return !facts.isInProgress() || unarmed || facts.doubted() || facts.retryAt() != null;
    }

    private String outcome(Campaign campaign, CampaignConfig config, Foresight foresight, Judged judged) {
        Facts facts = judged.facts();
        if (facts.isOver()) {
            return OVER;
        }
        if (!campaign.isDispatchable() || !campaign.started()) {
            return campaign.isOver() ? NEVER : WAITS;
        }
        if (facts.isInProgress() && !facts.leaseOver()) {
            return WAITS;
        }
        if (facts.reaped() != null && !facts.reaped().equals("released")) {
            return facts.reaped();
        }
        if (campaign.ended() || (!facts.capable() && !facts.doubted())) {
            return NEVER;
        }
        if (!facts.isDue() || !isServed(config, facts)) {
            boolean ever = next(campaign, config, facts).isPresent();
            return ever ? WAITS : NEVER;
        }
        return Judge.word(claimed(config, foresight, judged));
    }

    private static Outcome claimed(CampaignConfig config, Foresight foresight, Judged judged) {
        Facts facts = judged.facts();
        if (!facts.doubted() && facts.blacklisted()) {
            return Outcome.BLACKLISTED;
        }
        if (!facts.doubted() && facts.attempts() >= config.maxAttempts()) {
            return Outcome.ATTEMPTS_EXHAUSTED;
        }
        return facts.arrived() ? Outcome.RELEASED : foresight.outcome(judged.contact());
    }

    /** Whether the next claim (or take-over) serves the contact's zone. */
    private boolean isServed(CampaignConfig config, Facts facts) {
        PendingZones zone = zone(config, facts, clock.instant());
        return facts.doubted()
                ? !zone.republishable().isEmpty()
                : !zone.claimable().isEmpty();
    }

    private PendingZones zone(CampaignConfig config, Facts facts, Instant due) {
        String name = facts.timezone() == null ? "" : facts.timezone();
        return zones.read(
                List.of(Map.of(
                        "state", facts.doubted() ? "armed" : "pending", "zone", name, "due", Timestamp.from(due))),
                config,
                facts.doubted());
    }

    /** The earliest instant at which the contact is served; empty when there is none before the campaign's end. */
    private Optional<Instant> next(Campaign campaign, CampaignConfig config, Facts facts) {
        Instant from = clock.instant();
        for (Instant not : List.of(
                campaign.startTime() == null ? Instant.EPOCH : campaign.startTime(),
                facts.isInProgress() ? facts.leaseEnds() : Instant.EPOCH,
                facts.isInProgress() && facts.retryAt() == null ? Instant.EPOCH : facts.waitsUntil())) {
            from = not.isAfter(from) ? not : from;
        }
        return zone(config, facts, from)
                .nextDispatch(from)
                .filter(at -> config.endTime() == null || at.isBefore(config.endTime()));
    }

    private String nextEligible(Campaign campaign, CampaignConfig config, Judged judged, String outcome, Outcome then) {
        boolean sends = outcome.equals(Outcome.SENT.word())
                ? judged.facts().isClaimable() || judged.facts().doubted()
                : then == Outcome.SENT && judged.facts().capable();
        return sends && campaign.isDispatchable()
                ? next(campaign, config, judged.facts()).map(Instant::toString).orElse(null)
                : null;
    }

    private static Planned planned(Draft draft) {
        String message = draft.message();
        return new Planned(
                draft.segments().parts(),
                draft.segments().encoding().name(),
                message.codePointCount(0, message.length()),
                draft.links().size());
    }

    private static Explained explained(
            Facts facts,
            String outcome,
            String outcomeThen,
            String nextEligibleAt,
            List<Gate> gates,
            Planned message,
            Map<UUID, List<Recorded>> records) {
        return new Explained(
                facts.id().toString(),
                PhoneNumbers.mask(facts.storedNumber()),
                facts.status(),
                outcome,
                outcomeThen,
                nextEligibleAt,
                facts.attempts(),
                text(facts.lastAttemptAt()),
                facts.isInProgress()
                        ? new Lease(text(facts.leaseEnds()), facts.leaseOver(), facts.armedAttempt())
                        : null,
                facts.outcome(),
                facts.reason(),
                gates,
                message,
                records.getOrDefault(facts.id(), List.of()));
    }

    private static Map<UUID, List<Recorded>> records(List<Map<String, Object>> rows) {
        return rows.stream()
                .collect(Collectors.groupingBy(
                        row -> (UUID) row.get("contact_id"),
                        Collectors.mapping(
                                row -> new Recorded(
                                        row.get("id").toString(),
                                        (Integer) row.get("attempt"),
                                        (String) row.get("status"),
                                        instant(row, "created_at"),
                                        instant(row, "accepted_at"),
                                        instant(row, "delivered_at"),
                                        (String) row.get("sns_message_id"),
                                        (String) row.get("failure_reason"),
                                        (Integer) row.get("parts"),
                                        (Integer) row.get("links"),
                                        receipt(row)),
                                Collectors.toCollection(ArrayList::new))));
    }

    /** What receipts told of a message; null when there was none. */
    private static Heard receipt(Map<String, Object> row) {
        return row.get("last_event_at") == null
                ? null
                : new Heard(
                        (String) row.get("provider"),
                        (String) row.get("last_word"),
                        instant(row, "last_event_at"),
                        instant(row, "retry_at"),
                        (Boolean) row.get("undeliverable"),
                        instant(row, "opened_at"),
                        (String) row.get("open_source"));
    }

    private static String instant(Map<String, Object> row, String column) {
        return text(Campaigns.instant(row.get(column)));
    }

    private static String text(Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
