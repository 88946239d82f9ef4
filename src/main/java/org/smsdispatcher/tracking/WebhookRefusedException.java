package org.smsdispatcher.tracking;

/** A webhook that changes nothing. Its message is for the log and never part of the answer. */
public final class WebhookRefusedException extends RuntimeException {

    private final int status;

    /**
     * @param status HTTP's: 400, 403, 405, 413 or 415; 503 where the sender may try again
     * @param message why, in words of our own: nothing of the request
     */
    public WebhookRefusedException(int status, String message) {
        // without a stack trace: anybody can cause one, and it tells nothing
        super(message, null, false, false);
        this.status = status;
    }

    /** All that the sender learns. */
    public int status() {
        return status;
    }
}
