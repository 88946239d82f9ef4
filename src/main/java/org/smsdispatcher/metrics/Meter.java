package org.smsdispatcher.metrics;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Outcome.Kind;
import org.smsdispatcher.reply.Result;

/**
 * Counts what one invocation does, also one that fails or that dispatches several campaigns. Its methods may be called from
 * every lane.
 */
public final class Meter {

    private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
    private final Samples claims = new Samples();
    private final Samples publishes = new Samples();
    private final Samples settles = new Samples();
    /** By campaign, what was seen of it last. */
    private final Map<UUID, Waiting> campaigns = new LinkedHashMap<>();

    private long claimingSince;
    private int reaped;
    private int snsCalls;
    private int throttled;
    private int published;
    private int publishedInWindow;
    private boolean redisDegraded;

    private record Waiting(Optional<Duration> longest, Optional<Duration> untilClose) {

        static final Waiting UNSEEN = new Waiting(Optional.empty(), Optional.empty());
    }

    /** A campaign is dispatched in this invocation. */
    public synchronized void campaign(UUID id) {
        campaigns.putIfAbsent(id, Waiting.UNSEEN);
    }

    /**
     * Who waits in a campaign, as it was seen last.
     *
     * @param longest how long the one that waits longest in an open window has been due; empty when nobody waits
     * @param untilClose how long the first of these windows stays open; empty when none is
     */
    public synchronized void waiting(UUID campaign, Optional<Duration> longest, Optional<Duration> untilClose) {
        campaigns.put(campaign, new Waiting(Optional.of(longest.orElse(Duration.ZERO)), untilClose));
    }

    /** What became of these contacts. */
    public synchronized void results(List<Result> results) {
        results.forEach(result -> outcomes.merge(result.outcome(), 1, Integer::sum));
    }

    /** So many contacts that a dead invocation had left leased were put right. */
    public synchronized void reaped(int contacts) {
        reaped += contacts;
    }

    /** A claim begins; one at a time does. */
    public synchronized void claiming() {
        claimingSince = System.nanoTime();
    }

    /** The claim is over, with however many contacts. */
    public synchronized void claimed() {
        claims.add(System.nanoTime() - claimingSince);
    }

    /**
     * SNS is being asked.
     *
     * @param messages how many are in this call
     * @param inWindow for how many of them the recipient's window is open at this moment
     */
    public synchronized void publishing(int messages, int inWindow) {
        snsCalls++;
        published += messages;
        publishedInWindow += inWindow;
    }

    /** SNS answered, or its answer was given up, after that long. */
    public synchronized void answered(long nanos) {
        publishes.add(nanos);
    }

    /** SNS turned the call, or a message in it, away for its rate. */
    public synchronized void throttled() {
        throttled++;
    }

    /** SNS's answer to a chunk was written down, which took that long. */
    public synchronized void settled(long nanos) {
        settles.add(nanos);
    }

    /** Redis failed. */
    public synchronized void redisDegraded() {
        redisDegraded = true;
    }

    /** The campaigns dispatched or looked at. */
    public synchronized List<UUID> campaigns() {
        return List.copyOf(campaigns.keySet());
    }

    /**
     * What was measured. Shares, times and gauges are left out where there is nothing to tell: no contact has no rate. So are the
     * rarer outcomes that did not occur; the others are there with 0, so that graphs and alarms have no holes.
     */
    public synchronized Map<Metric, List<Number>> values() {
        Map<Metric, List<Number>> values = new EnumMap<>(Metric.class);
        int contacts = count(Kind.SENT) + count(Kind.SKIPPED) + count(Kind.FAILED);
        values.put(Metric.CONTACTS, List.of(contacts));
        values.put(Metric.SENT, List.of(count(Kind.SENT)));
        values.put(Metric.SKIPPED, List.of(count(Kind.SKIPPED)));
        values.put(Metric.FAILED, List.of(count(Kind.FAILED)));
        outcomes.forEach((outcome, count) -> values.put(Metric.valueOf(outcome.name()), List.of(count)));
        Stream.of(Metric.BLACKLISTED, Metric.OUTSIDE_WINDOW, Metric.REFUSED, Metric.UNKNOWN)
                .forEach(metric -> values.putIfAbsent(metric, List.of(0)));
        values.put(Metric.REAPED, List.of(reaped));
        values.put(Metric.SNS_CALLS, List.of(snsCalls));
        values.put(Metric.THROTTLED, List.of(throttled));
        values.put(Metric.REDIS_DEGRADED, List.of(redisDegraded ? 1 : 0));
        share(outcomes.getOrDefault(Outcome.BLACKLISTED, 0), contacts)
                .ifPresent(rate -> values.put(Metric.BLACKLIST_HIT_RATE, List.of(rate)));
        share(publishedInWindow, published).ifPresent(rate -> values.put(Metric.TIME_WINDOW_COMPLIANCE, List.of(rate)));
        times(values, Metric.CLAIM_MILLIS, claims);
        times(values, Metric.PUBLISH_MILLIS, publishes);
        times(values, Metric.SETTLE_MILLIS, settles);
        campaigns.values().stream()
                .flatMap(waiting -> waiting.longest().stream())
                .max(Duration::compareTo)
                .ifPresent(age -> values.put(Metric.OLDEST_PENDING_SECONDS, List.of(age.toSeconds())));
        campaigns.values().stream()
                .flatMap(waiting -> waiting.untilClose().stream())
                .min(Duration::compareTo)
                .ifPresent(left -> values.put(Metric.SECONDS_TO_WINDOW_CLOSE, List.of(left.toSeconds())));
        return values;
    }

    private int count(Kind kind) {
        return outcomes.entrySet().stream()
                .filter(count -> count.getKey().kind() == kind)
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    private static Optional<Number> share(int part, int whole) {
        return whole == 0 ? Optional.empty() : Optional.of((double) part / whole);
    }

    private static void times(Map<Metric, List<Number>> values, Metric metric, Samples samples) {
        if (!samples.values().isEmpty()) {
            values.put(metric, samples.values());
        }
    }
}
