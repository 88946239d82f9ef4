package org.smsdispatcher;

/** SNS refuses this function the topic (permissions, key, or no such topic). Every contact went back unused. */
public final class TopicForbiddenException extends DispatchException {

    public TopicForbiddenException(String message, Throwable cause) {
        super(message, cause);
    }
}
