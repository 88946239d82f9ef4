package org.smsdispatcher.tracking;

import java.util.Map;

/**
 * An answer in payload format 2.0.
 *
 * @param statusCode HTTP's
 * @param headers names in lower case
 * @param body text; "" for none
 */
public record WebAnswer(int statusCode, Map<String, String> headers, String body) {

    /** A short text, never one that tells more than the status does. */
    public static WebAnswer of(int statusCode, String text) {
        return new WebAnswer(
                statusCode, Map.of("content-type", "text/plain; charset=utf-8", "cache-control", "no-store"), text);
    }
}
