package org.smsdispatcher.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.reply.Reply;

/**
 * How far a sweep is: first every campaign is looked at, then they have their turns, a batch each, round after round. So each of
 * those that still have contacts is within one batch of the others, however large they are. Immutable: every step makes a new one.
 */
public final class Sweep {

    private final int batchSize;
    private final Deadline deadline;
    private final List<Campaign> unseen;
    private final List<UUID> turns;
    private final Map<UUID, SweptCampaign> swept;

    private Sweep(
            int batchSize, Deadline deadline, List<Campaign> unseen, List<UUID> turns, Map<UUID, SweptCampaign> swept) {
        this.batchSize = batchSize;
        this.deadline = deadline;
        this.unseen = List.copyOf(unseen);
        this.turns = List.copyOf(turns);
        this.swept = swept;
    }

    static Sweep of(List<Campaign> due, int batchSize, Deadline deadline) {
        return new Sweep(batchSize, deadline, due, List.of(), Map.of());
    }

    /** Whether a campaign is still to be looked at, and there is time for it. */
    public boolean hasUnseen() {
        return !unseen.isEmpty() && deadline.allowsPublishing();
    }

    /** The campaign to look at. */
    public Campaign unseen() {
        return unseen.get(0);
    }

    /** With the campaign looked at, and a turn for it unless it is broken. */
    Sweep seen(SweptCampaign campaign) {
        UUID id = unseen().id();
        Map<UUID, SweptCampaign> more = with(id, campaign);
        List<UUID> order = new ArrayList<>(turns);
        if (campaign.error() == null) {
            order.add(id);
            order.sort(Comparator.comparing(more::get, SweptCampaign.SOONEST_CLOSING));
        }
        return new Sweep(batchSize, deadline, rest(unseen), order, more);
    }

    /** Whether a campaign has a turn, and there is time for it. */
    public boolean hasTurn() {
        return !turns.isEmpty() && deadline.allowsPublishing();
    }

    /** The request of the next turn. */
    public DispatchRequest turn() {
        return new DispatchRequest(turns.get(0), batchSize);
    }

    /**
     * After a turn: while the campaign has contacts left, it is last in the next round. A batch that came to nothing ends its turns:
     * somebody else is at work on it.
     */
    Sweep answered(Reply batch) {
        UUID id = turns.get(0);
        List<UUID> order = new ArrayList<>(rest(turns));
        if (batch.hasMore() && batch.totalContacts() > 0) {
            order.add(id);
        }
        return new Sweep(
                batchSize, deadline, unseen, order, with(id, swept.get(id).plus(batch)));
    }

    /** After a turn that ended in an error, which is the campaign's last. */
    Sweep failed(String errorType, String error) {
        UUID id = turns.get(0);
        return new Sweep(
                batchSize, deadline, unseen, rest(turns), with(id, swept.get(id).failed(errorType, error)));
    }

    /** Every campaign looked at so far, in the order of the first round. */
    List<SweptCampaign> swept() {
        return swept.values().stream().sorted(SweptCampaign.SOONEST_CLOSING).toList();
    }

    /** How many campaigns there was no time to look at. */
    int notSeen() {
        return unseen.size();
    }

    private Map<UUID, SweptCampaign> with(UUID id, SweptCampaign campaign) {
        Map<UUID, SweptCampaign> changed = new LinkedHashMap<>(swept);
        changed.put(id, campaign);
        return changed;
    }

    private static <T> List<T> rest(List<T> list) {
        return list.subList(1, list.size());
    }
}
