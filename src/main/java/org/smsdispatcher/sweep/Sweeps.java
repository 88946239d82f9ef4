package org.smsdispatcher.sweep;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.DispatchException;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.Failures;
import org.smsdispatcher.TopicForbiddenException;
import org.smsdispatcher.TopicUnreachableException;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.campaign.PendingZones;
import org.smsdispatcher.reply.Replies;
import org.smsdispatcher.reply.Reply;
import org.smsdispatcher.reply.Tally;

/** Moves a sweep along, and answers for it. */
public final class Sweeps {

    private static final Logger LOG = LoggerFactory.getLogger(Sweeps.class);

    /** With 500 lines of errors, under half of the 256 KiB that a state machine's payload and an asynchronous answer may have. */
    private static final int MOST_LISTED = 200;

    private static final int MOST_ERROR_LINES = 500;
    private static final int MOST_OF_A_CAMPAIGN = 50;
    private static final int LONGEST_ERROR = 300;

    private final Campaigns campaigns;
    private final Replies replies;

    public Sweeps(Campaigns campaigns, Replies replies) {
        this.campaigns = campaigns;
        this.replies = replies;
    }

    /** A sweep over the campaigns that {@code find-due-campaigns.sql} found. */
    public Sweep of(List<Map<String, Object>> rows, DispatchRequest request, Deadline deadline) {
        List<Campaign> due = rows.stream()
                .map(row -> campaigns.read(List.of(row), (UUID) row.get("id")))
                .toList();
        return Sweep.of(due, request.batchSize(), deadline);
    }

    /** A campaign that {@code find-stopped-campaigns.sql} found. */
    public Campaign stopped(Map<String, Object> row) {
        return campaigns.read(List.of(row), (UUID) row.get("id"));
    }

    /** What dead invocations left in progress in a stopped campaign is put right by the next sweep. */
    public void notReaped(Campaign campaign, Exception failure) {
        LOG.warn(
                "Campaign {}: what dead invocations left in progress waits for the next sweep", campaign.id(), failure);
    }

    /** After a look at a campaign that can be dispatched. */
    public Sweep seen(Sweep sweep, PendingZones pending) {
        return sweep.seen(
                new SweptCampaign(replies.untouched(sweep.unseen(), pending), pending.closesFirst(), null, null));
    }

    /** After a look at a campaign that broke on an error of its own. */
    public Sweep broken(Sweep sweep, Exception failure) {
        Campaign campaign = sweep.unseen();
        return sweep.seen(new SweptCampaign(
                replies.idle(campaign, Tally.empty()), Optional.empty(), type(failure), told(campaign.id(), failure)));
    }

    /** After a turn. */
    public Sweep answered(Sweep sweep, Reply batch) {
        return sweep.answered(batch);
    }

    /** After a turn that ended in an error of the campaign's own. */
    public Sweep failed(Sweep sweep, Exception failure) {
        return sweep.failed(type(failure), told(sweep.turn().campaignId(), failure));
    }

    /**
     * Whether the others can go on: a wrong config, a statement that took too long or ran into a lock of this campaign. Not so when
     * PostgreSQL is gone or the topic, which is everybody's, cannot be published to.
     */
    public boolean isOfOneCampaign(Exception failure) {
        return Failures.find(failure, SQLException.class)
                .map(sql ->
                        isOfOneStatement(Optional.ofNullable(sql.getSQLState()).orElse("")))
                .orElseGet(() -> Failures.find(failure, TopicUnreachableException.class)
                                .isEmpty()
                        && Failures.find(failure, TopicForbiddenException.class).isEmpty());
    }

    /**
     * By SQLState: 22 and 23 are data, 40 a deadlock, 55P03 a lock held too long, 57014 a statement that took too long. See
     * PostgreSQL's manual, appendix A.
     */
    private static boolean isOfOneStatement(String state) {
        return state.startsWith("22")
                || state.startsWith("23")
                || state.startsWith("40")
                || state.equals("55P03")
                || state.equals("57014");
    }

    /** The answer, small enough for any invoker: campaigns with nothing to tell are the first to be left out. */
    public SweepReply reply(Sweep sweep) {
        List<SweptCampaign> listed = new ArrayList<>(sweep.swept());
        int notListed = sweep.notSeen();
        for (int i = listed.size() - 1; i >= 0 && listed.size() > MOST_LISTED; i--) {
            if (listed.get(i).isIdle()) {
                listed.remove(i);
                notListed++;
            }
        }
        if (listed.size() > MOST_LISTED) {
            notListed += listed.size() - MOST_LISTED;
            listed = listed.subList(0, MOST_LISTED);
        }
        int lines = Math.min(MOST_OF_A_CAMPAIGN, MOST_ERROR_LINES / Math.max(1, listed.size()));
        return new SweepReply(
                listed.stream().map(campaign -> campaign.withErrors(lines)).toList(),
                notListed == 0 ? null : notListed);
    }

    private static String type(Exception failure) {
        return Failures.asDispatchException(failure).getClass().getName();
    }

    /** Only our own messages are known to hold no phone number. */
    private static String told(UUID campaign, Exception failure) {
        RuntimeException known = Failures.asDispatchException(failure);
        if (known instanceof DispatchException) {
            LOG.warn("Campaign {} is left out of this sweep: {}", campaign, known.getMessage());
            String message = known.getMessage();
            return message.length() <= LONGEST_ERROR ? message : message.substring(0, LONGEST_ERROR) + "…";
        }
        LOG.error("Campaign {} is left out of this sweep", campaign, failure);
        return "an unexpected error, see the function's log";
    }
}
