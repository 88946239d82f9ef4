package org.smsdispatcher.contact;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.PendingZones;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.contact.Contact.DoubtedAttempt;
import org.smsdispatcher.log.Failure;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Result;
import org.smsdispatcher.reply.Tally;

/** Decides what to claim next, and reads what was claimed. */
public final class Slices {

    private static final Logger LOG = LoggerFactory.getLogger(Slices.class);

    /** How long a lease outlives the invocation: Lambda was seen to kill 0.68 s after the time it had announced. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private static final int MOST_A_SLICE = 1_000;

    private final int sliceSize;
    private final TimeZones zones;
    private final PhoneNumbers numbers;

    public Slices(int sliceSize, TimeZones zones, PhoneNumbers numbers) {
        if (sliceSize < 1 || sliceSize > MOST_A_SLICE) {
            throw new IllegalArgumentException("CLAIM_SLICE must be 1 to " + MOST_A_SLICE + ", it is " + sliceSize);
        }
        this.sliceSize = sliceSize;
        this.zones = zones;
        this.numbers = numbers;
    }

    /** The first slice to claim; not claimable when no zone is open or time is short. */
    public Slice first(DispatchRequest request, PendingZones pending, Tally tally, Deadline deadline, Breaker breaker) {
        return slice(pending.claimable(), request, tally, deadline, breaker);
    }

    /** The slice of attempts to take over from dead invocations (policy REPUBLISH). */
    public Slice doubted(
            DispatchRequest request, PendingZones pending, Tally tally, Deadline deadline, Breaker breaker) {
        return slice(pending.republishable(), request, tally, deadline, breaker);
    }

    private Slice slice(
            List<String> zoneNames, DispatchRequest request, Tally tally, Deadline deadline, Breaker breaker) {
        int wanted = Math.min(sliceSize, request.batchSize() - tally.claimed());
        if (zoneNames.isEmpty() || wanted <= 0 || breaker.isOpen() || !deadline.allowsPublishing()) {
            return Slice.none();
        }
        breaker.meter().claiming();
        int leaseSeconds = (int) deadline.remaining().plus(GRACE).toSeconds();
        return new Slice(UUID.randomUUID(), zoneNames, wanted, leaseSeconds, List.of(), List.of());
    }

    /** The slice after {@code last}: none when that one found less than it asked for. */
    public Slice next(
            Slice last,
            DispatchRequest request,
            PendingZones pending,
            Tally tally,
            Deadline deadline,
            Breaker breaker) {
        return last.isFull() ? first(request, pending, tally, deadline, breaker) : Slice.none();
    }

    /** The slice with the contacts that {@code claim.sql} or {@code take-over.sql} returned just now. */
    public Slice claimed(Slice slice, List<Map<String, Object>> rows, CampaignConfig config, Breaker breaker) {
        breaker.meter().claimed();
        List<Contact> contacts = new ArrayList<>();
        List<Result> ended = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            switch ((String) row.get("status")) {
                case "in_progress" -> contacts.add(contact(row, config));
                case "blacklisted" -> ended.add(result(row, Outcome.BLACKLISTED));
                default -> ended.add(result(row, Outcome.ATTEMPTS_EXHAUSTED));
            }
        }
        return slice.with(List.copyOf(contacts), List.copyOf(ended));
    }

    /** Whether there is anything to ask Redis, and it has not failed in this invocation. */
    public boolean canAskRedis(Slice slice, Breaker breaker) {
        return !slice.contacts().isEmpty() && breaker.isRedisWorking();
    }

    /** The slice with Redis's answers; see {@link Slice#withRedisAnswers}. */
    public Slice answered(Slice slice, List<?> answers) {
        return slice.withRedisAnswers(answers);
    }

    /** Redis did not answer, or not sensibly: PostgreSQL decides alone until the end of this invocation. */
    public void redisFailed(Breaker breaker, Exception failure) {
        LOG.warn("Redis is degraded, PostgreSQL's blacklist decides alone: {}", Failure.inShort(failure));
        breaker.redisFailed();
    }

    private Contact contact(Map<String, Object> row, CampaignConfig config) {
        String stored = (String) row.get("phone_number");
        return new Contact(
                (UUID) row.get("id"),
                stored,
                numbers.parse(stored),
                zones.ofContact((String) row.get("timezone"), config.zone()),
                (String) row.get("metadata"),
                Optional.ofNullable((Integer) row.get("armed_attempt"))
                        .map(attempt ->
                                new DoubtedAttempt(attempt, (UUID) row.get("record_id"), (String) row.get("message"))),
                false,
                config);
    }

    private static Result result(Map<String, Object> row, Outcome outcome) {
        return new Result((UUID) row.get("id"), outcome, (String) row.get("reason"));
    }
}
