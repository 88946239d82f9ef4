package org.smsdispatcher;

/** The campaign is not of type {@code sms}; nothing was written. Not worth a retry. */
public final class WrongCampaignTypeException extends DispatchException {

    public WrongCampaignTypeException(String message) {
        super(message);
    }
}
