package org.smsdispatcher;

/** A setting or a key of the campaign's config is missing or wrong; no contact was touched. Not worth a retry. */
public final class BadConfigurationException extends DispatchException {

    public BadConfigurationException(String message) {
        super(message);
    }

    public BadConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
