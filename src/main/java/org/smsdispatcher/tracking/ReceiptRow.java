package org.smsdispatcher.tracking;

/**
 * A receipt as {@code record-receipt.sql} takes it. Everything is text, and what was not told is "": parameters whose types change
 * from one receipt to the next, as null's does, make the driver prepare, and PostgreSQL plan, the statement each time.
 *
 * @param fingerprint a function of what the receipt says, and of nothing else: the same for a replay
 * @param receivedAt stands for the time where the provider tells none
 */
public record ReceiptRow(
        String fingerprint,
        String recordId,
        String provider,
        String providerMessageId,
        String status,
        String word,
        String retryable,
        String optOut,
        String at,
        String receivedAt,
        String reason,
        String parts,
        String cost) {}
