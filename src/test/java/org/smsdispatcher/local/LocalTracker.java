package org.smsdispatcher.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.main.Main;
import org.smsdispatcher.TrackingHandler;
import org.smsdispatcher.tracking.Callbacks;

/** The tracking function as Lambda runs it, invoked with the events that SNS, SQS and a function URL make. */
final class LocalTracker implements AutoCloseable {

    private final JsonMapper json = new JsonMapper();
    private final TrackingHandler handler;
    private int events;

    /** Starts it; {@code settings} go over {@code application.properties}. */
    LocalTracker(Map<String, String> settings) {
        Main camel = new Main();
        settings.forEach(camel::addOverrideProperty);
        camel.addOverrideProperty("vonage.signature.secret", Callbacks.VONAGE_SECRET);
        camel.addOverrideProperty("twilio.auth.token", Callbacks.TWILIO_TOKEN);
        camel.addOverrideProperty("webhook.base.url", Callbacks.BASE_URL);
        handler = new TrackingHandler(camel, InstantSource.system());
    }

    /** What an SNS trigger delivers: one message an invocation. */
    void notify(String message) {
        ObjectNode event = json.createObjectNode();
        ObjectNode entry = event.putArray("Records").addObject().put("EventSource", "aws:sns");
        entry.putObject("Sns")
                .put("MessageId", UUID.randomUUID().toString())
                .put("TopicArn", "arn:aws:sns:us-east-1:000000000000:receipts")
                .put("Message", message);
        track(event);
    }

    /**
     * What an SQS trigger delivers: up to ten messages an invocation.
     *
     * @return how many of them the answer gives back
     */
    int batch(List<String> messages) {
        ObjectNode event = json.createObjectNode();
        ArrayNode records = event.putArray("Records");
        for (String message : messages) {
            records.addObject()
                    .put("eventSource", "aws:sqs")
                    .put("messageId", UUID.randomUUID().toString())
                    .put("body", message);
        }
        return track(event).path("batchItemFailures").size();
    }

    /** What a function URL delivers, and the status code it is answered with. */
    int request(String method, String path, String userAgent) {
        return request(method, path, "", Map.of("user-agent", userAgent), "");
    }

    /** The same with a query, headers (lower-case names) and a body. */
    int request(String method, String path, String query, Map<String, String> headers, String body) {
        ObjectNode event = json.createObjectNode()
                .put("version", "2.0")
                .put("rawPath", path)
                .put("rawQueryString", query)
                .put("body", body)
                .put("isBase64Encoded", false);
        ObjectNode named = event.putObject("headers");
        headers.forEach(named::put);
        event.putObject("requestContext")
                .put("stage", "$default")
                .putObject("http")
                .put("method", method)
                .put("path", path);
        return track(event).path("statusCode").intValue();
    }

    /** What the campaign has achieved so far. */
    JsonNode report(UUID campaign) {
        return track(
                json.createObjectNode().put("campaignId", campaign.toString()).put("report", true));
    }

    /** How many events it was invoked with. */
    int events() {
        return events;
    }

    private JsonNode track(ObjectNode event) {
        events++;
        try {
            return json.readTree(handler.track(event.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        handler.close();
    }
}
