package org.smsdispatcher.tracking;

/** The answers to requests. */
public final class WebAnswers {

    /** A request's body may have so many bytes. */
    static final int MAX_BODY = 64 * 1024;

    /** Whether the body is more than anybody here reads. */
    public boolean isTooLarge(WebhookRequest request) {
        return request.body().length > MAX_BODY;
    }

    public WebAnswer tooLarge() {
        return WebAnswer.of(413, "too large");
    }

    /** Nothing is here; not a word about what might be. */
    public WebAnswer notFound() {
        return WebAnswer.of(404, "not found");
    }
}
