package org.smsdispatcher;

/** The campaign is a draft; nothing was written. Not worth a retry before it is scheduled. */
public final class WrongCampaignStateException extends DispatchException {

    public WrongCampaignStateException(String message) {
        super(message);
    }
}
