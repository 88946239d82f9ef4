package org.smsdispatcher.reply;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What became of a claimed contact; each has exactly one. The words are the same in routes, reply, database and README. */
public enum Outcome {
    /** SNS accepted the message. */
    SENT("sent", Kind.SENT),
    /** The number is on the blacklist. */
    BLACKLISTED("blacklisted", Kind.SKIPPED),
    /** The recipient's window closed between claim and publish; the contact waits for the next one. */
    OUTSIDE_WINDOW("outsideWindow", Kind.SKIPPED),
    /** The number cannot be one. */
    INVALID_NUMBER("invalidNumber", Kind.FAILED),
    /** Another contact of the campaign has the same number in another spelling. */
    DUPLICATE_NUMBER("duplicateNumber", Kind.FAILED),
    /** The contact's time zone is none. */
    INVALID_TIMEZONE("invalidTimezone", Kind.FAILED),
    /** The template asks for a value the contact does not have. */
    TEMPLATE_ERROR("templateError", Kind.FAILED),
    /** No attempt is left. */
    ATTEMPTS_EXHAUSTED("attemptsExhausted", Kind.FAILED),
    /** SNS said no; a transient no is tried again later. */
    REFUSED("refused", Kind.FAILED),
    /** A receipt says that the message did not arrive; the contact waits for another attempt, or has none left. */
    UNDELIVERED("undelivered", Kind.FAILED),
    /** SNS's answer never came, and sending twice is worse than not knowing. */
    UNKNOWN("unknown", Kind.FAILED),
    /** Handed back untouched: the deadline was near, SNS was down, or the campaign was paused. */
    RELEASED("released", Kind.HANDED_BACK);

    /** Which count of the reply an outcome belongs to. */
    public enum Kind {
        SENT,
        SKIPPED,
        FAILED,
        HANDED_BACK;

        /** How many of these outcomes, counted one by one, are of this kind. */
        public int count(Map<Outcome, Integer> counts) {
            return of(counts).mapToInt(Map.Entry::getValue).sum();
        }

        /** These counts by word, as the reply has them: of this kind alone, without those that are zero. */
        public Map<String, Integer> byWord(Map<Outcome, Integer> counts) {
            return of(counts)
                    .collect(Collectors.toMap(
                            count -> count.getKey().word(), Map.Entry::getValue, Integer::sum, TreeMap::new));
        }

        private Stream<Map.Entry<Outcome, Integer>> of(Map<Outcome, Integer> counts) {
            return counts.entrySet().stream().filter(count -> count.getKey().kind() == this);
        }
    }

    private final String word;
    private final Kind kind;

    Outcome(String word, Kind kind) {
        this.word = word;
        this.kind = kind;
    }

    /** The outcome's word, as the reply and the database have it. */
    public String word() {
        return word;
    }

    public Kind kind() {
        return kind;
    }

    /**
     * The outcome of that word.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Outcome of(String word) {
        return Arrays.stream(values())
                .filter(outcome -> outcome.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No outcome is called " + word));
    }
}
