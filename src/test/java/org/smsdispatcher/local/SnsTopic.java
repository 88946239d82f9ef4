package org.smsdispatcher.local;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * A topic and, if it is FIFO, what it has seen in the last five minutes.
 *
 * <p>A FIFO topic answers a repeated deduplication id with the first message's ids and delivers nothing: <a
 * href="https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html">message deduplication</a>. Content-based
 * deduplication takes the message body, without attributes, for the id.
 */
final class SnsTopic {
    private static final Duration DEDUPLICATION = Duration.ofMinutes(5);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\\.fifo");
    private static final Pattern ARN =
            Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:(" + NAME.pattern() + ")");

    private final String arn;
    private final boolean contentBasedDeduplication;
    private final Map<String, Seen> seen = new LinkedHashMap<>();
    private long sequence;

    /**
     * A topic of AWS's naming rules.
     *
     * @throws SnsRejection if SNS would not create a topic of that name
     */
    SnsTopic(String name, boolean contentBasedDeduplication) throws SnsRejection {
        if (!NAME.matcher(name).matches()) {
            throw SnsRejection.invalidParameter("Topic Name");
        }
        this.arn = "arn:aws:sns:us-east-1:000000000000:" + name;
        this.contentBasedDeduplication = contentBasedDeduplication;
    }

    static void requireArn(String arn) throws SnsRejection {
        if (arn == null) {
            throw SnsRejection.invalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
        }
        if (!ARN.matcher(arn).matches()) {
            throw SnsRejection.invalidParameter("TopicArn");
        }
    }

    String arn() {
        return arn;
    }

    boolean contentBasedDeduplication() {
        return contentBasedDeduplication;
    }

    void requireIdsOf(SnsEntry entry) throws SnsRejection {
        entry.requireIdsFor(isFifo(), contentBasedDeduplication);
    }

    private boolean isFifo() {
        return arn.endsWith(".fifo");
    }

    /** Takes the message; {@code record} gets it unless it repeats one of the last five minutes. */
    Receipt accept(SnsEntry entry, Instant now, BiConsumer<SnsEntry, String> record) {
        if (isFifo()) {
            return acceptOnce(entry, now, record);
        }
        String messageId = UUID.randomUUID().toString();
        record.accept(entry, messageId);
        return new Receipt(entry.id(), messageId, null);
    }

    private synchronized Receipt acceptOnce(SnsEntry entry, Instant now, BiConsumer<SnsEntry, String> record) {
        forgetSeenBefore(now.minus(DEDUPLICATION));
        String key = entry.deduplicationId() == null ? "body " + entry.message() : "id " + entry.deduplicationId();
        Seen first = seen.get(key);
        if (first == null) {
            first = new Seen(UUID.randomUUID().toString(), "1%019d".formatted(sequence++), now);
            seen.put(key, first);
            record.accept(entry, first.messageId());
        }
        return new Receipt(entry.id(), first.messageId(), first.sequenceNumber());
    }

    private void forgetSeenBefore(Instant instant) {
        Iterator<Seen> oldestFirst = seen.values().iterator();
        while (oldestFirst.hasNext() && !oldestFirst.next().at().isAfter(instant)) {
            oldestFirst.remove();
        }
    }

    /** Forgets every message it has seen. */
    synchronized void clear() {
        seen.clear();
    }

    private record Seen(String messageId, String sequenceNumber, Instant at) {}

    /** What SNS answers for a message it took; the sequence number is null on a standard topic. */
    record Receipt(String entryId, String messageId, String sequenceNumber) {}
}
