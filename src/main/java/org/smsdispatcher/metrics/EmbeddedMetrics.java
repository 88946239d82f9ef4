package org.smsdispatcher.metrics;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.MDC;

/**
 * Writes an invocation's metrics as one JSON line in CloudWatch's embedded metric format, out of which CloudWatch Logs makes
 * metrics without a call from here.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html">
 *     Specification: Embedded metric format</a>
 */
public final class EmbeddedMetrics {

    /** The namespace of every metric here. */
    public static final String NAMESPACE = "SmsDispatcher";

    /** The dimensions of every metric here; more would multiply the metrics, and what they cost. */
    public static final List<String> DIMENSIONS = List.of("Environment", "CampaignType");

    /** The only type that is dispatched. */
    private static final String CAMPAIGN_TYPE = "sms";

    private final JsonMapper mapper = new JsonMapper();
    private final String environment;
    private final InstantSource clock;
    private boolean warm;

    /**
     * The metrics of one instance of the function.
     *
     * @param environment what this deployment is called
     * @param clock what time it is for CloudWatch, which drops metrics that are hours off
     */
    public EmbeddedMetrics(String environment, InstantSource clock) {
        this.environment = environment;
        this.clock = clock;
    }

    /**
     * The line of an invocation that is over; the first one of an instance is its cold start.
     *
     * @param failure what the invocation failed with; null when it was answered
     */
    public synchronized String line(Meter meter, Throwable failure) {
        Map<Metric, List<Number>> values = meter.values();
        values.put(Metric.ERRORS, List.of(failure == null ? 0 : 1));
        values.put(Metric.COLD_START, List.of(warm ? 0 : 1));
        warm = true;

        ObjectNode line = mapper.createObjectNode();
        describe(line.putObject("_aws"), values);
        line.put(DIMENSIONS.get(0), environment).put(DIMENSIONS.get(1), CAMPAIGN_TYPE);
        values.forEach((metric, numbers) -> write(line, metric, numbers));
        properties(line, meter.campaigns());
        if (failure != null) {
            line.put("error", failure.getClass().getSimpleName());
        }
        return line.toString();
    }

    private void describe(ObjectNode metadata, Map<Metric, List<Number>> values) {
        ObjectNode directive = metadata.put("Timestamp", clock.millis())
                .putArray("CloudWatchMetrics")
                .addObject()
                .put("Namespace", NAMESPACE);
        ArrayNode dimensions = directive.putArray("Dimensions").addArray();
        DIMENSIONS.forEach(dimensions::add);
        ArrayNode metrics = directive.putArray("Metrics");
        values.keySet()
                .forEach(metric ->
                        metrics.addObject().put("Name", metric.published()).put("Unit", metric.unit()));
    }

    private void write(ObjectNode line, Metric metric, List<Number> numbers) {
        line.set(metric.published(), mapper.valueToTree(numbers.size() == 1 ? numbers.get(0) : numbers));
    }

    /** To search by; as dimensions they would make a metric each. */
    private static void properties(ObjectNode line, List<UUID> campaigns) {
        if (campaigns.size() == 1) {
            line.put("campaignId", campaigns.get(0).toString());
        } else {
            line.put("campaigns", campaigns.size());
        }
        for (String key : List.of("requestId", "traceId")) {
            String value = MDC.get(key);
            if (value != null) {
                line.put(key, value);
            }
        }
    }
}
