package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** The protocol's statements with the values that a worker gives them, for the contacts of {@link ProofDatabase}. */
final class ProtocolSteps {

    private static final int LEASE_SECONDS = 3_600;

    private ProtocolSteps() {}

    /** A contact's attempt on its way through a worker. */
    record Attempt(int contact, int number, String outcome) {}

    /** A lease of a worker's: one for what it takes over and one for what it claims, each time. */
    static UUID lease(int worker, int number) {
        return new UUID(0x1EA5E, 0xA00 + worker * 256L + number);
    }

    static Map<String, Object> campaign(boolean republishing) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.campaign.id", ProofDatabase.CAMPAIGN);
        values.put("variable.republishing", republishing);
        return values;
    }

    static Map<String, Object> slice(UUID lease, int limit, List<Integer> contacts) {
        Map<String, Object> values = campaign(false);
        values.put("variable.slice.zones", "{\"\"}");
        values.put("variable.slice.limit", limit);
        values.put("variable.slice.lease", lease);
        values.put("variable.slice.leaseSeconds", LEASE_SECONDS);
        values.put("variable.config.maxAttempts", 2);
        values.put(
                "variable.slice.ids",
                array(contacts.stream()
                        .map(contact -> ProofDatabase.contact(contact).toString())
                        .toList()));
        return values;
    }

    static Map<String, Object> chunk(UUID lease, List<Integer> contacts) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put("variable.chunk.leaseMarginSeconds", 7);
        List<String> ids = contacts.stream()
                .map(contact -> ProofDatabase.contact(contact).toString())
                .toList();
        List<String> numbers = contacts.stream().map(ProofDatabase.NUMBERS::get).toList();
        values.put("variable.chunk.ids", array(ids));
        values.put("variable.chunk.numbers", array(numbers));
        values.put(
                "variable.chunk.spellings",
                array(numbers.stream()
                        .map(number -> '"' + number + ',' + number.substring(1) + '"')
                        .toList()));
        values.put("variable.chunk.messages", array(ids.stream().map(id -> "Hi").toList()));
        values.put("variable.chunk.parts", array(ids.stream().map(id -> "1").toList()));
        values.put(
                "variable.chunk.encodings",
                array(ids.stream().map(id -> "GSM_7").toList()));
        for (String links : List.of("linkIds", "linkTokens", "linkPositions", "linkTargets")) {
            values.put("variable.chunk." + links, "{}");
        }
        return values;
    }

    static Map<String, Object> accepted(UUID lease, List<Attempt> attempts) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put("variable.chunk.acceptedIds", ids(attempts));
        values.put(
                "variable.chunk.acceptedRecords",
                array(attempts.stream().map(a -> record(a).toString()).toList()));
        values.put(
                "variable.chunk.acceptedMessageIds",
                array(attempts.stream()
                        .map(a -> "sns" + a.contact() + a.number())
                        .toList()));
        return values;
    }

    static Map<String, Object> refused(UUID lease, List<Attempt> attempts) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put("variable.chunk.refusedIds", ids(attempts));
        values.put(
                "variable.chunk.refusedDelays",
                array(attempts.stream().map(a -> "0").toList()));
        values.put(
                "variable.chunk.refusedReasons",
                array(attempts.stream().map(a -> "refused").toList()));
        return values;
    }

    static Map<String, Object> failed(UUID lease, List<Attempt> attempts) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put("variable.chunk.failedIds", ids(attempts));
        values.put(
                "variable.chunk.failedOutcomes",
                array(attempts.stream().map(Attempt::outcome).toList()));
        values.put(
                "variable.chunk.failedReasons",
                array(attempts.stream().map(Attempt::outcome).toList()));
        return values;
    }

    /** A receipt from the gateway of an attempt's message. */
    static Map<String, Object> receipt(Attempt of, String status, boolean retryable) {
        Map<String, Object> values = new HashMap<>();
        int kind = (of.contact() * 10 + of.number()) * 16 + (status.hashCode() & 7) * 2 + (retryable ? 1 : 0);
        values.put("variable.receipt.fingerprint", new UUID(0xF1, kind).toString());
        values.put("variable.receipt.recordId", record(of).toString());
        values.put("variable.receipt.provider", "gateway");
        values.put("variable.receipt.providerMessageId", "");
        values.put("variable.receipt.status", status);
        values.put("variable.receipt.word", status);
        values.put("variable.receipt.retryable", Boolean.toString(retryable));
        values.put("variable.receipt.optOut", "false");
        values.put("variable.receipt.at", "2026-11-25T08:00:00Z");
        values.put("variable.receipt.receivedAt", "2026-11-25T08:00:00Z");
        values.put("variable.receipt.reason", "");
        values.put("variable.receipt.parts", "1");
        values.put("variable.receipt.cost", "");
        return values;
    }

    static Map<String, Object> optOut(String number) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.optOut.number", number);
        values.put("variable.optOut.spellings", array(List.of(number, number.substring(1))));
        values.put("variable.optOut.reason", "STOP");
        values.put("variable.optOut.recordId", null);
        return values;
    }

    /** {@code complete.camel.yaml}: the campaign's lock, then, in a new snapshot, whether anybody is left. */
    static List<Map<String, Object>> complete(ProofDatabase database, Connection connection) throws SQLException {
        boolean inTransaction = !connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            List<Map<String, Object>> locked =
                    database.statement("lock-campaign").run(connection, campaign(false));
            if (!locked.isEmpty()) {
                database.statement("complete").run(connection, campaign(false));
            }
            return locked;
        } finally {
            if (!inTransaction) {
                connection.commit();
                connection.setAutoCommit(true);
            }
        }
    }

    /** The id that arm.sql gives the record of an attempt; written once more, so that the statement is held to it. */
    static UUID record(Attempt attempt) {
        try {
            String text = "sms:" + ProofDatabase.contact(attempt.contact()) + ":" + attempt.number();
            byte[] hash = java.security.MessageDigest.getInstance("MD5")
                    .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            StringBuilder hex = new StringBuilder(java.util.HexFormat.of().formatHex(hash));
            hex.setCharAt(12, '8');
            hex.setCharAt(16, '8');
            return UUID.fromString(hex.insert(20, '-')
                    .insert(16, '-')
                    .insert(12, '-')
                    .insert(8, '-')
                    .toString());
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String ids(List<Attempt> attempts) {
        return array(attempts.stream()
                .map(a -> ProofDatabase.contact(a.contact()).toString())
                .toList());
    }

    private static String array(List<String> items) {
        return items.stream().collect(Collectors.joining(",", "{", "}"));
    }
}
