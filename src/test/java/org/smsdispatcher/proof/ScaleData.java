package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A platform with many contacts: three tenths of them in one campaign that is about to begin, the others in campaigns of 7,000, of which
 * most are over and some are under way. As after years: every campaign that is over has its messages, a tenth as many numbers as there
 * are contacts are on the blacklist, half a per cent of the contacts among them.
 *
 * <p>Loaded without indexes but the primary keys, and without checking foreign keys; then the indexes are built from their own
 * definitions, and the tables are vacuumed and analysed. A campaign's contacts lie side by side, as an import leaves them; ids are
 * random, numbers scattered, zones mixed.
 */
final class ScaleData {

    static final List<String> ZONES = List.of(
            "Pacific/Auckland Australia/Sydney Australia/Brisbane Asia/Tokyo Asia/Seoul Asia/Shanghai Asia/Hong_Kong Asia/Singapore"
                    .concat(
                            " Asia/Bangkok Asia/Jakarta Asia/Dhaka Asia/Kolkata Asia/Karachi Asia/Dubai Asia/Tbilisi Europe/Moscow")
                    .concat(
                            " Europe/Istanbul Asia/Jerusalem Africa/Nairobi Africa/Cairo Africa/Johannesburg Europe/Athens Europe/Kyiv")
                    .concat(
                            " Europe/Rome Europe/Berlin Europe/Paris Europe/Madrid Africa/Lagos Europe/London Europe/Lisbon")
                    .concat(
                            " Atlantic/Azores America/Sao_Paulo America/Argentina/Buenos_Aires America/Halifax America/New_York")
                    .concat(" America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage")
                    .split(" "));

    /** Large enough that no two contacts or blacklisted strangers get the same number. */
    private static final String NUMBER = "'+1' || (2000000000 + (%s)::bigint * 2654435761 %% 7999999993)";

    private static final String TABLES = "'contacts'::regclass, 'sms_records'::regclass, 'blacklist'::regclass";

    private final PGSimpleDataSource database;
    private final long contacts;
    private final UUID campaign = UUID.randomUUID();

    ScaleData(PGSimpleDataSource database, long contacts) {
        this.database = database;
        this.contacts = contacts;
    }

    /** The large campaign: active, any hour, nobody texted yet. */
    UUID campaign() {
        return campaign;
    }

    long inCampaign() {
        return contacts * 3 / 10;
    }

    /** Loads everything, and says how long each part took. */
    void load() throws SQLException {
        List<String> rebuild = new ArrayList<>();
        step("drop the indexes", List.of(() -> rebuild.addAll(dropIndexes())));
        step("campaigns", run(campaigns()));
        step("contacts", run(contacts(false, 0), contacts(false, 1)));
        step("contacts of the large campaign", run(contacts(true, 0), contacts(true, 1)));
        step("blacklist", run(blacklist()));
        step("messages", run(messages(0), messages(1)));
        step("build the indexes", run(rebuild.toArray(String[]::new)));
        step("receipts, links, clicks", run(receipts(), links()));
        step("vacuum and analyse", List.of(this::vacuum));
        step("checkpoint", run("CHECKPOINT"));
    }

    private void vacuum() throws SQLException {
        try (Connection connection = database.getConnection()) {
            Plans.vacuum(connection);
        }
    }

    private interface Work {
        void run() throws SQLException;
    }

    private List<Work> run(String... statements) {
        List<Work> works = new ArrayList<>();
        for (String sql : statements) {
            works.add(() -> {
                try (Connection connection = database.getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute("SET session_replication_role = replica");
                    statement.execute("SET maintenance_work_mem = '512MB'");
                    statement.execute("SET max_parallel_maintenance_workers = 1");
                    statement.execute(sql);
                }
            });
        }
        return works;
    }

    /** Two at a time. */
    private static void step(String name, List<Work> works) throws SQLException {
        long from = System.nanoTime();
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Work work : works) {
                running.add(two.submit(() -> {
                    work.run();
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new SQLException(name + " failed", e);
        } finally {
            two.shutdownNow();
        }
        System.out.printf(Locale.ROOT, "  %-32s %7.1f s%n", name, (System.nanoTime() - from) / 1e9);
    }

    /** How to build each again; the dearest first, so that two workers end together. */
    private List<String> dropIndexes() throws SQLException {
        List<String> rebuild = new ArrayList<>();
        List<String> drop = new ArrayList<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet constraint = statement.executeQuery(
                    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),"
                            + " format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
                            + " FROM pg_constraint WHERE contype = 'u' AND conrelid IN (" + TABLES + ")")) {
                while (constraint.next()) {
                    drop.add(constraint.getString(1));
                    rebuild.add(constraint.getString(2));
                }
            }
            for (String sql : drop) {
                statement.execute(sql);
            }
            drop.clear();
            try (ResultSet index = statement.executeQuery(
                    "SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)"
                            + " FROM pg_index WHERE NOT indisprimary AND indrelid IN (" + TABLES
                            + ") ORDER BY indrelid")) {
                while (index.next()) {
                    drop.add(index.getString(1));
                    rebuild.add(index.getString(2));
                }
            }
            for (String sql : drop) {
                statement.execute(sql);
            }
        }
        return rebuild;
    }

    private long others() {
        return contacts - inCampaign();
    }

    private long campaigns(long size) {
        return Math.max(100, size / 7_000);
    }

    private String campaigns() {
        return "INSERT INTO campaigns (id, name, type, status, config, timezone, start_time) VALUES ('" + campaign
                + "', 'the large one', 'sms', 'active', '{\"smsTemplate\": \"Hi {{name}}\"}', 'UTC', now() - interval '1 hour');"
                + " INSERT INTO campaigns (id, name, type, status, config, timezone, start_time)"
                + " SELECT md5('campaign ' || i)::uuid, 'campaign ' || i, 'sms', CASE i % 25 WHEN 0 THEN 'active' WHEN 1 THEN 'scheduled'"
                + " ELSE 'completed' END, '{\"smsTemplate\": \"Hi {{name}}\"}', 'UTC', now() - interval '90 days'"
                + " FROM generate_series(0, " + (campaigns(others()) - 1) + ") i;"
                // campaigns that have been deleted down to their row: the sweep's list of who is due must not read them
                + " INSERT INTO campaigns (name, type, status) SELECT 'old ' || i, 'sms', 'completed' FROM generate_series(1, 20000) i;"
                + " ANALYZE campaigns";
    }

    private String contacts(boolean large, int half) {
        long from = large ? others() : 0;
        long size = large ? inCampaign() : others();
        String each = "i::bigint" + (large ? "" : " * " + campaigns(size) + " / " + size);
        String status = large
                ? "'pending'"
                : "CASE k % 25 WHEN 0 THEN CASE WHEN i % 10 < 3 THEN 'pending' ELSE 'completed' END WHEN 1 THEN 'pending'"
                        + " ELSE CASE i % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'blacklisted' ELSE 'completed' END END";
        return "INSERT INTO contacts (id, campaign_id, phone_number, timezone, metadata, status, attempts, last_attempt_at, sms_outcome)"
                + " SELECT gen_random_uuid(), " + (large ? "'" + campaign + "'" : "md5('campaign ' || k)::uuid") + ", "
                + NUMBER.formatted("i + " + from)
                + ", ('{" + String.join(",", ZONES) + "}'::text[])[(hashint8(i) & 2147483647) % 41],"
                + " jsonb_build_object('name', 'Bo ' || i % 1000, 'order', 'A-' || i), status,"
                + " CASE WHEN status IN ('completed', 'failed') THEN 1 ELSE 0 END,"
                + " CASE WHEN status IN ('completed', 'failed') THEN now() - interval '30 days' END,"
                + " CASE status WHEN 'completed' THEN 'sent' WHEN 'failed' THEN 'undelivered' WHEN 'blacklisted' THEN 'blacklisted' END"
                + " FROM (SELECT i, k, " + status + " AS status FROM (SELECT i, " + each + " AS k FROM generate_series("
                + size * half / 2 + ", " + (size * (half + 1) / 2 - 1) + ") i) numbered) c";
    }

    private String blacklist() {
        return "INSERT INTO blacklist (phone_number, source) SELECT "
                + NUMBER.formatted("CASE WHEN i % 20 = 0 THEN i * 10 ELSE " + contacts + " + i END")
                + ", 'user_optout' FROM generate_series(0, " + (contacts / 10 - 1) + ") i";
    }

    private static String messages(int half) {
        return "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at, accepted_at, delivered_at,"
                + " attempt, sns_message_id, provider, provider_message_id, cost, parts, encoding, failure_reason, opted_out)"
                + " SELECT overlay(overlay(md5('sms:' || id || ':1') placing '8' from 13 for 1) placing '8' from 17 for 1)::uuid,"
                + " campaign_id, id, phone_number, 'Hi ' || (metadata ->> 'name') || ', your order ' || (metadata ->> 'order')"
                + " || ' has left our house and will be with you tomorrow between nine and twelve.',"
                + " CASE status WHEN 'failed' THEN 'undelivered' ELSE 'delivered' END, last_attempt_at, last_attempt_at,"
                + " CASE status WHEN 'completed' THEN last_attempt_at + interval '9 seconds' END, 1, id::text, 'gateway', id::text, 0.0075,"
                + " 1, 'GSM_7', CASE WHEN get_byte(uuid_send(id), 1) = 0 THEN 'unknown_publish_outcome' WHEN status = 'failed' THEN 'expired' END,"
                + " get_byte(uuid_send(id), 2) = 0"
                + " FROM contacts WHERE attempts = 1 AND get_byte(uuid_send(id), 0) % 2 = " + half;
    }

    /** Of a part of the messages: enough that a scan of the table would be a fault. */
    private static String receipts() {
        return "INSERT INTO sms_events (fingerprint, record_id, provider, provider_message_id, status, word, opt_out)"
                + " SELECT gen_random_uuid(), id, 'gateway', provider_message_id, 'delivered', 'delivered', get_byte(uuid_send(id), 5) < 4"
                + " FROM sms_records WHERE get_byte(uuid_send(id), 3) < 8";
    }

    private static String links() {
        return "INSERT INTO sms_links (token, record_id, position, target)"
                + " SELECT substr(md5(id::text), 1, 20), id, 1, 'https://shop.example' FROM sms_records"
                + " WHERE get_byte(uuid_send(id), 3) < 8;"
                + " INSERT INTO sms_clicks (token, record_id, campaign_id, kind)"
                + " SELECT l.token, r.id, r.campaign_id, 'human' FROM sms_links l JOIN sms_records r ON r.id = l.record_id";
    }
}
