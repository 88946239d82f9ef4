package org.smsdispatcher.local;

/** The local run cannot do what it was asked for; the message tells the user what to change. */
final class LocalRunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LocalRunException(String message) {
        super(message);
    }
}
