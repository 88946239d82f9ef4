package org.smsdispatcher.why;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.Screened;
import org.smsdispatcher.contact.Slice;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Result;

/**
 * What dispatching would do with the contacts of a slice, read off the pieces that dispatching uses: the claim's verdicts, the
 * screening, and what arming would say.
 */
public final class Foresight {

    private static final String ARMED = "armed";
    private static final String DELIVERED = "delivered";

    private final Slice slice;
    private final Map<UUID, Result> stopped;
    private final List<Draft> sendable;
    private final Map<UUID, Map<String, Object>> verdicts;

    private Foresight(Slice slice, Screened screened, List<Map<String, Object>> verdicts) {
        this.slice = slice;
        this.stopped = screened.results().stream().collect(Collectors.toMap(Result::contactId, Function.identity()));
        this.sendable = List.copyOf(screened.sendable());
        this.verdicts = verdicts.stream().collect(Collectors.toMap(row -> (UUID) row.get("id"), Function.identity()));
    }

    /** The contacts, Redis's answers among what is known of them. */
    List<Contact> contacts() {
        return slice.contacts();
    }

    /** What the claim itself would end. */
    List<Result> endedByClaim() {
        return slice.ended();
    }

    /** What would be sent if arming does not object, in the order of the claim. */
    List<Draft> sendable() {
        return sendable;
    }

    /** The outcome of a contact the claim would lease, at this moment. */
    Outcome outcome(Contact contact) {
        Result result = stopped.get(contact.id());
        return result == null ? armed(contact) : result.outcome();
    }

    /**
     * What arming would say: {@code sent} stands for "armed", and for SNS taking the message; {@code released}, which no reply counts, for
     * a contact whose earlier message arrived; {@code undelivered}, which a reply does not count here either, for one whose last message
     * never will.
     */
    Outcome armed(Contact contact) {
        Outcome verdict = verdict(contact);
        boolean refused = verdict != Outcome.SENT;
        return refused && contact.doubted().isPresent() ? Outcome.UNKNOWN : verdict;
    }

    private Outcome verdict(Contact contact) {
        Map<String, Object> row = verdicts.get(contact.id());
        String word = row == null ? ARMED : (String) row.get("verdict");
        return switch (word) {
            case ARMED -> Outcome.SENT;
            case DELIVERED -> Outcome.RELEASED;
            default -> Outcome.of(word);
        };
    }

    /** Whether the number stands on PostgreSQL's blacklist in any spelling. */
    boolean isBlacklisted(Contact contact) {
        Map<String, Object> row = verdicts.get(contact.id());
        return row != null && (Boolean) row.get("listed");
    }

    /** Whether a receipt says that the contact's last message never arrives: it is failed, and not texted again. */
    boolean isUndeliverable(Contact contact) {
        return verdict(contact) == Outcome.UNDELIVERED;
    }

    /** Whether an attempt of the number the contact would use is already on record. */
    boolean isRecorded(Contact contact) {
        return verdict(contact) == Outcome.ATTEMPTS_EXHAUSTED;
    }

    /** The contact of the same number that has been texted in this campaign. */
    Optional<UUID> textedBefore(Contact contact) {
        return Optional.ofNullable(verdicts.get(contact.id())).map(row -> (UUID) row.get("texted_contact"));
    }

    /** Makes them; asked by the route {@code foresee}. */
    public static final class Reader {

        /** The contacts of the slice that have a number arming could be asked about. */
        public Recipients recipients(Slice slice) {
            return new Recipients(slice.contacts().stream()
                    .filter(contact -> contact.number().isPresent())
                    .toList());
        }

        /**
         * What is foreseen.
         *
         * @param slice the contacts, with Redis's answers
         * @param verdicts the rows of {@code foresee-arm.sql}
         */
        public Foresight read(Slice slice, Screened screened, List<Map<String, Object>> verdicts) {
            return new Foresight(slice, screened, verdicts);
        }

        /** A slice of nobody, to be filled with contacts that are only looked at. */
        public Slice onlooker() {
            return Slice.none();
        }
    }
}
