package org.smsdispatcher.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.smsdispatcher.BadEventException;
import org.smsdispatcher.connect.Settings;

/** Opens the messages of SNS and SQS: from a topic as it was published, from a queue also in the envelope SNS puts around it. */
public final class Notices {

    /** SNS and SQS take more; no receipt needs it. */
    static final int MAX_BYTES = 64 * 1024;

    private static final int MAX_DEPTH = 20;
    private static final Pattern COMMAS = Pattern.compile("\\s*,\\s*");

    private final JsonMapper mapper = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private final Set<String> topics;

    /** @param settings {@code receipts.topic.arn}: the topics receipts may come from, separated by commas; any, where it is not set */
    public Notices(Settings settings) {
        this.topics = settings.optional("receipts.topic.arn").stream()
                .flatMap(arns -> COMMAS.splitAsStream(arns.strip()))
                .collect(Collectors.toUnmodifiableSet());
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(MAX_BYTES)
                        .build());
    }

    /** No failure so far, for one invocation. */
    public MessageFailures noFailures() {
        return new MessageFailures();
    }

    /** A message that could not be recorded. */
    public void failed(MessageFailures failures, TrackingMessage message, Exception failure) {
        failures.add(message, failure);
    }

    /** A message that need not be tried. */
    public void skipped(MessageFailures failures, TrackingMessage message) {
        failures.skip(message);
    }

    /** The end of an invocation by SNS; see {@link MessageFailures#toNotificationResponse}. */
    public Map<String, Object> recorded(TrackingEvent event, MessageFailures failures) throws Exception {
        return failures.toNotificationResponse(event.messages());
    }

    /**
     * The JSON object that was published.
     *
     * @throws BadEventException when it is none, too large, or from a topic nobody named
     */
    public JsonNode open(TrackingMessage message) {
        if (!message.topicArn().isEmpty()) {
            check(message.topicArn());
        }
        JsonNode notice = parse(message.body());
        if (!notice.path("Type").asText().equals("Notification")
                || !notice.path("Message").isTextual()) {
            return notice;
        }
        check(notice.path("TopicArn").asText());
        return parse(notice.get("Message").textValue());
    }

    private void check(String topicArn) {
        if (!topics.isEmpty() && !topics.contains(topicArn)) {
            throw new BadEventException("message: from a topic that RECEIPTS_TOPIC_ARN does not name");
        }
    }

    private JsonNode parse(String body) {
        if (body.length() > MAX_BYTES || body.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new BadEventException("message: more than " + MAX_BYTES + " bytes");
        }
        try {
            JsonNode node = mapper.readTree(body);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // said below, without the original message: it quotes the text, and with it phone numbers
        }
        throw new BadEventException("message: not a JSON object");
    }

    /** Whether it is a receipt in our own form, see {@link GatewayReceipts}. */
    public boolean isOwn(JsonNode notice) {
        return notice.has("status") && (notice.has("smsRecordId") || notice.has("providerMessageId"));
    }
}
