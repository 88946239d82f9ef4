package org.smsdispatcher.reply;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.smsdispatcher.reply.Outcome.Kind;

/** The outcomes of an invocation so far, counted. Immutable: every slice makes a new one. */
public final class Tally {

    /** A state machine's payload is limited to 256 KiB. */
    static final int MAX_ERRORS = 50;

    private final Map<Outcome, Integer> counts;
    private final List<String> errors;
    private final int claimed;

    private Tally(Map<Outcome, Integer> counts, List<String> errors, int claimed) {
        this.counts = counts;
        this.errors = errors;
        this.claimed = claimed;
    }

    public static Tally empty() {
        return new Tally(new EnumMap<>(Outcome.class), List.of(), 0);
    }

    /** This tally and these results, all of contacts this invocation claimed. */
    public Tally plusClaimed(List<Result> results) {
        return plus(results, results.size());
    }

    /** This tally and these results of contacts that a dead invocation had claimed and this one put right. */
    public Tally plusReaped(List<Result> results) {
        return plus(results, 0);
    }

    private Tally plus(List<Result> results, int newlyClaimed) {
        Map<Outcome, Integer> sums = new EnumMap<>(counts);
        List<String> lines = new ArrayList<>(errors);
        for (Result result : results) {
            sums.merge(result.outcome(), 1, Integer::sum);
            if (result.outcome().kind() == Kind.FAILED && lines.size() < MAX_ERRORS) {
                lines.add("Contact " + result.contactId() + ": "
                        + (result.reason() == null ? result.outcome().word() : result.reason()));
            }
        }
        return new Tally(sums, Collections.unmodifiableList(lines), claimed + newlyClaimed);
    }

    /** How many contacts this invocation claimed, those handed back included. */
    public int claimed() {
        return claimed;
    }

    public int count(Outcome outcome) {
        return counts.getOrDefault(outcome, 0);
    }

    int count(Kind kind) {
        return kind.count(counts);
    }

    /** The counts of one kind by word, without those that are zero. */
    Map<String, Integer> byWord(Kind kind) {
        return kind.byWord(counts);
    }

    /** At most 50 lines, one a failed contact, and then one that says how many more there are. */
    List<String> errors() {
        return errors(errors, count(Kind.FAILED));
    }

    /** At most 50 of these lines, and then one that says how many more failed. */
    static List<String> errors(List<String> ofContacts, int failed) {
        List<String> lines = new ArrayList<>(ofContacts.subList(0, Math.min(ofContacts.size(), MAX_ERRORS)));
        int more = failed - lines.size();
        if (more <= 0) {
            return lines;
        }
        lines.add("and " + more + " more");
        return lines;
    }
}
