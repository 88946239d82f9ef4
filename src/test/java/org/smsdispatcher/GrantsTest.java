package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database role of the dispatcher: every test dispatches as it, so what it needs it has; here is what it has not. */
class GrantsTest {

    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void dispatchersOfTheTestsRunAsTheRole() {
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
                "SELECT count(*) FROM users",
                "CREATE TABLE mine (id integer)",
                "ALTER TABLE contacts DISABLE TRIGGER ALL",
                "SET ROLE postgres",
            })
    void theRoleMayNot(String statement) throws SQLException {
        platform.execute("CREATE TABLE users (id uuid, email text)");
        platform.contacts(platform.campaign(), 1);
        try (Connection connection = asTheRole();
                Statement forbidden = connection.createStatement()) {
            assertThatThrownBy(() -> forbidden.execute(statement))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo(INSUFFICIENT_PRIVILEGE));
        }
    }

    @Test
    void runAgainTheyTakeBackWhatTheRoleWasGrantedBeside() throws SQLException, IOException {
        platform.execute("GRANT ALL ON contacts TO " + Platform.DISPATCHER_ROLE);
        platform.execute("GRANT UPDATE (phone_number) ON contacts TO " + Platform.DISPATCHER_ROLE);

        platform.execute(Platform.grants("grants.sql", "dispatcher", Platform.DISPATCHER_ROLE));

        theRoleMayNot("DELETE FROM contacts");
    }

    private Connection asTheRole() throws SQLException {
        Connection connection = platform.dataSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION AUTHORIZATION " + Platform.DISPATCHER_ROLE);
        }
        return connection;
    }
}
