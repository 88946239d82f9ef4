package org.smsdispatcher.why;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.UUID;

/**
 * The part of an event that asks instead of dispatching.
 *
 * @param kind what is asked
 * @param contact for {@link Kind#EXPLAIN}: a contact's id, or a phone number in any spelling
 * @param costPerPart for {@link Kind#DRY_RUN}: what a part costs; empty: the setting's
 * @param messagesPerSecond for {@link Kind#DRY_RUN}: the pace to reckon with; empty: the one measured
 * @param after for {@link Kind#VERIFY}: the contact after which an earlier audit ran out of time; empty: from the start
 */
public record Question(
        Kind kind,
        String contact,
        Optional<BigDecimal> costPerPart,
        Optional<BigDecimal> messagesPerSecond,
        Optional<UUID> after) {

    /** What may be asked. */
    public enum Kind {
        NONE,
        DRY_RUN,
        EXPLAIN,
        VERIFY
    }

    private static final Question NONE = of(Kind.NONE, null);

    /** No question: dispatch. */
    public static Question none() {
        return NONE;
    }

    /** What the next batch, and the campaign, would come to. */
    public static Question aboutBatch(Optional<BigDecimal> costPerPart, Optional<BigDecimal> messagesPerSecond) {
        return new Question(Kind.DRY_RUN, null, costPerPart, messagesPerSecond, Optional.empty());
    }

    /** What stands between a contact and its message. */
    public static Question aboutContact(String contact) {
        return of(Kind.EXPLAIN, contact);
    }

    /** Whether the invariants hold. */
    public static Question aboutInvariants(Optional<UUID> after) {
        return new Question(Kind.VERIFY, null, Optional.empty(), Optional.empty(), after);
    }

    private static Question of(Kind kind, String contact) {
        return new Question(kind, contact, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Whether anything is asked at all. */
    public boolean isAsked() {
        return kind != Kind.NONE;
    }

    public boolean isDryRun() {
        return kind == Kind.DRY_RUN;
    }

    public boolean isExplain() {
        return kind == Kind.EXPLAIN;
    }

    public boolean isVerify() {
        return kind == Kind.VERIFY;
    }
}
