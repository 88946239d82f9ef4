package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.ALWAYS;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
import org.smsdispatcher.Invariants.Text;
import org.smsdispatcher.publish.PublishPolicy;

/** Contacts as lists hold them: each is sent right or fails with a reason, and its neighbours go out. */
class ContactInputTest {

    private static final String NUMBER = "+12125550177";

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

    /** A campaign with one odd contact between two ordinary ones. */
    private record Odd(UUID campaign, UUID contact) {

        static Odd contact(String template, String number, String timezone, String metadata) {
            UUID campaign = platform.campaign(template, ALWAYS);
            platform.contact(campaign, "+12125550001", null, "{\"name\":\"Bo\"}");
            UUID contact = platform.contact(campaign, number, timezone, metadata);
            platform.contact(campaign, "+12125550002", null, "{\"name\":\"Bo\"}");
            return new Odd(campaign, contact);
        }

        Map<String, Object> row() {
            return platform.rows(
                            "SELECT status, sms_outcome, sms_reason, attempts,"
                                    + " (SELECT count(*) FROM sms_records WHERE contact_id = c.id) AS records"
                                    + " FROM contacts c WHERE id = ?",
                            contact)
                    .get(0);
        }

        /** Sent as {@code message} to {@code number}. */
        void assertSent(String number, String message) {
            JsonNode reply = dispatched();
            assertThat(reply.get("sentCount").intValue()).as(reply.toString()).isEqualTo(3);
            assertThat(texts()).singleElement().satisfies(text -> {
                assertThat(text.message()).isEqualTo(message);
                assertThat(text.phoneNumber()).isEqualTo(number);
            });
            assertThat(row())
                    .containsEntry("status", "completed")
                    .containsEntry("sms_outcome", "sent")
                    .containsEntry("sms_reason", null)
                    .containsEntry("attempts", 1);
        }

        /** Failed for good, its outcome and reason in reply and database, no attempt used. */
        void assertFailed(String outcome, String reason) {
            JsonNode reply = dispatched();
            assertThat(reply.get("sentCount").intValue()).as(reply.toString()).isEqualTo(2);
            assertThat(reply.at("/failed/" + outcome).intValue())
                    .as(reply.toString())
                    .isEqualTo(1);
            assertThat(texts()).isEmpty();
            assertThat(row())
                    .containsEntry("status", "failed")
                    .containsEntry("sms_outcome", outcome)
                    .containsEntry("attempts", 0)
                    .containsEntry("records", 0L);
            assertThat((String) row().get("sms_reason")).contains(reason).hasSizeLessThan(300);
            assertThat(reply.get("errors"))
                    .singleElement()
                    .satisfies(error -> assertThat(error.textValue())
                            .isEqualTo("Contact " + contact + ": " + row().get("sms_reason")));
        }

        private List<Text> texts() {
            return Invariants.texts(platform, campaign).stream()
                    .filter(text -> text.contactId().equals(contact.toString()))
                    .toList();
        }

        private JsonNode dispatched() {
            JsonNode reply = dispatch(dispatcher, campaign, 10);
            Invariants.addUp(reply);
            Invariants.hold(platform, campaign, PublishPolicy.FAIL);
            assertThat(reply.get("totalContacts").intValue())
                    .as(reply.toString())
                    .isEqualTo(3);
            assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
            return reply;
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "null",
                "[]",
                "[{\"name\":\"Eve\"}]",
                "\"name\"",
                "5",
                "true",
                "{}",
                "{\"Name\":\"Eve\"}",
                "{\"name\":null}",
                "{\"name\":\"\"}",
                "{\"name\":\"   \"}",
                "{\"name\":\"\\u200e\\u2028\"}",
                "{\"name\":\"{{name}}\"}",
                "{\"name\":[\"Eve\"]}",
                "{\"name\":{\"first\":\"Eve\"}}",
                "{\"name\":1e400}"
            })
    void metadataWithoutAValueLeavesTheFallbackOrFailsTheContact(String metadata) {
        Odd.contact("Hi {{name|you}}", NUMBER, null, metadata).assertSent(NUMBER, "Hi you");
        Odd.contact("Hi {{name}}", NUMBER, null, metadata).assertFailed("templateError", "'name'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\":\"Bo {{otp}}!\"}                  | Hi Bo !",
                "{\"name\":\"{{na{{name}}me}}Bo\"}           | Hi Bo",
                "{\"name\":\"Bo}} {{\"}                      | 'Hi Bo '",
                "{\"name\":\"\\u202eBo\\u2069\\ufeff\"}      | Hi Bo",
                "{\"name\":\"B\\u0007\\r\\n\\u001bo\\u2028\"}| Hi Bo",
                "{\"name\":\"\\ud83d\\udc4d\\ud83c\\udffd\"} | Hi \uD83D\uDC4D\uD83C\uDFFD",
                "{\"name\":\"\\u05d1\\u05d5\"}               | Hi \u05D1\u05D5",
                "{\"name\":\"$1\\\\2 ${body} %s <b>&'\"}     | \"Hi $1\\2 ${body} %s <b>&'\"",
                "{\"name\":\"{{db.password}}${sys.user.dir}\"}| Hi ${sys.user.dir}",
                "{\"name\":\"#{bean} :#id ?\"}               | 'Hi #{bean} :#id ?'",
                "{\"name\":5}                                | Hi 5",
                "{\"name\":5.0}                              | Hi 5",
                "{\"name\":false}                            | Hi false",
                "{\"name\":\"Bo\",\"more\":{\"a\":[1]}}      | Hi Bo"
            })
    void aValueIsAValue(String metadata, String message) {
        String expected = message.startsWith("\"") ? message.substring(1, message.length() - 1) : message;
        Odd.contact("Hi {{name}}", NUMBER, null, metadata).assertSent(NUMBER, expected);
    }

    static Stream<Arguments> largeMetadata() {
        StringBuilder random = new StringBuilder();
        new Random(7).ints(500_000, 'A', 'z').filter(Character::isLetterOrDigit).forEach(random::appendCodePoint);
        return Stream.of(
                Arguments.of(
                        "a megabyte that compresses", "{\"name\":\"Eve\",\"more\":\"" + "x".repeat(1 << 20) + "\"}"),
                Arguments.of("half a megabyte that does not", "{\"name\":\"Eve\",\"more\":\"" + random + "\"}"),
                Arguments.of(
                        "a thousand deep", "{\"name\":\"Eve\",\"deep\":" + "[".repeat(999) + "]".repeat(999) + "}"));
    }

    /** "Hi you" to somebody whose name is known would be wrong, so a fallback is no answer to what is not read. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("largeMetadata")
    void metadataTooLargeToBeReadFailsTheContact(String what, String metadata) {
        Odd.contact("Hi {{name|you}}", NUMBER, null, metadata).assertFailed("templateError", "metadata");
    }

    @Test
    void metadataOfSomeDepthAndSizeIsRead() {
        String deep = "{\"name\":\"Eve\",\"deep\":" + "[".repeat(149) + "]".repeat(149) + "}";
        String wide = "{\"name\":\"Eve\",\"more\":\"" + "x".repeat(50_000) + "\"}";

        Odd.contact("Hi {{name}}", NUMBER, null, deep).assertSent(NUMBER, "Hi Eve");
        Odd.contact("Hi {{name}}", NUMBER, null, wide).assertSent(NUMBER, "Hi Eve");
    }

    @Test
    void aMessageOfTooManyPartsFailsTheContact() {
        Odd.contact("Hi {{name}}", NUMBER, null, "{\"name\":\"" + "x".repeat(5_000) + "\"}")
                .assertFailed("templateError", "parts");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "                    ",
                "null",
                "N/A",
                "abcdefghij",
                "12",
                "+",
                "+1",
                "+0000000000",
                "++12125550177",
                "+1212555017+7",
                "+1-800-FLOWERS",
                "+121255501770000000",
                "+12125550177 ext. 5",
                "12125550177;rm -rf",
                "'; DROP TABLE x; --",
                "${sys.user.dir}",
                "{{db.password}}",
                "{\"a\",b}",
                "\uD83D\uDCDE\uD83D\uDCDE",
                "+\u0E51\u0E52\u0E51\u0E52\u0E55\u0E55\u0E55\u0E50\u0E51\u0E57\u0E57"
            })
    void aNumberThatCannotBeOneFailsTheContact(String number) {
        Odd odd = Odd.contact("Hi", number, null, "{}");

        odd.assertFailed("invalidNumber", "phone number");
        assertThat((String) odd.row().get("sms_reason"))
                .as("no number in a reason")
                .doesNotContainPattern("[0-9]{3}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+12125550177",
                " +1 212 555 0177 ",
                "+1 (212) 555-0177",
                "+1.212.555.0177",
                "0012125550177",
                "+\u0661\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0667\u0667",
                "\uFF0B\uFF11\uFF12\uFF11\uFF12\uFF15\uFF15\uFF15\uFF10\uFF11\uFF17\uFF17",
                "+1\u00A0212\u2011555\u20110177",
                "\u200E+12125550177"
            })
    void aNumberIsSentInE164HoweverItIsWritten(String number) {
        Odd.contact("Hi", number, null, "{}").assertSent(NUMBER, "Hi");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "Europe/Rome", " Europe/Rome ", "Asia/Calcutta", "Etc/GMT+3", "EST5EDT", "UTC"})
    void aZoneOfTheIanaDatabaseOrNoneIsTaken(String timezone) {
        Odd.contact("Hi", NUMBER, timezone, "{}").assertSent(NUMBER, "Hi");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GMT+3",
                "UTC+2",
                "+03:00",
                "Z",
                "europe/rome",
                "Europe/",
                "Nowhere/Land",
                "null",
                "0",
                "{UTC,UTC}",
                "\"UTC\",'UTC'",
                "UTC'; DROP TABLE x; --",
                "${sys.user.timezone}",
                "\u202EUTC"
            })
    void aZoneThatIsNoneFailsTheContact(String timezone) {
        Odd.contact("Hi", NUMBER, timezone, "{}").assertFailed("invalidTimezone", "timezone");
    }

    @Test
    void aZoneThatIsNoneIsReportedEvenWhileEverybodySleeps() {
        UUID campaign = platform.campaign("Hi", "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":5,\"endHour\":5}]");
        platform.contact(campaign, NUMBER, "Nowhere/Land", "{}");
        platform.contacts(campaign, 2);

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        assertThat(reply.at("/failed/invalidTimezone").intValue()).isEqualTo(1);
        assertThat(reply.get("totalContacts").intValue()).isEqualTo(1);
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(platform.statuses(campaign)).isEqualTo("failed=1 pending=2");
    }

    @Test
    void attemptsThatAreNullAreNone() {
        Odd odd = Odd.contact("Hi", NUMBER, null, "{}");
        platform.execute("UPDATE contacts SET attempts = NULL WHERE id = ?", odd.contact());

        odd.assertSent(NUMBER, "Hi");
    }

    @Test
    void whoHasNoAttemptLeftFails() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        UUID tired = platform.contact(campaign, NUMBER, null, "{}");
        platform.execute("UPDATE contacts SET attempts = 3 WHERE id = ?", tired);

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        Invariants.addUp(reply);
        assertThat(reply.at("/failed/attemptsExhausted").intValue()).isEqualTo(1);
        assertThat(reply.get("sentCount").intValue()).isEqualTo(3);
        assertThat(platform.rows("SELECT status, sms_outcome, attempts FROM contacts WHERE id = ?", tired))
                .containsExactly(Map.of("status", "failed", "sms_outcome", "attemptsExhausted", "attempts", 3));
    }

    @Test
    void whoCannotTakeTextsIsLeftAlone() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        UUID landline = platform.contact(campaign, NUMBER, null, "{}");
        UUID unsure = platform.contact(campaign, "+12125550178", "Nowhere/Land", "{}");
        platform.execute("UPDATE contacts SET sms_capable = false WHERE id = ?", landline);
        platform.execute("UPDATE contacts SET sms_capable = NULL WHERE id = ?", unsure);
        List<Map<String, Object>> before =
                platform.rows("SELECT c::text FROM contacts c WHERE sms_capable IS NOT TRUE");

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        assertThat(reply.get("totalContacts").intValue()).isEqualTo(3);
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(platform.rows("SELECT c::text FROM contacts c WHERE sms_capable IS NOT TRUE"))
                .isEqualTo(before);
    }

    @Test
    void twoSpellingsOfOneNumberAreTextedOnce() {
        UUID campaign = platform.campaign();
        platform.contact(campaign, "+12125550177", null, "{}");
        platform.contact(campaign, "+1 212 555 0177", null, "{}");
        platform.contact(campaign, "0012125550177", "Europe/Rome", "{}");

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        Invariants.addUp(reply);
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
        assertThat(reply.get("sentCount").intValue()).isEqualTo(1);
        assertThat(reply.at("/failed/duplicateNumber").intValue()).isEqualTo(2);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=1 failed=2");
    }
}
