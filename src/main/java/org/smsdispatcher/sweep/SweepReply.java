package org.smsdispatcher.sweep;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The answer of a sweep.
 *
 * @param campaigns the campaigns in the order of their turns
 * @param notListed how many due campaigns are not among them, because the time or the room ran out; null when all are
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SweepReply(List<SweptCampaign> campaigns, Integer notListed) {}
