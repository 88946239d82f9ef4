package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.Platform;

/**
 * One campaign in a real database whose whole content can be read as a value and put back: what a search through states needs. Two
 * contents are the same state when they differ in nothing that a statement could tell apart: instants count as past or to come, and by
 * their order where a statement orders by them.
 */
final class ProofDatabase implements AutoCloseable {

    static final UUID CAMPAIGN = new UUID(0xCA, 1);

    /** Of the contacts as created, by their index: their numbers. */
    static final List<String> NUMBERS = List.of("+12125550000", "+12125550001", "+12125550002", "+12125550003");

    private static final String RESTORE = """
            CREATE FUNCTION proof_restore(state jsonb) RETURNS void LANGUAGE sql AS $$
              DELETE FROM sms_events;
              DELETE FROM blacklist;
              DELETE FROM campaigns;
              INSERT INTO campaigns SELECT * FROM jsonb_populate_recordset(NULL::campaigns, state -> 'campaigns');
              INSERT INTO contacts SELECT * FROM jsonb_populate_recordset(NULL::contacts, state -> 'contacts');
              INSERT INTO sms_records SELECT * FROM jsonb_populate_recordset(NULL::sms_records, state -> 'records');
              INSERT INTO sms_events SELECT * FROM jsonb_populate_recordset(NULL::sms_events, state -> 'events');
              INSERT INTO blacklist SELECT * FROM jsonb_populate_recordset(NULL::blacklist, state -> 'blacklist');
            $$""";

    private static final String READ = """
            SELECT concat_ws(E'\\n',
                     (SELECT 'campaign ' || status FROM campaigns),
                     (SELECT string_agg(concat_ws(' ', 'contact', right(phone_number, 1), status, coalesce(attempts, 0),
                               coalesce('lease ' || right(sms_lease_id::text, 3), '-'),
                               CASE WHEN sms_lease_until < now() THEN 'over' WHEN sms_lease_until IS NOT NULL THEN 'held' ELSE '-' END,
                               'armed', coalesce(sms_armed_attempt::text, '-'),
                               CASE WHEN sms_not_before > now() THEN 'later' WHEN status = 'pending' THEN 'due' || place ELSE '-' END,
                               coalesce(sms_outcome, '-'), coalesce(sms_reason, '-')), E'\\n' ORDER BY phone_number)
                        FROM (SELECT *, rank() OVER (PARTITION BY status ORDER BY sms_not_before, created_at) AS place FROM contacts) c),
                     (SELECT string_agg(concat_ws(' ', 'record', right(phone_number, 1), attempt, status, coalesce(failure_reason, '-'),
                               coalesce(sns_message_id, '-'), accepted_at IS NOT NULL, undeliverable, opted_out,
                               CASE WHEN retry_at > now() THEN 'later' WHEN retry_at IS NOT NULL THEN 'due' ELSE '-' END,
                               coalesce(provider_message_id, '-')), E'\\n' ORDER BY phone_number, attempt)
                        FROM sms_records),
                     (SELECT string_agg(concat_ws(' ', 'event', right(e.fingerprint::text, 4), e.status), E'\\n' ORDER BY e.fingerprint) FROM sms_events e),
                     (SELECT string_agg('barred ' || right(phone_number, 1), E'\\n' ORDER BY phone_number) FROM blacklist)) AS state,
                   jsonb_build_object(
                     'campaigns', (SELECT jsonb_agg(k) FROM campaigns k), 'contacts', (SELECT jsonb_agg(c) FROM contacts c),
                     'records', coalesce((SELECT jsonb_agg(r) FROM sms_records r), '[]'),
                     'events', coalesce((SELECT jsonb_agg(e) FROM sms_events e), '[]'),
                     'blacklist', coalesce((SELECT jsonb_agg(b) FROM blacklist b), '[]'))::text AS rows""";

    /** All there is in the database; {@code text} tells states apart, {@code rows} puts them back. */
    record Content(String text, String rows) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Content content && content.text.equals(text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }
    }

    private final Platform platform;
    private final List<Connection> connections = new ArrayList<>();
    private final Map<String, ShippedSql> statements = new HashMap<>();
    private final Map<String, String> sources;

    /** @param faults statements that differ from what ships, by name */
    ProofDatabase(Platform platform, Map<String, String> faults) throws SQLException {
        this.platform = platform;
        this.sources = Map.copyOf(faults);
        if (platform.count("SELECT count(*) FROM pg_proc WHERE proname = 'proof_restore'") == 0) {
            platform.execute(RESTORE);
        }
    }

    /** The connection of that number, made when first asked for; each actor has its own. */
    Connection connection(int number) throws SQLException {
        while (connections.size() <= number) {
            Connection connection = platform.dataSource().getConnection();
            try (Statement statement = connection.createStatement()) {
                // a search that is cut short has nothing to lose; the plans as in production
                statement.execute("SET synchronous_commit = off");
                statement.execute("SET plan_cache_mode = force_generic_plan");
                statement.execute("SET lock_timeout = '5s'");
            }
            connections.add(connection);
        }
        return connections.get(number);
    }

    ShippedSql statement(String name) {
        return statements.computeIfAbsent(
                name, any -> ShippedSql.of(name, sources.getOrDefault(name, ShippedSql.source(name))));
    }

    /** An active campaign of that many contacts, with an attempt more than one and no wait between them. */
    Content fresh(int contacts) throws SQLException {
        platform.execute("DELETE FROM campaigns");
        platform.execute("DELETE FROM blacklist");
        platform.execute(
                "INSERT INTO campaigns (id, name, type, status, config) VALUES (?, 'proof', 'sms', 'active',"
                        + " '{\"maxAttemptsPerContact\": 2, \"retryDelayMinutes\": 0}')",
                CAMPAIGN);
        for (int i = 0; i < contacts; i++) {
            platform.execute(
                    "INSERT INTO contacts (id, campaign_id, phone_number, created_at) VALUES (?, ?, ?, now() - interval '1 day' + ? * interval '1 second')",
                    contact(i),
                    CAMPAIGN,
                    NUMBERS.get(i),
                    i);
        }
        return read();
    }

    /** As an importer that takes part in the protocol. */
    static String importing(int contact) {
        return "INSERT INTO contacts (id, campaign_id, phone_number, created_at) SELECT '" + contact(contact)
                + "', id, '" + NUMBERS.get(contact) + "', now() FROM campaigns WHERE status = 'active' FOR SHARE";
    }

    static UUID contact(int index) {
        return new UUID(0xC0, index);
    }

    Content read() throws SQLException {
        try (PreparedStatement read = connection(0).prepareStatement(READ);
                ResultSet found = read.executeQuery()) {
            found.next();
            return new Content(found.getString(1), found.getString(2));
        }
    }

    void restore(Content content) throws SQLException {
        try (PreparedStatement restore = connection(0).prepareStatement("SELECT proof_restore(?::jsonb)")) {
            restore.setString(1, content.rows());
            restore.execute();
        }
    }

    void execute(int connection, String sql) throws SQLException {
        try (Statement statement = connection(connection).createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
