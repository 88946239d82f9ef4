package org.smsdispatcher;

/** PostgreSQL could not be asked. Worth a retry: what this invocation still held is released when its lease ends. */
public final class DatabaseUnreachableException extends DispatchException {

    public DatabaseUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
