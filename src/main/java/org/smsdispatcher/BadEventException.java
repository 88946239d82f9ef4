package org.smsdispatcher;

/** The event is not one this function understands; nothing was read or written. Not worth a retry. */
public final class BadEventException extends DispatchException {

    public BadEventException(String message) {
        super(message);
    }
}
