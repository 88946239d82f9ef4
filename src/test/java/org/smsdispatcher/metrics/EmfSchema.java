package org.smsdispatcher.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What a line in the embedded metric format has to be: the published schema, and the rules that a schema cannot say. */
public final class EmfSchema {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final JsonSchema SCHEMA = read();

    private EmfSchema() {}

    private static JsonSchema read() {
        try (InputStream schema = EmfSchema.class.getResourceAsStream("/embedded-metric-format.schema.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The line, parsed, once it is found to be a document of that format. */
    public static JsonNode valid(String text) {
        JsonNode line = json(text);
        assertThat(SCHEMA.validate(line)).as(text).isEmpty();
        assertThat(text).doesNotContain("\n");
        JsonNode directive = line.at("/_aws/CloudWatchMetrics/0");
        directive
                .at("/Dimensions/0")
                .forEach(
                        dimension -> assertThat(line.path(dimension.textValue()).textValue())
                                .as("the dimension %s is a member of the line", dimension)
                                .isNotBlank());
        assertThat(directive.get("Metrics").size()).isBetween(1, 100);
        directive
                .get("Metrics")
                .forEach(metric -> assertIsTarget(line, metric.get("Name").textValue()));
        return line;
    }

    /** The specification: a number, or an array of numbers, at most 100 of them. */
    private static void assertIsTarget(JsonNode line, String name) {
        List<JsonNode> values = values(line, name);
        assertThat(values).as(name).hasSizeBetween(1, 100).allMatch(JsonNode::isNumber);
    }

    /** The values of a metric in a line; none when the line does not have it. */
    public static List<JsonNode> values(JsonNode line, String name) {
        List<JsonNode> values = new ArrayList<>();
        if (line.path(name).isArray()) {
            line.get(name).forEach(values::add);
        } else if (line.has(name)) {
            values.add(line.get(name));
        }
        return values;
    }

    private static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }
}
