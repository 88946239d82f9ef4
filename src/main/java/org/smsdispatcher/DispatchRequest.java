package org.smsdispatcher;

import java.util.UUID;
import org.smsdispatcher.why.Question;

/**
 * What one invocation is asked for.
 *
 * @param campaignId the campaign to dispatch, or to be asked about; null: every due one
 * @param batchSize how many contacts to claim at most, 1 to 10,000
 * @param question what is only to be answered, with nothing dispatched and nothing written
 */
public record DispatchRequest(UUID campaignId, int batchSize, Question question) {

    /** A request to dispatch. */
    public DispatchRequest(UUID campaignId, int batchSize) {
        this(campaignId, batchSize, Question.none());
    }

    /** Whether no campaign is named, so that every due one is dispatched. */
    public boolean isSweep() {
        return campaignId == null;
    }
}
