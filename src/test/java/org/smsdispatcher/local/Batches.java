package org.smsdispatcher.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Dispatches a campaign as an orchestrator would: again while there is more, after a short wait where the reply names one, until
 * nothing more can be sent now.
 */
final class Batches {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    /** Replies in a row that finish nobody: SNS is down, or somebody else holds the contacts. */
    private static final int PATIENCE = 3;

    private final LocalDispatcher dispatcher;
    private final InstantSource clock;
    private final ProgressBar progress;
    private final JsonMapper json = new JsonMapper();
    private final Map<String, Integer> sums = new TreeMap<>();
    private int invocations;
    private int contacts;
    private Duration busy = Duration.ZERO;

    Batches(LocalDispatcher dispatcher, InstantSource clock, ProgressBar progress) {
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * What the replies said together.
     *
     * @param byOutcome contacts by outcome; one that is tried twice is counted twice
     * @param contacts the sum of {@code totalContacts}
     * @param busy the time the invocations took, without the waits between them
     * @param last the last reply
     */
    record Sums(Map<String, Integer> byOutcome, int contacts, int invocations, Duration busy, JsonNode last) {

        int sent() {
            return byOutcome.getOrDefault("sent", 0);
        }

        /** The earliest instant at which there is something to dispatch, if there is one. */
        Optional<Instant> nextDispatchAt() {
            return Optional.ofNullable(last.path("nextDispatchAt").textValue()).map(Instant::parse);
        }
    }

    /**
     * Dispatches until nothing more can be sent now.
     *
     * @param batchSize null for the dispatcher's own
     */
    Sums run(UUID campaign, Integer batchSize) {
        byte[] event = event(campaign, batchSize);
        JsonNode reply = dispatch(event);
        int idle = 0;
        while (idle < PATIENCE && waitForNext(reply) && progress.isRead()) {
            reply = dispatch(event);
            idle = finishedNobody(reply) ? idle + 1 : 0;
        }
        progress.end();
        return new Sums(Map.copyOf(sums), contacts, invocations, busy, reply);
    }

    private byte[] event(UUID campaign, Integer batchSize) {
        ObjectNode event = json.createObjectNode().put("campaignId", campaign.toString());
        if (batchSize != null) {
            event.put("batchSize", batchSize);
        }
        return event.toString().getBytes(StandardCharsets.UTF_8);
    }

    private JsonNode dispatch(byte[] event) {
        long start = System.nanoTime();
        JsonNode reply = read(dispatcher.dispatch(event));
        busy = busy.plusNanos(System.nanoTime() - start);
        invocations++;
        contacts += reply.path("totalContacts").intValue();
        add("sent", reply.path("sentCount"));
        reply.path("skipped").properties().forEach(count -> add(count.getKey(), count.getValue()));
        reply.path("failed").properties().forEach(count -> add(count.getKey(), count.getValue()));
        progress.show(contacts, sums.getOrDefault("sent", 0));
        return reply;
    }

    private JsonNode read(byte[] reply) {
        try {
            return json.readTree(reply);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String outcome, JsonNode count) {
        if (count.intValue() > 0) {
            sums.merge(outcome, count.intValue(), Integer::sum);
        }
    }

    /** Whether to dispatch again, having waited if the reply says when and that is soon: a backoff, not a night. */
    private boolean waitForNext(JsonNode reply) {
        if (reply.path("hasMore").booleanValue()) {
            return true;
        }
        String next = reply.path("nextDispatchAt").textValue();
        Duration wait =
                next == null ? LONGEST_WAIT.plusSeconds(1) : Duration.between(clock.instant(), Instant.parse(next));
        if (wait.compareTo(LONGEST_WAIT) > 0) {
            return false;
        }
        if (!wait.isNegative()) {
            progress.say("waiting until " + next + ", as the reply asks");
            sleep(wait);
        }
        return true;
    }

    private void sleep(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        try {
            while (end - System.nanoTime() > 0 && progress.isRead()) {
                Thread.sleep(Math.max(1, Math.min(200, 1 + (end - System.nanoTime()) / 1_000_000)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalRunException("interrupted");
        }
    }

    private static boolean finishedNobody(JsonNode reply) {
        int refused = reply.path("failed").path("refused").intValue();
        return reply.path("totalContacts").intValue() - refused <= 0;
    }
}
