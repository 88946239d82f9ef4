package org.smsdispatcher;

/** SNS could not be reached, and nothing was sent. Worth a retry: every contact went back unused. */
public final class TopicUnreachableException extends DispatchException {

    public TopicUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
