package org.smsdispatcher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Events as Lambda delivers them to the tracking function, and its answers. */
public final class TrackingEventsOf {

    static final String TOPIC = "arn:aws:sns:us-east-1:000000000000:sms-receipts";

    private static final JsonMapper MAPPER = new JsonMapper();

    private TrackingEventsOf() {}

    /** What an SNS trigger delivers. */
    static String topic(String... messages) {
        ObjectNode event = MAPPER.createObjectNode();
        ArrayNode records = event.putArray("Records");
        for (String message : messages) {
            records.addObject()
                    .put("EventSource", "aws:sns")
                    .put("EventVersion", "1.0")
                    .putObject("Sns")
                    .put("Type", "Notification")
                    .put("MessageId", "sns-" + records.size())
                    .put("TopicArn", TOPIC)
                    .put("Message", message);
        }
        return event.toString();
    }

    /** What an SQS trigger delivers; the messages are called "1", "2", ... */
    public static String queue(List<String> bodies) {
        ObjectNode event = MAPPER.createObjectNode();
        ArrayNode records = event.putArray("Records");
        for (String body : bodies) {
            records.addObject()
                    .put("messageId", Integer.toString(records.size()))
                    .put("eventSource", "aws:sqs")
                    .put("eventSourceARN", "arn:aws:sqs:us-east-1:000000000000:sms-receipts")
                    .put("body", body);
        }
        return event.toString();
    }

    /** What SNS puts around a message on its way into a queue. */
    static String envelope(String topicArn, String message) {
        return MAPPER.createObjectNode()
                .put("Type", "Notification")
                .put("MessageId", "sns")
                .put("TopicArn", topicArn)
                .put("Message", message)
                .toString();
    }

    /** A request in payload format 2.0. */
    static String request(String method, String path, String body) {
        ObjectNode event = MAPPER.createObjectNode()
                .put("version", "2.0")
                .put("rawPath", path)
                .put("rawQueryString", "")
                .put("body", body)
                .put("isBase64Encoded", false);
        event.putObject("headers").put("Content-Type", "application/json");
        event.putObject("requestContext")
                .put("domainName", "abc.lambda-url.us-east-1.on.aws")
                .put("stage", "$default")
                .putObject("http")
                .put("method", method)
                .put("path", path);
        return event.toString();
    }

    /** A receipt in our own form. */
    public static String receipt(Object recordId, String status) {
        return receipt(recordId, status, null, null);
    }

    /** A receipt in our own form; what is null is left out. */
    static String receipt(Object recordId, String status, String providerMessageId, String timestamp) {
        ObjectNode receipt = MAPPER.createObjectNode();
        if (recordId != null) {
            receipt.put("smsRecordId", recordId.toString());
        }
        receipt.put("status", status);
        if (providerMessageId != null) {
            receipt.put("providerMessageId", providerMessageId);
        }
        if (timestamp != null) {
            receipt.put("timestamp", timestamp);
        }
        return receipt.toString();
    }

    static JsonNode track(TrackingHandler tracker, String event) {
        try {
            return MAPPER.readTree(tracker.track(event.getBytes(StandardCharsets.UTF_8)));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells a receipt through the topic. */
    static void tell(TrackingHandler tracker, String... receipts) {
        track(tracker, topic(receipts));
    }
}
