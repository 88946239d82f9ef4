package org.smsdispatcher.publish;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.TopicForbiddenException;
import org.smsdispatcher.TopicUnreachableException;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.SendMargin;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.Screened;
import org.smsdispatcher.contact.Slice;
import org.smsdispatcher.metrics.Meter;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Result;
import org.smsdispatcher.reply.Tally;
import software.amazon.awssdk.services.sns.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;
import software.amazon.awssdk.services.sns.model.PublishBatchRequestEntry;
import software.amazon.awssdk.services.sns.model.PublishBatchResponse;
import software.amazon.awssdk.services.sns.model.PublishBatchResultEntry;

/** Moves the messages of a chunk along: who may be armed, what is sent, and what SNS's answer means for each. */
public final class Publisher {

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /** PublishBatch takes ten entries at most (AWS quota). */
    private static final int CHUNK_SIZE = 10;
    /** How often a message without an answer is published in one invocation (policy REPUBLISH). */
    private static final int MAX_PUBLISHES = 3;

    private static final int MIN_BACKOFF_MILLIS = 1_000;
    private static final int BACKOFF_STEP_MILLIS = 2_000;
    private static final int MAX_DOUBLINGS = 4;

    private final JsonMapper mapper = new JsonMapper();
    private final InstantSource clock;
    private final Duration margin;
    private final PublishPolicy policy;
    private final boolean fifo;

    /**
     * @param margin how long before a window closes nothing is published any more
     * @param policy the {@link PublishPolicy}'s name: what happens to messages whose answer never came
     * @param topicArn the gateway's topic; one ending in {@code .fifo} gets deduplication and group ids
     */
    public Publisher(InstantSource clock, SendMargin margin, String policy, String topicArn) {
        this.clock = clock;
        this.margin = margin.duration();
        this.policy = PublishPolicy.of(policy);
        this.fifo = topicArn.endsWith(".fifo");
    }

    /** A breaker for one campaign in one invocation. */
    public Breaker newBreaker(Meter meter) {
        return new Breaker(meter);
    }

    /** No chunk's results. */
    public Published nothing() {
        return new Published();
    }

    /**
     * Whether messages without an answer are published again under their id; never once the campaign is over. Those of a paused one wait
     * until it goes on.
     */
    public boolean isRepublishing(Campaign campaign) {
        return policy == PublishPolicy.REPUBLISH && !campaign.isOver();
    }

    /** The sendable messages of a slice in tens. */
    public List<Chunk> chunks(Slice slice, Screened screened, Deadline deadline, Breaker breaker) {
        List<Draft> drafts = screened.sendable();
        return IntStream.iterate(0, from -> from < drafts.size(), from -> from + CHUNK_SIZE)
                .mapToObj(from -> drafts.subList(from, Math.min(from + CHUNK_SIZE, drafts.size())))
                .map(ten -> new Chunk(slice.lease(), ten, deadline, breaker))
                .toList();
    }

    /** Waits for the chunk's turn, then drops whoever's window has closed meanwhile; without a turn, everybody. */
    public void open(Chunk chunk) {
        if (!chunk.breaker().enter(chunk.deadline())) {
            chunk.drafts().forEach(draft -> chunk.finish(draft, Outcome.RELEASED, null));
            chunk.keepDrafts(List.of());
            return;
        }
        chunk.entered();
        Instant now = clock.instant();
        List<Draft> open = new ArrayList<>();
        for (Draft draft : chunk.drafts()) {
            if (isOpen(draft, now)) {
                open.add(draft);
            } else {
                chunk.finish(draft, Outcome.OUTSIDE_WINDOW, null);
            }
        }
        chunk.keepDrafts(open);
    }

    /**
     * Takes over the verdicts of {@code arm.sql} or {@code rearm.sql}. Armed messages whose window closed, or whose time ran
     * out, while they waited for the database are taken back.
     */
    public void armed(Chunk chunk, List<Map<String, Object>> rows) {
        Map<UUID, Draft> drafts = chunk.drafts().stream()
                .collect(Collectors.toMap(draft -> draft.contact().id(), Function.identity()));
        Instant now = clock.instant();
        List<Armed> messages = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            Draft draft = drafts.remove((UUID) row.get("id"));
            String verdict = (String) row.get("verdict");
            if (verdict.equals("armed")) {
                messages.add(armedMessage(chunk, draft, row, now));
            } else {
                notArmed(chunk, draft, verdict, (String) row.get("reason"));
            }
        }
        drafts.values().forEach(draft -> chunk.finish(draft, Outcome.RELEASED, null));
        chunk.arm(stillInTime(chunk, messages));
    }

    private static Armed armedMessage(Chunk chunk, Draft draft, Map<String, Object> row, Instant now) {
        return new Armed(
                draft,
                (Integer) row.get("attempt"),
                (UUID) row.get("record_id"),
                draft.contact().config().sendBefore(draft.contact().zone().orElseThrow(), now),
                chunk.isDoubted());
    }

    private static void notArmed(Chunk chunk, Draft draft, String verdict, String reason) {
        if (verdict.equals("released")) {
            LOG.info("The campaign is no longer active: nothing more is published");
            chunk.breaker().stop();
        }
        if (verdict.equals("released") || verdict.equals("lost")) {
            chunk.finish(draft, Outcome.RELEASED, reason);
        } else if (chunk.isDoubted()) {
            chunk.fail(new Result(draft.contact().id(), Outcome.UNKNOWN, Contact.MAY_HAVE_BEEN_SENT));
        } else {
            chunk.finish(draft, Outcome.of(verdict), reason);
        }
    }

    private List<Armed> stillInTime(Chunk chunk, List<Armed> messages) {
        Instant now = clock.instant();
        boolean timeLeft = chunk.deadline().allowsPublishing();
        List<Armed> inTime = new ArrayList<>();
        for (Armed message : messages) {
            boolean open = isOpen(message.draft(), now);
            if (timeLeft && open) {
                inTime.add(message);
            } else {
                takeBack(chunk, message, open ? Outcome.RELEASED : Outcome.OUTSIDE_WINDOW);
            }
        }
        return inTime;
    }

    private static void takeBack(Chunk chunk, Armed message, Outcome outcome) {
        if (message.doubted()) {
            chunk.finish(message.draft(), Outcome.RELEASED, null);
        } else {
            chunk.refuse(new Result(message.contactId(), outcome, null), 0);
        }
    }

    private boolean isOpen(Draft draft, Instant now) {
        return draft.contact()
                .config()
                .windows()
                .mayPublish(draft.contact().zone().orElseThrow(), now, margin);
    }

    /**
     * Nobody can say whether anything was armed, so nothing is published: everything is taken back, then handed back. What is in doubt
     * stays armed, and is left to the next invocation.
     */
    public void armingFailed(Chunk chunk, Exception failure) {
        LOG.warn(
                "{} messages could not be armed and are not published by this invocation",
                chunk.drafts().size(),
                failure);
        chunk.breaker().stop();
        boolean doubted = chunk.isDoubted();
        for (Draft draft : chunk.drafts()) {
            if (doubted) {
                chunk.finish(draft, Outcome.RELEASED, null);
            } else {
                chunk.refuse(new Result(draft.contact().id(), Outcome.RELEASED, "PostgreSQL failed"), 0);
            }
        }
    }

    /** The armed messages as PublishBatch takes them. From here on each of them may have been accepted. */
    public List<PublishBatchRequestEntry> entries(Chunk chunk) {
        List<PublishBatchRequestEntry> entries =
                chunk.armed().stream().map(this::entry).toList();
        chunk.meter().publishing(entries.size(), countOpen(chunk.armed()));
        chunk.publishing();
        return entries;
    }

    /** Asked anew at the last moment, on the recipients' clocks, so that the measure does not rest on what it is to prove. */
    private int countOpen(List<Armed> messages) {
        Instant now = clock.instant();
        return (int) messages.stream()
                .map(message -> message.draft().contact())
                .filter(contact ->
                        contact.config().windows().isOpen(contact.zone().orElseThrow(), now))
                .count();
    }

    private PublishBatchRequestEntry entry(Armed message) {
        Draft draft = message.draft();
        String recordId = message.recordId().toString();
        Map<String, MessageAttributeValue> attributes = Map.of(
                "smsRecordId", attribute("String", recordId),
                "campaignId",
                        attribute(
                                "String", draft.contact().config().campaignId().toString()),
                "attempt", attribute("Number", Integer.toString(message.attempt())),
                "sendBefore", attribute("String", message.sendBefore().toString()));
        PublishBatchRequestEntry.Builder entry = PublishBatchRequestEntry.builder()
                .id(recordId)
                .subject("SMS Campaign Message")
                .message(json(draft))
                .messageAttributes(attributes);
        if (fifo) {
            entry.messageDeduplicationId(recordId)
                    .messageGroupId(message.contactId().toString());
        }
        return entry.build();
    }

    private static MessageAttributeValue attribute(String type, String value) {
        return MessageAttributeValue.builder().dataType(type).stringValue(value).build();
    }

    private String json(Draft draft) {
        ObjectNode json = mapper.createObjectNode()
                .put("phoneNumber", draft.contact().number().orElseThrow().e164())
                .put("message", draft.message())
                .put("campaignId", draft.contact().config().campaignId().toString())
                .put("contactId", draft.contact().id().toString());
        ObjectNode variables = json.putObject("templateVariables");
        draft.variables().forEach(variables::put);
        return json.put("timestamp", clock.instant().toString()).toString();
    }

    /** SNS answered with a list of accepted and one of failed entries; what stands in neither has no answer. */
    public void answered(Chunk chunk, PublishBatchResponse answer) {
        Map<String, Armed> open = new HashMap<>();
        chunk.unanswered().forEach(message -> open.put(message.recordId().toString(), message));
        for (PublishBatchResultEntry entry : answer.successful()) {
            Armed message = open.remove(entry.id());
            if (message != null) {
                chunk.accept(message, entry.messageId());
            }
        }
        for (BatchResultErrorEntry entry : answer.failed()) {
            Armed message = open.remove(entry.id());
            if (message != null) {
                refused(chunk, message, Boolean.TRUE.equals(entry.senderFault()), entry.code());
            }
        }
        if (answer.failed().stream().anyMatch(entry -> SnsFailure.isThrottle(entry.code()))) {
            chunk.meter().throttled();
        }
        chunk.answered(chunk.hasAccepted());
        noAnswer(chunk, List.copyOf(open.values()), "SNS's answer does not name the message");
    }

    private void refused(Chunk chunk, Armed message, boolean forGood, String code) {
        if (message.doubted()) {
            noAnswer(chunk, List.of(message), "SNS's answer to an earlier publish never came");
        } else if (forGood) {
            chunk.fail(new Result(message.contactId(), Outcome.REFUSED, "SNS refused the message: " + code));
        } else {
            takeBackRefused(chunk, message, code);
        }
    }

    private static void takeBackRefused(Chunk chunk, Armed message, String code) {
        String reason = "SNS did not take the message (" + code + "), it is tried again later";
        chunk.refuse(new Result(message.contactId(), Outcome.REFUSED, reason), backoffMillis(chunk));
    }

    /** From one second up, twice as far with every chunk in a row that failed, with full jitter. */
    private static long backoffMillis(Chunk chunk) {
        int doublings = Math.min(chunk.breaker().failuresInARow(), MAX_DOUBLINGS);
        return MIN_BACKOFF_MILLIS + ThreadLocalRandom.current().nextLong((long) BACKOFF_STEP_MILLIS << doublings);
    }

    /** PublishBatch failed as a whole. */
    public void failed(Chunk chunk, Exception failure) {
        List<Armed> messages = chunk.unanswered();
        SnsFailure kind = SnsFailure.of(failure);
        String word = SnsFailure.word(failure);
        LOG.warn("PublishBatch of {} messages failed: {} ({})", messages.size(), kind, word);
        if (SnsFailure.isThrottled(failure)) {
            chunk.meter().throttled();
        }
        chunk.answered(false);
        if (kind == SnsFailure.UNKNOWN) {
            noAnswer(chunk, messages, "SNS's answer never came (" + word + ")");
            return;
        }
        if (kind == SnsFailure.FORBIDDEN) {
            chunk.breaker()
                    .fail(new TopicForbiddenException(
                            "SMS_GATEWAY_TOPIC_ARN: SNS refuses to publish (" + word
                                    + "); everything not sent yet was handed back and no attempt was used",
                            failure));
        } else if (kind == SnsFailure.UNREACHABLE) {
            chunk.breaker().unreachable(failure);
        }
        for (Armed message : messages) {
            if (message.doubted()) {
                noAnswer(chunk, List.of(message), "SNS's answer to an earlier publish never came");
            } else if (kind == SnsFailure.FORBIDDEN) {
                takeBack(chunk, message, Outcome.RELEASED);
            } else {
                takeBackRefused(chunk, message, word);
            }
        }
    }

    /** Policy FAIL ends them here; policy REPUBLISH tries again while it may, then leaves them armed for the next invocation. */
    private void noAnswer(Chunk chunk, List<Armed> messages, String reason) {
        if (policy == PublishPolicy.FAIL) {
            messages.forEach(message -> chunk.fail(new Result(
                    message.contactId(),
                    Outcome.UNKNOWN,
                    reason + ": it may have been sent, so it is not sent again")));
            return;
        }
        boolean again = chunk.publishes() < MAX_PUBLISHES && !chunk.breaker().isOpen();
        for (Armed message : messages) {
            if (again) {
                chunk.askAgain(message.draft());
            } else {
                chunk.finish(message.draft(), Outcome.RELEASED, reason);
            }
        }
    }

    /** Takes over what {@code settle.sql} wrote down; a message whose lease was lost meanwhile was judged by somebody else. */
    public void settled(Chunk chunk, List<Map<String, Object>> rows) {
        Map<UUID, Boolean> settled = rows.stream()
                .collect(Collectors.toMap(
                        row -> (UUID) row.get("id"), row -> (Boolean) row.get("settled"), (a, b) -> a));
        for (Chunk.Accepted accepted : chunk.accepted()) {
            boolean written = settled.getOrDefault(accepted.message().contactId(), false);
            if (!written) {
                LOG.warn(
                        "Contact {}: accepted by SNS after its lease had run out",
                        accepted.message().contactId());
            }
            chunk.finish(accepted.message().draft(), written ? Outcome.SENT : Outcome.RELEASED, null);
        }
    }

    /** Ends the chunk's turn, however it went. */
    public void close(Chunk chunk) {
        if (chunk.hasEntered()) {
            chunk.breaker().leave(chunk.leave());
        }
    }

    /**
     * Fails the invocation where a reply would hide the cause.
     *
     * @throws TopicForbiddenException SNS refuses this function the topic
     * @throws TopicUnreachableException the breaker is open, SNS could not be reached, and nothing was sent
     */
    public void throwFailure(Breaker breaker, Tally tally) {
        breaker.throwFailure(tally.count(Outcome.SENT) > 0);
    }
}
