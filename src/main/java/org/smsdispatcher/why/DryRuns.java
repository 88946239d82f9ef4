package org.smsdispatcher.why;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.campaign.PendingZones;
import org.smsdispatcher.campaign.SendMargin;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.contact.Screen;
import org.smsdispatcher.contact.Segments;
import org.smsdispatcher.contact.Slice;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Outcome.Kind;
import org.smsdispatcher.why.DryRun.Finish;
import org.smsdispatcher.why.DryRun.NextBatch;
import org.smsdispatcher.why.DryRun.Whole;
import org.smsdispatcher.why.DryRun.Zone;
import org.smsdispatcher.why.FinishEstimate.Line;
import org.smsdispatcher.why.Judge.Judged;

/** Answers what the next batch and the whole campaign would come to; asked by the routes {@code dry-run} and {@code foresee-*}. */
public final class DryRuns {

    private final InstantSource clock;
    private final Duration margin;
    private final TimeZones zones;
    private final Judge judge;
    private final Optional<BigDecimal> costPerPart;

    /**
     * @param costPerPart {@code COST_PER_PART}, in any currency; empty text: unknown
     * @throws BadConfigurationException when it is no amount
     */
    public DryRuns(InstantSource clock, SendMargin margin, TimeZones zones, Screen screen, String costPerPart) {
        this.clock = clock;
        this.margin = margin.duration();
        this.zones = zones;
        this.judge = new Judge(screen);
        this.costPerPart = costPerPart.isBlank() ? Optional.empty() : Optional.of(amount(costPerPart.strip()));
    }

    private static BigDecimal amount(String text) {
        try {
            BigDecimal amount = new BigDecimal(text);
            if (amount.signum() >= 0) {
                return amount;
            }
        } catch (NumberFormatException noAmount) {
            // said below
        }
        throw new BadConfigurationException("COST_PER_PART must be an amount such as 0.0075, it is '" + text + "'");
    }

    /** The batch as the reaper would leave it, nobody claimed yet. */
    public Batch begin(List<Map<String, Object>> reaped) {
        return new Batch(reaped);
    }

    /** The zones as they would be after the reaper: those of whom it hands back are waiting ones. */
    public List<Map<String, Object>> afterReaping(
            List<Map<String, Object>> zoneRows, List<Map<String, Object>> reaped) {
        List<Map<String, Object>> rows = new ArrayList<>(zoneRows);
        Map<String, Object> dueByZone = new LinkedHashMap<>();
        reaped.stream()
                .filter(row -> Batch.isHandedBack(row) && (Boolean) row.get("capable"))
                .forEach(row -> dueByZone.merge((String) row.get("zone"), row.get("due"), DryRuns::earlier));
        // in their places: zones that close together are served in this order
        rows.replaceAll(row -> {
            Object due = row.get("state").equals("pending") ? dueByZone.remove((String) row.get("zone")) : null;
            return due == null || row.get("due") == null
                    ? row
                    : Map.of("state", "pending", "zone", row.get("zone"), "due", earlier(row.get("due"), due));
        });
        dueByZone.forEach((zone, due) -> rows.add(Map.of("state", "pending", "zone", zone, "due", due)));
        return rows;
    }

    private static Object earlier(Object one, Object other) {
        return Campaigns.instant(one).isAfter(Campaigns.instant(other)) ? other : one;
    }

    /** The slice that policy REPUBLISH would take over first. */
    public Slice doubted(DispatchRequest request, PendingZones pending, int sliceSize) {
        return slice(pending.republishable(), Math.min(sliceSize, request.batchSize()));
    }

    /** All slices of the batch in one. */
    public Slice wholeBatch(DispatchRequest request, PendingZones pending, Batch batch) {
        return slice(pending.claimable(), request.batchSize() - batch.claimed());
    }

    private static Slice slice(List<String> zoneNames, int wanted) {
        boolean nobody = zoneNames.isEmpty() || wanted <= 0;
        return nobody ? Slice.none() : new Slice(new UUID(0, 0), zoneNames, wanted, 0, List.of(), List.of());
    }

    /** The batch with the rows that would be claimed, to be looked at slice by slice as dispatching does. */
    public void line(Batch batch, List<Map<String, Object>> rows) {
        batch.line(rows);
    }

    /** The rows of the next slice. */
    public List<Map<String, Object>> next(Batch batch, int sliceSize) {
        return batch.next(sliceSize);
    }

    /** Adds what is foreseen of a slice to the batch. */
    public void add(Batch batch, Foresight foresight) {
        batch.add(foresight);
    }

    /** How far to look into the zones. */
    public Survey survey(List<Map<String, Object>> zoneRows) {
        return Survey.of(zoneRows);
    }

    /** The survey with the rows of {@code count-zones.sql}. */
    public Survey counted(Survey survey, List<Map<String, Object>> rows) {
        return survey.with(rows);
    }

    /** The survey with its sample judged: what becomes of each contact in its own hours. */
    public Survey judged(Survey survey, Foresight foresight, List<Map<String, Object>> facts, CampaignConfig config) {
        return survey.withSample(
                List.copyOf(judge.judge(foresight, facts, config).values()));
    }

    /** The answer for a campaign whose configuration would refuse every dispatch. */
    public DryRun refused(Campaign campaign, List<String> problems, List<Map<String, Object>> statusRows) {
        Whole whole = new Whole(statuses(statusRows), null, false, 0, false, Map.of(), null, null, List.of());
        return new DryRun(
                campaign.id().toString(),
                clock.instant().toString(),
                campaign.status(),
                false,
                "its configuration is refused: " + problems.get(0),
                problems,
                "not asked",
                null,
                whole,
                null,
                null,
                null);
    }

    /**
     * The answer.
     *
     * @param statusRows the rows of {@code count-statuses.sql}
     * @param pace the row of {@code measure-pace.sql}
     */
    public DryRun answer(
            DispatchRequest request,
            Campaign campaign,
            CampaignConfig config,
            PendingZones pending,
            Breaker breaker,
            Batch batch,
            Survey survey,
            List<Map<String, Object>> statusRows,
            List<Map<String, Object>> pace) {
        Instant now = clock.instant();
        BigDecimal cost = request.question().costPerPart().or(() -> costPerPart).orElse(null);
        Optional<String> because = campaign.whyNotDispatched();
        List<Zone> zoneList = zones(survey, config);
        Instant from = campaign.started() || campaign.startTime().isBefore(now) ? now : campaign.startTime();
        return new DryRun(
                campaign.id().toString(),
                now.toString(),
                campaign.status(),
                because.isEmpty(),
                because.orElse(null),
                List.of(),
                breaker.isRedisWorking() ? "asked" : "did not answer: PostgreSQL's blacklist was asked alone",
                nextBatch(request, batch, cost),
                whole(statuses(statusRows), survey.counts().isPresent(), zoneList, cost),
                cost,
                campaign.ended()
                        ? null
                        : pending.nextDispatch(from).map(Instant::toString).orElse(null),
                finish(request, config, pace, zoneList, from));
    }

    private static Map<String, Long> statuses(List<Map<String, Object>> rows) {
        return rows.stream()
                .collect(Collectors.toMap(
                        row -> (String) row.get("status"), row -> (Long) row.get("contacts"), Long::sum, TreeMap::new));
    }

    private static NextBatch nextBatch(DispatchRequest request, Batch batch, BigDecimal costPerPart) {
        int sent = batch.count(Kind.SENT);
        int skipped = batch.count(Kind.SKIPPED);
        int failed = batch.count(Kind.FAILED);
        return new NextBatch(
                request.batchSize(),
                sent + skipped + failed,
                sent,
                skipped,
                failed,
                batch.byWord(Kind.SKIPPED),
                batch.byWord(Kind.FAILED),
                batch.parts(),
                cost(batch.parts(), costPerPart));
    }

    private static BigDecimal cost(long parts, BigDecimal costPerPart) {
        return costPerPart == null
                ? null
                : costPerPart.multiply(BigDecimal.valueOf(parts)).setScale(4, RoundingMode.HALF_UP);
    }

    private static Whole whole(
            Map<String, Long> statuses, boolean counted, List<Zone> zoneList, BigDecimal costPerPart) {
        Map<String, Long> outcomes = new TreeMap<>();
        zoneList.forEach(zone -> zone.outcomes().forEach((word, count) -> outcomes.merge(word, count, Long::sum)));
        long waiting = zoneList.stream().mapToLong(Zone::waiting).sum();
        int judged = zoneList.stream().mapToInt(Zone::judged).sum();
        long parts = zoneList.stream().mapToLong(Zone::parts).sum();
        return new Whole(
                statuses,
                counted ? waiting : null,
                zoneList.stream().anyMatch(Zone::atLeast),
                judged,
                judged < waiting,
                outcomes,
                counted ? parts : null,
                counted ? cost(parts, costPerPart) : null,
                zoneList);
    }

    private List<Zone> zones(Survey survey, CampaignConfig config) {
        Map<String, List<Judged>> byZone = new LinkedHashMap<>();
        for (Judged judged : survey.sample()) {
            byZone.computeIfAbsent(Objects.requireNonNullElse(judged.facts().timezone(), ""), zone -> new ArrayList<>())
                    .add(judged);
        }
        return survey.counts().orElse(List.of()).stream()
                .map(row -> zone(row, survey, config, byZone.getOrDefault((String) row.get("zone"), List.of())))
                .sorted(Comparator.comparing((Zone zone) -> zone.nextOpening() == null)
                        .thenComparing(zone -> Objects.requireNonNullElse(zone.nextOpening(), ""))
                        .thenComparing(Zone::zone))
                .toList();
    }

    private Zone zone(Map<String, Object> row, Survey survey, CampaignConfig config, List<Judged> sample) {
        Instant now = clock.instant();
        String name = (String) row.get("zone");
        long waiting = (Long) row.get("waiting");
        Optional<ZoneId> id = zones.ofContact(name, config.zone());
        boolean open = id.isPresent() && config.windows().mayPublish(id.get(), now, margin);
        double weight = sample.isEmpty() ? 0 : (double) waiting / sample.size();
        int parts = sample.stream()
                .filter(judged -> judged.outcome() == Outcome.SENT)
                .mapToInt(judged -> Segments.of(judged.draft().message()).parts())
                .sum();
        return new Zone(
                name,
                id.isPresent(),
                waiting,
                waiting >= survey.bound(),
                (Long) row.get("due"),
                id.map(zone -> now.atZone(zone)
                                .toLocalDateTime()
                                .truncatedTo(ChronoUnit.MINUTES)
                                .toString())
                        .orElse(null),
                open,
                open ? config.windows().closesAt(id.get(), now).toString() : null,
                id.flatMap(zone -> config.windows().nextPublishable(zone, now, margin))
                        .map(Instant::toString)
                        .orElse(null),
                sample.size(),
                outcomes(sample, waiting),
                Math.round(parts * weight));
    }

    /** The sample's outcomes scaled up to {@code waiting}; they add up to it, the commonest taking up the rounding. */
    static Map<String, Long> outcomes(List<Judged> sample, long waiting) {
        Map<String, Long> counts = new TreeMap<>();
        sample.forEach(judged -> counts.merge(judged.word(), 1L, Long::sum));
        if (counts.isEmpty()) {
            return counts;
        }
        counts.replaceAll((word, count) -> Math.round((double) count * waiting / sample.size()));
        String commonest = counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        long rest =
                waiting - counts.values().stream().mapToLong(Long::longValue).sum();
        counts.merge(commonest, rest, Long::sum);
        return counts;
    }

    private Finish finish(
            DispatchRequest request,
            CampaignConfig config,
            List<Map<String, Object>> pace,
            List<Zone> zoneList,
            Instant from) {
        Optional<BigDecimal> given = request.question().messagesPerSecond();
        Optional<BigDecimal> perSecond = given.or(() -> measured(pace));
        List<Line> lines = zoneList.stream()
                .filter(Zone::valid)
                .map(zone ->
                        new Line(zones.ofContact(zone.zone(), config.zone()).orElseThrow(), zone.waiting(), from))
                .toList();
        boolean neverOpens = lines.stream()
                .anyMatch(line -> config.windows()
                        .nextPublishable(line.zone(), from, margin)
                        .isEmpty());
        Optional<Instant> notBefore = neverOpens
                ? Optional.empty()
                : lines.stream()
                        .map(line -> config.windows()
                                .nextPublishable(line.zone(), from, margin)
                                .orElseThrow())
                        .max(Comparator.naturalOrder());
        Optional<Instant> finish = perSecond
                .filter(pacing -> !lines.isEmpty())
                .flatMap(pacing -> new FinishEstimate(config.windows(), margin, pacing.doubleValue())
                        .finish(lines, from, config.endTime()));
        return new Finish(
                perSecond.orElse(null),
                perSecond.isEmpty() ? null : given.isPresent() ? "event" : "measured",
                notBefore.map(Instant::toString).orElse(null),
                finish.map(at -> at.truncatedTo(ChronoUnit.SECONDS).toString()).orElse(null));
    }

    private static Optional<BigDecimal> measured(List<Map<String, Object>> rows) {
        if (rows == null || rows.isEmpty() || rows.get(0).get("seconds") == null) {
            return Optional.empty();
        }
        long messages = (Long) rows.get(0).get("messages");
        double seconds = ((Number) rows.get(0).get("seconds")).doubleValue();
        return messages < 2 || seconds <= 0
                ? Optional.empty()
                : Optional.of(BigDecimal.valueOf(messages / seconds).setScale(2, RoundingMode.HALF_UP))
                        .filter(perSecond -> perSecond.signum() > 0);
    }
}
