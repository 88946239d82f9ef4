package org.smsdispatcher.sweep;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import org.smsdispatcher.reply.Reply;

/**
 * One campaign of a sweep, as far as it is.
 *
 * @param reply the sum of its batches so far, as one dispatch would have answered
 * @param closes when the first of its open windows closes; empty when none is open
 * @param errorType the class of the error it broke on, as a dispatch would have failed with; null when it did not
 * @param error what was wrong, null when nothing was
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SweptCampaign(@JsonUnwrapped Reply reply, @JsonIgnore Optional<Instant> closes, String errorType, String error) {

    /** The one that closes first comes first; one that is shut has nobody to text, but may have something to put right. */
    static final Comparator<SweptCampaign> SOONEST_CLOSING =
            Comparator.comparing(campaign -> campaign.closes().orElse(Instant.MAX));

    SweptCampaign plus(Reply batch) {
        return new SweptCampaign(reply.plus(batch), closes, errorType, error);
    }

    SweptCampaign failed(String type, String message) {
        return new SweptCampaign(reply, closes, type, message);
    }

    SweptCampaign withErrors(int most) {
        return new SweptCampaign(reply.withErrors(most), closes, errorType, error);
    }

    /** Whether nothing was done for it, nothing is to be done, and nothing is wrong with it. */
    @JsonIgnore
    boolean isIdle() {
        return reply.totalContacts() == 0 && !reply.hasMore() && error == null;
    }
}
