package org.smsdispatcher;

/** No campaign has the event's id; nothing was written. Not worth a retry. */
public final class CampaignNotFoundException extends DispatchException {

    public CampaignNotFoundException(String message) {
        super(message);
    }
}
