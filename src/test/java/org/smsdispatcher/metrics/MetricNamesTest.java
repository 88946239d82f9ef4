package org.smsdispatcher.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What alarms and dashboard look at is what the function publishes. */
class MetricNamesTest {

    private static final Path DASHBOARD = Path.of("deploy", "dashboard.json");
    private static final Path TEMPLATE = Path.of("deploy", "template.yaml");
    private static final List<String> PUBLISHED =
            Arrays.stream(Metric.values()).map(Metric::published).toList();

    /** A namespace and the metric's name, whichever of YAML's notations they are in. */
    private static final Pattern ALARM =
            Pattern.compile("Namespace: " + EmbeddedMetrics.NAMESPACE + "\\s*,?\\s*MetricName: (\\w+)");

    private static JsonNode dashboard() throws IOException {
        return new JsonMapper().readTree(DASHBOARD.toFile());
    }

    /** The metrics of all widgets, each as the dashboard body's array. */
    private static List<JsonNode> metrics() throws IOException {
        List<JsonNode> metrics = new ArrayList<>();
        dashboard()
                .get("widgets")
                .forEach(widget -> widget.at("/properties/metrics").forEach(metrics::add));
        return metrics;
    }

    private static List<JsonNode> ours() throws IOException {
        return metrics().stream()
                .filter(metric ->
                        EmbeddedMetrics.NAMESPACE.equals(metric.path(0).textValue()))
                .toList();
    }

    @Test
    void theDashboardShowsPublishedMetricsByTheirDimensions() throws IOException {
        assertThat(ours()).isNotEmpty().allSatisfy(metric -> {
            assertThat(PUBLISHED).contains(metric.get(1).textValue());
            assertThat(List.of(metric.get(2).textValue(), metric.get(4).textValue()))
                    .isEqualTo(EmbeddedMetrics.DIMENSIONS);
        });
    }

    @Test
    void theDashboardShowsEveryPublishedMetric() throws IOException {
        assertThat(ours()).map(metric -> metric.get(1).textValue()).containsAll(PUBLISHED);
    }

    @Test
    void theDashboardShowsTheSpecificationsSix() throws IOException {
        assertThat(metrics())
                .map(metric -> metric.path(0).asText() + " " + metric.path(1).asText())
                .contains(
                        "AWS/Lambda Invocations",
                        "AWS/Lambda Errors",
                        "AWS/Lambda Duration",
                        "SmsDispatcher Sent",
                        "SmsDispatcher Skipped",
                        "SmsDispatcher Blacklisted",
                        "SmsDispatcher TimeWindowCompliance");
    }

    /** The rules of CloudWatch's dashboard body: a grid of 24 columns, known types, metrics as arrays that name or compute one. */
    @Test
    void theDashboardIsAValidBody() throws IOException {
        List<JsonNode> widgets = new ArrayList<>();
        dashboard().get("widgets").forEach(widgets::add);
        assertThat(widgets).hasSizeBetween(1, 500).allSatisfy(widget -> {
            assertThat(widget.get("type").textValue()).isIn("text", "metric");
            assertThat(widget.get("x").intValue() + widget.get("width").intValue())
                    .isLessThanOrEqualTo(24);
            assertThat(widget.get("width").intValue()).isPositive();
            assertThat(widget.get("height").intValue()).isPositive();
            if (widget.get("type").textValue().equals("text")) {
                assertThat(widget.at("/properties/markdown").textValue()).isNotBlank();
            } else {
                assertThat(widget.at("/properties/region").textValue()).isNotBlank();
                assertThat(widget.at("/properties/metrics").size()).isPositive();
                assertThat(widget.at("/properties/view").textValue()).isIn("timeSeries", "singleValue");
            }
        });
        assertThat(metrics())
                .allSatisfy(metric -> assertThat(
                                metric.path(0).isTextual()
                                        ? metric.size() >= 2
                                        : metric.path(0).path("expression").isTextual())
                        .as(metric.toString())
                        .isTrue());
        for (int i = 0; i < widgets.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertThat(overlap(widgets.get(i), widgets.get(j)))
                        .as("%s over %s", widgets.get(i), widgets.get(j))
                        .isFalse();
            }
        }
    }

    private static boolean overlap(JsonNode one, JsonNode other) {
        return overlap(one, other, "x", "width") && overlap(one, other, "y", "height");
    }

    private static boolean overlap(JsonNode one, JsonNode other, String from, String length) {
        int first = one.get(from).intValue();
        int second = other.get(from).intValue();
        return first < second + other.get(length).intValue()
                && second < first + one.get(length).intValue();
    }

    @Test
    void alarmsWatchPublishedMetrics() throws IOException {
        if (Files.exists(TEMPLATE)) {
            List<String> watched = ALARM.matcher(Files.readString(TEMPLATE))
                    .results()
                    .map(alarm -> alarm.group(1))
                    .toList();
            assertThat(watched).contains("TimeWindowCompliance", "Unknown", "OldestPendingSeconds");
            assertThat(PUBLISHED).containsAll(watched);
        }
    }

    @Test
    void everyMetricIsDescribed() throws IOException {
        String page = Files.readString(Path.of("docs", "metrics-and-logs.md"));
        assertThat(PUBLISHED).allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }
}
