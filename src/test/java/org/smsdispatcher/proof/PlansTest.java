package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;
import org.smsdispatcher.Platform;

/** Every statement goes through the indexes made for it, and a lost index is noticed. */
class PlansTest {

    private final Platform platform = Platform.start();

    @BeforeEach
    void fill() throws SQLException {
        platform.execute("INSERT INTO campaigns (id, name, type, status, config)"
                + " SELECT uuid_generate_v4(), 'plans ' || i, 'sms', 'active', '{}' FROM generate_series(1, 500) i");
        platform.execute("INSERT INTO campaigns (id, name, type, status)"
                + " SELECT uuid_generate_v4(), 'over ' || i, 'sms', 'completed' FROM generate_series(1, 20000) i");
        platform.execute("INSERT INTO contacts (campaign_id, phone_number, timezone, status, metadata, sms_lease_id,"
                + " sms_lease_until, sms_armed_attempt)"
                + " SELECT k.id, '+1' || (2120000000 + i), (ARRAY[NULL, 'UTC', 'Asia/Tokyo', 'Europe/Rome'])[1 + i % 4],"
                + " CASE WHEN i % 100 = 1 THEN 'in_progress' WHEN i % 3 = 0 THEN 'completed' ELSE 'pending' END,"
                + " '{\"name\": \"Bo\"}', CASE WHEN i % 100 = 1 THEN uuid_generate_v4() END,"
                + " CASE WHEN i % 100 = 1 THEN now() END, CASE WHEN i % 200 = 1 THEN 1 END"
                + " FROM (SELECT id FROM campaigns LIMIT 5) k, generate_series(1, 10000) i");
        platform.execute(
                "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, attempt, failure_reason, opted_out)"
                        + " SELECT campaign_id, id, phone_number, 'Hi', CASE status WHEN 'completed' THEN 'sent' ELSE 'queued' END,"
                        + " now(), 1, CASE WHEN get_byte(uuid_send(id), 1) = 0 THEN 'unknown_publish_outcome' END,"
                        + " get_byte(uuid_send(id), 0) = 0 FROM contacts WHERE status = 'completed' OR sms_armed_attempt = 1");
        platform.execute("INSERT INTO sms_events (fingerprint, record_id, provider, provider_message_id, status, word)"
                + " SELECT uuid_generate_v4(), id, 'vonage', 'id-' || id, 'sent', 'accepted' FROM sms_records");
        platform.execute(
                "INSERT INTO blacklist (phone_number) SELECT '+1' || (2120000000 + i * 100) FROM generate_series(1, 10000) i");
        platform.execute("INSERT INTO sms_links (token, record_id, position, target)"
                + " SELECT substr(md5(id::text), 1, 20), id, 1, 'https://shop.example' FROM sms_records");
        platform.execute(
                "INSERT INTO sms_clicks (token, record_id, campaign_id, kind)"
                        + " SELECT l.token, r.id, r.campaign_id, 'human' FROM sms_records r JOIN sms_links l ON l.record_id = r.id");
        platform.execute(
                "INSERT INTO sms_events (fingerprint, record_id, provider, status, word, opt_out)"
                        + " SELECT uuid_generate_v4(), id, 'gateway', 'delivered', 'delivered', get_byte(uuid_send(id), 0) = 0 FROM sms_records");
        vacuum();
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void everyStatementGoesThroughItsIndexes() throws Exception {
        assertThat(faults()).isEmpty();
    }

    /** As most of the time: statistics are taken while hardly anybody is in progress, and then there are many dead entries. */
    @Test
    void alsoWhenNobodyWasInProgressAsStatisticsWereTaken() throws Exception {
        settleEverybody();

        assertThat(faults()).isEmpty();
    }

    private void settleEverybody() throws SQLException {
        platform.execute("UPDATE contacts SET status = 'completed' WHERE status = 'in_progress'");
        platform.execute("UPDATE sms_records SET status = 'sent' WHERE status = 'queued'");
        vacuum();
    }

    private void vacuum() throws SQLException {
        try (Connection connection = simple()) {
            Plans.vacuum(connection);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "contacts_sms_ready",
                "blacklist_sms_spelling",
                "sms_records_contact_id_idx",
                "campaigns_status_idx",
                "sms_records_provider_message_idx",
                "sms_events_provider_message_idx",
                "sms_events_record_id_idx",
                "contacts_sms_spelling",
                "sms_records_report",
                "sms_records_report_unknown",
                "sms_records_opted_out"
            })
    void aLostIndexIsNoticed(String index) throws Exception {
        platform.execute("DROP INDEX " + index);

        assertThat(faults()).isNotEmpty();
    }

    /** Seeded fault: the planner may use {@code status} in arm.sql, and goes through the lease index. */
    @Test
    void aPlainStatusInArmIsNoticed() throws Exception {
        String plain = ShippedSql.source("arm").replace("c.status || '' = 'in_progress'", "c.status = 'in_progress'");

        settleEverybody();

        assertThat(faults("arm", ShippedSql.source("arm"))).isEmpty();
        assertThat(faults("arm", plain)).isNotEmpty();
    }

    private List<String> faults() throws SQLException {
        try (Connection connection = simple()) {
            return Plans.faults(connection);
        }
    }

    private List<String> faults(String name, String source) throws SQLException {
        try (Connection connection = simple()) {
            return Plans.faults(connection, name, source);
        }
    }

    private Connection simple() throws SQLException {
        PGSimpleDataSource source = (PGSimpleDataSource) platform.dataSource();
        source.setPreferQueryMode(PreferQueryMode.SIMPLE);
        return source.getConnection();
    }
}
