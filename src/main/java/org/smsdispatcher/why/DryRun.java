package org.smsdispatcher.why;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * The answer to {@code {"dryRun": true}}.
 *
 * @param campaignId the campaign
 * @param at the instant it was asked, ISO 8601 in UTC
 * @param campaignStatus the campaign's status
 * @param dispatches whether a dispatch would do anything now
 * @param because why not: paused, over, not begun, or its configuration; null when it would
 * @param configuration every key of the config that is wrong, with what is wrong with it
 * @param redis whether Redis could be asked about the blacklist
 * @param nextBatch what the next batch would come to, as if the campaign were active; null when the configuration is wrong
 * @param campaign what the whole campaign would come to
 * @param costPerPart what a part was reckoned to cost; null when nobody said
 * @param nextDispatchAt when to dispatch next; null when nobody waits or no window ever opens
 * @param finish when the campaign would be through
 */
@JsonPropertyOrder({
    "campaignId",
    "at",
    "campaignStatus",
    "dispatches",
    "because",
    "configuration",
    "redis",
    "nextBatch",
    "campaign",
    "costPerPart",
    "nextDispatchAt",
    "finish"
})
public record DryRun(
        String campaignId,
        String at,
        String campaignStatus,
        boolean dispatches,
        String because,
        List<String> configuration,
        String redis,
        NextBatch nextBatch,
        Whole campaign,
        BigDecimal costPerPart,
        String nextDispatchAt,
        Finish finish) {

    /**
     * The counts of a reply, foreseen; SNS is taken to accept every message.
     *
     * @param parts the parts (segments) of the messages that would be sent
     * @param cost what they cost; null without a cost per part
     */
    @JsonPropertyOrder({
        "batchSize",
        "totalContacts",
        "sentCount",
        "skippedCount",
        "failedCount",
        "skipped",
        "failed",
        "parts",
        "cost"
    })
    public record NextBatch(
            int batchSize,
            int totalContacts,
            int sentCount,
            int skippedCount,
            int failedCount,
            Map<String, Integer> skipped,
            Map<String, Integer> failed,
            int parts,
            BigDecimal cost) {}

    /**
     * The campaign.
     *
     * @param contacts contacts by status
     * @param waiting those that wait and can be texted (status pending, {@code sms_capable}); null when counting took too long
     * @param atLeast whether there are more than were counted
     * @param judged how many of them were looked at
     * @param estimated whether the outcomes and parts are estimated from these
     * @param outcomes what they would come to, each in its own hours
     * @param zones the same by zone
     */
    @JsonPropertyOrder({"contacts", "waiting", "atLeast", "judged", "estimated", "outcomes", "parts", "cost", "zones"})
    public record Whole(
            Map<String, Long> contacts,
            Long waiting,
            boolean atLeast,
            int judged,
            boolean estimated,
            Map<String, Long> outcomes,
            Long parts,
            BigDecimal cost,
            List<Zone> zones) {}

    /**
     * A zone.
     *
     * @param zone as stored; "" for the campaign's
     * @param valid whether it is one; the contacts of one that is not fail as {@code invalidTimezone}
     * @param due those that need not wait for a retry
     * @param open whether its window is open now, with the margin before closing
     * @param closesAt when it closes, if it is open
     * @param nextOpening when its contacts may be texted: now if it is open; null: never
     */
    @JsonPropertyOrder({
        "zone",
        "valid",
        "waiting",
        "atLeast",
        "due",
        "localTime",
        "open",
        "closesAt",
        "nextOpening",
        "judged",
        "outcomes",
        "parts"
    })
    public record Zone(
            String zone,
            boolean valid,
            long waiting,
            boolean atLeast,
            long due,
            String localTime,
            boolean open,
            String closesAt,
            String nextOpening,
            int judged,
            Map<String, Long> outcomes,
            long parts) {}

    /**
     * When the campaign would be through.
     *
     * @param messagesPerSecond the pace reckoned with; null: nobody said, and the campaign has not sent lately
     * @param source {@code event} or {@code measured}
     * @param notBefore the last of the zones' next openings: no pace is quick enough to be through before
     * @param at the estimate; null without a pace, and when the campaign would never be through or not before its end
     */
    @JsonPropertyOrder({"messagesPerSecond", "source", "notBefore", "at"})
    public record Finish(BigDecimal messagesPerSecond, String source, String notBefore, String at) {}
}
