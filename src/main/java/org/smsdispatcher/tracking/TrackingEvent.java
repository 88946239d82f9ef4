package org.smsdispatcher.tracking;

import java.util.List;
import java.util.Optional;

/**
 * What Lambda was invoked with.
 *
 * @param kind which of the four it is
 * @param messages of {@link Kind#NOTIFICATIONS} and {@link Kind#BATCH}
 * @param request of {@link Kind#REQUEST}
 */
public record TrackingEvent(Kind kind, List<TrackingMessage> messages, Optional<WebhookRequest> request) {

    /** Who invokes, and so what the answer has to look like. */
    public enum Kind {
        /** SNS: no answer is read; a failed invocation is repeated. */
        NOTIFICATIONS,
        /** An SQS queue: the answer names the messages that come again. */
        BATCH,
        /** A function URL or API Gateway: the answer has a status code. */
        REQUEST,
        /** Somebody who asks what a campaign achieved. */
        REPORT
    }

    public boolean isWebRequest() {
        return kind == Kind.REQUEST;
    }

    public boolean isBatch() {
        return kind == Kind.BATCH;
    }

    public boolean isReport() {
        return kind == Kind.REPORT;
    }
}
