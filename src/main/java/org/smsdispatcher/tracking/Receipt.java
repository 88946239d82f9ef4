package org.smsdispatcher.tracking;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** One receipt as a provider (or the gateway) told it, normalised. */
public record Receipt(
        Optional<UUID> smsRecordId, // clientRef; else found by provider + providerMessageId
        Optional<String> providerMessageId,
        String provider, // "gateway" (our own JSON), "vonage", "twilio", "aws"
        ReceiptStatus status, // what the word means; UNKNOWN changes nothing
        String word, // the provider's own status word, kept as text, at most 64 characters
        boolean retryable, // an undelivered one that a new attempt may mend
        boolean optOut, // recipient opted out, or the number is barred: write the blacklist
        Optional<Instant> at, // the provider's time stamp
        Optional<String> reason, // failure reason / error code, at most 200 characters, never a phone number
        OptionalInt parts,
        Optional<BigDecimal> cost) {}
