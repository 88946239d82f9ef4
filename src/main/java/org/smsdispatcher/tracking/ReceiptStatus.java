package org.smsdispatcher.tracking;

/** What a provider's status word means. */
public enum ReceiptStatus {
    SENT,
    DELIVERED,
    UNDELIVERED,
    FAILED,
    READ,
    UNKNOWN
}
