package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.metrics.EmfSchema;

/**
 * Everything that can happen to an invocation, in processes of their own with the environment that Lambda gives them and the most
 * talkative log there is; then what they printed is read: only JSON lines, metrics that say what the replies say, and no phone number,
 * secret or value.
 */
class WholeRunTest {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final List<String> SECRETS =
            List.of("pass-in-the-database", "pass-in-redis", "key-of-the-account", "token-of-the-session");
    private static final List<String> VALUES = List.of("Zebulon Quagmire", "ZXQ-PROMO-CODE", "Quagmire");
    private static final JsonMapper MAPPER = new JsonMapper();

    private static final Platform PLATFORM = Platform.start();
    private static final PhoneNumbers NUMBERS = new PhoneNumbers("US");
    private static final Set<String> SPELLINGS = new LinkedHashSet<>();
    private static final List<JsonNode> ANSWERS = new ArrayList<>();
    private static final List<String> OUTPUT = new ArrayList<>();
    private static int processes;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void run() throws Exception {
        try (Instance function = new Instance(Map.of())) {
            everyOutcome(function);
            everyFault(function);
            whatRowsQuote(function);
            badEvents(function);
            if (Files.exists(Path.of("routes", "sweep.camel.yaml"))) {
                PLATFORM.contacts(campaign(), 0, 15, null);
                PLATFORM.contacts(campaign(), 0, 5, null);
                function.answer("{\"sweep\":true}");
            }
        }
        try (Instance withoutRedis = new Instance(Map.of("redis.port", "1"))) {
            dispatch(withoutRedis, 12);
        }
        try (Instance refusedByRedis = new Instance(Map.of("redis.password", "pass-in-redis"))) {
            dispatch(refusedByRedis, 12);
        }
        try (Instance withoutDatabase = new Instance(Map.of("db.port", "1"))) {
            dispatch(withoutDatabase, 1);
        }
    }

    @AfterAll
    static void stop() {
        PLATFORM.close();
    }

    // The run

    private static UUID campaign() {
        return PLATFORM.campaign("Hi {{name}}, your code is {{code|ZXQ-PROMO-CODE}}", Platform.ALWAYS);
    }

    private static void contact(UUID campaign, String number, String zone, String metadata) {
        PLATFORM.contact(campaign, number, zone, metadata);
        spell(number);
    }

    private static void spell(String number) {
        SPELLINGS.add(number);
        SPELLINGS.add(PhoneNumbers.normalise(number));
        NUMBERS.parse(number).ifPresent(parsed -> SPELLINGS.addAll(parsed.spellings()));
    }

    private static final String NAMED = "{\"name\":\"Zebulon Quagmire\",\"code\":\"ZXQ-PROMO-CODE\"}";

    private static void everyOutcome(Instance function) {
        UUID campaign = campaign();
        for (int i = 0; i < 12; i++) {
            contact(campaign, "+1212555" + (1000 + i), null, NAMED);
        }
        contact(campaign, "+1 (212) 555-2001", null, NAMED);
        contact(campaign, "0012125552002", null, NAMED);
        contact(campaign, "+1 (212) 555-2001 ", null, NAMED); // a duplicate
        contact(campaign, "+1-212-CALL-NOW", null, NAMED);
        contact(campaign, "9995552003", null, NAMED);
        contact(campaign, "+12125552004", "Mars/Olympus", NAMED);
        contact(campaign, "+12125552005", null, "{\"noname\":\"Zebulon Quagmire\"}");
        contact(campaign, "+12125552006", null, "[".repeat(300) + "\"Quagmire\"" + "]".repeat(300));
        contact(
                campaign,
                "+12125552007",
                null,
                "{\"name\":" + "[".repeat(300) + "\"Quagmire\"" + "]".repeat(300) + "}");
        contact(campaign, "+12125552008", null, NAMED);
        contact(campaign, "+12125552009", null, NAMED);
        contact(campaign, "+12125552010", null, NAMED);
        PLATFORM.execute("INSERT INTO blacklist (phone_number, source) VALUES ('+12125552008', 'user_optout')");
        try (var redis = PLATFORM.redis()) {
            redis.set("blacklist:+12125552009", "1");
        }
        PLATFORM.execute("UPDATE contacts SET attempts = 3 WHERE phone_number = '+12125552010'");
        function.dispatch(campaign);
    }

    private static void everyFault(Instance function) {
        Map<String, EntryError> none = Map.of();
        for (Fault fault : List.of(
                Fault.throttled(),
                Fault.forbidden(),
                Fault.serverErrorAfter(),
                Fault.dropAfter(),
                Fault.garbageAfter(),
                Fault.missingIdsAfter(),
                Fault.failEntries(none))) {
            PLATFORM.sns().answerWith((call, ids) -> fault);
            dispatch(function, 12);
        }
        PLATFORM.sns()
                .answerWith((call, ids) -> Fault.failEntries(Map.of(
                        ids.get(0), new EntryError("InvalidParameter", true),
                        ids.get(1), new EntryError("Throttling", false))));
        dispatch(function, 12);
        // the first ten are sent, then the topic is gone: no reply, but they count
        int before = PLATFORM.sns().publishCalls();
        PLATFORM.sns().answerWith((call, ids) -> call <= before ? Fault.none() : Fault.forbidden());
        dispatch(function, 40);
        PLATFORM.sns().answerWith(null);
    }

    private static void dispatch(Instance function, int contacts) {
        UUID campaign = campaign();
        for (int i = 0; i < contacts; i++) {
            contact(campaign, "+1212555" + (3000 + i), null, NAMED);
        }
        function.dispatch(campaign);
    }

    /** A database whose errors quote rows, as a trigger's or a constraint's may. */
    private static void whatRowsQuote(Instance function) {
        PLATFORM.execute(
                "CREATE FUNCTION quote_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " RAISE EXCEPTION 'no room for % saying %', NEW.phone_number, NEW.message USING DETAIL = NEW.message; END $$");
        PLATFORM.execute(
                "CREATE TRIGGER quote_row BEFORE INSERT ON sms_records FOR EACH ROW EXECUTE FUNCTION quote_row()");
        dispatch(function, 12);
        PLATFORM.execute("DROP TRIGGER quote_row ON sms_records");
        PLATFORM.execute("ALTER TABLE contacts ADD CONSTRAINT quoting CHECK (status <> 'in_progress') NOT VALID");
        dispatch(function, 2);
        PLATFORM.execute("ALTER TABLE contacts DROP CONSTRAINT quoting");
    }

    private static void badEvents(Instance function) {
        spell("+12125554001");
        function.answer("{\"campaignId\":\"+12125554001\"}");
        function.answer("{\"campaignId\":\"0012125554001\"}");
        function.answer("+12125554001");
        function.answer("[]");
        function.answer("{\"campaignId\":\"" + UUID.randomUUID() + "\"}");
        function.dispatch(PLATFORM.campaignWithConfig("{\"smsTemplate\":\"Dear {{Zebulon Quagmire}}\"}"));
        UUID paused = campaign();
        PLATFORM.execute("UPDATE campaigns SET status = 'paused' WHERE id = ?", paused);
        function.dispatch(paused);
    }

    /** A process; closing it waits for its end and keeps what it printed. */
    private static final class Instance implements AutoCloseable {

        private final Path answers = directory.resolve("answers-" + processes++);
        private final Path output = directory.resolve("output-" + processes);
        private final Process process;
        private final Writer events;
        private int invocations;

        Instance(Map<String, String> overrides) throws IOException {
            Files.createFile(answers);
            ProcessBuilder builder = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            FunctionOverStdin.class.getName(),
                            answers.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment(overrides));
            process = builder.start();
            events = process.outputWriter(StandardCharsets.UTF_8);
        }

        private static Map<String, String> environment(Map<String, String> overrides) {
            Map<String, String> settings = new HashMap<>(PLATFORM.settings());
            settings.put("db.user", Platform.DISPATCHER_ROLE);
            settings.put("db.password", "pass-in-the-database");
            settings.put("default.region", "US");
            settings.put("publish.lanes", "1");
            settings.putAll(overrides);
            Map<String, String> variables = new HashMap<>();
            settings.forEach((key, value) -> variables.put(key.replace('.', '_').toUpperCase(Locale.ROOT), value));
            variables.put("AWS_LAMBDA_FUNCTION_NAME", "sms-dispatcher");
            variables.put("AWS_ACCESS_KEY_ID", "local");
            variables.put("AWS_SECRET_ACCESS_KEY", "key-of-the-account");
            variables.put("AWS_SESSION_TOKEN", "token-of-the-session");
            variables.put("LOG_LEVEL", "trace");
            return variables;
        }

        void dispatch(UUID campaign) {
            answer(Platform.event(campaign, 100));
        }

        void answer(String event) {
            try {
                events.write(event + "\n");
                events.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(output(), e);
            }
            invocations++;
            await().atMost(LONG).until(() -> answers().size() == invocations || !process.isAlive());
            assertThat(answers()).as(output()).hasSize(invocations);
        }

        private List<String> answers() {
            try {
                return Files.readAllLines(answers);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String output() {
            try {
                return Files.readString(output);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                events.close();
                assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                process.destroyForcibly();
            }
            for (String answer : answers()) {
                ANSWERS.add(MAPPER.readTree(answer));
            }
            OUTPUT.addAll(output().lines().toList());
        }
    }

    // What it printed

    private static List<String> metrics() {
        return OUTPUT.stream().filter(line -> line.startsWith("{\"_aws\"")).toList();
    }

    private static int sum(String metric) {
        return metrics().stream()
                .map(EmfSchema::valid)
                .flatMap(line -> EmfSchema.values(line, metric).stream())
                .mapToInt(JsonNode::intValue)
                .sum();
    }

    /** A sweep's reply holds one a campaign. */
    private static Stream<JsonNode> replies() {
        return ANSWERS.stream()
                .flatMap(answer -> answer.has("campaigns")
                        ? Stream.iterate(0, i -> i + 1)
                                .limit(answer.get("campaigns").size())
                                .map(i -> answer.get("campaigns").get(i))
                        : Stream.of(answer));
    }

    private static int replied(String field) {
        return replies().mapToInt(reply -> reply.at(field).asInt()).sum();
    }

    private static long errors() {
        return ANSWERS.stream().filter(answer -> answer.has("errorType")).count();
    }

    @Test
    void eachInvocationPrintsOneLineOfMetrics() {
        assertThat(metrics()).hasSameSizeAs(ANSWERS).allSatisfy(EmfSchema::valid);
        assertThat(sum("ColdStart")).as("one a process").isEqualTo(processes);
        assertThat(errors()).isGreaterThan(5);
        assertThat(sum("Errors")).isEqualTo((int) errors());
    }

    /** What a failing invocation had sent counts though there is no reply. */
    @Test
    void theMetricsAddUpToTheRepliesAndToTheDatabase() {
        int sentWithoutReply = 10;
        assertThat(sum("Sent")).isEqualTo(replied("/sentCount") + sentWithoutReply);
        assertThat(sum("Sent")).isEqualTo(PLATFORM.count("SELECT count(*) FROM contacts WHERE sms_outcome = 'sent'"));
        assertThat(sum("Skipped")).isEqualTo(replied("/skippedCount"));
        assertThat(sum("Failed")).isEqualTo(replied("/failedCount"));
        assertThat(sum("Contacts")).isEqualTo(replied("/totalContacts") + sentWithoutReply);
        for (String word : List.of(
                "skipped/blacklisted",
                "failed/refused",
                "failed/unknown",
                "failed/invalidNumber",
                "failed/duplicateNumber",
                "failed/invalidTimezone",
                "failed/templateError",
                "failed/attemptsExhausted")) {
            String name = word.replaceAll(".*/", "");
            assertThat(sum(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1)))
                    .as(word)
                    .isPositive()
                    .isEqualTo(replied("/" + word));
        }
        int emptyBatchesAtTheStarts = processes;
        assertThat(sum("SnsCalls") + emptyBatchesAtTheStarts)
                .isEqualTo(PLATFORM.sns().publishCalls());
        assertThat(sum("Throttled")).isPositive();
        assertThat(sum("RedisDegraded")).isEqualTo(2);
    }

    @Test
    void nothingWasPublishedOutsideItsWindow() {
        List<JsonNode> compliance = metrics().stream()
                .map(EmfSchema::valid)
                .flatMap(line -> EmfSchema.values(line, "TimeWindowCompliance").stream())
                .toList();

        assertThat(compliance).isNotEmpty().allMatch(share -> share.doubleValue() == 1);
    }

    @Test
    void everyLineOfTheLogIsOneEventWithItsIds() throws IOException {
        int invocationsThatFailed = 0;
        for (String text : OUTPUT) {
            if (!text.startsWith("{")) {
                assertThat(text).as("printed by Lambda's runtime").contains("Exception");
                continue;
            }
            JsonNode line = MAPPER.readTree(text);
            if (line.has("_aws")) {
                assertThat(line.get("requestId").isTextual()).isTrue();
                continue;
            }
            assertThat(line.get("timestamp").isTextual()).isTrue();
            assertThat(line.get("level").textValue()).isIn("ERROR", "WARN", "INFO", "DEBUG", "TRACE");
            if (!line.has("requestId")) {
                assertThat(line.get("level").textValue())
                        .as("what a start could not rehearse: " + text)
                        .isIn("WARN", "DEBUG");
                continue;
            }
            if (line.get("logger").textValue().startsWith("org.smsdispatcher")) {
                assertThat(line.get("requestId").textValue()).as(text).hasSize(36);
                assertThat(line.get("traceId").textValue()).isEqualTo("1-5759e988-bd862e3fe1be46a994272793");
            } else {
                assertThat(line.get("level").textValue()).as(text).isIn("ERROR", "WARN");
            }
            if (line.get("message").textValue().startsWith("Invocation failed")) {
                invocationsThatFailed++;
                assertThat(line.get("stack").textValue()).isNotBlank();
            }
            if (line.get("logger").textValue().equals("org.smsdispatcher.dispatch")
                    || line.get("message").textValue().startsWith("PublishBatch")) {
                assertThat(line.get("campaignId").isTextual()).as(text).isTrue();
            }
        }
        assertThat(invocationsThatFailed).isEqualTo((int) errors());
    }

    @Test
    void noNumberNoSecretAndNoValueIsPrinted() {
        String output = String.join("\n", OUTPUT);

        assertThat(SPELLINGS).hasSizeGreaterThan(100);
        assertThat(Stream.concat(SPELLINGS.stream(), Stream.concat(SECRETS.stream(), VALUES.stream()))
                        .filter(output::contains))
                .isEmpty();
        assertThat(output).hasSizeGreaterThan(5_000);
    }
}
