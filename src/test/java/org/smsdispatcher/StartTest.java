package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.InstantSource;
import java.util.Map;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The function's start: settings that are missing or wrong are named; far ends that are down are left to the first event. */
class StartTest {

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"db.host", "db.name", "db.user", "redis.host", "sms.gateway.topic.arn"})
    void namesTheMissingVariable(String key) {
        Main main = new Main();
        platform.settings().entrySet().stream()
                .filter(setting -> !setting.getKey().equals(key))
                .forEach(setting -> main.addOverrideProperty(setting.getKey(), setting.getValue()));

        assertThatThrownBy(() -> new DispatchHandler(main, InstantSource.system()))
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining(key.replace('.', '_').toUpperCase(java.util.Locale.ROOT));
    }

    @ParameterizedTest
    @CsvSource({
        "batch.size, 0, BATCH_SIZE",
        "batch.size, 10001, BATCH_SIZE",
        "db.port, many, DB_PORT",
        "redis.port, 70000, REDIS_PORT",
        "sms.gateway.topic.arn, my-topic, SMS_GATEWAY_TOPIC_ARN",
        "default.region, Atlantis, region",
        "publish.policy, TWICE, TWICE",
        "deadline.reserve.seconds, -1, DEADLINE_RESERVE_SECONDS",
        "send.margin.seconds, -5, SEND_MARGIN_SECONDS",
        "claim.slice, 0, CLAIM_SLICE",
    })
    void namesTheWrongSetting(String key, String value, String named) {
        assertThatThrownBy(() -> platform.dispatcher(Map.of(key, value)).close())
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining(named);
    }

    @Test
    void startsWithEveryFarEndDownAndSaysSoAtTheFirstEvent() {
        Map<String, String> nowhere =
                Map.of("db.port", "1", "redis.port", "1", "aws.endpoint.url", "http://127.0.0.1:1");
        try (DispatchHandler dispatcher = platform.dispatcher(nowhere)) {
            assertThatThrownBy(() -> Platform.dispatch(dispatcher, platform.campaign(), 10))
                    .isInstanceOf(DatabaseUnreachableException.class)
                    .hasMessageContaining("PostgreSQL");
        }
    }

    @Test
    void aDatabaseWithoutOurMigrationsIsNamedAsSuch() {
        platform.execute("ALTER TABLE contacts DROP COLUMN sms_lease_id CASCADE");
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            assertThatThrownBy(() -> Platform.dispatch(dispatcher, platform.campaign(), 10))
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining("migrations");
            assertThat(platform.sns().accepted()).isEmpty();
        }
    }
}
