package org.smsdispatcher.contact;

import java.util.ArrayList;
import java.util.List;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Result;

/** A slice after the filters: what may be sent, and what became of the others. Filled by the split, contact by contact. */
public final class Screened {

    private final List<Draft> sendable = new ArrayList<>();
    private final List<Result> ended = new ArrayList<>();
    private final List<Result> handedBack = new ArrayList<>();

    /** A draft that passed every filter. */
    void pass(Draft draft) {
        sendable.add(draft);
    }

    /**
     * A contact that a filter stopped. One outside its window, or whose screening broke, keeps its place and is handed back; one
     * whose attempt may already have been sent ends as {@code unknown}, whatever stopped it now.
     */
    void stop(Contact contact, Outcome outcome, String reason) {
        if (outcome == Outcome.OUTSIDE_WINDOW || outcome == Outcome.RELEASED) {
            handedBack.add(
                    new Result(contact.id(), contact.doubted().isPresent() ? Outcome.RELEASED : outcome, reason));
        } else if (contact.doubted().isPresent()) {
            ended.add(new Result(contact.id(), Outcome.UNKNOWN, Contact.MAY_HAVE_BEEN_SENT));
        } else {
            ended.add(new Result(contact.id(), outcome, reason));
        }
    }

    /** What may be sent. */
    public List<Draft> sendable() {
        return sendable;
    }

    /** Whether {@code finish-screened.sql} has anything to write. */
    public boolean hasEnded() {
        return !ended.isEmpty();
    }

    /** Whether a contact passed every filter. */
    public boolean hasSendable() {
        return !sendable.isEmpty();
    }

    /** The results of the contacts that were stopped. */
    public List<Result> results() {
        List<Result> results = new ArrayList<>(ended);
        results.addAll(handedBack);
        return results;
    }

    public String[] endedIds() {
        return ended.stream().map(result -> result.contactId().toString()).toArray(String[]::new);
    }

    public String[] endedOutcomes() {
        return ended.stream().map(result -> result.outcome().word()).toArray(String[]::new);
    }

    public String[] endedReasons() {
        return ended.stream().map(Result::reason).toArray(String[]::new);
    }
}
