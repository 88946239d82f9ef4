package org.smsdispatcher;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * Contacts in every state there is, drawn at random but the same for the same seed: each gate stops some of them, many are stopped by
 * several, and more than half by none.
 */
final class AnyContacts implements AutoCloseable {

    private static final List<String> AWAKE = List.of("Europe/London", "Asia/Dubai", " Europe/London ", "  ");
    private static final List<String> ASLEEP = List.of("Asia/Tokyo", "America/New_York");
    private static final List<String> NONE = List.of("Atlantis/Capital", "GMT+3");
    private static final List<String> NAMES =
            List.of("{\"name\":\"Bo\"}", "{\"name\":\"Zoë 🙂\"}", "{\"name\":7}", "{\"name\":\"Anna\",\"more\":[1]}");

    /** What became of the message of an armed attempt: nothing yet, SNS's answer, or receipts that were faster than it. */
    private static final List<String> LAST = List.of(
            "queued",
            "queued",
            "sent",
            "failed",
            "delivered",
            "undelivered",
            "undelivered later",
            "undelivered for good");
    /** Of those before it: most did not arrive. */
    private static final List<String> EARLIER =
            List.of("failed", "failed", "undelivered", "failed", "delivered", "undelivered for good");

    private final Random random;
    private final Connection connection;
    private final Jedis redis;
    private final Pipeline keys;
    private final UUID campaign;
    private final boolean expiring;
    private final PreparedStatement contacts;
    private final PreparedStatement records;
    private final PreparedStatement blacklist;

    /** @param expiring whether dead invocations have left leases behind */
    AnyContacts(Platform platform, UUID campaign, long seed, boolean expiring) throws SQLException {
        this.random = new Random(seed);
        this.campaign = campaign;
        this.expiring = expiring;
        this.connection = platform.dataSource().getConnection();
        connection.setAutoCommit(false);
        this.redis = platform.redis();
        this.keys = redis.pipelined();
        // created one after the other: who comes first is not left to chance
        contacts =
                connection.prepareStatement("INSERT INTO contacts (id, campaign_id, phone_number, timezone, metadata,"
                        + " sms_capable, status, attempts, sms_not_before, sms_lease_id, sms_lease_until, sms_armed_attempt, updated_at, created_at)"
                        + " VALUES (?, ?, ?, ?, ?::jsonb, ?, ?, ?, now() + ? * interval '1 hour', ?, now() + ? * interval '1 hour', ?,"
                        + " now() + ? * interval '1 hour', clock_timestamp())");
        records = connection.prepareStatement(
                "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at, attempt,"
                        + " accepted_at, failure_reason, retry_at, undeliverable, last_word, last_event_at)"
                        + " VALUES (overlay(overlay(md5('sms:' || ?::text || ':' || ?::int) placing '8' from 13 for 1)"
                        + " placing '8' from 17 for 1)::uuid, ?, ?, ?, 'Hello Bo', ?, now(), ?,"
                        + " CASE WHEN ? THEN now() END, ?, now() + ? * interval '1 hour', ?, ?, CASE WHEN ? THEN now() END)");
        blacklist = connection.prepareStatement(
                "INSERT INTO blacklist (phone_number, source) VALUES (?, 'user_optout') ON CONFLICT DO NOTHING");
    }

    private boolean in(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    void add(int from, int count) throws SQLException {
        for (int i = from; i < from + count; i++) {
            add(i);
        }
        contacts.executeBatch();
        records.executeBatch();
        blacklist.executeBatch();
        connection.commit();
        keys.sync();
        try (Statement statement = connection.createStatement()) {
            statement.execute("ANALYZE contacts, sms_records, blacklist");
        }
        connection.commit();
    }

    private void add(int i) throws SQLException {
        String digits = "1" + (2_120_000_000L + i);
        String e164 = "+" + digits;
        boolean valid = !in(4);
        String stored = !valid ? any(List.of("no-", "12-x", "+1212-")) + i : spelling(digits);
        UUID id = UUID.randomUUID();
        if (in(8)) {
            blacklist(i, digits, stored);
        }
        state(id, stored, valid ? e164 : null);
        if (valid && in(2)) {
            textedBefore(e164, digits, i);
        }
    }

    private String spelling(String digits) {
        String plain = "+" + digits;
        if (in(80)) {
            return plain;
        }
        return any(List.of(
                digits,
                "00" + digits,
                "+1 " + digits.substring(1, 4) + "-" + digits.substring(4),
                "+1 (" + digits.substring(1, 4) + ") " + digits.substring(4)));
    }

    private void blacklist(int i, String digits, String stored) throws SQLException {
        switch (i % 4) {
            case 0 -> listed(stored);
            case 1 ->
                listed("1 (" + digits.substring(1, 4) + ") " + digits.substring(4, 7) + "." + digits.substring(7));
            case 2 -> keys.set("blacklist:+" + digits, "1");
            default -> keys.set("blacklist:" + stored, "{}");
        }
    }

    private void listed(String number) throws SQLException {
        blacklist.setString(1, number);
        blacklist.addBatch();
    }

    private void state(UUID id, String stored, String e164) throws SQLException {
        String zone = in(20) ? null : in(30) ? any(ASLEEP) : in(3) ? any(NONE) : any(AWAKE);
        String metadata =
                in(92) ? any(NAMES) : any(List.of("{}", "[]", "null", "{\"name\":\"" + "x".repeat(1600) + "\"}"));
        Boolean capable = in(94) ? Boolean.TRUE : in(50) ? Boolean.FALSE : null;
        int attempts = in(88) ? 0 : random.nextInt(4);
        Integer notBefore = in(90) ? -1 : in(30) ? -2 : 1;
        String status =
                in(88) ? "pending" : any(List.of("completed", "failed", "blacklisted", "in_progress", "in_progress"));
        UUID lease = null;
        Integer leaseHours = null;
        Integer armed = null;
        int age = 0;
        if (status.equals("in_progress")) {
            boolean dead = expiring && in(50);
            lease = in(90) ? UUID.randomUUID() : null;
            leaseHours = lease == null ? null : dead ? -1 : 1;
            age = dead ? -2 : 0;
            if (lease != null && e164 != null && in(60)) {
                attempts = Math.max(1, attempts);
                armed = attempts;
            }
        }
        contact(
                id,
                stored,
                zone,
                metadata,
                capable,
                status,
                attempts == 0 && in(10) ? null : attempts,
                notBefore,
                lease,
                leaseHours,
                armed,
                age);
        boolean recorded = e164 != null && (armed != null || in(90));
        for (int attempt = 1; recorded && attempt <= attempts; attempt++) {
            boolean last = armed != null && attempt == armed;
            record(id, e164, attempt, last ? any(LAST) : any(EARLIER));
        }
        if (recorded && attempts == 0 && in(1)) {
            // attempts were put back by hand: the attempt that would be used is on record
            record(id, e164, 1, "failed");
        }
    }

    /** Another contact of the campaign has the same number, and got its message. */
    private void textedBefore(String e164, String digits, int i) throws SQLException {
        UUID other = UUID.randomUUID();
        contact(
                other,
                "+1-" + digits.substring(1) + "-" + i % 10,
                null,
                "{}",
                true,
                "completed",
                1,
                -1,
                null,
                null,
                null,
                0);
        record(other, e164, 9, "sent");
    }

    private void contact(
            UUID id,
            String number,
            String zone,
            String metadata,
            Boolean capable,
            String status,
            Integer attempts,
            Integer notBefore,
            UUID lease,
            Integer leaseHours,
            Integer armed,
            int age)
            throws SQLException {
        Object[] values = {
            id, campaign, number, zone, metadata, capable, status, attempts, notBefore, lease, leaseHours, armed, age
        };
        for (int column = 0; column < values.length; column++) {
            contacts.setObject(column + 1, values[column]);
        }
        contacts.setObject(11, leaseHours, java.sql.Types.INTEGER);
        contacts.setObject(12, armed, java.sql.Types.INTEGER);
        contacts.addBatch();
    }

    private void record(UUID contact, String e164, int attempt, String status) throws SQLException {
        boolean told = status.contains("delivered");
        Object[] values = {
            contact.toString(),
            attempt,
            campaign,
            contact,
            e164,
            status.split(" ", 2)[0],
            attempt,
            !status.equals("queued") && !status.equals("failed"),
            status.equals("failed") ? "SNS refused the message" : status.startsWith("un") ? "absent subscriber" : null,
            null,
            status.equals("undelivered for good"),
            told ? status.split(" ", 2)[0] : null,
            told
        };
        for (int column = 0; column < values.length; column++) {
            records.setObject(column + 1, values[column]);
        }
        Integer retry = status.equals("undelivered") ? Integer.valueOf(-3) : status.endsWith("later") ? 1 : null;
        records.setObject(10, retry, java.sql.Types.INTEGER);
        records.addBatch();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        redis.close();
    }
}
