package org.smsdispatcher.tracking;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What all webhooks have in common: methods, sizes and content types that are taken, and how bodies are read. */
final class WebhookContent {

    /** A body may have so many bytes. */
    static final int MAX_BYTES = 64 * 1024;

    static final String JSON = "application/json";
    static final String FORM = "application/x-www-form-urlencoded";
    static final String TEXT = "text/plain";

    private static final int MAX_DEPTH = 20;

    private static final JsonMapper MAPPER = mapper();

    private WebhookContent() {}

    private static JsonMapper mapper() {
        JsonMapper mapper = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                // two readers of one text must not see two texts
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(MAX_BYTES)
                        .maxNumberLength(100)
                        .build());
        return mapper;
    }

    /** @throws WebhookRefusedException 405 for any other method than {@code methods}, 413 for a body that is too large */
    static void check(WebhookRequest request, List<String> methods) {
        if (!methods.contains(request.method())) {
            throw new WebhookRefusedException(405, "method is not one of " + methods);
        }
        if (request.body().length > MAX_BYTES) {
            throw new WebhookRefusedException(413, "body has more than " + MAX_BYTES + " bytes");
        }
    }

    /**
     * The content type, without its parameters.
     *
     * @throws WebhookRefusedException 415 when it is not one of {@code types}
     */
    static String type(WebhookRequest request, List<String> types) {
        String header = request.headers().getOrDefault("content-type", "");
        String type = header.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (!types.contains(type)) {
            throw new WebhookRefusedException(415, "content type is not one of " + types);
        }
        return type;
    }

    /** @throws WebhookRefusedException 400 when {@code body} is no JSON object in UTF-8 */
    static ObjectNode object(byte[] body) {
        try {
            if (MAPPER.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException | NumberFormatException e) {
            // no JSON, no text at all, or a number with an exponent beyond all bounds. Said below, without the original
            // message: it quotes the text, and with it phone numbers
        }
        throw new WebhookRefusedException(400, "not a JSON object");
    }

    /**
     * The parameters of a query or a form, by name.
     *
     * @throws WebhookRefusedException 400 when an escape is malformed
     */
    static SortedMap<String, List<String>> parameters(String encoded) {
        SortedMap<String, List<String>> parameters = new TreeMap<>();
        for (String pair : encoded.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                parameters
                        .computeIfAbsent(decode(name), first -> new ArrayList<>())
                        .add(decode(value));
            }
        }
        return parameters;
    }

    private static String decode(String escaped) {
        try {
            return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new WebhookRefusedException(400, "a malformed escape");
        }
    }

    /**
     * Each parameter's only value.
     *
     * @throws WebhookRefusedException 400 when one has two
     */
    static Map<String, String> single(SortedMap<String, List<String>> parameters) {
        if (parameters.values().stream().anyMatch(values -> values.size() > 1)) {
            throw new WebhookRefusedException(400, "a parameter that comes twice");
        }
        return parameters.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, each -> each.getValue().get(0)));
    }

    /** The parameters as the texts of a JSON object. */
    static ObjectNode asObject(Map<String, String> parameters) {
        ObjectNode object = MAPPER.createObjectNode();
        parameters.forEach(object::put);
        return object;
    }

    /** A body as text. */
    static String text(WebhookRequest request) {
        return new String(request.body(), StandardCharsets.UTF_8);
    }

    /** Whether nothing is there: no such key, or JSON's null. */
    static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
