package org.smsdispatcher.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.RuntimeApi.Answer;
import redis.clients.jedis.Jedis;

/**
 * The function as Lambda runs it: the packaged function, or the image's where {@code target/image} is there, in a process of its
 * own under the runtime client.
 */
class FunctionIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    /** Lambda's own limit for the init phase. */
    private static final Duration INIT_LIMIT = Duration.ofSeconds(10);

    private static final Map<String, String> NOWHERE =
            Map.of("db.port", "1", "redis.port", "1", "aws.endpoint.url", "http://127.0.0.1:1");

    @TempDir
    private Path directory;

    private final Platform platform = Platform.start();
    private final List<FunctionProcess> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(FunctionProcess::close);
        platform.close();
    }

    @Test
    void answersWithTheReply() {
        UUID campaign = campaign(10);

        JsonNode reply = json(start().api().call(Platform.event(campaign, 10), MINUTE));

        assertThat(reply.get("campaignId").textValue()).isEqualTo(campaign.toString());
        assertThat(reply.get("sentCount").intValue()).isEqualTo(10);
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(platform.sns().accepted()).hasSize(10);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"campaignId\": 7}|org.smsdispatcher.BadEventException|campaignId: must be a uuid, it is 7",
                "[]|org.smsdispatcher.BadEventException|event: must be an object with campaignId, it is array",
                "{\"campaignId\": \"7d1f3a52-0c4e-4c7e-9d55-2f4b6a1c8e90\"}|org.smsdispatcher.CampaignNotFoundException"
                        + "|campaignId: there is no campaign 7d1f3a52-0c4e-4c7e-9d55-2f4b6a1c8e90"
            })
    void anErrorIsNamedAsAStateMachineSeesIt(String event, String type, String message) {
        Answer answer = start().api().call(event, MINUTE);

        assertThat(answer.error()).isTrue();
        assertThat(json(answer).get("errorType").textValue()).isEqualTo(type);
        assertThat(json(answer).get("errorMessage").textValue()).isEqualTo(message);
    }

    @Test
    void anInvocationAfterAFailedOneIsAnswered() {
        FunctionProcess function = start();
        assertThat(function.api().call("nonsense", MINUTE).error()).isTrue();

        Answer answer = function.api().call(Platform.event(campaign(3), 10), MINUTE);

        assertThat(json(answer).get("sentCount").intValue()).isEqualTo(3);
    }

    @Test
    void theStartSendsAndWritesNothing() {
        start().api().awaitReady(MINUTE);

        assertThat(platform.sns().accepted()).isEmpty();
        assertThat(platform.sns().publishCalls())
                .as("an empty batch, which SNS refuses")
                .isEqualTo(1);
        assertThat(platform.count("SELECT (SELECT count(*) FROM campaigns) + (SELECT count(*) FROM contacts)"
                        + " + (SELECT count(*) FROM sms_records) + (SELECT count(*) FROM blacklist)"))
                .isZero();
        try (Jedis redis = platform.redis()) {
            assertThat(redis.dbSize()).isZero();
        }
    }

    @Test
    void aStartThatLacksASettingIsReportedAsSuch() {
        FunctionProcess function = start(Map.of("sms.gateway.topic.arn", "my-topic"));

        JsonNode error = json(function.api().awaitInitError(MINUTE));

        assertThat(error.get("errorType").textValue()).isEqualTo("org.smsdispatcher.BadConfigurationException");
        assertThat(error.get("errorMessage").textValue()).contains("SMS_GATEWAY_TOPIC_ARN", "my-topic");
        assertThat(function.waitFor(MINUTE)).isNotZero();
    }

    @Test
    void aStartWithEveryFarEndDownSucceedsInTimeAndTheFirstInvocationSaysSo() {
        FunctionProcess function = start(NOWHERE);
        long ready = function.api().awaitReady(INIT_LIMIT.plusSeconds(20));

        Answer answer = function.api().call(Platform.event(UUID.randomUUID(), 10), MINUTE);

        assertThat(Duration.ofNanos(ready - function.startedAt())).isLessThan(INIT_LIMIT);
        assertThat(json(answer).get("errorType").textValue())
                .isEqualTo("org.smsdispatcher.DatabaseUnreachableException");
    }

    @Test
    void nothingIsPublishedWhenTheDeadlineIsNear() {
        UUID campaign = campaign(20);

        JsonNode reply = json(start().api().call(Platform.event(campaign, 20), Duration.ofSeconds(5)));

        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("hasMore").booleanValue()).isTrue();
        assertThat(platform.sns().accepted()).isEmpty();
        assertThat(platform.statuses(campaign)).isEqualTo("pending=20");
    }

    @Test
    void sigtermBetweenInvocationsClosesEveryConnectionAndLeavesNothingLeased() {
        UUID campaign = campaign(30);
        FunctionProcess function = start();
        function.api().call(Platform.event(campaign, 20), MINUTE);
        assertThat(connections()).isPositive();

        int exitCode = function.terminate(Duration.ofSeconds(10));

        assertThat(exitCode).as("ended by the signal, not killed").isEqualTo(128 + 15);
        await().untilAsserted(() -> assertThat(connections()).isZero());
        assertThat(platform.statuses(campaign)).isEqualTo("completed=20 pending=10");
    }

    @Test
    void aThawedFunctionNoticesThatItsConnectionsAreGone() throws Exception {
        FunctionProcess function = start();
        function.api().call(Platform.event(campaign(5), 5), MINUTE);
        signal(function, "STOP");
        platform.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE application_name = 'sms-dispatcher' AND datname = current_database()");
        // longer than the pool trusts a connection it has just used
        Thread.sleep(700);
        signal(function, "CONT");

        Answer answer = function.api().call(Platform.event(campaign(5), 5), MINUTE);

        assertThat(json(answer).get("sentCount").intValue()).isEqualTo(5);
    }

    @Test
    void aThawedFunctionReadsTheClockAgain() throws Exception {
        UUID campaign = campaign(5);
        FunctionProcess function = start();
        function.api().awaitReady(MINUTE);
        platform.execute("UPDATE campaigns SET end_time = now() + interval '1 second' WHERE id = ?", campaign);
        signal(function, "STOP");
        Thread.sleep(1_200);
        signal(function, "CONT");

        JsonNode reply = json(function.api().call(Platform.event(campaign, 5), MINUTE));

        assertThat(reply.get("sentCount").intValue()).isZero();
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
    }

    @Test
    void aThousandContactsFitInto512MiB() {
        UUID campaign = campaign(1_000);
        FunctionProcess function = start(Map.of("JAVA_TOOL_OPTIONS", "-XX:MaxRAM=512m"));

        JsonNode reply = json(function.api().call(Platform.event(campaign, 1_000), MINUTE));

        assertThat(reply.get("sentCount").intValue()).isEqualTo(1_000);
        System.out.println("Peak memory over a batch of 1,000: " + function.peakMemory() + " MiB");
        assertThat(function.peakMemory()).isLessThan(512);
    }

    @Test
    void runsAsNobodyOnAReadOnlyFileSystem() throws Exception {
        assumeThat(canUnshare())
                .as("only root can take a file system away on this machine")
                .isTrue();
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro / && exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"",
                "sh"));
        command.addAll(function());
        // where nobody can read it
        Path log = Files.createDirectories(Path.of("target")).resolve("read-only.log");
        FunctionProcess function = FunctionProcess.start(command, settings(Map.of()), log);
        started.add(function);

        Answer answer = function.api().call(Platform.event(campaign(5), 5), MINUTE);

        assertThat(json(answer).path("sentCount").intValue())
                .as(answer + function.log())
                .isEqualTo(5);
    }

    @Test
    void aCacheThatJavaDoesNotTakeIsLoggedAndTheFunctionStartsAllTheSame() throws IOException {
        assumeThat(ImageFiles.exist())
                .as("there is no target/image for this Java: mvn -Pimage package makes it")
                .isTrue();
        Path copy = ImageFiles.copyTo(directory.resolve("image"));
        Files.write(copy.resolve(ImageFiles.CACHE), "no cache".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        FunctionProcess function = FunctionProcess.start(
                List.of(copy.resolve("bootstrap").toString(), FunctionProcess.DISPATCH),
                settings(Map.of()),
                directory.resolve("log"));
        started.add(function);

        Answer answer = function.api().call(Platform.event(campaign(5), 5), MINUTE);

        assertThat(json(answer).get("sentCount").intValue()).isEqualTo(5);
        assertThat(function.log()).contains("AOT cache");
    }

    private UUID campaign(int contacts) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, contacts);
        return campaign;
    }

    private int connections() {
        return platform.count("SELECT count(*) FROM pg_stat_activity"
                + " WHERE application_name = 'sms-dispatcher' AND datname = current_database()");
    }

    private FunctionProcess start() {
        return start(Map.of());
    }

    private FunctionProcess start(Map<String, String> overrides) {
        FunctionProcess function = FunctionProcess.start(function(), settings(overrides), directory.resolve("log"));
        started.add(function);
        return function;
    }

    private static List<String> function() {
        return ImageFiles.exist()
                ? ImageFiles.command(FunctionProcess.DISPATCH)
                : FunctionProcess.packaged(Path.of(System.getProperty("java.home")), FunctionProcess.DISPATCH);
    }

    private Map<String, String> settings(Map<String, String> overrides) {
        Map<String, String> settings = new HashMap<>(platform.settings());
        settings.put("JAVA_HOME", System.getProperty("java.home"));
        settings.putAll(overrides);
        return settings;
    }

    private static void signal(FunctionProcess function, String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(function.handle().pid()))
                .start()
                .waitFor();
    }

    private static boolean canUnshare() throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(
                                    "unshare", "--mount", "sh", "-c", "mount -o remount,bind,ro / && setpriv --version")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notThere) {
            return false;
        }
    }

    private static JsonNode json(Answer answer) {
        try {
            return new JsonMapper().readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new AssertionError("Not JSON: " + answer, e);
        }
    }
}
