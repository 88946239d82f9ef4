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
     * A contact that a filter stopped.
     *
     * <p>One outside its window, or with an outcome not known, keeps its place and is handed back; a doubted attempt is never
     * ended here, since it may have been sent: its lease runs out and the reaper judges it.
     */
    void stop(Contact contact, Outcome outcome, String reason) {
        boolean ends = outcome != Outcome.OUTSIDE_WINDOW && outcome != Outcome.RELEASED;
        if (contact.doubted().isPresent()) {
            handedBack.add(new Result(contact.id(), Outcome.RELEASED, reason));
        } else {
            (ends ? ended : handedBack).add(new Result(contact.id(), outcome, reason));
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
