package org.smsdispatcher.campaign;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.CampaignNotFoundException;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.WrongCampaignStateException;
import org.smsdispatcher.WrongCampaignTypeException;

/** Judges the row that {@code find-campaign.sql} found, or did not. */
public final class Campaigns {

    /**
     * The campaign, if it is one this function dispatches.
     *
     * @param rows none or one
     * @param id the campaign the event asked for
     * @throws CampaignNotFoundException no row
     * @throws WrongCampaignTypeException voice or hybrid: those belong to the dialler
     * @throws WrongCampaignStateException a draft
     */
    public Campaign read(List<Map<String, Object>> rows, UUID id) {
        Campaign campaign = find(rows, id);
        if (campaign.status().equals("draft")) {
            throw new WrongCampaignStateException("Campaign " + id + " is a draft; schedule or activate it first");
        }
        return campaign;
    }

    /**
     * The campaign a request is about: one that is only asked about may be a draft.
     *
     * @throws org.smsdispatcher.DispatchException as {@link #read}
     */
    public Campaign requested(List<Map<String, Object>> rows, DispatchRequest request) {
        return request.question().isAsked() ? find(rows, request.campaignId()) : read(rows, request.campaignId());
    }

    private static Campaign find(List<Map<String, Object>> rows, UUID id) {
        if (rows.isEmpty()) {
            throw new CampaignNotFoundException("campaignId: there is no campaign " + id);
        }
        Map<String, Object> row = rows.get(0);
        if (!"sms".equals(row.get("type"))) {
            throw new WrongCampaignTypeException(
                    "Campaign " + id + " is of type " + row.get("type") + ", only sms campaigns are dispatched here");
        }
        return new Campaign(
                id,
                (String) row.get("status"),
                (Boolean) row.get("started"),
                (Boolean) row.get("ended"),
                instant(row.get("start_time")),
                instant(row.get("end_time")),
                (String) row.get("timezone"),
                (String) row.get("config"));
    }

    /** Whether nobody waits any more, or the campaign's time is over; the final word is {@code complete.sql}'s. */
    public boolean mayBeComplete(Campaign campaign, PendingZones pending) {
        return campaign.started() && (campaign.ended() || pending.isEmpty());
    }

    /** The instant a row holds; null for null. */
    public static Instant instant(Object timestamp) {
        return timestamp == null ? null : ((Timestamp) timestamp).toInstant();
    }
}
