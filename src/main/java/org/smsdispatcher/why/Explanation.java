package org.smsdispatcher.why;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * The answer to {@code {"explain": …}}.
 *
 * @param campaignId the campaign
 * @param at the instant it was asked, ISO 8601 in UTC
 * @param campaignStatus the campaign's status
 * @param found how many contacts it is about; a number may be in a campaign twice, spelt differently
 * @param everySpelling whether contacts were looked for under every spelling of the number; false when that took too long
 * @param contacts the contacts, twenty at most
 */
@JsonPropertyOrder({"campaignId", "at", "campaignStatus", "found", "everySpelling", "contacts"})
public record Explanation(
        String campaignId,
        String at,
        String campaignStatus,
        int found,
        boolean everySpelling,
        List<Explained> contacts) {

    /**
     * A contact.
     *
     * @param phoneNumber masked but for its last two digits
     * @param outcome what a dispatch that gets to the contact would make of it now: an outcome's word; or {@code waits} (time will
     *     come), {@code never} (it will not), {@code over} (its status is final), {@code delivered} (an earlier message arrived: it is
     *     completed, and not texted)
     * @param outcomeThen for one that waits: what becomes of it when its time has come
     * @param nextEligibleAt when it can be texted, as far as is known; null when it cannot, or when somebody has to act first
     * @param lastOutcome what the last dispatch made of it; {@code lastReason} tells why
     * @param gates every condition, in dispatching's order
     * @param message what would be sent; null when there is nothing to send
     * @param records its messages, the last ones first
     */
    @JsonPropertyOrder({
        "contactId",
        "phoneNumber",
        "status",
        "outcome",
        "outcomeThen",
        "nextEligibleAt",
        "attempts",
        "lastAttemptAt",
        "lease",
        "lastOutcome",
        "lastReason",
        "gates",
        "message",
        "records"
    })
    public record Explained(
            String contactId,
            String phoneNumber,
            String status,
            String outcome,
            String outcomeThen,
            String nextEligibleAt,
            int attempts,
            String lastAttemptAt,
            Lease lease,
            String lastOutcome,
            String lastReason,
            List<Gate> gates,
            Planned message,
            List<Recorded> records) {}

    /**
     * Who holds the contact.
     *
     * @param until when it falls free
     * @param over whether it has
     * @param armedAttempt the attempt that is on its way to SNS, or may be; null: none
     */
    @JsonPropertyOrder({"until", "over", "armedAttempt"})
    public record Lease(String until, boolean over, Integer armedAttempt) {}

    /** The size of the message as it would be sent, short links included; its text is nobody's business here. */
    @JsonPropertyOrder({"parts", "encoding", "characters", "links"})
    public record Planned(int parts, String encoding, int characters, int links) {}

    /**
     * What receipts told of a message.
     *
     * @param word the provider's latest, at {@code at} by its clock
     * @param retryAt from when on the contact may be texted again, for a reason that may pass; null: no other attempt comes of it
     * @param undeliverable whether no other attempt ever will
     */
    @JsonPropertyOrder({"provider", "word", "at", "retryAt", "undeliverable", "openedAt", "openSource"})
    public record Heard(
            String provider,
            String word,
            String at,
            String retryAt,
            boolean undeliverable,
            String openedAt,
            String openSource) {}

    /**
     * A message on record, without its text.
     *
     * @param parts as the provider bills them, or as counted when it was armed; null where nobody counted
     * @param links how many short links it holds
     * @param receipt null when none came
     */
    @JsonPropertyOrder({
        "recordId",
        "attempt",
        "status",
        "armedAt",
        "acceptedAt",
        "deliveredAt",
        "snsMessageId",
        "failureReason",
        "parts",
        "links",
        "receipt"
    })
    public record Recorded(
            String recordId,
            Integer attempt,
            String status,
            String armedAt,
            String acceptedAt,
            String deliveredAt,
            String snsMessageId,
            String failureReason,
            Integer parts,
            int links,
            Heard receipt) {}
}
