package org.smsdispatcher;

/**
 * An invocation that ended without a reply. The class names below it are part of the contract: a state machine matches its
 * {@code Retry} and {@code Catch} against them, and the message tells an operator what was wrong and what happens now.
 */
public abstract sealed class DispatchException extends RuntimeException
        permits BadEventException,
                BadConfigurationException,
                CampaignNotFoundException,
                WrongCampaignTypeException,
                WrongCampaignStateException,
                DatabaseUnreachableException,
                TopicUnreachableException,
                TopicForbiddenException {

    DispatchException(String message) {
        this(message, null);
    }

    /** Without a stack trace: the message is for an operator, and the route's fifty frames tell nothing; the cause keeps its own. */
    DispatchException(String message, Throwable cause) {
        super(message, cause, false, false);
    }
}
