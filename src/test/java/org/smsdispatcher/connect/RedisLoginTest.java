package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.DispatchHandler;
import org.smsdispatcher.Platform;
import org.smsdispatcher.local.LocalServers;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;

/** Redis with TLS and users: its certificate is for "localhost" and of a CA of its own, so 127.0.0.1 is a wrong host name. */
class RedisLoginTest {

    private static final String ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:redis/dispatcher-AbC123";

    @TempDir
    static Path directory;

    private static RedisServer server;
    private static int plainPort;
    private static int tlsPort;
    private static Path ca;
    private static Path otherCa;

    private final SecretsEndpoint secrets = SecretsEndpoint.start();

    @BeforeAll
    static void start() throws IOException {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
        TestCa issuer = TestCa.create(Files.createDirectory(directory.resolve("ca")));
        TestCa.Issued issued = issuer.issue("localhost");
        ca = issuer.certificate();
        otherCa =
                TestCa.create(Files.createDirectory(directory.resolve("other"))).certificate();
        plainPort = LocalServers.freePort();
        tlsPort = LocalServers.freePort();
        server = RedisServer.builder()
                .port(plainPort)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .setting("tls-port " + tlsPort)
                .setting("tls-cert-file " + issued.certificate())
                .setting("tls-key-file " + issued.key())
                .setting("tls-ca-cert-file " + ca)
                .setting("tls-auth-clients no")
                .build();
        server.start();
        acl("SETUSER dispatcher reset on >first ~blacklist:* +mget");
        try (Jedis redis = new Jedis("127.0.0.1", plainPort)) {
            redis.set("blacklist:+12125550001", "1");
        }
    }

    private static void acl(String command) {
        try (Jedis redis = new Jedis("127.0.0.1", plainPort)) {
            redis.sendCommand(() -> "ACL".getBytes(StandardCharsets.US_ASCII), command.split(" ", -1));
        }
    }

    @AfterEach
    void closeSecrets() {
        secrets.close();
        acl("SETUSER dispatcher resetpass >first");
    }

    @AfterAll
    static void stop() throws IOException {
        server.stop();
    }

    private static Map<String, String> settings(String host, boolean tls, String rootCert) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "redis.host", host,
                "redis.port", Integer.toString(tls ? tlsPort : plainPort),
                "redis.tls", Boolean.toString(tls)));
        if (rootCert != null) {
            settings.put("redis.tls.root.cert", (rootCert.equals("known") ? ca : otherCa).toString());
        }
        return settings;
    }

    private static List<byte[]> ask(Map<String, String> settings) {
        JedisConnectionFactory factory = Connections.redis(new Settings(key -> Optional.ofNullable(settings.get(key))));
        return ask(factory);
    }

    private static List<byte[]> ask(JedisConnectionFactory factory) {
        try (RedisConnection connection = factory.getConnection()) {
            return connection.stringCommands().mGet("blacklist:+12125550001".getBytes(StandardCharsets.US_ASCII));
        }
    }

    @Test
    void speaksTlsWithTheHostThatTheCertificateIsFor() {
        assertThat(ask(settings("localhost", true, "known"))).containsExactly("1".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, known, 127.0.0.1",
        "localhost, other, PKIX path",
        "localhost, , PKIX path",
    })
    void refusesAWrongHostAndAnUnknownCa(String host, String rootCert, String why) {
        assertThatThrownBy(() -> ask(settings(host, true, rootCert)))
                .isInstanceOf(RedisConnectionFailureException.class)
                .hasMessageContaining(why);
    }

    @Test
    void speaksNoTlsWithAServerThatHasNone() {
        Map<String, String> settings = settings("localhost", true, "known");
        settings.put("redis.port", Integer.toString(plainPort));

        assertThatThrownBy(() -> ask(settings)).isInstanceOf(RedisConnectionFailureException.class);
    }

    @Test
    void logsInAsTheUserThatMayOnlyLookUpTheBlacklist() {
        Map<String, String> settings = settings("localhost", true, "known");
        settings.put("redis.username", "dispatcher");
        settings.put("redis.password", "first");

        assertThat(ask(settings)).containsExactly("1".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aWrongPasswordIsNamedAndNotQuoted() {
        Map<String, String> settings = settings("localhost", false, null);
        settings.put("redis.username", "dispatcher");
        settings.put("redis.password", "hunter2");

        assertThatThrownBy(() -> ask(settings))
                .isInstanceOfSatisfying(
                        RedisConnectionFailureException.class,
                        failure -> assertThat(failure.getMessage())
                                .contains("REDIS_USERNAME", "REDIS_PASSWORD")
                                .doesNotContain("hunter2"));
    }

    @Test
    void aRotatedPasswordIsFetchedWhenTheOldOneIsRefused() {
        secrets.put(ARN, SecretsEndpoint.secret("dispatcher", "first"));
        Map<String, String> settings = settings("localhost", true, "known");
        settings.put("redis.secret.arn", ARN);
        settings.put("aws.endpoint.url", secrets.url());
        JedisConnectionFactory warm = Connections.redis(new Settings(key -> Optional.ofNullable(settings.get(key))));
        assertThat(ask(warm)).hasSize(1);
        assertThat(ask(warm)).hasSize(1);
        assertThat(secrets.calls()).isEqualTo(1);

        acl("SETUSER dispatcher resetpass >second");
        secrets.put(ARN, SecretsEndpoint.secret("dispatcher", "second"));

        assertThat(ask(warm)).hasSize(1);
        assertThat(secrets.calls()).isEqualTo(2);

        acl("SETUSER dispatcher resetpass >third");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> ask(warm)).hasMessageContaining("REDIS_SECRET_ARN");
        }
        assertThat(secrets.calls()).isEqualTo(2);
    }

    @Test
    void aDispatcherLooksUpTheBlacklistThroughTls() {
        try (Platform platform = Platform.start()) {
            UUID campaign = platform.campaign();
            platform.contacts(campaign, 3);
            Map<String, String> settings = settings("localhost", true, "known");
            settings.put("redis.username", "dispatcher");
            settings.put("redis.password", "first");
            try (DispatchHandler dispatcher = platform.dispatcher(settings)) {
                JsonNode reply = dispatch(dispatcher, campaign, 10);

                assertThat(reply.at("/skipped/blacklisted").intValue()).isEqualTo(1);
                assertThat(reply.get("sentCount").intValue()).isEqualTo(2);
            }
        }
    }
}
