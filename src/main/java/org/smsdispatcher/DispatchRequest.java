package org.smsdispatcher;

import java.util.UUID;

/**
 * What one invocation is asked for.
 *
 * @param campaignId the campaign to dispatch; null: every due one
 * @param batchSize how many contacts to claim at most, 1 to 10,000
 */
public record DispatchRequest(UUID campaignId, int batchSize) {

    /** Whether no campaign is named, so that every due one is dispatched. */
    public boolean isSweep() {
        return campaignId == null;
    }
}
