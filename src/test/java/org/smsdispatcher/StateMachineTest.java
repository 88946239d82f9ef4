package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.deploy.StateMachine;
import org.smsdispatcher.deploy.StateMachine.Run;
import org.smsdispatcher.publish.PublishPolicy;

/** {@code deploy/dispatch.asl.json}, executed against the real handler and servers; only its clock is not the world's. */
class StateMachineTest {

    /** A Wednesday, 09:00 in Tokyo, 01:00 in Rome, 19:00 the day before in New York. */
    private static final Instant START = Instant.parse("2026-11-25T00:00:00Z");

    private static final String NINE_TO_FIVE = "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":9,\"endHour\":17}]";
    private static final int INSTANCES = 3;

    private final Platform platform = Platform.start();
    private final BlockingQueue<DispatchHandler> instances = new ArrayBlockingQueue<>(INSTANCES);
    private final AtomicInteger dispatches = new AtomicInteger();
    private final List<Instant> clockOfMessage = new ArrayList<>();
    private volatile Script script = number -> {};
    private volatile InstantSource clock = InstantSource.fixed(START);

    /** What happens before the dispatch of that number, from 1 on. */
    private interface Script {
        void before(int number) throws Exception;
    }

    @AfterEach
    void stop() {
        instances.forEach(DispatchHandler::close);
        platform.close();
    }

    private Run run(String input) {
        return run(input, this::report);
    }

    private Run run(String input, StateMachine.Function report) {
        try (StateMachine machine = new StateMachine(START, this::dispatch, report)) {
            clock = machine;
            return machine.run(input);
        }
    }

    /** As Lambda does: an instance a concurrent invocation. */
    private byte[] dispatch(byte[] event) throws Exception {
        script.before(dispatches.incrementAndGet());
        DispatchHandler instance = instances.poll();
        if (instance == null) {
            instance = platform.dispatcher(Map.of(), () -> clock.instant(), Map.of());
        }
        try {
            return instance.dispatch(event, Duration.ofMinutes(1));
        } finally {
            synchronized (clockOfMessage) {
                while (clockOfMessage.size() < platform.sns().accepted().size()) {
                    clockOfMessage.add(clock.instant());
                }
            }
            if (!instances.offer(instance)) {
                instance.close();
            }
        }
    }

    /** The tracking function itself, an instance for each question. */
    private byte[] report(byte[] event) {
        try (TrackingHandler tracker = platform.tracker()) {
            return tracker.track(event);
        }
    }

    private static String input(UUID campaign, String more) {
        return "{\"campaignId\": \"" + campaign + "\"" + more + "}";
    }

    @Test
    void theDefinitionIsValid() {
        assertThat(StateMachine.validated(StateMachine.DEFINITION)).isEqualTo("valid");
    }

    @Test
    void theValidatorNoticesABrokenDefinition(@TempDir Path folder) throws Exception {
        Path broken = folder.resolve("broken.asl.json");
        Files.writeString(
                broken,
                Files.readString(StateMachine.DEFINITION).replace("\"Next\": \"CountTurn\"", "\"Next\": \"Nowhere\""));

        assertThat(StateMachine.validated(broken)).contains("Nowhere");
    }

    @Test
    void textsThreeTimeZonesInTheirOwnHoursAndReports() {
        UUID campaign = platform.campaign("Hi {{name}}", NINE_TO_FIVE);
        platform.contacts(campaign, 0, 35, "Asia/Tokyo");
        platform.contacts(campaign, 100, 35, "Europe/Rome");
        platform.contacts(campaign, 200, 35, "America/New_York");

        Run run = run(input(campaign, ", \"batchSize\": 20"));

        assertThat(run.error()).isNull();
        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("completed");
        JsonNode report = run.output().get("report");
        assertThat(report.get("campaignId").textValue()).isEqualTo(campaign.toString());
        assertThat(report.at("/contacts/completed").intValue()).isEqualTo(105);
        assertThat(report.at("/outcomes/sent").intValue()).isEqualTo(105);
        assertThat(report.at("/messages/accepted").intValue()).isEqualTo(105);
        assertThat(report.at("/messages/sent").intValue()).isEqualTo(105);
        assertThat(report.get("parts").intValue()).isEqualTo(105);
        assertThat(run.states()).filteredOn("WaitUntilNextDispatch"::equals).hasSize(2);
        // opening at 08:00 and 14:00 UTC, and the second that Step Functions may cut off
        assertThat(new TreeSet<>(clockOfMessage))
                .containsExactly(START, Instant.parse("2026-11-25T08:00:01Z"), Instant.parse("2026-11-25T14:00:01Z"));
        assertEveryMessageIsInsideItsWindow(campaign);
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
    }

    private void assertEveryMessageIsInsideItsWindow(UUID campaign) {
        Map<String, ZoneId> zones = new HashMap<>();
        platform.rows("SELECT id::text, timezone FROM contacts WHERE campaign_id = ?", campaign)
                .forEach(row -> zones.put((String) row.get("id"), ZoneId.of((String) row.get("timezone"))));
        List<Invariants.Text> texts = Invariants.texts(platform, campaign);
        for (int i = 0; i < texts.size(); i++) {
            assertThat(clockOfMessage
                            .get(i)
                            .atZone(zones.get(texts.get(i).contactId()))
                            .getHour())
                    .isBetween(9, 16);
        }
    }

    @Test
    void parallelWorkersTextNobodyTwice() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 400);

        Run run = run(input(campaign, ", \"batchSize\": 20, \"workers\": 3"));

        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(run.states()).filteredOn("DispatchAsWorker"::equals).hasSizeGreaterThanOrEqualTo(19);
        assertThat(run.states()).filteredOn("WorkerDone"::equals).hasSize(3);
        assertThat(run.afresh())
                .as("after parallel workers a fresh execution goes on")
                .hasSize(1);
        assertThat(platform.sns().accepted()).hasSize(400);
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
    }

    @Test
    void aFreshExecutionGoesOnWithTheSameInputBeforeTheHistoryIsFull() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 70);
        String input = input(campaign, ", \"batchSize\": 10, \"turns\": 3, \"note\": \"kept\"");

        Run run = run(input);

        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(run.afresh())
                .hasSize(2)
                .allSatisfy(next -> assertThat(next.toString())
                        .isEqualTo(input.replace(": ", ":").replace(", ", ",")));
        assertThat(dispatches.get()).isEqualTo(7);
        assertThat(platform.sns().accepted()).hasSize(70);
    }

    @Test
    void retriesWhatARetryCanMend() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 5);
        script = number -> {
            switch (number) {
                case 1, 2, 3, 4, 5, 6, 7, 8 ->
                    throw new DatabaseUnreachableException("PostgreSQL did not answer", null);
                case 9 -> throw new TopicUnreachableException("SNS cannot be reached", null);
                case 10, 11 -> throw new IllegalStateException("killed");
                default -> {}
            }
        };

        Run run = run(input(campaign, ""));

        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(run.retries()).hasSize(11);
        assertThat(run.ended()).isAfter(START);
        assertThat(platform.sns().accepted()).hasSize(5);
    }

    @Test
    void failsAtOnceAndByNameWhereARetryCannotHelp() {
        UUID campaign = platform.campaignWithConfig("{\"smsTemplate\": \"Hi\"}");
        platform.contacts(campaign, 5);

        Run run = run(input(campaign, ""));

        assertThat(run.error()).isEqualTo(BadConfigurationException.class.getName());
        assertThat(run.cause()).contains("callingWindows");
        assertThat(run.retries()).isEmpty();
        assertThat(dispatches.get()).isEqualTo(1);
    }

    @Test
    void sleepsWhileTheCampaignIsPausedAndGoesOnWhenItIsResumed() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 30);
        script = number -> {
            if (number == 2) {
                platform.execute("UPDATE campaigns SET status = 'paused' WHERE id = ?", campaign);
            } else if (number == 4) {
                platform.execute("UPDATE campaigns SET status = 'active' WHERE id = ?", campaign);
            }
        };

        Run run = run(input(campaign, ", \"batchSize\": 10"));

        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(run.states()).filteredOn("WaitWhilePaused"::equals).hasSize(2);
        assertThat(run.ended()).isEqualTo(START.plusSeconds(600));
        assertThat(platform.sns().accepted()).hasSize(30);
    }

    @Test
    void aCancelledCampaignEndsWithItsReport() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 30);
        script = number -> {
            if (number == 2) {
                platform.execute("UPDATE campaigns SET status = 'cancelled' WHERE id = ?", campaign);
            }
        };

        Run run = run(input(campaign, ", \"batchSize\": 10"));

        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("cancelled");
        assertThat(run.output().at("/report/contacts/pending").intValue()).isEqualTo(20);
    }

    @Test
    void endsAlsoWhenTheReportCannotBeHad() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 5);

        Run run = run(input(campaign, ""), event -> {
            throw new IllegalStateException("no report today");
        });

        assertThat(run.output().get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(run.output().get("report").isNull()).isTrue();
        assertThat(run.output().get("error").textValue()).isEqualTo(IllegalStateException.class.getName());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "41", "\"3\""})
    void refusesAnImpossibleNumberOfWorkers(String workers) {
        Run run = run(input(UUID.randomUUID(), ", \"workers\": " + workers));

        assertThat(run.error()).isEqualTo("WrongWorkers");
        assertThat(dispatches.get()).isZero();
    }

    /** A misspelt name would be retried for hours, or never. */
    @Test
    void everyErrorOfOursIsEitherRetriedOrNotAndExists() throws Exception {
        JsonNode states = new JsonMapper()
                .readTree(Files.readString(StateMachine.DEFINITION, StandardCharsets.UTF_8))
                .get("States");
        List<String> never = ours(states.at("/Dispatch/Retry/0"));
        List<String> patiently = ours(states.at("/Dispatch/Retry/1"));

        assertThat(states.at("/Dispatch/Retry/0/MaxAttempts").intValue()).isZero();
        assertThat(Stream.concat(never.stream(), patiently.stream()))
                .containsExactlyInAnyOrderElementsOf(Stream.of(DispatchException.class.getPermittedSubclasses())
                        .map(Class::getName)
                        .toList());
        assertThat(ours(states.at("/DispatchInParallel/ItemProcessor/States/DispatchAsWorker/Retry/0")))
                .isEqualTo(never);
    }

    private static List<String> ours(JsonNode retrier) {
        List<String> names = new ArrayList<>();
        retrier.get("ErrorEquals").forEach(name -> names.add(name.textValue()));
        names.removeIf(name -> !name.startsWith("org.smsdispatcher."));
        return names;
    }
}
