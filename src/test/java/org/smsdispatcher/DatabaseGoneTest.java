package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL goes away in the middle of a batch: every connection is cut, and no new one is let in. */
class DatabaseGoneTest {

    private final Platform platform = Platform.start();
    private final Sends sends = new Sends();
    private final DispatchHandler dispatcher =
            platform.dispatcher(Map.of("publish.lanes", "2"), InstantSource.system(), Map.of("sends", sends));

    @AfterEach
    void stop() {
        dispatcher.close();
        platform.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"arm-attempts", "settle-accepted", "find-status"})
    void nobodyIsTextedTwiceOrForgottenWhenItIsBack(String goneBefore) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 35);
        String database = platform.text("SELECT current_database()");
        sends.before((id, number) -> {
            if (id.equals(goneBefore)) {
                letIn(database, false);
            }
        });

        assertThatThrownBy(() -> dispatch(dispatcher, campaign, 100)).isInstanceOf(DatabaseUnreachableException.class);

        sends.reset();
        letIn(database, true);
        platform.execute("UPDATE contacts SET sms_not_before = 'epoch', sms_lease_until = now() - interval '1 second'"
                + " WHERE status IN ('pending', 'in_progress')");
        for (int i = 0; i < 6; i++) {
            dispatchAsAnInvokerThatRetries(campaign);
        }
        assertThat(platform.text("SELECT status FROM campaigns WHERE id = ?", campaign))
                .isEqualTo("completed");
        assertThat(platform.sns().accepted())
                .extracting(message -> message.attributes().get("smsRecordId"))
                .doesNotHaveDuplicates();
        assertThat(platform.count(
                        "SELECT count(*) FROM contacts WHERE status = 'completed' OR sms_outcome = 'unknown'"))
                .isEqualTo(35);
    }

    /** A connection of the pool may still be a dead one: that is an error worth a retry. */
    private void dispatchAsAnInvokerThatRetries(UUID campaign) {
        try {
            dispatch(dispatcher, campaign, 100);
        } catch (DatabaseUnreachableException retried) {
            assertThat(retried).hasMessageContaining("PostgreSQL");
        }
    }

    private void letIn(String database, boolean allowed) {
        platform.onServer("ALTER DATABASE " + database + " ALLOW_CONNECTIONS " + allowed);
        if (!allowed) {
            platform.onServer(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database + "'");
        }
    }
}
