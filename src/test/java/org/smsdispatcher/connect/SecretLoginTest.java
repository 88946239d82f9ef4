package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.DatabaseUnreachableException;
import org.smsdispatcher.DispatchException;

/** When Secrets Manager is asked, when it is not, and what is made of its answers. */
class SecretLoginTest {

    private static final String ARN =
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:campaigns/dispatcher-AbC123";

    private final SecretsEndpoint secrets = SecretsEndpoint.start();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-25T02:00:00Z"));

    @BeforeAll
    static void signAsAnybody() {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
    }

    @AfterEach
    void stop() {
        secrets.close();
    }

    private SecretLogin login(boolean namesUser) {
        return new SecretLogin("DB_SECRET_ARN", ARN, Optional.of(URI.create(secrets.url())), namesUser, now::get);
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    @Test
    void isAskedOnceForManyLogIns() {
        secrets.put(ARN, SecretsEndpoint.secret("ann", "one"));
        SecretLogin login = login(true);

        for (int i = 0; i < 5; i++) {
            assertThat(login.credentials()).isEqualTo(new Credentials("ann", "one"));
            pass(Duration.ofHours(5));
        }

        assertThat(secrets.calls()).isEqualTo(1);
    }

    @Test
    void isAskedAgainWhenRefusedAndTellsOfTheRotation() {
        secrets.put(ARN, SecretsEndpoint.secret("ann", "one"));
        SecretLogin login = login(true);
        Credentials old = login.credentials();
        secrets.put(ARN, SecretsEndpoint.secret("ann_clone", "two"));

        assertThat(login.renew(old)).isTrue();
        assertThat(login.credentials()).isEqualTo(new Credentials("ann_clone", "two"));
        assertThat(login.renew(old))
                .as("another connection was refused the old one too")
                .isTrue();
        assertThat(secrets.calls()).isEqualTo(2);
    }

    @Test
    void aPasswordThatIsReallyWrongIsFetchedAgainOnceInTenSeconds() {
        secrets.put(ARN, SecretsEndpoint.secret("ann", "wrong"));
        SecretLogin login = login(true);

        for (int i = 0; i < 10; i++) {
            assertThat(login.renew(login.credentials())).isFalse();
        }
        assertThat(secrets.calls()).isEqualTo(2);

        pass(SecretLogin.BETWEEN_FETCHES);
        secrets.put(ARN, SecretsEndpoint.secret("ann", "right"));
        assertThat(login.renew(login.credentials())).isTrue();
        assertThat(login.credentials().password()).isEqualTo("right");
        assertThat(secrets.calls()).isEqualTo(3);
    }

    @Test
    void connectionsRefusedAtATimeFetchOnce() throws Exception {
        secrets.put(ARN, SecretsEndpoint.secret("ann", "one"));
        SecretLogin login = login(true);
        Credentials old = login.credentials();
        secrets.put(ARN, SecretsEndpoint.secret("ann", "two"));
        ExecutorService connections = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> refused = Stream.generate(() -> (Callable<Boolean>) () -> login.renew(old))
                    .limit(8)
                    .toList();
            for (Future<Boolean> renewed : connections.invokeAll(refused)) {
                assertThat(renewed.get()).isTrue();
            }
        } finally {
            connections.shutdownNow();
        }
        assertThat(secrets.calls()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"400, AccessDeniedException", "400, ResourceNotFoundException", "400, DecryptionFailure"})
    void whatARetryCannotMendIsAConfigurationToMend(int status, String code) {
        secrets.fail(status, code, "User: arn:aws:sts::999999999999:assumed-role/admin is not authorized");
        SecretLogin login = login(true);

        Throwable failure = catchThrowable(login::credentials);

        assertThat(failure)
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("DB_SECRET_ARN")
                .hasMessageContaining(ARN)
                .hasMessageContaining(code)
                .hasMessageContaining("secretsmanager:GetSecretValue")
                .hasNoCause();
        assertThat(failure.toString()).doesNotContain("999999999999").doesNotContain("admin");
    }

    @ParameterizedTest
    @CsvSource({"500, InternalServiceError", "400, ThrottlingException"})
    void anOutageIsToldAgainForTenSecondsAndThenTriedAgain(int status, String code) {
        secrets.fail(status, code, "later");
        secrets.put(ARN, SecretsEndpoint.secret("ann", "one"));
        SecretLogin login = login(true);
        assertThatThrownBy(login::credentials)
                .isInstanceOf(DatabaseUnreachableException.class)
                .hasMessageContaining("DB_SECRET_ARN");
        int calls = secrets.calls();

        secrets.mend();
        assertThatThrownBy(login::credentials).isInstanceOf(DatabaseUnreachableException.class);
        assertThat(secrets.calls()).isEqualTo(calls);

        pass(SecretLogin.BETWEEN_FETCHES);
        assertThat(login.credentials()).isEqualTo(new Credentials("ann", "one"));
    }

    @Test
    void anOutageAtARotationIsToldAsSuch() {
        secrets.put(ARN, SecretsEndpoint.secret("ann", "one"));
        SecretLogin login = login(true);
        Credentials old = login.credentials();
        secrets.fail(500, "InternalServiceError", "later");

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> login.renew(old))
                    .isInstanceOf(DatabaseUnreachableException.class)
                    .hasMessageContaining("Secrets Manager did not give");
        }

        secrets.mend();
        secrets.put(ARN, SecretsEndpoint.secret("ann", "two"));
        pass(SecretLogin.BETWEEN_FETCHES);
        assertThat(login.renew(old)).isTrue();
    }

    @Test
    void anUnreachableSecretsManagerIsWorthARetry() {
        secrets.close();

        assertThatThrownBy(login(true)::credentials)
                .isInstanceOf(DatabaseUnreachableException.class)
                .hasMessageContaining("Secrets Manager did not give");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hunter2",
                "\"hunter2\"",
                "[\"hunter2\"]",
                "{\"password\":\"hunter2\"}",
                "{\"username\":\"ann\"}",
                "{\"username\":\"ann\",\"password\":\"\",\"was\":\"hunter2\"}",
                "{\"username\":\" \",\"password\":\"hunter2\"}",
                "{\"username\":\"ann\",\"password\":[\"hunter2\"]}",
                "{\"username\":\"ann\",\"password\":\"hunter2\"",
            })
    void aSecretOfAnotherShapeIsNamedAndNotQuoted(String secret) {
        secrets.put(ARN, secret);

        assertThatThrownBy(login(true)::credentials)
                .isInstanceOfSatisfying(BadConfigurationException.class, SecretLoginTest::namesAndDoesNotQuote);
    }

    @Test
    void aBinarySecretIsNamedAndNotQuoted() {
        secrets.putBinary(ARN, "aHVudGVyMg==");

        assertThatThrownBy(login(true)::credentials)
                .isInstanceOfSatisfying(BadConfigurationException.class, SecretLoginTest::namesAndDoesNotQuote);
    }

    private static void namesAndDoesNotQuote(DispatchException failure) {
        assertThat(failure)
                .hasMessageContaining(ARN)
                .hasMessageContaining("'username' and 'password'")
                .hasNoCause();
        assertThat(failure.getMessage()).doesNotContain("hunter2");
    }

    @Test
    void redisMayDoWithoutAUser() {
        secrets.put(ARN, "{\"password\":\"one\"}");

        assertThat(login(false).credentials()).isEqualTo(new Credentials(null, "one"));
    }

    @Test
    void credentialsArePrintedWithoutThePassword() {
        assertThat(new Credentials("ann", "hunter2").toString()).isEqualTo("Credentials[ann]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "campaigns/dispatcher",
                "arn:aws:sns:eu-west-1:123456789012:secret:x",
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
                "arn:aws:secretsmanager:eu-west-1::secret:x",
            })
    void anythingElseIsNoArn(String arn) {
        assertThatThrownBy(() -> new SecretLogin("DB_SECRET_ARN", arn, Optional.empty(), true, now::get))
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("DB_SECRET_ARN");
    }
}
