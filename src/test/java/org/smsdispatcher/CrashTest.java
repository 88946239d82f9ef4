package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;

/**
 * A process that dies between any two of its statements: from a chosen step on, nothing leaves it any more. Others then carry the
 * campaign to its end.
 */
class CrashTest {

    private static final int CONTACTS = 25;

    private final Platform platform = Platform.start();
    private final Sends sends = new Sends();

    @AfterEach
    void stop() {
        platform.close();
    }

    private DispatchHandler dispatcher(PublishPolicy policy) {
        return platform.dispatcher(
                Map.of("publish.lanes", "1", "publish.policy", policy.name()),
                InstantSource.system(),
                Map.of("sends", sends));
    }

    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void textsNobodyTwiceAndForgetsNobodyWhereverItDies(PublishPolicy policy) {
        try (DispatchHandler dispatcher = dispatcher(policy)) {
            int steps = stepsOfACampaign(dispatcher);
            Set<String> diedAt = new HashSet<>();
            for (int step = 0; step < steps; step++) {
                for (boolean carriedOut : new boolean[] {false, true}) {
                    platform.sns().clear();
                    UUID campaign = campaign();
                    String id = dispatchAndDie(dispatcher, campaign, step, carriedOut);
                    diedAt.add(id);
                    carryOn(dispatcher, campaign);
                    assertNobodyTwiceNobodyForgotten(
                            campaign, policy, "died " + (carriedOut ? "after " : "before ") + id + ", step " + step);
                }
            }
            assertThat(diedAt)
                    .contains(
                            "claim",
                            "redis-mget",
                            "finish-screened",
                            "arm-attempts",
                            "publish-batch",
                            "settle-accepted")
                    .contains("unarm", "fail", "lock-campaign", "complete-campaign", "find-status");
        }
    }

    /** Before each of its steps in turn it sleeps until its leases are over and another has carried the campaign on, then goes on itself. */
    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void textsNobodyTwiceWhereverItComesBackTooLate(PublishPolicy policy) {
        try (DispatchHandler dispatcher = dispatcher(policy);
                DispatchHandler other = platform.dispatcher(Map.of("publish.policy", policy.name()))) {
            int steps = stepsOfACampaign(dispatcher);
            for (int step = 0; step < steps; step++) {
                platform.sns().clear();
                UUID campaign = campaign();
                String id = dispatchAndSleep(dispatcher, other, campaign, step);
                carryOn(dispatcher, campaign);
                assertNobodyTwiceNobodyForgotten(campaign, policy, "slept before " + id + ", step " + step);
            }
        }
    }

    private String dispatchAndSleep(DispatchHandler dispatcher, DispatchHandler other, UUID campaign, int step) {
        String[] slept = {""};
        sends.reset();
        sends.before((id, number) -> {
            if (number == step) {
                slept[0] = id;
                carryOn(other, campaign);
            }
        });
        dispatch(dispatcher, campaign, 100);
        platform.execute("UPDATE contacts SET sms_not_before = 'epoch' WHERE campaign_id = ?", campaign);
        dispatch(dispatcher, campaign, 100);
        sends.reset();
        return slept[0];
    }

    /** Twenty-five contacts of every outcome; of the entries SNS is asked for, one is refused for good and one for now. */
    private UUID campaign() {
        UUID campaign = platform.campaign("Hi {{name}}", Platform.ALWAYS);
        platform.contacts(campaign, CONTACTS - 3);
        platform.contact(campaign, "12", null, "{}");
        platform.contact(campaign, "+12125559991", "Nowhere/Land", "{}");
        platform.contact(campaign, "+12125559992", null, "{}");
        return campaign;
    }

    private int stepsOfACampaign(DispatchHandler dispatcher) {
        platform.sns()
                .answerWith((call, ids) -> call == 0
                        ? Fault.failEntries(Map.of(
                                ids.get(0), new EntryError("InternalError", false),
                                ids.get(1), new EntryError("InvalidParameter", true)))
                        : Fault.none());
        UUID campaign = campaign();
        sends.reset();
        dispatch(dispatcher, campaign, 100);
        platform.execute("UPDATE contacts SET sms_not_before = 'epoch' WHERE campaign_id = ?", campaign);
        dispatch(dispatcher, campaign, 100);
        return sends.count();
    }

    /** The step's id, or "" when the campaign needed fewer steps. */
    private String dispatchAndDie(DispatchHandler dispatcher, UUID campaign, int step, boolean carriedOut) {
        String[] died = {""};
        sends.reset();
        Sends.Hook dead = (id, number) -> {
            if (number > step || (number == step && !carriedOut)) {
                throw new IllegalStateException("The process is dead");
            }
        };
        sends.before((id, number) -> {
            if (number == step) {
                died[0] = id;
            }
            dead.at(id, number);
        });
        try {
            dispatch(dispatcher, campaign, 100);
            platform.execute("UPDATE contacts SET sms_not_before = 'epoch' WHERE campaign_id = ?", campaign);
            dispatch(dispatcher, campaign, 100);
        } catch (RuntimeException expected) {
            // dead
        }
        sends.reset();
        return died[0];
    }

    private void carryOn(DispatchHandler dispatcher, UUID campaign) {
        for (int i = 0; i < 5; i++) {
            platform.execute(
                    "UPDATE contacts SET sms_not_before = 'epoch', sms_lease_until = sms_lease_until - interval '1 hour'"
                            + " WHERE campaign_id = ?",
                    campaign);
            dispatch(dispatcher, campaign, 100);
        }
    }

    private void assertNobodyTwiceNobodyForgotten(UUID campaign, PublishPolicy policy, String where) {
        List<Accepted> accepted = platform.sns().accepted();
        Map<String, Set<String>> recordsByContact = accepted.stream()
                .collect(Collectors.groupingBy(
                        message -> message.message().replaceAll(".*\"contactId\":\"([^\"]+)\".*", "$1"),
                        Collectors.mapping(message -> message.attributes().get("smsRecordId"), Collectors.toSet())));
        Set<String> messages = accepted.stream()
                .map(message -> message.attributes().get("smsRecordId")
                        + message.message().replaceAll(",\"templateVariables.*", ""))
                .collect(Collectors.toSet());

        assertThat(recordsByContact.values())
                .as(where)
                .allSatisfy(records -> assertThat(records).hasSize(1));
        assertThat(messages).as(where + ": a message is repeated to the letter").hasSize(recordsByContact.size());
        if (policy == PublishPolicy.FAIL) {
            assertThat(accepted).as(where).hasSize(recordsByContact.size());
        }
        assertThat(platform.rows(
                        "SELECT c.status, sms_armed_attempt, sms_lease_until, now(), sms_outcome, sms_reason, r.status AS record, r.accepted_at, r.id::text FROM contacts c LEFT JOIN sms_records r ON r.contact_id = c.id"
                                + " WHERE c.campaign_id = ? AND c.status IN ('pending', 'in_progress')",
                        campaign))
                .as(where)
                .isEmpty();
        assertThat(platform.text("SELECT status FROM campaigns WHERE id = ?", campaign))
                .as(where)
                .isEqualTo("completed");
        assertContactsTellTheTruth(campaign, recordsByContact.keySet(), policy, where);
    }

    private void assertContactsTellTheTruth(UUID campaign, Set<String> accepted, PublishPolicy policy, String where) {
        for (Map<String, Object> contact : platform.rows(
                "SELECT id::text, status, sms_outcome, attempts,"
                        + " (SELECT count(*) FROM sms_records r WHERE r.contact_id = c.id) AS records"
                        + " FROM contacts c WHERE campaign_id = ?",
                campaign)) {
            boolean sent = accepted.contains(contact.get("id"));
            assertThat(contact.get("attempts")).as(where).isEqualTo(((Long) contact.get("records")).intValue());
            if (contact.get("status").equals("completed")) {
                assertThat(sent).as(where + ": completed means accepted").isTrue();
            } else if (sent) {
                assertThat(contact.get("sms_outcome")).as(where).isEqualTo("unknown");
                assertThat(policy).as(where).isEqualTo(PublishPolicy.FAIL);
            }
        }
    }

    @Test
    void aContactNobodyArmedKeepsItsAttempts() {
        try (DispatchHandler dispatcher = dispatcher(PublishPolicy.FAIL)) {
            UUID campaign = platform.campaign();
            platform.contacts(campaign, 5);
            sends.before((id, number) -> {
                if (id.equals("arm-attempts") || id.equals("release") || id.equals("unarm")) {
                    throw new IllegalStateException("The process is dead");
                }
            });
            try {
                dispatch(dispatcher, campaign, 10);
            } catch (RuntimeException dead) {
                // as intended
            }
            sends.reset();
            assertThat(platform.statuses(campaign)).isEqualTo("in_progress=5");

            dispatch(dispatcher, campaign, 10);
            assertThat(platform.statuses(campaign)).as("the lease still holds").isEqualTo("in_progress=5");

            platform.execute("UPDATE contacts SET sms_lease_until = now() - interval '1 second'");
            dispatch(dispatcher, campaign, 10);
            assertThat(platform.statuses(campaign)).isEqualTo("completed=5");
            assertThat(platform.count("SELECT sum(attempts) FROM contacts")).isEqualTo(5);
        }
    }
}
