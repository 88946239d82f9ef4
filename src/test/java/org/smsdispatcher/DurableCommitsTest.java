package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What PostgreSQL has said yes to survives its crash, however careless server, database or role are. */
class DurableCommitsTest {

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    @ParameterizedTest
    @CsvSource({"off, on", "local, on", "remote_write, on", "on, on", "remote_apply, remote_apply"})
    void whoIsArmedIsArmedDurably(String configured, String asSeenByTheStatement) {
        platform.execute("CREATE TABLE seen (setting text NOT NULL)");
        platform.execute("CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
                + " BEGIN INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NULL; END $$");
        platform.execute("CREATE TRIGGER see AFTER INSERT OR UPDATE ON sms_records EXECUTE FUNCTION see()");
        platform.execute(
                "ALTER DATABASE " + platform.settings().get("db.name") + " SET synchronous_commit = " + configured);
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 1);

        try (DispatchHandler dispatcher = platform.dispatcher()) {
            assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                    .isEqualTo(1);
        }

        assertThat(platform.rows("SELECT DISTINCT setting FROM seen"))
                .extracting(row -> row.get("setting"))
                .containsExactly(asSeenByTheStatement);
    }
}
