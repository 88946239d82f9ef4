package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.LocalServers;
import org.smsdispatcher.publish.PublishPolicy;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientPauseMode;
import redis.embedded.RedisServer;

/** Nobody on the blacklist is texted, however the number is written and whatever Redis does. */
class BlacklistTest {

    private static final Sends SENDS = new Sends();
    private static Platform platform;
    private static DispatchHandler dispatcher;
    private static DispatchHandler israeli;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher(Map.of(), InstantSource.system(), Map.of("sends", SENDS));
        israeli = platform.dispatcher(Map.of("default.region", "IL"));
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        israeli.close();
        platform.close();
    }

    @BeforeEach
    void reset() {
        SENDS.reset();
        platform.sns().clear();
        platform.execute("DELETE FROM blacklist");
        try (Jedis redis = platform.redis()) {
            redis.flushAll();
        }
    }

    private static void blacklist(String number) {
        platform.execute(
                "INSERT INTO blacklist (phone_number, source) VALUES (?, 'user_optout') ON CONFLICT DO NOTHING",
                number);
    }

    /** Among three others, and the only one who is not texted; no attempt is used. */
    private static void assertOnlyOneIsSkipped(DispatchHandler dispatcher, String number) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        UUID contact = platform.contact(campaign, number, null, "{}");

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        assertOnlyOneWasSkipped(campaign, contact, reply);
    }

    private static void assertOnlyOneWasSkipped(UUID campaign, UUID contact, JsonNode reply) {
        Invariants.addUp(reply);
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
        assertThat(reply.at("/skipped/blacklisted").intValue())
                .as(reply.toString())
                .isEqualTo(1);
        assertThat(reply.get("sentCount").intValue()).isEqualTo(3);
        assertThat(platform.statuses(campaign)).isEqualTo("blacklisted=1 completed=3");
        assertThat(platform.rows("SELECT status, sms_outcome, attempts FROM contacts WHERE id = ?", contact))
                .containsExactly(Map.of("status", "blacklisted", "sms_outcome", "blacklisted", "attempts", 0));
        assertThat(Invariants.texts(platform, campaign))
                .noneMatch(text -> text.contactId().equals(contact.toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+972501234567",
                "972501234567",
                "00972501234567",
                "0501234567",
                "501234567",
                "050-123-4567",
                "(050) 123-4567",
                "050.123.4567",
                "050/1234567",
                "972-50-1234567",
                "+972 50 123 4567",
                "+972-050-1234567",
                "+972 (0)50 1234567",
                " +972501234567 ",
                "+972\u00A050\u00A01234567",
                "\u200E+972501234567",
                "\uFF0B\uFF19\uFF17\uFF12501234567",
                "\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
                "+\u06F9\u06F7\u06F2\u06F5\u06F0\u06F1\u06F2\u06F3\u06F4\u06F5\u06F6\u06F7",
                "\u0966\u096B\u0966\u0967\u0968\u0969\u096A\u096B\u096C\u096D",
                "050 1234567 STOP"
            })
    void noSpellingEscapesPostgresql(String spelling) {
        blacklist(spelling);
        assertOnlyOneIsSkipped(israeli, "+972501234567");
        assertOnlyOneIsSkipped(israeli, "050-1234567");

        platform.execute("DELETE FROM blacklist");
        blacklist("+972501234567");
        if (!spelling.contains("STOP")) {
            assertOnlyOneIsSkipped(israeli, spelling);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+442079460123",
                "442079460123",
                "00442079460123",
                "+44 20 7946 0123",
                "+44 (0)20 7946 0123",
                "+44-020-79460123",
                "0044 20 7946-0123",
                "\uFF0B442079460123",
                "+\u0664\u0664\u0662\u0660\u0667\u0669\u0664\u0666\u0660\u0661\u0662\u0663"
            })
    void withoutADefaultRegionNoInternationalSpellingEscapes(String spelling) {
        blacklist(spelling);
        assertOnlyOneIsSkipped(dispatcher, "+442079460123");
        assertOnlyOneIsSkipped(dispatcher, "0044 2079460123");
    }

    @Test
    void aNeighboursNumberOnTheBlacklistIsNobodyElses() {
        blacklist("+972501234568");
        blacklist("0501234");
        blacklist("+50123456");
        UUID campaign = platform.campaign();
        platform.contact(campaign, "+972501234567", null, "{}");

        assertThat(dispatch(israeli, campaign, 10).get("sentCount").intValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "+972501234567, +972501234567",
        "050-1234567, +972501234567",
        "050-1234567, 050-1234567",
        "+972 50 1234567, +972501234567"
    })
    void whomOnlyRedisKnowsIsNotTexted(String stored, String inRedis) {
        try (Jedis redis = platform.redis()) {
            redis.set("blacklist:" + inRedis, "1");
        }
        assertOnlyOneIsSkipped(israeli, stored);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0", "", "false", "null", "{\"reason\":\"STOP\"}", "\u00ac\u00ed\u0000\u0005t"})
    void onlyTheKeysExistenceCounts(String value) {
        try (Jedis redis = platform.redis()) {
            redis.set("blacklist:+972501234567", value);
            redis.setex("blacklist:+972501234569", 60, value);
        }
        assertOnlyOneIsSkipped(israeli, "+972501234567");
        assertOnlyOneIsSkipped(israeli, "+972501234569");
    }

    @Test
    void aKeyOfAnotherTypeIsNoObstacle() {
        try (Jedis redis = platform.redis()) {
            redis.sadd("blacklist:+12125550000", "1");
            redis.hset("blacklist:+12125550001", "reason", "STOP");
            redis.rpush("blacklist:+972501234567", "1");
        }
        blacklist("0501234567");

        UUID campaign = platform.campaign();
        UUID contact = platform.contact(campaign, "+972501234567", null, "{}");
        platform.contacts(campaign, 5, 3, null);
        assertOnlyOneWasSkipped(campaign, contact, dispatch(israeli, campaign, 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"+972501234567", "972-50-1234567"})
    void whoOptsOutBetweenClaimAndArmIsNotTexted(String spelling) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        UUID contact = platform.contact(campaign, "+972501234567", null, "{}");
        SENDS.before((id, number) -> {
            if (id.equals("arm-attempts")) {
                assertThat(platform.statuses(campaign)).isEqualTo("in_progress=4");
                blacklist(spelling);
            }
        });

        assertOnlyOneWasSkipped(campaign, contact, dispatch(dispatcher, campaign, 10));
    }

    @Test
    void whoOptsOutDuringABackoffIsNotTexted() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        UUID contact = platform.contact(campaign, "+972501234567", null, "{}");
        platform.sns().answerWith((call, ids) -> org.smsdispatcher.local.SnsEndpoint.Fault.throttled());
        dispatch(dispatcher, campaign, 10);
        platform.sns().answerWith(null);
        Invariants.letTimePass(platform, campaign);
        blacklist("00972501234567");

        assertOnlyOneWasSkipped(campaign, contact, dispatch(dispatcher, campaign, 10));
    }

    /** Four slices with one on PostgreSQL's blacklist in each: PostgreSQL decides, and soon. */
    private static void assertPostgresqlDecidesAlone(String redisHost, int redisPort) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 100);
        for (int i = 0; i < 100; i += 25) {
            blacklist("1 " + (2_125_550_000L + i));
        }
        Map<String, String> settings =
                Map.of("redis.host", redisHost, "redis.port", Integer.toString(redisPort), "claim.slice", "25");
        try (DispatchHandler withoutRedis = platform.dispatcher(settings)) {
            Instant start = Instant.now();
            JsonNode reply = dispatch(withoutRedis, campaign, 100);

            assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(20));
            Invariants.addUp(reply);
            Invariants.hold(platform, campaign, PublishPolicy.FAIL);
            assertThat(reply.get("sentCount").intValue()).as(reply.toString()).isEqualTo(96);
            assertThat(reply.at("/skipped/blacklisted").intValue()).isEqualTo(4);
        }
    }

    @Test
    void redisMayBeDownFromTheStart() {
        assertPostgresqlDecidesAlone("127.0.0.1", LocalServers.freePort());
    }

    @Test
    void redisMayHaveNoAddress() {
        assertPostgresqlDecidesAlone("redis.invalid", 6379);
    }

    @Test
    void redisMayHang() {
        int port = LocalServers.freePort();
        RedisServer redis = LocalServers.redis(port);
        try (Jedis client = new Jedis("127.0.0.1", port)) {
            client.clientPause(60_000, ClientPauseMode.ALL);
            assertPostgresqlDecidesAlone("127.0.0.1", port);
        } finally {
            redis.stop();
        }
    }

    @Test
    void redisIsAskedOnceAndNotAgainWhenItNeverAnswers() throws IOException {
        try (FakeRedis redis = new FakeRedis(socket -> {})) {
            assertPostgresqlDecidesAlone("127.0.0.1", redis.port());
            assertThat(redis.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 400 Bad Request\r\n\r\n",
                "-ERR unknown command\r\n",
                "-LOADING Redis is loading the dataset in memory\r\n",
                "-NOAUTH Authentication required.\r\n",
                "-MOVED 1 127.0.0.1:1\r\n",
                "-ASK 1 127.0.0.1:1\r\n",
                "-MOVED\r\n",
                "+OK\r\n",
                ":1\r\n",
                "$-1\r\n",
                "$5\r\nhello\r\n",
                "*0\r\n",
                "*-1\r\n",
                "*1\r\n$-1\r\n",
                "*25\r\n$-1\r\n",
                "*25\r\n:1\r\n-ERR\r\n",
                "$-7\r\n",
                "\r\n",
                "\u0000\u0001\u0002\u0003"
            })
    void redisMayAnswerNonsense(String answer) throws IOException {
        try (FakeRedis redis = new FakeRedis(socket -> answer(socket, answer, answer));
                FakeRedis laterOn = new FakeRedis(socket -> answer(socket, "+OK\r\n", answer))) {
            assertPostgresqlDecidesAlone("127.0.0.1", redis.port());
            assertPostgresqlDecidesAlone("127.0.0.1", laterOn.port());
            assertThat(redis.connections()).isEqualTo(1);
        }
    }

    /** Answers what a client says on connecting, and what it asks then. */
    private static void answer(Socket socket, String greeting, String answer) {
        try (socket) {
            InputStream commands = socket.getInputStream();
            byte[] read = new byte[64 * 1024];
            for (int length = commands.read(read); length >= 0; length = commands.read(read)) {
                String text = new String(read, 0, length, StandardCharsets.UTF_8);
                String reply = text.contains("MGET") ? answer : greeting.repeat(text.split("CLIENT", -1).length - 1);
                if (reply.isEmpty()) {
                    return;
                }
                socket.getOutputStream().write(reply.getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().flush();
            }
        } catch (IOException gone) {
            // the client has had enough
        }
    }

    @Test
    void redisMayDieBetweenTwoSlices() {
        int port = LocalServers.freePort();
        RedisServer redis = LocalServers.redis(port);
        try (Jedis client = new Jedis("127.0.0.1", port)) {
            client.set("blacklist:+12125550001", "1");
        }
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 100);
        // the first in line, or the first slice may not hold it
        platform.execute(
                "UPDATE contacts SET created_at = 'epoch' WHERE campaign_id = ? AND phone_number LIKE '%12125550001'",
                campaign);
        blacklist("12125550099");
        AtomicInteger asked = new AtomicInteger();
        Sends sends = new Sends();
        sends.before((id, number) -> {
            if (id.equals("redis-mget") && asked.incrementAndGet() == 2) {
                redis.stop();
            }
        });
        Map<String, String> settings =
                Map.of("redis.port", Integer.toString(port), "claim.slice", "25", "redis.host", "127.0.0.1");
        try (DispatchHandler unlucky = platform.dispatcher(settings, InstantSource.system(), Map.of("sends", sends))) {
            JsonNode reply = dispatch(unlucky, campaign, 100);

            Invariants.addUp(reply);
            Invariants.hold(platform, campaign, PublishPolicy.FAIL);
            assertThat(asked.get())
                    .as("asked before it died, while it did, and no more")
                    .isEqualTo(2);
            assertThat(reply.at("/skipped/blacklisted").intValue()).isEqualTo(2);
            assertThat(reply.get("sentCount").intValue()).isEqualTo(98);
        } finally {
            redis.stop();
        }
    }

    /** Takes connections and does with each what the test says. */
    private static final class FakeRedis implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicInteger connections = new AtomicInteger();

        FakeRedis(Consumer<Socket> serve) throws IOException {
            Thread thread = new Thread(
                    () -> {
                        while (!server.isClosed()) {
                            try {
                                Socket socket = server.accept();
                                connections.incrementAndGet();
                                serve.accept(socket);
                            } catch (IOException closed) {
                                return;
                            }
                        }
                    },
                    "fake-redis");
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return server.getLocalPort();
        }

        int connections() {
            return connections.get();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
