package org.smsdispatcher.why;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.campaign.Campaigns;

/** A contact and its messages, read from the rows of {@code verify-page.sql}. */
record Audited(
        UUID id,
        UUID campaignId,
        String storedNumber,
        String timezone,
        String status,
        boolean capable,
        int attempts,
        boolean leased,
        Instant leaseUntil,
        boolean leaseOver,
        Integer armedAttempt,
        String outcome,
        List<Message> messages) {

    /**
     * A message.
     *
     * @param attempt null where another function wrote it
     * @param armedAt when its row was written
     * @param acceptedAt when SNS's answer was written down; null without one
     * @param toldLost whether a receipt said that it did not arrive, whatever others said since
     * @param otherContact another contact of the campaign whose message to the same number was accepted; null without one
     */
    record Message(
            UUID id,
            UUID campaignId,
            String number,
            String status,
            Integer attempt,
            Instant armedAt,
            Instant acceptedAt,
            String failureReason,
            boolean toldLost,
            UUID otherContact) {

        boolean isAccepted() {
            return acceptedAt != null
                    || status.equals("sent")
                    || status.equals("delivered")
                    || status.equals("undelivered");
        }

        /** Whether it may have reached SNS, for all that is known. */
        boolean mayHaveBeenPublished() {
            return isAccepted() || status.equals("queued") || "unknown_publish_outcome".equals(failureReason);
        }

        private static Message of(Map<String, Object> row) {
            return new Message(
                    (UUID) row.get("record_id"),
                    (UUID) row.get("record_campaign"),
                    (String) row.get("record_number"),
                    (String) row.get("record_status"),
                    (Integer) row.get("attempt"),
                    Campaigns.instant(row.get("armed_at")),
                    Campaigns.instant(row.get("accepted_at")),
                    (String) row.get("failure_reason"),
                    (Boolean) row.get("told_lost"),
                    (UUID) row.get("other_contact"));
        }
    }

    boolean isInProgress() {
        return status.equals("in_progress");
    }

    /** The contacts of a page, in its order. */
    static List<Audited> of(List<Map<String, Object>> rows) {
        Map<UUID, List<Map<String, Object>>> byContact = new LinkedHashMap<>();
        rows.forEach(row -> byContact
                .computeIfAbsent((UUID) row.get("id"), id -> new ArrayList<>())
                .add(row));
        return byContact.values().stream().map(Audited::ofContact).toList();
    }

    private static Audited ofContact(List<Map<String, Object>> rows) {
        Map<String, Object> row = rows.get(0);
        return new Audited(
                (UUID) row.get("id"),
                (UUID) row.get("campaign_id"),
                (String) row.get("phone_number"),
                (String) row.get("timezone"),
                (String) row.get("status"),
                (Boolean) row.get("capable"),
                (Integer) row.get("attempts"),
                (Boolean) row.get("leased"),
                Campaigns.instant(row.get("sms_lease_until")),
                (Boolean) row.get("lease_over"),
                (Integer) row.get("sms_armed_attempt"),
                (String) row.get("sms_outcome"),
                rows.stream()
                        .filter(each -> each.get("record_id") != null)
                        .map(Message::of)
                        .toList());
    }
}
