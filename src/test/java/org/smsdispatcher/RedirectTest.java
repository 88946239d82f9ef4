package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Short links, from the function URL's event to the answer and to what is written down. */
class RedirectTest {

    private static final String PHONE =
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36";
    private static final String TARGET = "https://shop.example/o/Bo?a=b#c";
    private static final JsonMapper JSON = new JsonMapper();

    private static Platform platform;
    private static TrackingHandler tracker;
    private static DispatchHandler dispatcher;

    private UUID campaign;
    private String token;
    private UUID record;

    @BeforeAll
    @BeforeContainer
    static void start() {
        if (platform == null) {
            platform = Platform.start();
            tracker = platform.tracker();
            dispatcher = platform.dispatcher(Map.of("link.base.url", "https://s.example"));
        }
    }

    @AfterAll
    @AfterContainer
    static void stop() {
        if (platform != null) {
            tracker.close();
            dispatcher.close();
            platform.close();
            platform = null;
        }
    }

    /** A message sent an hour ago, with one link. */
    @BeforeEach
    void send() {
        campaign = platform.campaign("Hi {{name}}, " + TARGET.replace("Bo", "{{name}}"), Platform.ALWAYS);
        platform.contacts(campaign, 1);
        dispatch(dispatcher, campaign, 10);
        record = UUID.fromString(platform.text("SELECT id FROM sms_records WHERE campaign_id = ?", campaign));
        token = platform.text("SELECT token FROM sms_links WHERE record_id = ?", record);
        sentAgo("1 hour");
    }

    private void sentAgo(String interval) {
        platform.execute(
                "UPDATE sms_records SET accepted_at = now() - ?::interval, sent_at = now() - ?::interval WHERE id = ?",
                interval,
                interval,
                record);
    }

    private static JsonNode ask(String method, String path, Map<String, String> headers) {
        ObjectNode event = JSON.createObjectNode()
                .put("version", "2.0")
                .put("rawPath", path)
                .put("rawQueryString", "");
        ObjectNode sent = event.putObject("headers");
        headers.forEach(sent::put);
        event.putObject("requestContext")
                .put("stage", "$default")
                .put("domainName", "s.example")
                .putObject("http")
                .put("method", method)
                .put("path", path);
        try {
            return JSON.readTree(tracker.track(event.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode click(String token) {
        return ask("GET", "/" + token, Map.of("User-Agent", PHONE));
    }

    private void assertLed(JsonNode answer) {
        assertThat(answer.path("statusCode").intValue()).as(answer.toString()).isEqualTo(302);
        assertThat(answer.path("headers").path("location").textValue()).isEqualTo(TARGET);
        assertThat(answer.path("headers").path("cache-control").textValue()).isEqualTo("no-store");
        assertThat(answer.path("headers").path("referrer-policy").textValue()).isEqualTo("no-referrer");
    }

    private String clicks() {
        return platform.text(
                "SELECT coalesce(string_agg(concat_ws(' ', kind, reason), ', ' ORDER BY id), '') FROM sms_clicks WHERE record_id = ?",
                record);
    }

    private String opened() {
        return platform.text(
                "SELECT coalesce(open_source || ' ' || (opened_at > now() - interval '1 minute'), 'no') FROM sms_records WHERE id = ?",
                record);
    }

    @Test
    void leadsToTheStoredTargetAndWritesDownWhoClicked() {
        assertLed(click(token));

        Map<String, Object> click = platform.rows("SELECT * FROM sms_clicks WHERE record_id = ?", record)
                .get(0);
        assertThat(click)
                .containsEntry("kind", "human")
                .containsEntry("campaign_id", campaign)
                .containsEntry("token", token)
                .containsEntry("user_agent", PHONE);
        assertThat(opened()).isEqualTo("click true");
        assertThat(platform.text("SELECT status FROM sms_records WHERE id = ?", record))
                .as("a click proves no delivery")
                .isEqualTo("sent");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/00000000000",
                "/",
                "",
                "//",
                "/favicon.ico",
                "/robots.txt",
                "/webhook",
                "/../../etc/passwd",
                "/00000000000?url=https://evil.example",
                "/https://evil.example",
                "/0'; DROP TABLE sms_links;--",
                "/%00",
                "/${sys:user.home}",
                "/#{1}",
                "/{{db.password}}",
                "/:#token",
                "/\u0000\u0000\u0000",
                "/\uD83D",
                "/ааааааааааа",
                "/0000000000000000000000"
            })
    void whateverIsNoLinkIsAnsweredAlike(String path) {
        JsonNode unknown = click("zzzzzzzzzzz");

        assertThat(unknown.path("statusCode").intValue()).isEqualTo(404);
        assertThat(ask("GET", path, Map.of("User-Agent", PHONE))).isEqualTo(unknown);
        assertThat(clicks()).isEmpty();
    }

    @Property(tries = 200)
    void noTokenOfAnyKindLeadsAnywhere(@ForAll @StringLength(max = 30) String text) {
        JsonNode answer = ask("GET", "/" + text, Map.of("User-Agent", PHONE));

        assertThat(answer.path("statusCode").intValue()).isEqualTo(404);
        assertThat(answer.path("headers").has("location")).isFalse();
        assertThat(answer.toString()).doesNotContain("evil");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"})
    void otherMethodsFindNothing(String method) {
        assertThat(ask(method, "/" + token, Map.of("User-Agent", PHONE))
                        .path("statusCode")
                        .intValue())
                .isEqualTo(404);
        assertThat(clicks()).isEmpty();
    }

    @Test
    void aTokenIsOneInItsOwnCaseOnly() {
        String swapped = token.chars()
                .map(each -> Character.isUpperCase(each) ? Character.toLowerCase(each) : Character.toUpperCase(each))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();

        assertThat(click(swapped).path("statusCode").intValue()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "HEAD, accept, */*, head",
        "GET, purpose, prefetch, header",
        "GET, sec-purpose, prefetch;prerender, header",
        "GET, user-agent, WhatsApp/2.23.20.0, userAgent",
        "GET, user-agent, '', userAgent",
    })
    void aProgramIsLedToTheTargetButCountsAsNobody(String method, String header, String value, String reason) {
        Map<String, String> headers = new java.util.HashMap<>(Map.of("user-agent", PHONE));
        headers.put(header, value);

        assertLed(ask(method, "/" + token, headers));

        assertThat(clicks()).isEqualTo("prefetch " + reason);
        assertThat(opened()).isEqualTo("no");
    }

    @Test
    void aClickWithinASecondOfAcceptanceIsAProgrammes() {
        sentAgo("0 seconds");
        assertLed(click(token));
        assertThat(clicks()).isEqualTo("prefetch tooSoon");
        assertThat(opened()).isEqualTo("no");

        sentAgo("2 seconds");
        assertLed(click(token));
        assertThat(clicks()).isEqualTo("prefetch tooSoon, human");
        assertThat(opened()).isEqualTo("click true");
    }

    @Test
    void aBurstIsAProgrammesFromItsFirstClickOn() {
        for (int i = 0; i < 4; i++) {
            assertLed(click(token));
        }
        assertThat(clicks()).isEqualTo("human, human, human, human");

        assertLed(click(token));

        assertThat(clicks()).isEqualTo(String.join(", ", java.util.Collections.nCopies(5, "prefetch burst")));
        assertThat(opened()).isEqualTo("no");

        platform.execute(
                "UPDATE sms_clicks SET clicked_at = clicked_at - interval '1 minute' WHERE record_id = ?", record);
        assertLed(click(token));
        assertThat(clicks()).endsWith("burst, human");
        assertThat(opened()).isEqualTo("click true");
    }

    @Test
    void aBurstTakesNoEarlierOpenAway() {
        assertLed(click(token));
        platform.execute("UPDATE sms_clicks SET clicked_at = now() - interval '1 hour' WHERE record_id = ?", record);
        platform.execute("UPDATE sms_records SET opened_at = now() - interval '1 hour' WHERE id = ?", record);

        for (int i = 0; i < 6; i++) {
            assertLed(click(token));
        }

        assertThat(clicks()).startsWith("human, prefetch burst").doesNotEndWith("human");
        assertThat(opened()).isEqualTo("click false");
    }

    @Test
    void theEarliestOpenWins() {
        platform.execute(
                "UPDATE sms_records SET opened_at = now() - interval '1 hour', open_source = 'read' WHERE id = ?",
                record);
        assertLed(click(token));
        assertThat(opened()).isEqualTo("read false");

        platform.execute("UPDATE sms_records SET opened_at = now() + interval '1 hour' WHERE id = ?", record);
        assertLed(click(token));
        assertThat(opened()).isEqualTo("click true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER DATABASE %s SET default_transaction_read_only = on",
                "ALTER TABLE sms_clicks RENAME TO sms_clicks_gone",
                "ALTER TABLE sms_clicks ADD CONSTRAINT full_disk CHECK (clicked_at < '2000-01-01') NOT VALID",
            })
    void aClickThatCannotBeRecordedIsLedOnAllTheSame(String fault) {
        String database = platform.text("SELECT current_database()");
        platform.execute(fault.formatted(database));
        try (TrackingHandler other = platform.tracker()) {
            TrackingHandler shared = tracker;
            tracker = other;
            try {
                assertLed(click(token));
                assertThat(click("zzzzzzzzzzz").path("statusCode").intValue()).isEqualTo(404);
            } finally {
                tracker = shared;
            }
        } finally {
            platform.onServer("ALTER DATABASE " + database + " RESET default_transaction_read_only");
            platform.execute("ALTER TABLE IF EXISTS sms_clicks_gone RENAME TO sms_clicks");
            platform.execute("ALTER TABLE sms_clicks DROP CONSTRAINT IF EXISTS full_disk");
        }
        assertThat(clicks()).isEmpty();
        assertLed(click(token));
        assertThat(clicks()).isEqualTo("human");
    }

    @Test
    void aClickTakesOneStatement() {
        Sends sends = new Sends();
        try (TrackingHandler counted = platform.tracker(Map.of(), Map.of("sends", sends))) {
            TrackingHandler shared = tracker;
            tracker = counted;
            try {
                sends.reset();
                assertLed(click(token));
                assertThat(sends.statements()).isEqualTo(1);
                click("zzzzzzzzzzz");
                assertThat(sends.statements()).isEqualTo(2);
                ask("GET", "/nothing", Map.of());
                assertThat(sends.statements()).isEqualTo(2);
            } finally {
                tracker = shared;
            }
        }
    }

    @Test
    void theTableTakesNoTargetThatIsNoWebAddress() {
        for (String target : List.of(
                "javascript:alert(1)",
                "//evil.example",
                "/x",
                "https://x.example/a b",
                "https://x.example/\r\nSet-Cookie: a=b",
                "https://",
                "ftp://x.example",
                "https://x.example/é")) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> platform.execute(
                            "INSERT INTO sms_links (token, record_id, position, target) VALUES ('00000000000', ?, 9, ?)",
                            record,
                            target))
                    .as(target)
                    .hasMessageContaining("sms_links_target_check");
        }
    }
}
