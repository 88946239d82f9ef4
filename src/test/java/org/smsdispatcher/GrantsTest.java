package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database roles of the two functions: every test runs them as these, so what they need they have; here is what they have not. */
class GrantsTest {

    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** One for all statements that are refused: they change nothing. */
    private static Platform refusing;

    private Platform platform;

    @BeforeAll
    static void start() {
        refusing = Platform.start();
        refusing.execute("CREATE TABLE users (id uuid, email text)");
        refusing.contacts(refusing.campaign(), 1);
    }

    @AfterAll
    static void stopRefusing() {
        refusing.close();
    }

    @AfterEach
    void stop() {
        if (platform != null) {
            platform.close();
        }
    }

    @Test
    void dispatchersOfTheTestsRunAsTheRole() {
        platform = Platform.start();
        platform.execute("CREATE TABLE seen (role text)");
        platform.execute("CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
                + " $$ BEGIN INSERT INTO seen VALUES (session_user); RETURN NEW; END $$");
        platform.execute("CREATE TRIGGER see AFTER INSERT ON sms_records FOR EACH ROW EXECUTE FUNCTION see()");
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);

        try (DispatchHandler dispatcher = platform.dispatcher()) {
            dispatch(dispatcher, campaign, 10);
        }

        assertThat(platform.rows("SELECT DISTINCT role FROM seen"))
                .extracting(row -> row.get("role"))
                .containsExactly(Platform.DISPATCHER_ROLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE FROM contacts",
                "INSERT INTO contacts (campaign_id, phone_number) SELECT id, '+12125559999' FROM campaigns",
                "UPDATE contacts SET phone_number = '+12125559999'",
                "UPDATE contacts SET sms_capable = true",
                "UPDATE contacts SET timezone = 'UTC'",
                "UPDATE contacts SET metadata = '{}'",
                "UPDATE contacts SET campaign_id = campaign_id",
                "TRUNCATE contacts",
                "DELETE FROM campaigns",
                "INSERT INTO campaigns (name, type) VALUES ('mine', 'sms')",
                "UPDATE campaigns SET config = '{}'",
                "UPDATE campaigns SET end_time = NULL",
                "DELETE FROM blacklist",
                "INSERT INTO blacklist (phone_number) VALUES ('+12125559999')",
                "UPDATE blacklist SET phone_number = '+12125559999'",
                "UPDATE sms_records SET phone_number = '+12125559999'",
                "UPDATE sms_records SET message = 'never sent'",
                "UPDATE sms_records SET contact_id = contact_id",
                "UPDATE sms_records SET id = id",
                "TRUNCATE sms_records",
                "SELECT target FROM sms_links",
                "DELETE FROM sms_links",
                "UPDATE sms_links SET target = 'https://evil.example'",
                "SELECT reason FROM sms_events",
                "INSERT INTO sms_events SELECT * FROM sms_events",
                "UPDATE sms_events SET status = 'delivered'",
                "SELECT count(*) FROM sms_clicks",
                "SELECT count(*) FROM users",
                "CREATE TABLE mine (id integer)",
                "ALTER TABLE contacts DISABLE TRIGGER ALL",
                "SET ROLE postgres",
            })
    void theRoleMayNot(String statement) throws SQLException {
        assertForbidden(refusing, Platform.DISPATCHER_ROLE, statement);
    }

    /** It cannot change who is texted, what was said or that it was sent, and nobody's opt-out is taken back with it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE FROM contacts",
                "INSERT INTO contacts (campaign_id, phone_number) SELECT id, '+12125559999' FROM campaigns",
                "UPDATE contacts SET phone_number = '+12125559999'",
                "UPDATE contacts SET attempts = 0",
                "UPDATE contacts SET sms_capable = true",
                "UPDATE contacts SET timezone = 'UTC'",
                "UPDATE contacts SET metadata = '{}'",
                "UPDATE contacts SET sms_lease_id = NULL",
                "UPDATE contacts SET sms_armed_attempt = NULL",
                "TRUNCATE contacts",
                "DELETE FROM campaigns",
                "INSERT INTO campaigns (name, type) VALUES ('mine', 'sms')",
                "UPDATE campaigns SET config = '{}'",
                "UPDATE campaigns SET end_time = NULL",
                "DELETE FROM blacklist",
                "UPDATE blacklist SET phone_number = '+12125559999'",
                "TRUNCATE blacklist",
                "DELETE FROM sms_records",
                "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at)"
                        + " SELECT campaign_id, id, phone_number, 'Hi', 'queued', now() FROM contacts",
                "UPDATE sms_records SET phone_number = '+12125559999'",
                "UPDATE sms_records SET message = 'never sent'",
                "UPDATE sms_records SET contact_id = contact_id",
                "UPDATE sms_records SET attempt = 9",
                "UPDATE sms_records SET accepted_at = NULL",
                "UPDATE sms_records SET sns_message_id = NULL",
                "UPDATE sms_records SET sent_at = now()",
                "UPDATE sms_records SET parts = 1",
                "TRUNCATE sms_records",
                "DELETE FROM sms_events",
                "UPDATE sms_events SET status = 'delivered'",
                "INSERT INTO sms_links SELECT * FROM sms_links",
                "UPDATE sms_links SET target = 'https://evil.example'",
                "DELETE FROM sms_links",
                "DELETE FROM sms_clicks",
                "UPDATE sms_clicks SET campaign_id = campaign_id",
                "SELECT count(*) FROM users",
                "CREATE TABLE mine (id integer)",
                "SET ROLE postgres",
                "SET ROLE sms_dispatcher",
            })
    void theTrackingRoleMayNot(String statement) throws SQLException {
        assertForbidden(refusing, Platform.TRACKING_ROLE, statement);
    }

    private static void assertForbidden(Platform of, String role, String statement) throws SQLException {
        try (Connection connection = as(role, of);
                Statement forbidden = connection.createStatement()) {
            assertThatThrownBy(() -> forbidden.execute(statement))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo(INSUFFICIENT_PRIVILEGE));
        }
    }

    @Test
    void trackingFunctionsOfTheTestsRunAsTheirRole() {
        platform = Platform.start();
        platform.execute("CREATE TABLE seen (role text)");
        platform.execute("CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
                + " $$ BEGIN INSERT INTO seen VALUES (session_user); RETURN NEW; END $$");
        platform.execute("CREATE TRIGGER see AFTER INSERT ON sms_events FOR EACH ROW EXECUTE FUNCTION see()");
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 1);

        try (DispatchHandler dispatcher = platform.dispatcher();
                TrackingHandler tracker = platform.tracker()) {
            dispatch(dispatcher, campaign, 10);
            TrackingEventsOf.tell(
                    tracker,
                    TrackingEventsOf.receipt(platform.text("SELECT id FROM sms_records LIMIT 1"), "opted_out"));
        }

        assertThat(platform.rows("SELECT DISTINCT role FROM seen"))
                .extracting(row -> row.get("role"))
                .containsExactly(Platform.TRACKING_ROLE);
        assertThat(platform.count("SELECT count(*) FROM blacklist"))
                .as("it adds opt-outs")
                .isEqualTo(1);
    }

    @Test
    void runAgainTheyTakeBackWhatTheRoleWasGrantedBeside() throws SQLException, IOException {
        platform = Platform.start();
        platform.execute("GRANT ALL ON contacts TO " + Platform.DISPATCHER_ROLE);
        platform.execute("GRANT UPDATE (phone_number) ON contacts TO " + Platform.DISPATCHER_ROLE);

        platform.execute(Platform.grants("grants.sql", "dispatcher", Platform.DISPATCHER_ROLE));

        assertForbidden(platform, Platform.DISPATCHER_ROLE, "DELETE FROM contacts");
    }

    @Test
    void runAgainTheTrackingRolesTakeBackToo() throws SQLException, IOException {
        platform = Platform.start();
        platform.execute("GRANT ALL ON blacklist, sms_records, sms_clicks TO " + Platform.TRACKING_ROLE);
        platform.execute("GRANT UPDATE (message) ON sms_records TO " + Platform.TRACKING_ROLE);

        platform.execute(Platform.grants("grants-tracking.sql", "tracking", Platform.TRACKING_ROLE));

        assertForbidden(platform, Platform.TRACKING_ROLE, "DELETE FROM blacklist");
        assertForbidden(platform, Platform.TRACKING_ROLE, "UPDATE sms_records SET message = ''");
    }

    private static Connection as(String role, Platform of) throws SQLException {
        Connection connection = of.dataSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION AUTHORIZATION " + role);
        }
        return connection;
    }
}
