package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.DatabaseUnreachableException;
import org.smsdispatcher.DispatchHandler;
import org.smsdispatcher.Platform;

/** The password changes under a warm function: real PostgreSQL refuses the old one, and no invocation fails for it. */
class SecretRotationTest {

    private static final String ARN =
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:campaigns/dispatcher-AbC123";

    /** Longer than the pool trusts a connection without asking it whether it lives. */
    private static final long LONG_IDLE_MILLIS = 700;

    private final Platform platform = Platform.start();
    private final SecretsEndpoint secrets = SecretsEndpoint.start();
    private final String user = "rotated_" + Long.toHexString(System.nanoTime());
    private final UUID campaign = platform.campaign();

    @AfterEach
    void stop() {
        secrets.close();
        cutConnections();
        platform.execute("DROP ROLE " + user);
        platform.close();
    }

    private DispatchHandler dispatcher(Map<String, String> overrides) {
        platform.contacts(campaign, 90);
        Map<String, String> settings = new HashMap<>(Map.of(
                "db.user", "",
                "db.password", "",
                "db.secret.arn", ARN,
                "aws.endpoint.url.secrets.manager", secrets.url(),
                "publish.lanes", "2"));
        settings.putAll(overrides);
        return platform.dispatcher(settings);
    }

    private void createUser(String password) {
        platform.execute("CREATE ROLE " + user + " LOGIN PASSWORD '" + password + "' IN ROLE "
                + Platform.PASSWORD_REQUIRED + ", " + Platform.DISPATCHER_ROLE);
    }

    private void rotate(String password) {
        platform.execute("ALTER ROLE " + user + " PASSWORD '" + password + "'");
        secrets.put(ARN, SecretsEndpoint.secret(user, password));
    }

    private void cutConnections() {
        platform.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?", user);
    }

    private int sent(DispatchHandler dispatcher) {
        return dispatch(dispatcher, campaign, 30).get("sentCount").intValue();
    }

    @Test
    void aRotatedPasswordIsFetchedWhenTheOldOneIsRefusedAndNoInvocationFails() throws InterruptedException {
        createUser("first");
        secrets.put(ARN, SecretsEndpoint.secret(user, "first"));
        try (DispatchHandler warm = dispatcher(Map.of("db.pool.size", "1"))) {
            assertThat(sent(warm)).isEqualTo(30);
            assertThat(secrets.calls()).isEqualTo(1);

            rotate("second");
            assertThat(sent(warm))
                    .as("the pool's connection is not asked again")
                    .isEqualTo(30);
            assertThat(secrets.calls()).isEqualTo(1);

            cutConnections();
            Thread.sleep(LONG_IDLE_MILLIS);
            assertThat(sent(warm)).isEqualTo(30);
            assertThat(secrets.calls()).isEqualTo(2);
        }
        assertThat(platform.statuses(campaign)).isEqualTo("completed=90");
    }

    @Test
    void aPasswordRotatedBeforeThePoolGrowsIsFetchedToo() {
        createUser("first");
        secrets.put(ARN, SecretsEndpoint.secret(user, "first"));
        try (DispatchHandler warm = dispatcher(Map.of("db.pool.size", "4", "publish.lanes", "4"))) {
            platform.execute("UPDATE campaigns SET status = 'paused'");
            assertThat(sent(warm)).isZero();

            rotate("second");
            platform.execute("UPDATE campaigns SET status = 'active'");

            assertThat(sent(warm)).isEqualTo(30);
        }
    }

    @Test
    void aPasswordThatIsReallyWrongIsFetchedOnceMoreAndTheSecretNamed() {
        createUser("right");
        secrets.put(ARN, SecretsEndpoint.secret(user, "hunter2"));
        try (DispatchHandler dispatcher = dispatcher(Map.of())) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> sent(dispatcher))
                        .isInstanceOfSatisfying(
                                DatabaseUnreachableException.class,
                                failure -> assertThat(failure.getMessage())
                                        .contains("refuses", "28P01", "DB_SECRET_ARN", ARN))
                        .satisfies(failure ->
                                assertThat(Throwables.getStackTrace(failure)).doesNotContain("hunter2"));
            }
            assertThat(secrets.calls()).isEqualTo(2);
        }
        assertThat(platform.sns().accepted()).isEmpty();
    }

    @Test
    void aWrongPasswordOfTheEnvironmentIsNamed() {
        createUser("right");
        Map<String, String> wrong = Map.of("db.secret.arn", "", "db.user", user, "db.password", "hunter2");
        try (DispatchHandler dispatcher = dispatcher(wrong)) {
            assertThatThrownBy(() -> sent(dispatcher))
                    .isInstanceOfSatisfying(
                            DatabaseUnreachableException.class,
                            failure -> assertThat(failure.getMessage()).contains("refuses", "DB_USER", "DB_PASSWORD"))
                    .satisfies(failure ->
                            assertThat(Throwables.getStackTrace(failure)).doesNotContain("hunter2"));
        }
        assertThat(secrets.calls()).isZero();
    }

    @Test
    void aSecretThatMayNotBeReadIsNamed() {
        createUser("right");
        secrets.fail(400, "AccessDeniedException", "no");
        try (DispatchHandler dispatcher = dispatcher(Map.of())) {
            assertThatThrownBy(() -> sent(dispatcher))
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining("DB_SECRET_ARN")
                    .hasMessageContaining("AccessDeniedException");
        }
    }

    @Test
    void usersThatTakeTurnsAreFollowed() throws InterruptedException {
        createUser("first");
        secrets.put(ARN, SecretsEndpoint.secret(user, "first"));
        try (DispatchHandler warm = dispatcher(Map.of("db.pool.size", "1"))) {
            assertThat(sent(warm)).isEqualTo(30);

            platform.execute("ALTER ROLE " + user + " NOLOGIN");
            secrets.put(ARN, SecretsEndpoint.secret(Platform.DISPATCHER_ROLE, "any"));
            cutConnections();
            Thread.sleep(LONG_IDLE_MILLIS);

            assertThat(sent(warm)).isEqualTo(30);
            assertThat(secrets.calls()).isEqualTo(2);
        }
    }
}
