package org.smsdispatcher.why;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;

/**
 * The answer to {@code {"verify": true}}.
 *
 * @param campaignId the campaign
 * @param at the instant it was asked, ISO 8601 in UTC
 * @param campaignStatus the campaign's status
 * @param healthy whether no invariant was found broken
 * @param complete whether every contact was looked at; otherwise time ran out
 * @param nextAfter where to go on: the event's {@code after}; null when complete
 * @param contacts how many contacts were looked at
 * @param records how many messages were looked at
 * @param contactsByStatus the contacts looked at
 * @param recordsByStatus their messages
 * @param notChecked what could not be asked, and why
 * @param checks every invariant, with how often it is broken
 */
@JsonPropertyOrder({
    "campaignId",
    "at",
    "campaignStatus",
    "healthy",
    "complete",
    "nextAfter",
    "contacts",
    "records",
    "contactsByStatus",
    "recordsByStatus",
    "notChecked",
    "checks"
})
public record Verification(
        String campaignId,
        String at,
        String campaignStatus,
        boolean healthy,
        boolean complete,
        String nextAfter,
        long contacts,
        long records,
        Map<String, Long> contactsByStatus,
        Map<String, Long> recordsByStatus,
        List<String> notChecked,
        List<Check> checks) {

    /**
     * An invariant.
     *
     * @param invariant its word
     * @param broken how often it is broken
     * @param offenders the first twenty
     */
    @JsonPropertyOrder({"invariant", "promise", "broken", "offenders"})
    public record Check(String invariant, String promise, long broken, List<Offender> offenders) {}

    /**
     * Who breaks it.
     *
     * @param contactId the contact; null for the campaign itself
     * @param recordId the message; null when it is not about one
     * @param detail what was found; never a phone number or a text
     */
    @JsonPropertyOrder({"contactId", "recordId", "detail"})
    public record Offender(String contactId, String recordId, String detail) {}
}
