package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may come in as an event, and what must not get past the first step. */
class EventTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String ID = "7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b";

    private static final Sends SENDS = new Sends();
    private static Platform platform;
    private static DispatchHandler dispatcher;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher(Map.of("batch.size", "7"), InstantSource.system(), Map.of("sends", SENDS));
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    @BeforeEach
    void reset() {
        SENDS.reset();
        platform.sns().clear();
    }

    /** Refused by its first word, with nothing sent to PostgreSQL, Redis or SNS, and a message fit for a log. */
    private static void assertRefused(byte[] event, String field) {
        assertThatThrownBy(() -> dispatcher.dispatch(event, MINUTE))
                .isInstanceOf(BadEventException.class)
                .hasMessageStartingWith(field + ":")
                .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(300));
        assertThat(SENDS.count()).as("steps that left the process").isZero();
    }

    private static void assertRefused(String event, String field) {
        assertRefused(event.getBytes(StandardCharsets.UTF_8), field);
    }

    private static UUID campaignOf(int contacts) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, contacts);
        return campaign;
    }

    private static int sent(String event) {
        JsonNode reply = dispatch(dispatcher, event, MINUTE);
        Invariants.addUp(reply);
        return reply.get("sentCount").intValue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "[{\"campaignId\":\"" + ID + "\"}]",
                "\"" + ID + "\"",
                "text",
                "42",
                "true",
                "NaN",
                "{",
                "{\"campaignId\":\"" + ID + "\"",
                "{\"campaignId\":\"" + ID + "\"} {}",
                "{\"campaignId\":\"" + ID + "\"},",
                "{'campaignId':'" + ID + "'}",
                "{campaignId:\"" + ID + "\"}",
                "{\"campaignId\":\"" + ID + "\"/**/}",
                "{\"campaignId\":\"" + ID + "\",\"batchSize\":NaN}",
                "{\"campaignId\":\"" + ID + "\",\"batchSize\":+1}",
                "{\"campaignId\":\"" + ID + "\",\"batchSize\":010}",
                "<event/>",
                "${body}",
                "\u0000"
            })
    void whatIsNoJsonObjectIsRefused(String event) {
        assertRefused(event, "event");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"campaignId\":null}",
                "{\"campaignId\":\"\"}",
                "{\"campaignId\":\" \"}",
                "{\"campaignId\":42}",
                "{\"campaignId\":true}",
                "{\"campaignId\":{}}",
                "{\"campaignId\":[\"" + ID + "\"]}",
                "{\"campaignId\":\"1-1-1-1-1\"}",
                "{\"campaignId\":\" " + ID + "\"}",
                "{\"campaignId\":\"" + ID + "\\n\"}",
                "{\"campaignId\":\"" + ID + "\\u0000\"}",
                "{\"campaignId\":\"{" + ID + "}\"}",
                "{\"campaignId\":\"7d9f4a3e8f5b4f0e9b1a2f6c1d3e4a5b\"}",
                "{\"campaignId\":\"7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5\u0665\"}",
                "{\"campaignId\":\"7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5g\"}",
                "{\"campaignid\":\"" + ID + "\"}",
                "{\"CampaignId\":\"" + ID + "\"}",
                "{\"campaignId \":\"" + ID + "\"}",
                "{\"campaignId\":\"' OR 1=1; DROP TABLE contacts; --\"}",
                "{\"campaignId\":\"${sys.user.dir}\"}",
                "{\"campaignId\":\"{{db.password}}\"}",
                "{\"campaignId\":\"${jndi:ldap://127.0.0.1/a}\"}",
                "{\"detail\":\"" + ID + "\"}",
                "{\"detail\":null}",
                "{\"detail\":[{\"campaignId\":\"" + ID + "\"}]}",
                "{\"detail\":{\"detail\":{\"campaignId\":\"" + ID + "\"}}}",
                "{\"detail\":{\"campaignId\":7}}"
            })
    void aCampaignIdThatIsNoUuidIsRefused(String event) {
        assertRefused(event, "campaignId");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "10001",
                "2147483648",
                "99999999999999999999999999",
                "1.5",
                "1.0",
                "1e3",
                "\"many\"",
                "\"100\"",
                "\"\"",
                "true",
                "[]",
                "[10]",
                "{}",
                "\"${body}\"",
                "\"1; DROP TABLE contacts\""
            })
    void aBatchSizeThatIsNoWholeNumberFromOneToTenThousandIsRefused(String batchSize) {
        String request = "{\"campaignId\":\"" + ID + "\",\"batchSize\":" + batchSize + "}";

        assertRefused(request, "batchSize");
        assertRefused("{\"detail\":" + request + "}", "batchSize");
    }

    @Test
    void aMegabyteIsRefusedWithoutBeingRead() {
        assertRefused("{\"campaignId\":\"" + ID + "\",\"more\":\"" + "x".repeat(1_000_000) + "\"}", "event");
        assertRefused("[".repeat(1_000_000), "event");
        assertRefused(" ".repeat(1_000_000), "event");
    }

    @Test
    void aLongValueIsNotRepeatedInTheError() {
        assertRefused("{\"campaignId\":\"" + "x".repeat(200_000) + "\"}", "campaignId");
        assertRefused("{\"campaignId\":\"" + ID + "\",\"batchSize\":\"" + "x".repeat(200_000) + "\"}", "batchSize");
        assertRefused("{\"campaignId\":\"" + ID + "\",\"batchSize\":" + "9".repeat(900) + "}", "batchSize");
        assertRefused("{\"campaignId\":\"" + ID + "\",\"batchSize\":" + "9".repeat(200_000) + "}", "event");
    }

    @Test
    void nestingWithoutEndIsRefused() {
        assertRefused(
                "{\"campaignId\":\"" + ID + "\",\"more\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", "event");
        assertRefused("{\"a\":".repeat(40_000), "event");
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[] event = ("{\"campaignId\":\"" + ID + "\",\"more\":\"?\"}").getBytes(StandardCharsets.UTF_8);
        event[event.length - 3] = (byte) 0xFF;

        assertRefused(event, "event");
    }

    @Test
    void aByteOrderMarkIsNoObstacle() {
        UUID campaign = campaignOf(3);

        assertThat(sent("\uFEFF" + Platform.event(campaign, 10))).isEqualTo(3);
    }

    @Test
    void withoutBatchSizeTheSettingDecides() {
        assertThat(sent("{\"campaignId\":\"" + campaignOf(9) + "\"}")).isEqualTo(7);
        assertThat(sent("{\"campaignId\":\"" + campaignOf(9) + "\",\"batchSize\":null}"))
                .isEqualTo(7);
    }

    @Test
    void anUpperCaseUuidIsTheSameCampaign() {
        UUID campaign = campaignOf(2);

        assertThat(sent("{\"campaignId\":\"" + campaign.toString().toUpperCase(java.util.Locale.ROOT) + "\"}"))
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 4", "10000, 12"})
    void theBatchSizeIsTheMostThatIsSent(int batchSize, int sent) {
        assertThat(sent(Platform.event(campaignOf(12), batchSize))).isEqualTo(sent);
    }

    @Test
    void theRequestMayStandInAnEventBridgeEnvelope() {
        UUID campaign = campaignOf(5);

        assertThat(sent("{\"version\":\"0\",\"id\":\"" + ID + "\",\"detail-type\":\"Scheduled Event\","
                        + "\"source\":\"campaign.scheduler\",\"account\":\"123456789012\","
                        + "\"time\":\"2026-11-24T09:00:00Z\",\"region\":\"us-east-1\",\"resources\":[],"
                        + "\"detail\":{\"campaignId\":\"" + campaign + "\",\"batchSize\":4,\"more\":1}}"))
                .isEqualTo(4);
    }

    @Test
    void theOuterCampaignIdWinsOverAnEnvelopes() {
        UUID campaign = campaignOf(2);

        assertThat(sent("{\"campaignId\":\"" + campaign + "\",\"detail\":{\"campaignId\":\"" + ID + "\"}}"))
                .isEqualTo(2);
    }

    @Test
    void ofAKeyGivenTwiceTheLastCounts() {
        UUID campaign = campaignOf(5);

        assertThat(sent("{\"campaignId\":\"" + ID + "\",\"campaignId\":\"" + campaign
                        + "\",\"batchSize\":5,\"batchSize\":2}"))
                .isEqualTo(2);
    }

    @Test
    void otherKeysAreIgnoredHoweverManyAndDeep() {
        UUID campaign = campaignOf(2);
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            keys.append("\"k").append(i).append("\":{\"batchSize\":0},");
        }

        assertThat(sent("{" + keys + "\"deep\":" + "[".repeat(150) + "]".repeat(150) + ",\"campaignId\":\"" + campaign
                        + "\",\"batchSize\":2}"))
                .isEqualTo(2);
    }

    @Test
    void nothingInAnEventIsEverAnExpressionAHeaderOrSql() {
        UUID campaign = campaignOf(2);
        UUID other = campaignOf(1);
        String hostile = "{\"CamelSqlQuery\":\"DELETE FROM contacts\",\"camelsqlquery\":\"DELETE FROM contacts\","
                + "\"CamelRedis.Command\":\"FLUSHALL\",\"CamelAwsSnsSubject\":\"hijacked\",\"CamelBeanMethodName\":\"none\","
                + "\"CamelSqlParameters\":[\"" + other + "\"],\"${bean:dispatcher}\":\"${sys.user.dir}\","
                + "\"{{db.password}}\":\"{{db.password}}\",\"'; DROP TABLE contacts; --\":\"'; DROP TABLE contacts; --\","
                + "\"${jndi:ldap://127.0.0.1/a}\":\"${jndi:ldap://127.0.0.1/a}\",\"campaign\":{\"id\":\"" + other
                + "\"},\"request\":{\"campaignId\":\"" + other + "\"},\"deadline\":0,\"body\":null,"
                + "\"campaignId\":\"" + campaign + "\",\"batchSize\":10}";

        assertThat(sent(hostile)).isEqualTo(2);
        assertThat(sent("{\"detail\":" + hostile + "}")).isZero();

        assertThat(platform.sns().accepted()).hasSize(2).allSatisfy(message -> {
            assertThat(message.subject()).isEqualTo("SMS Campaign Message");
            assertThat(message.attributes().keySet())
                    .isEqualTo(Set.of("smsRecordId", "campaignId", "attempt", "sendBefore"));
        });
        assertThat(platform.statuses(other)).isEqualTo("pending=1");
        assertThat(platform.statuses(campaign)).isEqualTo("completed=2");
    }

    @Test
    void lambdasStreamsCarryEventAndReply() throws IOException {
        UUID campaign = campaignOf(2);
        ByteArrayOutputStream reply = new ByteArrayOutputStream();

        dispatcher.handleRequest(
                new ByteArrayInputStream(Platform.event(campaign, 10).getBytes(StandardCharsets.UTF_8)), reply, null);

        assertThat(new JsonMapper()
                        .readTree(reply.toByteArray())
                        .get("sentCount")
                        .intValue())
                .isEqualTo(2);
        assertThatThrownBy(() -> dispatcher.handleRequest(new ByteArrayInputStream(new byte[0]), reply, null))
                .isInstanceOf(BadEventException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x447700900123",
                "44 7700 900123",
                "44\u00A07700\u00A0900\u2011123",
                "44_7700_900_123",
                "\u0664\u0664\u0667\u0667\u0660\u0660\u0669\u0660\u0660\u0661\u0662\u0663"
            })
    void anErrorShowsTwoDigitsOfANumberHoweverItIsGrouped(String number) {
        assertThatThrownBy(() -> dispatch(dispatcher, "{\"campaignId\":\"" + number + "\"}", MINUTE))
                .isInstanceOf(BadEventException.class)
                .satisfies(refused -> assertThat(refused.getMessage().replaceAll("[^\\p{Nd}]", ""))
                        .hasSize(2));
    }

    @Test
    void anUnknownCampaignIsNamed() {
        assertThatThrownBy(() -> dispatch(dispatcher, Platform.event(UUID.fromString(ID), 10), MINUTE))
                .isInstanceOf(CampaignNotFoundException.class)
                .hasMessageContaining(ID);
        assertThat(SENDS.statements()).as("the look-up, and nothing after it").isEqualTo(1);
    }
}
