package org.smsdispatcher.why;

/** What holds in a campaign between two dispatches, as far as the database can tell. The words are those of the audit's answer. */
public enum Invariant {
    ATTEMPTS_EQUAL_RECORDS("attemptsEqualRecords", "a contact has used as many attempts as it has messages on record"),
    ATTEMPTS_WITHIN_MAXIMUM("attemptsWithinMaximum", "no contact has used more attempts than the campaign allows"),
    ONE_RECORD_AN_ATTEMPT("oneRecordAnAttempt", "a contact has one message an attempt"),
    ONE_ACCEPTANCE_A_CONTACT(
            "oneAcceptanceAContact", "nobody was texted again unless the message before failed or was not delivered"),
    ONE_CONTACT_A_NUMBER("oneContactANumber", "no number was texted as two contacts of the campaign"),
    COMPLETED_WAS_ACCEPTED("completedWasAccepted", "a completed contact has a message that SNS accepted"),
    ACCEPTED_IS_COMPLETED("acceptedIsCompleted", "a contact whose last message was accepted is completed"),
    OUTCOME_FITS_STATUS("outcomeFitsStatus", "a contact's outcome and status say the same"),
    LEASE_ONLY_IN_PROGRESS("leaseOnlyInProgress", "only contacts in progress are leased or armed"),
    LEASES_ALIVE(
            "leasesAlive", "a contact in progress has a lease that has not ended; the next dispatch puts others right"),
    ARMED_HAS_RECORD("armedHasRecord", "an armed attempt has a message on record"),
    ARMED_IS_LAST_ATTEMPT("armedIsLastAttempt", "the armed attempt is the contact's last"),
    QUEUED_IS_ARMED("queuedIsArmed", "a message without SNS's answer belongs to an attempt that is armed"),
    RECORD_HAS_ATTEMPT("recordHasAttempt", "a message has the number of one of its contact's attempts"),
    RECORD_ID_FOLLOWS("recordIdFollows", "a message's id is the one that follows from its contact and attempt"),
    RECORD_OF_THIS_CAMPAIGN("recordOfThisCampaign", "a message belongs to its contact's campaign"),
    INSIDE_WINDOW("insideWindow", "every message was published inside an open window, on its recipient's clock"),
    INSIDE_CAMPAIGN("insideCampaign", "every message was armed between the campaign's start and end"),
    NOT_AFTER_BLACKLISTING("notAfterBlacklisting", "no message was armed after its number was blacklisted"),
    COMPLETED_LEAVES_NOBODY("completedLeavesNobody", "a completed campaign has nobody pending or in progress"),
    SUMS_RECONCILE("sumsReconcile", "contacts and messages, counted one by one, are as many as their tables say");

    private final String word;
    private final String sentence;

    Invariant(String word, String sentence) {
        this.word = word;
        this.sentence = sentence;
    }

    /** Its name in the answer. */
    public String word() {
        return word;
    }

    /** What it promises. */
    public String sentence() {
        return sentence;
    }
}
