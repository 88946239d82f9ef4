package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;
import org.springframework.dao.DataAccessResourceFailureException;

/** Policy REPUBLISH within one invocation: before a message goes out again, PostgreSQL is asked again. */
class RepeatedPublishTest {

    private final Platform platform = Platform.start();
    private final Sends sends = new Sends();
    private final DispatchHandler dispatcher = platform.dispatcher(
            Map.of("publish.policy", PublishPolicy.REPUBLISH.name()), InstantSource.system(), Map.of("sends", sends));

    @AfterEach
    void stop() {
        dispatcher.close();
        platform.close();
    }

    /** Of ten messages whose answer was lost, the one that must not go out again does not, and the others do. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO blacklist (phone_number) SELECT substr(phone_number, 2) FROM contacts WHERE phone_number LIKE '%3'"
                        + " | failed | unknown",
                "WITH r AS (UPDATE sms_records SET status = 'delivered' WHERE phone_number LIKE '%3' RETURNING id)"
                        + " INSERT INTO sms_events (fingerprint, record_id, provider, status, word)"
                        + " SELECT uuid_generate_v4(), id, 'gateway', 'delivered', 'delivered' FROM r | in_progress |",
                "UPDATE contacts SET sms_lease_id = uuid_generate_v4() WHERE phone_number LIKE '%3' | in_progress |",
                "UPDATE contacts SET sms_lease_until = now() WHERE phone_number LIKE '%3' | in_progress |",
            })
    void whoMustNotBeTextedAnyMoreIsNotTextedAgain(String meanwhile, String status, String outcome) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 10);
        platform.sns().answerWith((call, ids) -> {
            if (call > 0) {
                return Fault.none();
            }
            platform.execute(meanwhile);
            return Fault.serverErrorAfter();
        });

        dispatch(dispatcher, campaign, 10);

        assertThat(platform.sns().accepted()).hasSize(10 + 9);
        assertThat(Invariants.texts(platform, campaign).stream()
                        .filter(text -> text.phoneNumber().endsWith("3")))
                .hasSize(1);
        assertThat(platform.rows(
                        "SELECT status, sms_outcome FROM contacts WHERE phone_number LIKE '%3' AND campaign_id = ?",
                        campaign))
                .singleElement()
                .satisfies(contact -> {
                    assertThat(contact.get("status")).isEqualTo(status);
                    assertThat(contact.get("sms_outcome")).isEqualTo(outcome);
                });
        platform.sns().answerWith(null);
        Invariants.letTimePass(platform, campaign);
        dispatch(dispatcher, campaign, 10);
        Invariants.hold(platform, campaign, PublishPolicy.REPUBLISH);
    }

    @ParameterizedTest
    @CsvSource({"paused", "cancelled"})
    void nothingIsRepeatedForACampaignThatWasStopped(String status) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 10);
        platform.sns().answerWith((call, ids) -> {
            platform.execute("UPDATE campaigns SET status = ? WHERE id = ?", status, campaign);
            return Fault.serverErrorAfter();
        });

        dispatch(dispatcher, campaign, 10);

        assertThat(platform.sns().publishCalls()).isEqualTo(1);
        assertThat(platform.statuses(campaign)).isEqualTo("in_progress=10");
    }

    /** The loop ends: nothing is repeated unasked, and the next invocation takes over. */
    @Test
    @Timeout(60)
    void nothingIsRepeatedWhilePostgresqlCannotBeAsked() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 10);
        platform.sns().answerWith((call, ids) -> call == 0 ? Fault.serverErrorAfter() : Fault.none());
        sends.before((id, number) -> {
            if (id.equals("rearm-attempts")) {
                throw new DataAccessResourceFailureException("The connection was cut");
            }
        });

        dispatch(dispatcher, campaign, 10);

        assertThat(platform.sns().publishCalls()).isEqualTo(1);
        assertThat(platform.statuses(campaign)).isEqualTo("in_progress=10");
        sends.reset();
        Invariants.letTimePass(platform, campaign);
        dispatch(dispatcher, campaign, 10);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=10");
        Invariants.hold(platform, campaign, PublishPolicy.REPUBLISH);
    }
}
