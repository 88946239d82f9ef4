package org.smsdispatcher.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.deploy.Template.map;
import static org.smsdispatcher.deploy.Template.properties;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.EventReader;
import software.amazon.event.ruler.Ruler;

/** {@code deploy/}: the template, and that the state machine and the dashboard beside it belong to it. */
class TemplateTest {

    private static final Path FILE = Path.of("deploy", "template.yaml");
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int LONGEST_TIMEOUT = 900;

    private final String text = read(FILE);
    private final String settings = read(Path.of("application.properties"));

    private final Template template = Template.parse(text);

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void keepsToTheRules() {
        assertThat(TemplateRules.faults(template, settings)).isEmpty();
    }

    /** Seeded faults: what the rules are for. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Resource: !GetAtt DispatchLogs.Arn                               | Resource: '*'
            Action: sns:Publish                                              | Action: sns:*
            Action: sns:Publish                                              | NotAction: sns:Subscribe
            service-role/AWSLambdaENIManagementAccess                        | AmazonSNSFullAccess
            ReservedConcurrentExecutions: !Ref TrackingConcurrency           | RecursiveLoop: Terminate
            LoggingConfig: { LogGroup: !Ref TrackingLogs }                   | Tracing: PassThrough
            RetentionInDays: !Ref LogRetentionDays                           | LogGroupClass: STANDARD
            OnFailure: { Type: SQS, Destination: !GetAtt DeadLetterQueue.Arn } | OnSuccess: { Type: SQS }
            DEADLINE_RESERVE_SECONDS: 7                                      | DEADLINE_RESERVE_SECONDS: 20
            Timeout: 60                                                      | Timeout: 6
            MinValue: 60                                                     | MinValue: 1
            SMS_GATEWAY_TOPIC_ARN:                                           | SMS_TOPIC_ARN:
            !Ref AlarmTopicArn                                               | !Ref AlarmTopic
            !GetAtt DeadLetterQueue.QueueName                                | !GetAtt LostLetters.QueueName
            ${DatabaseResourceId}/${DatabaseUser}                            | ${DatabaseResource}/${DatabaseUser}
            Condition: Sweeps                                                | Condition: Sweeping
            Description: Port of Redis                                       | NoEcho: false
            MetricName: TimeWindowCompliance                                 | MetricName: WindowCompliance
            TreatMissingData: notBreaching                                   | Unit: None
            """)
    void aFaultIsNoticed(String right, String wrong) {
        assertThat(text).contains(right);
        Template faulty = Template.parse(text.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong)));

        assertThat(TemplateRules.faults(faulty, settings)).isNotEmpty();
    }

    @Test
    void satisfiesCfnLint() throws Exception {
        Process lint;
        try {
            lint = new ProcessBuilder("cfn-lint", FILE.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new TestAbortedException("cfn-lint is not installed: only the built-in rules are checked", e);
        }
        String output = new String(lint.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(lint.waitFor()).as(output).isZero();
    }

    @Test
    void theTwoFunctionsAreTheImagesHandlers() {
        Map<String, Map<String, Object>> functions = template.resources("AWS::Serverless::Function");

        assertThat(functions).containsOnlyKeys("DispatchFunction", "TrackingFunction");
        assertThat(read(Path.of("Dockerfile"))).contains("org.smsdispatcher.DispatchHandler::handleRequest");
        assertThat(properties(functions.get("DispatchFunction"))).doesNotContainKey("ImageConfig");
        assertThat(properties(functions.get("TrackingFunction")).get("ImageConfig"))
                .isEqualTo(Map.of("Command", List.of("org.smsdispatcher.TrackingHandler::handleRequest")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile", "deploy/template.yaml"})
    void everyHandlerThatIsNamedExists(String file) throws Exception {
        Matcher handler =
                Pattern.compile("(org\\.smsdispatcher\\.\\w+)::(\\w+)").matcher(read(Path.of(file)));
        assertThat(handler.find()).isTrue();
        do {
            Class<?> type = Class.forName(handler.group(1));
            assertThat(RequestStreamHandler.class).isAssignableFrom(type);
            assertThat(type.getConstructor()).isNotNull();
            assertThat(type.getMethod(handler.group(2), InputStream.class, OutputStream.class, Context.class))
                    .isNotNull();
        } while (handler.find());
    }

    private Map<String, Object> settingsOf(String function) {
        Map<String, Object> variables = new HashMap<>(
                map(map(map(template.section("Globals").get("Function")).get("Environment"))
                        .get("Variables")));
        variables.putAll(map(
                map(properties(template.resources("AWS::Serverless::Function").get(function))
                                .get("Environment"))
                        .get("Variables")));
        return variables;
    }

    @ParameterizedTest
    @CsvSource({
        "DispatchFunction, DB_HOST DB_NAME DB_SECRET_ARN DB_IAM_AUTH DB_USER DB_SSL_MODE DB_SSL_ROOT_CERT REDIS_HOST REDIS_TLS"
                + " REDIS_SECRET_ARN DEFAULT_REGION SMS_GATEWAY_TOPIC_ARN LINK_BASE_URL PUBLISH_POLICY PRIMING_TIMEOUT_MS",
        "TrackingFunction, DB_HOST DB_NAME DB_SECRET_ARN DB_IAM_AUTH DB_USER DB_SSL_MODE DB_SSL_ROOT_CERT REDIS_HOST REDIS_TLS"
                + " REDIS_SECRET_ARN DEFAULT_REGION RECEIPTS_TOPIC_ARN WEBHOOK_BASE_URL VONAGE_SIGNATURE_SECRET"
                + " VONAGE_SIGNATURE_METHOD TWILIO_AUTH_TOKEN",
    })
    void eachFunctionIsToldItsSettings(String function, String names) {
        assertThat(settingsOf(function)).containsKeys(names.split(" ", -1));
        assertThat(settingsOf(function)).containsEntry("DB_SSL_MODE", "verify-full");
    }

    /** A secret is named by its ARN, or resolved while deploying; no parameter carries one. */
    @Test
    void noSecretIsAParameter() {
        Map<String, Object> tracking = settingsOf("TrackingFunction");
        for (String secret : List.of("VONAGE_SIGNATURE_SECRET", "TWILIO_AUTH_TOKEN")) {
            assertThat(tracking.get(secret).toString()).contains("{{resolve:secretsmanager:${");
        }
        assertThat(template.section("Parameters").keySet())
                .allSatisfy(name -> assertThat(name).doesNotMatch(".*(Password|Token|Secret)"));
        assertThat(settingsOf("DispatchFunction")).doesNotContainKeys("DB_PASSWORD", "REDIS_PASSWORD");
        assertThat(tracking).doesNotContainKeys("DB_PASSWORD", "REDIS_PASSWORD", "SMS_GATEWAY_TOPIC_ARN");
    }

    /** Each function logs in as its own role: either lacks what the other one does. */
    @Test
    void eachFunctionReadsItsOwnSecretAndNotTheOthers() {
        assertThat(map(template.section("Resources").get("DispatchPolicy")).toString())
                .contains("Ref=DatabaseSecretArn")
                .doesNotContain("TrackingDatabase");
        assertThat(map(template.section("Resources").get("TrackingPolicy")).toString())
                .contains("Ref=TrackingDatabaseSecretArn", "${TrackingDatabaseUser}")
                .doesNotContain("Ref=DatabaseSecretArn", "/${DatabaseUser}");
        assertThat(template.section("Rules").toString()).contains("TrackingDatabaseSecretArn", "TrackingDatabaseUser");
    }

    @Test
    void onlyASubscriptionOverHttpsIsConfirmed() {
        assertThat(map(template.section("Resources").get("TrackingPolicy")).toString())
                .contains("Fn::If=[ConfirmsSubscription, {");
        assertThat(template.section("Conditions").get("ConfirmsSubscription").toString())
                .contains("https");
    }

    @Test
    void onlyTheDispatchFunctionMayPublish() {
        assertThat(map(template.section("Resources").get("DispatchPolicy")).toString())
                .contains("sns:Publish");
        assertThat(map(template.section("Resources").get("TrackingPolicy")).toString())
                .doesNotContain("sns:Publish");
    }

    @Test
    void theStateMachineIsTheDefinitionBesideIt() throws Exception {
        Map<String, Object> machine =
                properties(template.resources("AWS::Serverless::StateMachine").get("CampaignStateMachine"));
        Path definition = FILE.resolveSibling((String) machine.get("DefinitionUri"));
        String asl = read(definition);

        assertThat(definition).isEqualTo(StateMachine.DEFINITION);
        assertThat(map(machine.get("DefinitionSubstitutions")).keySet())
                .containsExactlyInAnyOrderElementsOf(variables(asl));
        assertThat(MAPPER.readTree(asl).at("/States/Dispatch/TimeoutSeconds").intValue())
                .as("the function ends before the state machine gives it up")
                .isGreaterThan(LONGEST_TIMEOUT);
        assertThat(MAPPER.readTree(asl)
                        .at("/States/DispatchInParallel/ItemProcessor/States/DispatchAsWorker/TimeoutSeconds")
                        .intValue())
                .isGreaterThan(LONGEST_TIMEOUT);
    }

    @Test
    void theStateMachineMayStartItselfAfresh() {
        Map<String, Object> machine =
                properties(template.resources("AWS::Serverless::StateMachine").get("CampaignStateMachine"));
        String name = map(machine.get("Name")).get("Fn::Sub").toString();

        assertThat(map(template.section("Resources").get("CampaignStateMachinePolicy"))
                        .toString())
                .contains(":stateMachine:" + name + "}");
    }

    @Test
    void theDashboardIsTheFileBesideIt() throws Exception {
        Map<String, Object> dashboard =
                properties(template.resources("AWS::CloudWatch::Dashboard").get("Dashboard"));
        String body = map(dashboard.get("DashboardBody")).get("Fn::Sub").toString();

        assertThat(MAPPER.readTree(body)).isEqualTo(MAPPER.readTree(read(FILE.resolveSibling("dashboard.json"))));
    }

    @Test
    void theDashboardShowsTheSpecificationsMetricsAndOurs() throws Exception {
        List<String> ours = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        for (JsonNode widget :
                MAPPER.readTree(read(FILE.resolveSibling("dashboard.json"))).get("widgets")) {
            titles.add(widget.at("/properties/title").asText());
            for (JsonNode metric : widget.at("/properties/metrics")) {
                if (metric.path(0).asText().equals("SmsDispatcher")) {
                    ours.add(metric.get(1).asText());
                }
            }
        }

        assertThat(titles)
                .contains(
                        "Invocations",
                        "Error rate (%)",
                        "Duration (ms)",
                        "Sent and skipped",
                        "Blacklist hit rate",
                        "Time window compliance (must be 1)");
        assertThat(new TreeSet<>(ours)).isEqualTo(new TreeSet<>(TemplateRules.METRICS));
    }

    @Test
    void everyAlarmIsInTheRunbook() {
        String runbook = read(Path.of("docs", "operations.md"));

        assertThat(template.resources("AWS::CloudWatch::Alarm").keySet())
                .allSatisfy(alarm -> assertThat(runbook).contains("`" + alarm + "`"));
    }

    @Test
    void theScheduleAsksForASweep() {
        Map<String, Object> target =
                map(properties(template.resources("AWS::Scheduler::Schedule").get("Sweep"))
                        .get("Target"));

        DispatchRequest request =
                new EventReader(100).read(target.get("Input").toString().getBytes(StandardCharsets.UTF_8));

        assertThat(request.isSweep()).isTrue();
        assertThat(target.get("Arn")).isEqualTo(Map.of("Fn::GetAtt", "DispatchFunction.Arn"));
    }

    private String pattern() throws Exception {
        Map<String, Object> rule =
                properties(template.resources("AWS::Events::Rule").get("CampaignActivated"));
        ObjectNode pattern = MAPPER.valueToTree(rule.get("EventPattern"));
        assertThat(pattern.at("/source/0/Ref").textValue()).isEqualTo("CampaignEventSource");
        pattern.putArray("source").add("campaigns");
        return pattern.toString();
    }

    private static String activated(String source, String type, String detail) {
        return "{\"version\": \"0\", \"id\": \"1\", \"account\": \"1\", \"time\": \"2026-11-25T12:00:00Z\", \"region\": \"r\","
                + " \"resources\": [], \"source\": \"" + source + "\", \"detail-type\": \"" + type + "\", \"detail\": "
                + detail + "}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"campaignId\": \"7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b\", \"type\": \"sms\"}",
                "{\"campaignId\": \"7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b\", \"type\": \"sms\", \"batchSize\": 500, \"workers\": 4}"
            })
    void anActivatedSmsCampaignStartsTheStateMachine(String detail) throws Exception {
        assertThat(Ruler.matchesRule(activated("campaigns", "Campaign Activated", detail), pattern()))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            campaigns | Campaign Activated | {"campaignId": "7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b", "type": "voice"}
            campaigns | Campaign Activated | {"type": "sms"}
            campaigns | Campaign Paused    | {"campaignId": "7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b", "type": "sms"}
            aws.s3    | Campaign Activated | {"campaignId": "7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b", "type": "sms"}
            """)
    void nothingElseDoes(String source, String type, String detail) throws Exception {
        assertThat(Ruler.matchesRule(activated(source, type, detail), pattern()))
                .isFalse();
    }

    private static Set<String> variables(String text) {
        Set<String> names = new TreeSet<>();
        Matcher each = Pattern.compile("\\$\\{([^}]+)}").matcher(text);
        while (each.find()) {
            names.add(each.group(1));
        }
        return names;
    }
}
