package org.smsdispatcher.why;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.Segments;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Outcome.Kind;
import org.smsdispatcher.reply.Result;

/** What the next batch would come to, counted as a reply counts it. Filled slice by slice by the route {@code foresee-batch}. */
public final class Batch {

    private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    private final List<UUID> released = new ArrayList<>();
    private final Set<String> texted = new HashSet<>();
    private List<Map<String, Object>> line = List.of();
    private int claimed;
    private int parts;

    /** With what the reaper would do first: those it hands back are claimed like the others. */
    Batch(List<Map<String, Object>> reaped) {
        for (Map<String, Object> row : reaped) {
            String outcome = (String) row.get("outcome");
            if (outcome != null && isHandedBack(row)) {
                released.add((UUID) row.get("id"));
            } else if (outcome != null) {
                count(Outcome.of(outcome));
            }
        }
    }

    /** Whether the reaper would hand that contact back, at once or (no outcome yet) for another attempt later. */
    static boolean isHandedBack(Map<String, Object> row) {
        return row.get("outcome") == null || row.get("outcome").equals("released");
    }

    /** The contacts the reaper would hand back, for an SQL array. */
    public String[] releasedIds() {
        return released.stream().map(UUID::toString).toArray(String[]::new);
    }

    void line(List<Map<String, Object>> rows) {
        line = rows;
    }

    /** Whether rows are left to look at. */
    public boolean hasNext() {
        return !line.isEmpty();
    }

    List<Map<String, Object>> next(int sliceSize) {
        int size = Math.min(sliceSize, line.size());
        List<Map<String, Object>> slice = line.subList(0, size);
        line = line.subList(size, line.size());
        return slice;
    }

    /** How many contacts would have been claimed so far. */
    int claimed() {
        return claimed;
    }

    void add(Foresight foresight) {
        foresight.endedByClaim().stream().map(Result::outcome).forEach(this::count);
        Map<UUID, Draft> drafts = foresight.sendable().stream()
                .collect(Collectors.toMap(draft -> draft.contact().id(), draft -> draft));
        for (Contact contact : foresight.contacts()) {
            Outcome outcome = outcome(foresight, contact);
            // found out while arming, it is in nobody's reply
            if (outcome != Outcome.UNDELIVERED) {
                count(outcome);
            }
            if (outcome == Outcome.SENT) {
                parts += Segments.of(drafts.get(contact.id()).message()).parts();
            }
        }
        claimed += foresight.contacts().size() + foresight.endedByClaim().size();
    }

    /** Of several contacts with one number only the first is sent. */
    private Outcome outcome(Foresight foresight, Contact contact) {
        Outcome outcome = foresight.outcome(contact);
        boolean first = outcome != Outcome.SENT
                || texted.add(contact.number().orElseThrow().e164())
                || contact.doubted().isPresent();
        return first ? outcome : Outcome.DUPLICATE_NUMBER;
    }

    private void count(Outcome outcome) {
        counts.merge(outcome, 1, Integer::sum);
    }

    /** The parts of all messages that would be sent. */
    int parts() {
        return parts;
    }

    int count(Kind kind) {
        return kind.count(counts);
    }

    /** The counts of one kind by word, without those that are zero, as in a reply. */
    Map<String, Integer> byWord(Kind kind) {
        return kind.byWord(counts);
    }
}
