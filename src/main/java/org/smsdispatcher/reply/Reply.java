package org.smsdispatcher.reply;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The answer of an invocation: the specification's six fields first, then what an orchestrator needs to go on without
 * guessing. {@code totalContacts = sentCount + skippedCount + failedCount}, always.
 *
 * @param campaignId the campaign
 * @param totalContacts the contacts this invocation finished with; those handed back untouched are not among them
 * @param sentCount accepted by SNS
 * @param skippedCount blacklisted or outside their window
 * @param failedCount everything else, by {@code failed}
 * @param errors one line a failed contact, at most 50 and one that says how many more
 * @param skipped {@code skippedCount} by outcome
 * @param failed {@code failedCount} by outcome
 * @param campaignStatus the campaign's status after this invocation
 * @param hasMore whether contacts can be dispatched right now
 * @param nextDispatchAt else the earliest instant at which one can, ISO 8601 in UTC; null when the campaign is over
 */
@JsonPropertyOrder({
    "campaignId",
    "totalContacts",
    "sentCount",
    "skippedCount",
    "failedCount",
    "errors",
    "skipped",
    "failed",
    "campaignStatus",
    "hasMore",
    "nextDispatchAt"
})
public record Reply(
        String campaignId,
        int totalContacts,
        int sentCount,
        int skippedCount,
        int failedCount,
        List<String> errors,
        Map<String, Integer> skipped,
        Map<String, Integer> failed,
        String campaignStatus,
        boolean hasMore,
        String nextDispatchAt) {

    /** This reply and a later one of the same campaign as one: the counts of both, the state the later one tells. */
    public Reply plus(Reply later) {
        return new Reply(
                campaignId,
                totalContacts + later.totalContacts,
                sentCount + later.sentCount,
                skippedCount + later.skippedCount,
                failedCount + later.failedCount,
                Tally.errors(
                        Stream.concat(contactErrors(), later.contactErrors()).toList(),
                        failedCount + later.failedCount),
                sum(skipped, later.skipped),
                sum(failed, later.failed),
                later.campaignStatus,
                later.hasMore,
                later.nextDispatchAt);
    }

    /** This reply with at most so many of its contacts' errors, and how many more there are. */
    public Reply withErrors(int most) {
        return new Reply(
                campaignId,
                totalContacts,
                sentCount,
                skippedCount,
                failedCount,
                Tally.errors(contactErrors().limit(most).toList(), failedCount),
                skipped,
                failed,
                campaignStatus,
                hasMore,
                nextDispatchAt);
    }

    private Stream<String> contactErrors() {
        return errors.stream().limit(Tally.MAX_ERRORS);
    }

    private static Map<String, Integer> sum(Map<String, Integer> counts, Map<String, Integer> more) {
        Map<String, Integer> sum = new TreeMap<>(counts);
        more.forEach((word, count) -> sum.merge(word, count, Integer::sum));
        return sum;
    }
}
