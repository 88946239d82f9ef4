package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.ALWAYS;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a campaign may say and be, and that one that says or is something else is refused with nobody touched. */
class CampaignConfigTest {

    private static Platform platform;
    private static DispatchHandler dispatcher;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher();
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    @BeforeEach
    void reset() {
        platform.sns().clear();
    }

    private static UUID campaign(String config) {
        UUID campaign = platform.campaignWithConfig(config);
        platform.contacts(campaign, 3);
        return campaign;
    }

    private static UUID campaign() {
        return campaign(config("\"smsTemplate\":\"Hi\"", "\"callingWindows\":" + ALWAYS));
    }

    private static String config(String... members) {
        return "{" + String.join(",", members) + "}";
    }

    private static String withTemplate(String template) {
        return config("\"smsTemplate\":" + template, "\"callingWindows\":" + ALWAYS);
    }

    private static String withWindows(String windows) {
        return config("\"smsTemplate\":\"Hi\"", "\"callingWindows\":" + windows);
    }

    private static String with(String member) {
        return config("\"smsTemplate\":\"Hi\"", "\"callingWindows\":" + ALWAYS, member);
    }

    private static void assertRefused(UUID campaign, Class<? extends DispatchException> error, String... mentioned) {
        List<Map<String, Object>> before = Invariants.everythingOf(platform, campaign);

        assertThatThrownBy(() -> dispatch(dispatcher, campaign, 10))
                .isInstanceOf(error)
                .hasMessageContaining(campaign.toString())
                .hasMessageContainingAll(mentioned)
                .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(400));

        assertThat(Invariants.everythingOf(platform, campaign)).isEqualTo(before);
        assertThat(platform.sns().publishCalls()).isZero();
    }

    private static JsonNode dispatched(UUID campaign) {
        JsonNode reply = dispatch(dispatcher, campaign, 10);
        Invariants.addUp(reply);
        return reply;
    }

    static Stream<Arguments> badConfigs() {
        return Stream.of(
                        Map.of("config", List.of("null", "[]", "\"text\"", "5", "true")),
                        Map.of("smsTemplate", templates()),
                        Map.of("callingWindows", windows()),
                        Map.of("callingWindows[0].dayOfWeek", daysOfWeek()),
                        Map.of("callingWindows[0].startHour", hours("startHour", "24")),
                        Map.of("callingWindows[0].endHour", hours("endHour", "25")),
                        Map.of("callingWindows[0].startMinute", minutes("startMinute")),
                        Map.of("callingWindows[0].endMinute", minutes("endMinute")),
                        Map.of(
                                "callingWindows[1].endMinute",
                                List.of(withWindows("[" + window(0, 24) + ","
                                        + "{\"dayOfWeek\":[1],\"startHour\":9,\"endHour\":24,\"endMinute\":30}]"))),
                        Map.of("blackoutDates", blackoutDates()),
                        Map.of("maxAttemptsPerContact", numbers("maxAttemptsPerContact", "0")),
                        Map.of("retryDelayMinutes", numbers("retryDelayMinutes", "-1")))
                .flatMap(cases -> cases.entrySet().stream())
                .flatMap(cases -> cases.getValue().stream().map(config -> Arguments.of(cases.getKey(), config)));
    }

    private static String window(int startHour, int endHour) {
        return "{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":" + startHour + ",\"endHour\":" + endHour + "}";
    }

    private static List<String> templates() {
        return Stream.concat(
                        Stream.of("{}", config("\"callingWindows\":" + ALWAYS)),
                        Stream.of(
                                        "null",
                                        "5",
                                        "true",
                                        "[]",
                                        "{}",
                                        "\"\"",
                                        "\"   \"",
                                        "\"Hi {{name\"",
                                        "\"Hi {{}}\"",
                                        "\"Hi {{ |you}}\"",
                                        "\"Hi {{a{{b}}c}}\"",
                                        "\"Hi {{{name}}}\"",
                                        "\"Hi {{" + "n".repeat(65) + "}}\"",
                                        "\"" + "x".repeat(100_000) + "\"",
                                        "\"" + "{{a}}".repeat(20_000) + "\"")
                                .map(CampaignConfigTest::withTemplate))
                .toList();
    }

    private static List<String> windows() {
        return Stream.concat(
                        Stream.of(config("\"smsTemplate\":\"Hi\"")),
                        Stream.of(
                                        "null",
                                        "[]",
                                        "{}",
                                        "\"09-17\"",
                                        "9",
                                        window(9, 17),
                                        "[null]",
                                        "[5]",
                                        "[[]]",
                                        "[{}]",
                                        "[\"09-17\"]",
                                        "[" + window(9, 17) + ",null]",
                                        "[" + (window(9, 17) + ",").repeat(9_999) + window(9, 17) + "]")
                                .map(CampaignConfigTest::withWindows))
                .toList();
    }

    private static List<String> daysOfWeek() {
        return Stream.of(
                        "null",
                        "[]",
                        "1",
                        "\"1\"",
                        "{}",
                        "[7]",
                        "[-1]",
                        "[1,2,7]",
                        "[1.5]",
                        "[\"1\"]",
                        "[null]",
                        "[true]",
                        "[[1]]",
                        "[4294967296]")
                .map(days -> withWindows("[{\"dayOfWeek\":" + days + ",\"startHour\":9,\"endHour\":17}]"))
                .toList();
    }

    private static List<String> hours(String name, String tooLate) {
        String other = name.equals("startHour") ? "\"endHour\":17" : "\"startHour\":9";
        return Stream.concat(
                        Stream.of("[{\"dayOfWeek\":[1]," + other + "}]"),
                        Stream.of("-1", tooLate, "\"9\"", "9.5", "9.0", "null", "true", "[9]", "{}", "4294967305")
                                .map(hour -> "[{\"dayOfWeek\":[1]," + other + ",\"" + name + "\":" + hour + "}]"))
                .map(CampaignConfigTest::withWindows)
                .toList();
    }

    private static List<String> minutes(String name) {
        return Stream.of("-1", "60", "\"30\"", "0.5", "true", "[]")
                .map(minute -> "[{\"dayOfWeek\":[1],\"startHour\":9,\"endHour\":17,\"" + name + "\":" + minute + "}]")
                .map(CampaignConfigTest::withWindows)
                .toList();
    }

    private static List<String> blackoutDates() {
        return Stream.of(
                        "\"2026-12-25\"",
                        "{}",
                        "5",
                        "[\"25.12.2026\"]",
                        "[\"2026-02-30\"]",
                        "[\"2026-12-25T00:00\"]",
                        "[\"\"]",
                        "[20261225]",
                        "[null]",
                        "[[]]",
                        "[" + "\"2026-12-25\",".repeat(2_000) + "\"2026-12-25\"]")
                .map(dates -> with("\"blackoutDates\":" + dates))
                .toList();
    }

    private static List<String> numbers(String name, String tooSmall) {
        return Stream.of(tooSmall, "-5", "\"3\"", "1.5", "true", "[]", "{}", "99999999999")
                .map(number -> with("\"" + name + "\":" + number))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("badConfigs")
    void aConfigWithAWrongKeyIsRefusedAndTheKeyNamed(String key, String config) {
        assertRefused(campaign(config), BadConfigurationException.class, key);
    }

    @Test
    void aCampaignWithoutConfigIsRefused() {
        assertRefused(campaign(null), BadConfigurationException.class, "config");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "Mars/Phobos", "GMT+3", "+02:00", "europe/rome", "Europe/Rome'; --"})
    void aCampaignWhoseOwnZoneIsNoneIsRefused(String zone) {
        UUID campaign = campaign();
        platform.execute("UPDATE campaigns SET timezone = ? WHERE id = ?", zone, campaign);

        assertRefused(campaign, BadConfigurationException.class, "timezone");
    }

    @Test
    void aWrongConfigIsRefusedBeforeTheCampaignIsActivated() {
        UUID campaign = campaign("{}");
        platform.execute("UPDATE campaigns SET status = 'scheduled' WHERE id = ?", campaign);

        assertRefused(campaign, BadConfigurationException.class, "smsTemplate");
    }

    @Test
    void aWrongConfigIsRefusedBeforeAnythingIsReaped() {
        UUID campaign = campaign("{}");
        platform.execute(
                "UPDATE contacts SET status = 'in_progress', sms_lease_id = gen_random_uuid(),"
                        + " sms_lease_until = now() - interval '1 hour' WHERE campaign_id = ?",
                campaign);

        assertRefused(campaign, BadConfigurationException.class, "smsTemplate");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"voice\":{\"voiceId\":\"anna\",\"maxConcurrentCalls\":5}",
                "\"smsTemplate2\":null",
                "\"blackoutDates\":null",
                "\"blackoutDates\":[]",
                "\"blackoutDates\":[\"2020-02-29\"]",
                "\"maxAttemptsPerContact\":null",
                "\"maxAttemptsPerContact\":1",
                "\"retryDelayMinutes\":0",
                "\"retryDelayMinutes\":null",
                "\"CamelSqlQuery\":\"DELETE FROM contacts\"",
                "\"${sys.user.dir}\":\"{{db.password}}\""
            })
    void otherKeysAndTheDefaultsOfOptionalOnesAreFine(String member) {
        assertThat(dispatched(campaign(with(member))).get("sentCount").intValue())
                .isEqualTo(3);
    }

    @Test
    void anythingButPlaceholdersInATemplateIsText() {
        UUID campaign = platform.campaign("$1 \\ ${sys.user.dir} {name} }} %s {{ name | you }}", ALWAYS);
        platform.contact(campaign, "+12125550000", null, "{\"name\":\"$2\"}");

        dispatched(campaign);

        assertThat(Invariants.texts(platform, campaign))
                .singleElement()
                .satisfies(text -> assertThat(text.message()).isEqualTo("$1 \\ ${sys.user.dir} {name} }} %s $2"));
    }

    @ParameterizedTest
    @CsvSource({
        "voice,  active, WrongCampaignType",
        "hybrid, active, WrongCampaignType",
        "voice,  draft,  WrongCampaignType",
        "hybrid, paused, WrongCampaignType",
        "sms,    draft,  WrongCampaignState"
    })
    void whatIsNotDispatchedHereIsAnError(String type, String status, String error) throws ClassNotFoundException {
        UUID campaign = campaign();
        platform.execute("UPDATE campaigns SET type = ?, status = ? WHERE id = ?", type, status, campaign);

        assertRefused(
                campaign,
                Class.forName("org.smsdispatcher." + error + "Exception").asSubclass(DispatchException.class),
                status.equals("draft") && type.equals("sms") ? status : type);
    }

    @ParameterizedTest
    @CsvSource({"paused, true", "completed, true", "cancelled, true", "paused, false"})
    void aCampaignThatRestsIsAnsweredWithItsStatusAndNotTouched(String status, boolean configIsGood) {
        UUID campaign = configIsGood ? campaign() : campaign("{}");
        platform.execute("UPDATE campaigns SET status = ? WHERE id = ?", status, campaign);
        List<Map<String, Object>> before = Invariants.everythingOf(platform, campaign);

        JsonNode reply = dispatched(campaign);

        assertThat(reply.get("campaignStatus").textValue()).isEqualTo(status);
        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").isNull()).isTrue();
        assertThat(Invariants.everythingOf(platform, campaign)).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "scheduled, 00:00, P0D, 09:00",
        "scheduled, 09:00, P0D, 09:00",
        "scheduled, 09:30, P0D, 09:30",
        "scheduled, 10:00, P1D, 09:00",
        "active,    09:30, P0D, 09:30",
        "active,    23:59, P1D, 09:00"
    })
    void beforeItsStartACampaignSleepsUntilTheFirstOpeningAfterIt(
            String status, String start, String later, String opening) {
        UUID campaign = campaign(withWindows("[" + window(9, 10) + "]"));
        String day = Instant.now().plus(3, ChronoUnit.DAYS).toString().substring(0, 10);
        platform.execute(
                "UPDATE campaigns SET status = ?, start_time = ?::timestamptz WHERE id = ?",
                status,
                day + "T" + start + ":00Z",
                campaign);
        List<Map<String, Object>> before = Invariants.everythingOf(platform, campaign);

        JsonNode reply = dispatched(campaign);

        assertThat(reply.get("campaignStatus").textValue()).isEqualTo(status);
        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(Instant.parse(reply.get("nextDispatchAt").textValue()))
                .isEqualTo(Instant.parse(day + "T" + opening + ":00Z").plus(java.time.Period.parse(later)));
        assertThat(Invariants.everythingOf(platform, campaign)).isEqualTo(before);
        assertThat(platform.sns().publishCalls()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"now() - interval '1 second'", "NULL"})
    void aScheduledCampaignBecomesActiveOnceItsStartHasCome(String start) {
        UUID campaign = campaign();
        platform.execute(
                "UPDATE campaigns SET status = 'scheduled', start_time = " + start + " WHERE id = ?", campaign);

        JsonNode first = dispatch(dispatcher, campaign, 2);
        JsonNode second = dispatch(dispatcher, campaign, 2);

        assertThat(first.get("campaignStatus").textValue()).isEqualTo("active");
        assertThat(first.get("sentCount").intValue()).isEqualTo(2);
        assertThat(second.get("campaignStatus").textValue()).isEqualTo("completed");
    }

    @ParameterizedTest
    @CsvSource({"active", "scheduled"})
    void pastItsEndACampaignCompletesAndSendsNothing(String status) {
        UUID campaign = campaign();
        platform.execute(
                "UPDATE campaigns SET status = ?, start_time = now() - interval '2 days',"
                        + " end_time = now() - interval '1 second' WHERE id = ?",
                status,
                campaign);

        JsonNode reply = dispatched(campaign);

        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").isNull()).isTrue();
        assertThat(platform.statuses(campaign)).isEqualTo("pending=3");
        assertThat(platform.sns().publishCalls()).isZero();
    }

    @Test
    void pastItsEndACampaignWaitsForWhomAnotherInvocationHolds() {
        UUID campaign = campaign();
        platform.execute(
                "UPDATE contacts SET status = 'in_progress', sms_lease_id = gen_random_uuid(),"
                        + " sms_lease_until = now() + interval '1 hour' WHERE campaign_id = ?",
                campaign);
        platform.execute("UPDATE campaigns SET end_time = now() - interval '1 second' WHERE id = ?", campaign);

        assertThat(dispatched(campaign).get("campaignStatus").textValue()).isEqualTo("active");

        Invariants.letTimePass(platform, campaign);

        assertThat(dispatched(campaign).get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(platform.statuses(campaign)).isEqualTo("pending=3");
    }

    @Test
    void aCampaignWithoutContactsIsCompleted() {
        UUID campaign = platform.campaign();

        assertThat(dispatched(campaign).get("campaignStatus").textValue()).isEqualTo("completed");
    }
}
