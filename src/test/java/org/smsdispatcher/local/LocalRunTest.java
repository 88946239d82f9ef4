package org.smsdispatcher.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smsdispatcher.Platform;
import org.smsdispatcher.contact.PhoneNumbers;

/** The whole local run in this process, as from the command line. */
class LocalRunTest {

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Platform platform = Platform.start();

    @TempDir
    Path directory;

    private String run(Map<String, String> variables, int exitCode, String... arguments) {
        // noon in London: about half the demo is awake
        return run(InstantSource.fixed(Instant.parse("2026-11-24T12:00:00Z")), variables, exitCode, arguments);
    }

    private String run(InstantSource clock, Map<String, String> variables, int exitCode, String... arguments) {
        printed.reset();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        int actual = LocalRun.run(variables, out, false, clock, arguments);
        String text = printed.toString(StandardCharsets.UTF_8);
        assertThat(actual).as(text).isEqualTo(exitCode);
        return text;
    }

    /** The platform's servers, as the environment would name them. */
    private Map<String, String> named() {
        Map<String, String> variables = new LinkedHashMap<>();
        platform.settings()
                .forEach((key, value) -> variables.put(key.replace('.', '_').toUpperCase(Locale.ROOT), value));
        return variables;
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static int number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern + " in\n" + text).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void dispatchesTheDemoOnServersOfItsOwnAndItsFiguresAddUp() {
        String text = run(Map.of(), 0);

        int sent = number(text, "(?m)^  sent +(\\d+) +sentCount");
        int done = number(text, "(\\d+) contacts done");
        assertThat(sent).isBetween(100, 400);
        assertThat(text)
                .contains("Sent: " + sent + " by the replies, " + sent + " by PostgreSQL, " + sent + " by SNS\n")
                .contains("What SNS received: " + sent + " messages")
                .contains("] " + done + " of " + done + " contacts, " + sent + " sent")
                .contains("the number is on the blacklist in Redis", "SQL statements per message: 0.")
                .contains("Next dispatch (nextDispatchAt): 2026-11-24T14:00:00Z, in 2 h 0 min")
                .doesNotContain("\r", "\"+");
        assertThat(done + number(text, "(\\d+) left waiting"))
                .isEqualTo(new Demo().contacts().size());
        for (String outcome : new String[] {"blacklisted", "invalidNumber", "invalidTimezone", "templateError"}) {
            assertThat(number(text, "(?m)^  " + outcome + " +(\\d+) +(?:skipped|failed)Count"))
                    .isPositive()
                    .isEqualTo(number(text, "(?m)^  " + outcome + " +(\\d+) +[*0-9 ]"));
        }
    }

    @Test
    void playsTheGatewayAndTheReportAgreesWithItToTheLastFigure() throws IOException {
        String text = run(Map.of(), 0);

        int sent = number(text, "(?m)^  sent +(\\d+) +sentCount");
        assertThat(number(text, "(?m)^  messages accepted +(\\d+)")).isEqualTo(sent);
        for (String figure : new String[] {
            "messages sent",
            "messages delivered",
            "messages undelivered",
            "messages failed",
            "clicks human",
            "opens",
            "optOuts"
        }) {
            assertThat(number(text, "(?m)^  " + figure + " +(\\d+)")).as(figure).isPositive();
        }
        assertThat(number(text, "clicks all +(\\d+)")).isGreaterThan(number(text, "clicks human +(\\d+)"));
        assertThat(text)
                .contains("https://go.example/")
                .doesNotContain("THEY DO NOT AGREE")
                .contains("target/report.html");
        String page = Files.readString(Path.of("target", "report.html"));
        assertThat(page)
                .contains("Orders ready for pick-up", "prefers-color-scheme: dark", "<svg", "From accepted to clicked")
                .doesNotContain("<script", "http://", "https://", "href=", "src=", "url(", "@import");
        assertThat(page.split("<svg", -1))
                .hasSameSizeAs(page.split("</svg>", -1))
                .hasSize(5);
    }

    @Test
    void noticesAReportThatDoesNotAgree() throws IOException {
        JsonNode before = new JsonMapper().readTree("{\"contacts\": {\"completed\": 1}}");
        DemoGateway.Did did = new DemoGateway.Did();
        did.delivered = 1;
        String agreeing =
                "{\"contacts\": {\"pending\": 0, \"completed\": 1, \"failed\": 0, \"blacklisted\": 0}, \"messages\":"
                        + " {\"accepted\": 1, \"sent\": 0, \"delivered\": 1, \"undelivered\": 0, \"failed\": 0, \"unknown\": 0},"
                        + " \"deliveryRate\": 1.0000, \"opens\": 0, \"clicks\": {\"human\": 0, \"all\": 0}, \"clickThroughRate\": 0.0000,"
                        + " \"optOuts\": 0, \"parts\": 0, \"cost\": 0.0000}";
        TrackingReport report = new TrackingReport(new PrintStream(printed, true, StandardCharsets.UTF_8));

        assertThat(report.compare(before, new JsonMapper().readTree(agreeing), did, 1))
                .isTrue();
        assertThat(report.compare(
                        before,
                        new JsonMapper().readTree(agreeing.replace("\"delivered\": 1", "\"delivered\": 2")),
                        did,
                        1))
                .isFalse();
        assertThat(report.compare(before, new JsonMapper().readTree("{}"), did, 1))
                .isFalse();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("THEY DO NOT AGREE");
    }

    @Test
    void dispatchesAFileOfContactsOnNamedServers() throws IOException {
        String lines = """
                phone_number,timezone,name
                +12125550110,,Bo
                +12125550111,Mars/Base,Cy
                ,,Di
                +12125550112,UTC,
                +12125550110,,Bo
                12,,Ed
                """;
        Path contacts = file("people.csv", lines.replace("\n", "\r\n"));
        platform.execute("INSERT INTO blacklist (phone_number) VALUES ('0012125550112')");

        String text = run(
                named(),
                0,
                "--contacts=" + contacts,
                "--template=Hello {{name|you}} from {{place|us}}",
                "--windows=tue 12-13",
                "--batch-size=2");

        assertThat(text)
                .contains("people.csv line 4: has no phone_number; not loaded")
                .contains("people.csv line 6: has the same number as line 2; not loaded")
                .contains("The file has no column place, for which the template asks")
                .contains("Sent: 1 by the replies, 1 by PostgreSQL\n", "Hello Bo from us", "Nobody is left.")
                .contains("  4 contacts done, 0 left waiting; the campaign is completed");
        assertThat(platform.sns().accepted()).hasSize(1);
        assertThat(platform.text("SELECT string_agg(sms_outcome, ' ' ORDER BY phone_number) FROM contacts"))
                .isEqualTo("sent invalidTimezone blacklisted invalidNumber");
    }

    @Test
    void waitsOutABackoff() throws IOException {
        Path contacts = file("people.csv", "phone_number\n+12125550110\n");
        platform.sns().answerWith((call, ids) -> call == 0 ? SnsEndpoint.Fault.throttled() : SnsEndpoint.Fault.none());

        String text = run(
                InstantSource.system(), named(), 0, "--contacts=" + contacts, "--template=Hello", "--windows=always");

        assertThat(text).containsSubsequence("waiting until", "sent     1", "refused  1", "Sent: 1 by the replies");
        assertThat(platform.sns().accepted()).hasSize(1);
    }

    @Test
    void endsWhereSnsStaysDown() throws IOException {
        Path contacts = file("people.csv", "phone_number\n+12125550110\n");
        platform.sns().answerWith((call, ids) -> SnsEndpoint.Fault.throttled());

        String text = run(
                InstantSource.system(), named(), 0, "--contacts=" + contacts, "--template=Hello", "--windows=always");

        assertThat(text).contains("refused  4", "1 left waiting", "Sent: 0 by the replies, 0 by PostgreSQL");
    }

    @Test
    void goesOnWithACampaignOfANamedDatabase() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 15);
        Map<String, String> withoutTopic = named();
        withoutTopic.remove("SMS_GATEWAY_TOPIC_ARN");

        assertThat(run(withoutTopic, 0, "--campaign=" + campaign, "--batch-size=10"))
                .contains("What the 2 replies say together", "15 of 15 contacts, 15 sent", "15 by PostgreSQL");
        assertThat(run(named(), 1, "--campaign=" + new UUID(0, 1)))
                .contains("error: CampaignNotFoundException: campaignId: there is no campaign " + new UUID(0, 1));
    }

    @Test
    void sendsAnEventAsItIsAndEndsWithItsReplyOrItsError() throws IOException {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        Path good = file("good.json", "{\"detail\": {\"campaignId\": \"" + campaign + "\", \"batchSize\": 2}}");
        Path bad = file("bad.json", "{\"campaignId\": \"" + campaign + "\", \"batchSize\": 0}");

        assertThat(run(named(), 0, "--event=" + good)).contains("\"sentCount\" : 2", "\"hasMore\" : true");
        assertThat(run(named(), 1, "--event=" + bad))
                .contains("error: BadEventException: batchSize: must be a whole number from 1 to 10000, it is 0");
        assertThat(platform.sns().accepted()).hasSize(2);
    }

    @Test
    void asksBeforeItWritesToAServerThatIsNotItsOwn() throws IOException {
        Path contacts = file("people.csv", "phone_number\n+12125550110\n");

        assertThat(run(named(), 2)).contains("error: DB_HOST names a database; say what to dispatch");
        assertThat(run(named(), 2, "--contacts=" + contacts)).contains("error: --template is needed where");
        assertThat(run(named(), 2, "--contacts=" + contacts, "--template=x", "--windows=noon"))
                .contains("error: windows: 'noon' is neither");
        assertThat(run(named(), 2, "--contacts=" + contacts, "--template={{", "--windows=always"))
                .contains("error: --template: The placeholder at character 1 is not closed");
        assertThat(run(Map.of("DB_NAME", "x"), 2)).contains("error: DB_NAME is set, but DB_HOST names no server");
        assertThat(run(named(), 2, "--demo", "--event=x")).contains("exclude each other");
        assertThat(run(named(), 2, "--nonsense")).contains("Unknown option: '--nonsense'");
        assertThat(platform.count("SELECT count(*) FROM campaigns")).isZero();
    }

    @Test
    void theDemosNumbersAreSomebodysSaveThoseThatCannotBe() {
        PhoneNumbers numbers = new PhoneNumbers("");

        assertThat(new Demo().contacts())
                .filteredOn(contact -> numbers.parse(contact.phoneNumber()).isEmpty())
                .hasSize(6)
                .allMatch(contact -> "A-00000".equals(contact.values().get("order")));
        assertThat(new Demo().blacklist())
                .allMatch(spelling -> numbers.parse(spelling).isPresent());
    }

    @Test
    void theDemoHasPeopleAwakeAndAsleepAtAnyHour() {
        for (int hour = 0; hour < 24; hour++) {
            int local = hour;
            long awake = new Demo()
                    .contacts().stream()
                            .map(contact -> contact.timezone() == null ? Demo.ZONE : contact.timezone())
                            .filter(zone ->
                                    java.time.ZoneId.getAvailableZoneIds().contains(zone))
                            .map(zone -> Instant.parse("2026-11-24T00:30:00Z")
                                    .plusSeconds(local * 3_600L)
                                    .atZone(java.time.ZoneId.of(zone))
                                    .getHour())
                            .filter(there -> there >= 9 && there < 20)
                            .count();
            assertThat(awake).as("at " + hour + ":30 UTC").isBetween(60L, 480L);
        }
    }
}
