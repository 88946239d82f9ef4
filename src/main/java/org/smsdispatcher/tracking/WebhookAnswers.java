package org.smsdispatcher.tracking;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers to webhooks: a status code and nothing else. Whoever is refused learns that, and not why; the log does.
 */
public final class WebhookAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookAnswers.class);

    private static final Set<String> PATHS = Set.of("/webhooks/vonage", "/webhooks/twilio", "/webhooks/sns");

    /** Every receipt is committed: the provider may forget it. */
    public Map<String, Object> recorded() {
        return answer(200);
    }

    /**
     * Nothing was changed.
     *
     * @param failure a {@link WebhookRefusedException}, or what Camel has wrapped around it
     */
    public Map<String, Object> refused(WebhookRequest request, Exception failure) {
        WebhookRefusedException refusal = Stream.<Throwable>iterate(
                        failure, cause -> cause != null, Throwable::getCause)
                .limit(20)
                .filter(WebhookRefusedException.class::isInstance)
                .map(WebhookRefusedException.class::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Not a refusal", failure));
        LOG.warn("{} refused with {}, nothing was changed: {}", request.path(), refusal.status(), refusal.getMessage());
        return answer(refusal.status());
    }

    /** Not every receipt is committed: the provider sends it again, and those that are count once. */
    public Map<String, Object> failed(WebhookRequest request, Exception failure) {
        LOG.error("{} answered with 500, its receipts are to be sent again", request.path(), failure);
        return answer(500);
    }

    /** Before one is read. */
    public List<Receipt> noReceipts() {
        return List.of();
    }

    /** Whether the path is that of a provider. */
    public boolean isKnown(WebhookRequest request) {
        return PATHS.contains(request.path());
    }

    /** The answer where {@link #isKnown} is not. The path is not logged: anybody can make one up. */
    public Map<String, Object> unknown() {
        return answer(404);
    }

    private static Map<String, Object> answer(int status) {
        return Map.of("statusCode", status, "headers", Map.of("cache-control", "no-store"), "body", "");
    }
}
