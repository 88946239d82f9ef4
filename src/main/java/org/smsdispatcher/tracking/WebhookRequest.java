package org.smsdispatcher.tracking;

import java.time.Instant;
import java.util.Map;

/** A webhook request out of a function URL / API Gateway v2 (payload format 2.0) event. */
@SuppressWarnings("ArrayRecordComponent") // a value that is read once; nobody compares two requests
public record WebhookRequest(
        String method,
        String path,
        String rawQuery,
        Map<String, String> headers /* lower-case names */,
        byte[] body /* base64 decoded */,
        String domainName,
        Instant receivedAt) {}
