package org.smsdispatcher.tracking;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.BadEventException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;

/** The messages of one invocation that could not be recorded; each is delivered again by whoever delivered it. */
public final class MessageFailures {

    private static final Logger LOG = LoggerFactory.getLogger(MessageFailures.class);

    private final Map<String, Exception> byMessage = new LinkedHashMap<>();
    private boolean databaseGone;

    /** Takes a failure down; nobody else's message suffers from it, unless PostgreSQL is gone. */
    public void add(TrackingMessage message, Exception failure) {
        Optional<BadEventException> refusal = causes(failure)
                .filter(BadEventException.class::isInstance)
                .map(BadEventException.class::cast)
                .findFirst();
        if (refusal.isPresent()) {
            byMessage.put(message.id(), refusal.get());
            LOG.warn(
                    "Message {}: refused, nothing was changed: {}",
                    message.id(),
                    refusal.get().getMessage());
        } else {
            byMessage.put(message.id(), failure);
            databaseGone |= causes(failure).anyMatch(MessageFailures::isDatabaseGone);
            LOG.warn("Message {}: not recorded, it is to be delivered again", message.id(), failure);
        }
    }

    /** Not tried: a batch of thousands would wait for PostgreSQL's time-out each. */
    public void skip(TrackingMessage message) {
        byMessage.put(message.id(), first());
    }

    private static Stream<Throwable> causes(Exception failure) {
        return Stream.<Throwable>iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(20);
    }

    private static boolean isDatabaseGone(Throwable cause) {
        return cause instanceof CannotGetJdbcConnectionException || cause instanceof DataAccessResourceFailureException;
    }

    /** Whether the rest need not be tried. */
    public boolean isDatabaseGone() {
        return databaseGone;
    }

    /** What SQS reads (AWS Lambda developer guide, "Implementing partial batch responses"). */
    public Map<String, Object> toBatchResponse() {
        return Map.of(
                "batchItemFailures",
                byMessage.keySet().stream()
                        .map(id -> Map.of("itemIdentifier", id))
                        .toList());
    }

    /** What nobody reads; SNS repeats an invocation that failed, and each receipt of it that was recorded is a replay then. */
    public Map<String, Object> toNotificationResponse(List<TrackingMessage> messages) throws Exception {
        if (!byMessage.isEmpty()) {
            throw first();
        }
        return Map.of("messages", messages.size());
    }

    private Exception first() {
        return byMessage.values().iterator().next();
    }
}
