package org.smsdispatcher.proof;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** What functions answer and SNS takes. */
final class ChaosJson {

    private static final JsonMapper MAPPER = new JsonMapper();

    private ChaosJson() {}

    /** @throws IllegalArgumentException with the text that is not JSON */
    static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + text, e);
        }
    }
}
