package org.smsdispatcher.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.smsdispatcher.BadEventException;
import org.smsdispatcher.tracking.TrackingEvent.Kind;

/**
 * Tells what Lambda was invoked with: records of an SNS or SQS trigger, a request in payload format 2.0 of function URLs and API
 * Gateway (AWS Lambda developer guide, "Using Lambda with Amazon SNS", "... with Amazon SQS", "Invoking Lambda function URLs"), or
 * the question for a report.
 */
public final class TrackingEvents {

    /** Lambda takes 6 MB of payload in a synchronous invocation, which is what queues and URLs make. */
    static final int MAX_BYTES = 6 * 1024 * 1024 + 64 * 1024;

    private static final int MAX_DEPTH = 50;

    private final JsonMapper mapper = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private final InstantSource clock;

    public TrackingEvents(InstantSource clock) {
        this.clock = clock;
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(MAX_BYTES)
                        .build());
    }

    /**
     * Reads an event.
     *
     * @param event JSON in UTF-8
     * @throws BadEventException when it is none of the four
     */
    public TrackingEvent read(byte[] event) {
        if (event.length > MAX_BYTES) {
            throw new BadEventException(
                    "event: " + event.length + " bytes of JSON, at most " + MAX_BYTES + " are taken");
        }
        JsonNode node = parse(event);
        if (node.path("report").asBoolean()) {
            return new TrackingEvent(Kind.REPORT, List.of(), Optional.empty());
        }
        if (node.path("Records").isArray() && !node.get("Records").isEmpty()) {
            return records(node.get("Records"));
        }
        if (node.path("requestContext").path("http").isObject()) {
            return new TrackingEvent(Kind.REQUEST, List.of(), Optional.of(request(node)));
        }
        throw new BadEventException("event: neither records of SNS or SQS, nor a request in payload format 2.0");
    }

    private JsonNode parse(byte[] event) {
        try {
            return mapper.readTree(event);
        } catch (JsonProcessingException e) {
            // never the original message: it quotes the event, and with it phone numbers
            throw new BadEventException("event: not JSON that can be read ("
                    + e.getClass().getSimpleName() + " at byte "
                    + (e.getLocation() == null ? 0 : e.getLocation().getByteOffset()) + ")");
        } catch (IOException e) {
            throw new BadEventException("event: not readable: " + e.getClass().getSimpleName());
        }
    }

    private static TrackingEvent records(JsonNode records) {
        List<TrackingMessage> messages = new ArrayList<>();
        boolean queue = records.get(0).path("eventSource").asText().equals("aws:sqs");
        for (JsonNode entry : records) {
            messages.add(queue ? ofQueue(entry) : ofTopic(entry));
        }
        return new TrackingEvent(queue ? Kind.BATCH : Kind.NOTIFICATIONS, List.copyOf(messages), Optional.empty());
    }

    private static TrackingMessage ofQueue(JsonNode entry) {
        JsonNode id = entry.path("messageId");
        if (!entry.path("eventSource").asText().equals("aws:sqs") || !id.isTextual()) {
            throw new BadEventException("event: Records has an entry that is not a message of SQS");
        }
        return new TrackingMessage(id.textValue(), "", entry.path("body").asText());
    }

    private static TrackingMessage ofTopic(JsonNode entry) {
        JsonNode notification = entry.path("Sns");
        if (!entry.path("EventSource").asText().equals("aws:sns") || !notification.isObject()) {
            throw new BadEventException("event: Records has an entry that is neither of SNS nor of SQS");
        }
        return new TrackingMessage(
                notification.path("MessageId").asText(),
                notification.path("TopicArn").asText(),
                notification.path("Message").asText());
    }

    private WebhookRequest request(JsonNode event) {
        JsonNode context = event.get("requestContext");
        Map<String, String> headers = new TreeMap<>();
        event.path("headers")
                .properties()
                .forEach(header -> headers.put(
                        header.getKey().toLowerCase(Locale.ROOT),
                        header.getValue().asText()));
        return new WebhookRequest(
                context.path("http").path("method").asText().toUpperCase(Locale.ROOT),
                path(event.path("rawPath").asText(), context.path("stage").asText()),
                event.path("rawQueryString").asText(),
                headers,
                body(event),
                context.path("domainName").asText(),
                clock.instant());
    }

    /** API Gateway puts the name of a stage in front of the path; the stage {@code $default} has none. */
    private static String path(String raw, String stage) {
        String prefix = "/" + stage;
        return !stage.isEmpty() && raw.startsWith(prefix + "/") ? raw.substring(prefix.length()) : raw;
    }

    private static byte[] body(JsonNode event) {
        String body = event.path("body").asText("");
        if (!event.path("isBase64Encoded").asBoolean()) {
            return body.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new BadEventException("event: body says it is base64 and is not");
        }
    }
}
