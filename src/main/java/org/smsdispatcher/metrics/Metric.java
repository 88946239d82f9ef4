package org.smsdispatcher.metrics;

/**
 * A metric by the name under which it is published. Every {@link org.smsdispatcher.reply.Outcome} has one of the same name.
 * Alarms, dashboard and docs/metrics-and-logs.md use these names.
 */
public enum Metric {
    CONTACTS("Contacts", "Count"),
    SENT("Sent", "Count"),
    SKIPPED("Skipped", "Count"),
    FAILED("Failed", "Count"),
    BLACKLISTED("Blacklisted", "Count"),
    OUTSIDE_WINDOW("OutsideWindow", "Count"),
    REFUSED("Refused", "Count"),
    UNKNOWN("Unknown", "Count"),
    INVALID_NUMBER("InvalidNumber", "Count"),
    DUPLICATE_NUMBER("DuplicateNumber", "Count"),
    INVALID_TIMEZONE("InvalidTimezone", "Count"),
    TEMPLATE_ERROR("TemplateError", "Count"),
    ATTEMPTS_EXHAUSTED("AttemptsExhausted", "Count"),
    UNDELIVERED("Undelivered", "Count"),
    RELEASED("Released", "Count"),
    REAPED("Reaped", "Count"),
    SNS_CALLS("SnsCalls", "Count"),
    THROTTLED("Throttled", "Count"),
    REDIS_DEGRADED("RedisDegraded", "Count"),
    ERRORS("Errors", "Count"),
    COLD_START("ColdStart", "Count"),
    BLACKLIST_HIT_RATE("BlacklistHitRate", "None"),
    TIME_WINDOW_COMPLIANCE("TimeWindowCompliance", "None"),
    CLAIM_MILLIS("ClaimMillis", "Milliseconds"),
    PUBLISH_MILLIS("PublishMillis", "Milliseconds"),
    SETTLE_MILLIS("SettleMillis", "Milliseconds"),
    OLDEST_PENDING_SECONDS("OldestPendingSeconds", "Seconds"),
    SECONDS_TO_WINDOW_CLOSE("SecondsToWindowClose", "Seconds");

    private final String published;
    private final String unit;

    Metric(String published, String unit) {
        this.published = published;
        this.unit = unit;
    }

    /** The metric's name in CloudWatch. */
    public String published() {
        return published;
    }

    /** One of CloudWatch's units. */
    public String unit() {
        return unit;
    }
}
