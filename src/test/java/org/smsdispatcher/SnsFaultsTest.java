package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.publish.PublishPolicy.FAIL;
import static org.smsdispatcher.publish.PublishPolicy.REPUBLISH;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.smsdispatcher.local.SnsEndpoint;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;

/** Everything SNS can answer, or not, and what becomes of the contacts: at once, and after it has healed. */
class SnsFaultsTest {

    /** Longer than the client waits. */
    private static final Duration TOO_LONG = Duration.ofSeconds(6);

    private static final Map<PublishPolicy, DispatchHandler> DISPATCHERS = new EnumMap<>(PublishPolicy.class);
    private static Platform platform;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        for (PublishPolicy policy : PublishPolicy.values()) {
            DISPATCHERS.put(policy, platform.dispatcher(Map.of("publish.policy", policy.name())));
        }
    }

    @AfterAll
    static void stop() {
        DISPATCHERS.values().forEach(DispatchHandler::close);
        platform.close();
    }

    @BeforeEach
    void heal() {
        platform.sns().answerWith(null);
        platform.sns().clear();
    }

    /** A way to fail, with a name for reports. */
    private enum Failure {
        THROTTLED(true),
        FORBIDDEN(true),
        NOT_FOUND(true),
        KMS_DENIED(true),
        SERVER_ERROR_BEFORE(false),
        SERVER_ERROR_AFTER(false),
        UNAVAILABLE_BEFORE(false),
        UNAVAILABLE_AFTER(false),
        HANG_BEFORE(false),
        HANG_AFTER(false),
        DROP_BEFORE(false),
        DROP_AFTER(false),
        EMPTY_BODY(false),
        GARBAGE(false),
        MISSING_IDS(false);

        private final boolean surelyRefused;

        Failure(boolean surelyRefused) {
            this.surelyRefused = surelyRefused;
        }

        Fault fault() {
            return switch (this) {
                case THROTTLED -> Fault.throttled();
                case FORBIDDEN -> Fault.forbidden();
                case NOT_FOUND -> Fault.notFound();
                case KMS_DENIED -> Fault.kmsDenied();
                case SERVER_ERROR_BEFORE -> Fault.serverErrorBefore();
                case SERVER_ERROR_AFTER -> Fault.serverErrorAfter();
                case UNAVAILABLE_BEFORE -> Fault.unavailableBefore();
                case UNAVAILABLE_AFTER -> Fault.unavailableAfter();
                case HANG_BEFORE -> Fault.hangBefore(TOO_LONG);
                case HANG_AFTER -> Fault.hangAfter(TOO_LONG);
                case DROP_BEFORE -> Fault.dropBefore();
                case DROP_AFTER -> Fault.dropAfter();
                case EMPTY_BODY -> Fault.emptyBodyAfter();
                case GARBAGE -> Fault.garbageAfter();
                case MISSING_IDS -> Fault.missingIdsAfter();
            };
        }
    }

    private static UUID campaignOf(int contacts) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, contacts);
        return campaign;
    }

    private static JsonNode dispatched(PublishPolicy policy, UUID campaign, int batchSize) {
        JsonNode reply = dispatch(DISPATCHERS.get(policy), campaign, batchSize);
        Invariants.addUp(reply);
        return reply;
    }

    /** Outcome, attempts, record and its failure, the same for all of the campaign's contacts in that status. */
    private static List<Map<String, Object>> contacts(UUID campaign, String status) {
        return platform.rows(
                "SELECT DISTINCT c.sms_outcome AS outcome, c.attempts, r.status AS record, r.failure_reason AS failure"
                        + " FROM contacts c LEFT JOIN sms_records r ON r.contact_id = c.id"
                        + " WHERE c.campaign_id = ? AND c.status = ?",
                campaign,
                status);
    }

    private static Map<String, Object> contact(String outcome, int attempts, String record, String failure) {
        Map<String, Object> row = new HashMap<>();
        row.put("outcome", outcome);
        row.put("attempts", attempts);
        row.put("record", record);
        row.put("failure", failure);
        return row;
    }

    /** SNS works again: invocation after invocation until the campaign is over, with whoever can be reached reached once. */
    private static void assertHealsToTheEnd(PublishPolicy policy, UUID campaign) {
        platform.sns().answerWith(null);
        String status = "active";
        for (int i = 0; i < 10 && status.equals("active"); i++) {
            Invariants.letTimePass(platform, campaign);
            status = dispatched(policy, campaign, 1_000).get("campaignStatus").textValue();
        }
        Invariants.hold(platform, campaign, policy);
        assertThat(status).isEqualTo("completed");
        int completed = platform.count(
                "SELECT count(*) FROM contacts WHERE campaign_id = ? AND status = 'completed'", campaign);
        int failed =
                platform.count("SELECT count(*) FROM contacts WHERE campaign_id = ? AND status = 'failed'", campaign);
        assertThat(completed + failed)
                .isEqualTo(platform.count("SELECT count(*) FROM contacts WHERE campaign_id = ?", campaign));
        if (policy == REPUBLISH) {
            assertThat(platform.count(
                            "SELECT count(*) FROM contacts WHERE campaign_id = ? AND sms_outcome = 'unknown'",
                            campaign))
                    .as("nobody stays in doubt")
                    .isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"FORBIDDEN", "NOT_FOUND", "KMS_DENIED"},
            mode = EnumSource.Mode.EXCLUDE)
    void withoutAnAnswerAContactFailsOnceAndIsNotSentAgain(Failure failure) {
        UUID campaign = campaignOf(10);
        platform.sns().answerWith((call, ids) -> failure.fault());

        JsonNode reply = dispatched(FAIL, campaign, 10);

        assertThat(reply.get("sentCount").intValue()).isZero();
        assertThat(platform.sns().publishCalls()).as("nothing is repeated").isEqualTo(1);
        if (failure.surelyRefused) {
            assertThat(reply.at("/failed/refused").intValue()).isEqualTo(10);
            assertThat(reply.get("hasMore").booleanValue()).isFalse();
            assertThat(reply.get("nextDispatchAt").isTextual()).isTrue();
            assertThat(platform.statuses(campaign)).isEqualTo("pending=10");
            assertThat(contacts(campaign, "pending")).containsExactly(contact("refused", 0, null, null));
        } else {
            assertThat(reply.at("/failed/unknown").intValue()).isEqualTo(10);
            assertThat(reply.get("errors")).hasSize(10);
            assertThat(platform.statuses(campaign)).isEqualTo("failed=10");
            assertThat(contacts(campaign, "failed"))
                    .containsExactly(contact("unknown", 1, "failed", "unknown_publish_outcome"));
        }
        assertHealsToTheEnd(FAIL, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo(failure.surelyRefused ? "completed=10" : "failed=10");
    }

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"FORBIDDEN", "NOT_FOUND", "KMS_DENIED", "HANG_BEFORE"},
            mode = EnumSource.Mode.EXCLUDE)
    void whereTheGatewayDropsRepetitionsAMessageIsRepeatedUntilItIsAnswered(Failure failure) {
        UUID campaign = campaignOf(10);
        platform.sns().answerWith((call, ids) -> failure.fault());

        JsonNode reply = dispatched(REPUBLISH, campaign, 10);

        Invariants.hold(platform, campaign, REPUBLISH);
        assertThat(reply.get("sentCount").intValue()).isZero();
        assertThat(platform.statuses(campaign)).isEqualTo(failure.surelyRefused ? "pending=10" : "in_progress=10");
        assertHealsToTheEnd(REPUBLISH, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=10");
        assertThat(contacts(campaign, "completed")).containsExactly(contact("sent", 1, "sent", null));
    }

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"FORBIDDEN", "NOT_FOUND", "KMS_DENIED", "THROTTLED"},
            mode = EnumSource.Mode.EXCLUDE)
    void anAnswerLostOnceIsAskedForAgainInTheSameInvocation(Failure failure) {
        UUID campaign = campaignOf(10);
        platform.sns().answerWith((call, ids) -> call == 0 ? failure.fault() : Fault.none());

        JsonNode reply = dispatched(REPUBLISH, campaign, 10);

        Invariants.hold(platform, campaign, REPUBLISH);
        assertThat(platform.sns().publishCalls()).isEqualTo(2);
        assertThat(reply.get("sentCount").intValue()).isEqualTo(10);
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
    }

    /** A no to the second publish says nothing of the first. */
    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"THROTTLED", "FORBIDDEN"})
    void aRefusalAfterALostAnswerDoesNotGiveTheAttemptBack(Failure refusal) {
        UUID campaign = campaignOf(10);
        platform.sns().answerWith((call, ids) -> call == 0 ? Fault.dropAfter() : refusal.fault());

        try {
            dispatched(REPUBLISH, campaign, 10);
        } catch (TopicForbiddenException forbidden) {
            assertThat(refusal).isEqualTo(Failure.FORBIDDEN);
        }

        assertThat(platform.statuses(campaign)).isEqualTo("in_progress=10");
        assertThat(contacts(campaign, "in_progress")).containsExactly(contact(null, 1, "queued", null));
        assertHealsToTheEnd(REPUBLISH, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=10");
    }

    @ParameterizedTest
    @CsvSource({
        "FORBIDDEN,  FAIL",
        "NOT_FOUND,  FAIL",
        "KMS_DENIED, FAIL",
        "FORBIDDEN,  REPUBLISH",
        "NOT_FOUND,  REPUBLISH",
        "KMS_DENIED, REPUBLISH"
    })
    void aTopicThatIsForbiddenIsAnErrorAndEverybodyGoesBackUnused(Failure failure, PublishPolicy policy) {
        UUID campaign = campaignOf(60);
        platform.sns().answerWith((call, ids) -> failure.fault());

        assertThatThrownBy(() -> dispatch(DISPATCHERS.get(policy), campaign, 60))
                .isInstanceOf(TopicForbiddenException.class)
                .hasMessageContaining("SMS_GATEWAY_TOPIC_ARN");

        assertThat(platform.sns().publishCalls()).isEqualTo(1);
        assertThat(platform.statuses(campaign)).isEqualTo("pending=60");
        assertThat(platform.count("SELECT sum(attempts) FROM contacts WHERE campaign_id = ?", campaign))
                .isZero();
        assertThat(platform.count("SELECT count(*) FROM sms_records WHERE campaign_id = ?", campaign))
                .isZero();
        assertHealsToTheEnd(policy, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=60");
    }

    @Test
    void aTopicForbiddenHalfwayIsAnErrorAndWhatWasSentStaysSent() {
        UUID campaign = campaignOf(60);
        try (DispatchHandler oneLane = platform.dispatcher(Map.of("publish.lanes", "1"))) {
            platform.sns().answerWith((call, ids) -> call < 2 ? Fault.none() : Fault.forbidden());

            assertThatThrownBy(() -> dispatch(oneLane, campaign, 60)).isInstanceOf(TopicForbiddenException.class);
        }
        Invariants.hold(platform, campaign, FAIL);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=20 pending=40");
        assertHealsToTheEnd(FAIL, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=60");
    }

    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void aTopicThatCannotBeReachedIsAnErrorAndEverybodyGoesBackUnused(PublishPolicy policy) {
        SnsEndpoint gone = SnsEndpoint.start();
        gone.close();
        UUID campaign = campaignOf(60);
        try (DispatchHandler lost = platform.dispatcher(
                Map.of("aws.endpoint.url", gone.url().toString(), "publish.policy", policy.name()))) {
            assertThatThrownBy(() -> dispatch(lost, campaign, 60))
                    .isInstanceOf(TopicUnreachableException.class)
                    .hasMessageContaining("SMS_GATEWAY_TOPIC_ARN");
        }
        assertThat(platform.statuses(campaign)).isEqualTo("pending=60");
        assertThat(platform.count("SELECT sum(attempts) FROM contacts WHERE campaign_id = ?", campaign))
                .isZero();
        assertThat(platform.count("SELECT count(*) FROM sms_records WHERE campaign_id = ?", campaign))
                .isZero();
        assertHealsToTheEnd(policy, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=60");
    }

    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void anAnswerThatNamesAnEntryTwiceIsAYes(PublishPolicy policy) {
        for (Fault fault : List.of(Fault.duplicateIdsAfter(), Fault.bothListsAfter())) {
            UUID campaign = campaignOf(10);
            platform.sns().answerWith((call, ids) -> fault);

            JsonNode reply = dispatched(policy, campaign, 10);

            assertThat(reply.get("sentCount").intValue()).isEqualTo(10);
            assertThat(Invariants.texts(platform, campaign)).hasSize(10);
            Invariants.hold(platform, campaign, policy);
            assertThat(platform.statuses(campaign)).isEqualTo("completed=10");
        }
    }

    static Stream<Arguments> partialFailures() {
        return Stream.of(PublishPolicy.values())
                .flatMap(policy -> IntStream.rangeClosed(0, 10)
                        .boxed()
                        .flatMap(failed -> Stream.of(true, false).map(fault -> Arguments.of(policy, failed, fault))));
    }

    @ParameterizedTest
    @MethodSource("partialFailures")
    void ofABatchTheFailedEntriesAloneFail(PublishPolicy policy, int failed, boolean senderFault) {
        UUID campaign = campaignOf(10);
        EntryError error = new EntryError(senderFault ? "InvalidParameter" : "InternalError", senderFault);
        platform.sns()
                .answerWith((call, ids) -> Fault.failEntries(
                        ids.subList(0, failed).stream().collect(Collectors.toMap(id -> id, id -> error))));

        JsonNode reply = dispatched(policy, campaign, 10);

        Invariants.hold(platform, campaign, policy);
        assertThat(reply.get("sentCount").intValue()).isEqualTo(10 - failed);
        assertThat(reply.at("/failed/refused").intValue()).isEqualTo(failed);
        assertThat(reply.get("errors")).hasSize(failed);
        assertThat(contacts(campaign, "completed"))
                .isEqualTo(failed == 10 ? List.of() : List.of(contact("sent", 1, "sent", null)));
        if (senderFault) {
            assertThat(contacts(campaign, "failed"))
                    .hasSize(failed == 0 ? 0 : 1)
                    .allSatisfy(row -> assertThat(row)
                            .containsEntry("outcome", "refused")
                            .containsEntry("attempts", 1)
                            .containsEntry("record", "failed")
                            .hasEntrySatisfying(
                                    "failure",
                                    reason -> assertThat((String) reason).contains("InvalidParameter")));
        } else {
            assertThat(contacts(campaign, "pending"))
                    .isEqualTo(failed == 0 ? List.of() : List.of(contact("refused", 0, null, null)));
        }
        assertHealsToTheEnd(policy, campaign);
        assertThat(platform.count(
                        "SELECT count(*) FROM contacts WHERE campaign_id = ? AND status = 'completed'", campaign))
                .isEqualTo(senderFault ? 10 - failed : 10);
    }

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"SERVER_ERROR_BEFORE", "SERVER_ERROR_AFTER", "DROP_BEFORE", "GARBAGE", "MISSING_IDS"})
    void anOutageBurnsThreeChunksAtMost(Failure failure) {
        UUID campaign = campaignOf(200);
        platform.sns().answerWith((call, ids) -> failure.fault());

        JsonNode reply = dispatched(FAIL, campaign, 200);

        Invariants.hold(platform, campaign, FAIL);
        assertThat(platform.sns().publishCalls()).isEqualTo(3);
        assertThat(reply.at("/failed/unknown").intValue()).isEqualTo(30);
        assertThat(reply.get("totalContacts").intValue()).isEqualTo(30);
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").isTextual())
                .as("leave SNS alone")
                .isTrue();
        assertThat(platform.statuses(campaign)).isEqualTo("failed=30 pending=170");
        assertHealsToTheEnd(FAIL, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=170 failed=30");
    }

    @Test
    void aThrottleStormUsesNoAttempt() {
        UUID campaign = campaignOf(200);
        platform.sns().answerWith((call, ids) -> Fault.throttled());

        for (int i = 0; i < 5; i++) {
            Invariants.letTimePass(platform, campaign);
            dispatched(FAIL, campaign, 200);
        }

        assertThat(platform.sns().publishCalls()).isEqualTo(15);
        assertThat(platform.statuses(campaign)).isEqualTo("pending=200");
        assertThat(platform.count("SELECT sum(attempts) FROM contacts WHERE campaign_id = ?", campaign))
                .isZero();
        assertHealsToTheEnd(FAIL, campaign);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=200");
    }

    /** A third of all answers wrong, in every way at once, with eight lanes. */
    @ParameterizedTest
    @EnumSource(PublishPolicy.class)
    void whateverTheMixtureTheStoriesAgree(PublishPolicy policy) {
        List<Fault> faults = Stream.of(Failure.values())
                .filter(failure -> !failure.name().startsWith("HANG"))
                .filter(failure ->
                        failure != Failure.FORBIDDEN && failure != Failure.NOT_FOUND && failure != Failure.KMS_DENIED)
                .map(failure -> failure.fault())
                .toList();
        Random random = new Random(20261124);
        UUID campaign = campaignOf(400);
        platform.sns().answerWith((call, ids) -> {
            synchronized (random) {
                int kind = random.nextInt(3 * faults.size());
                return kind < faults.size()
                        ? faults.get(kind)
                        : kind == faults.size()
                                ? Fault.failEntries(Map.of(
                                        ids.get(0), new EntryError("InternalError", false),
                                        ids.get(ids.size() - 1), new EntryError("InvalidParameter", true)))
                                : Fault.none();
            }
        });

        for (int i = 0; i < 6; i++) {
            Invariants.letTimePass(platform, campaign);
            dispatched(policy, campaign, 400);
            Invariants.hold(platform, campaign, policy);
        }

        assertHealsToTheEnd(policy, campaign);
    }
}
