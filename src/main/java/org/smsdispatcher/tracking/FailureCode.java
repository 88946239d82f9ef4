package org.smsdispatcher.tracking;

/**
 * What a provider's error code means for the next attempt.
 *
 * @param reason in words; never the provider's own text, which may quote a phone number
 * @param retryable whether the provider's documentation says that a later attempt may succeed, and that this one cannot any more
 * @param optOut whether it says that the recipient, or their line, takes no messages for good
 */
record FailureCode(String reason, boolean retryable, boolean optOut) {

    static FailureCode permanent(String reason) {
        return new FailureCode(reason, false, false);
    }

    static FailureCode retryable(String reason) {
        return new FailureCode(reason, true, false);
    }

    static FailureCode optedOut(String reason) {
        return new FailureCode(reason, false, true);
    }
}
