package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.BadConfigurationException;

/** The settings of log-ins and TLS: what contradicts itself refuses the start, and the message names the variables. */
class LoginSettingsTest {

    private static final String SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbC123";

    /** Settings that work, changed by {@code key=value} pairs; an empty value unsets. */
    private static Settings settings(String changes) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "db.host", "localhost",
                "db.port", "5432",
                "db.name", "campaigns",
                "db.user", "ann",
                "db.password", "one",
                "db.pool.size", "4",
                "aws.region", "eu-west-1",
                "redis.host", "localhost",
                "redis.port", "6379"));
        for (String change : changes.split(" ", -1)) {
            if (!change.isEmpty()) {
                String[] pair = change.split("=", 2);
                settings.put(pair[0], pair[1].replace("SECRET", SECRET));
            }
        }
        return new Settings(key -> Optional.ofNullable(settings.get(key)));
    }

    @ParameterizedTest
    @CsvSource({
        "db.password=, DB_PASSWORD, DB_IAM_AUTH",
        "db.secret.arn=SECRET, DB_PASSWORD, DB_SECRET_ARN",
        "db.iam.auth=true, DB_PASSWORD, DB_IAM_AUTH",
        "db.password= db.secret.arn=SECRET db.user= db.iam.auth=true, DB_SECRET_ARN, DB_IAM_AUTH",
        "db.password= db.secret.arn=SECRET, DB_USER, DB_SECRET_ARN",
        "db.password= db.secret.arn=x db.user=, DB_SECRET_ARN, ARN",
        "db.password= db.iam.auth=true db.user= db.ssl.mode=require, DB_USER, not set",
        "db.password= db.iam.auth=yes, DB_IAM_AUTH, yes",
        "db.password= db.iam.auth=true, DB_IAM_AUTH, DB_SSL_MODE",
        "db.user=, DB_USER, not set",
        "db.ssl.mode=prefer, DB_SSL_MODE, prefer",
        "db.ssl.mode=allow, DB_SSL_MODE, allow",
        "db.ssl.mode=verify-full db.ssl.root.cert=/nowhere.pem, DB_SSL_ROOT_CERT, /nowhere.pem",
        "db.ssl.mode=verify-full db.ssl.root.cert=pom.xml, DB_SSL_ROOT_CERT, pom.xml",
        "db.ssl.mode=require db.ssl.root.cert=system, DB_SSL_ROOT_CERT, DB_SSL_MODE=require",
        "db.ssl.root.cert=system, DB_SSL_ROOT_CERT, DB_SSL_MODE=disable",
    })
    void aContradictionOfTheDatabasesRefusesTheStart(String changes, String named, String alsoNamed) {
        assertThatThrownBy(() -> Connections.database(settings(changes)).close())
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining(named)
                .hasMessageContaining(alsoNamed);
    }

    @ParameterizedTest
    @CsvSource({
        "redis.username=ann, REDIS_USERNAME, REDIS_PASSWORD",
        "redis.password=one redis.secret.arn=SECRET, REDIS_PASSWORD, REDIS_SECRET_ARN",
        "redis.username=ann redis.secret.arn=SECRET, REDIS_USERNAME, REDIS_SECRET_ARN",
        "redis.secret.arn=x, REDIS_SECRET_ARN, ARN",
        "redis.tls=on, REDIS_TLS, on",
        "redis.tls.root.cert=pom.xml, REDIS_TLS_ROOT_CERT, REDIS_TLS is not true",
        "redis.tls=true redis.tls.root.cert=pom.xml, REDIS_TLS_ROOT_CERT, pom.xml",
    })
    void aContradictionOfRedisRefusesTheStart(String changes, String named, String alsoNamed) {
        assertThatThrownBy(() -> Connections.redis(settings(changes)).destroy())
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining(named)
                .hasMessageContaining(alsoNamed);
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "db.password= db.secret.arn=SECRET db.user=",
        "db.password= db.iam.auth=true db.ssl.mode=require",
        "db.iam.auth=false",
        "db.host=db.internal",
        "redis.password=one",
        "redis.username=ann redis.password=one redis.tls=true",
        "redis.secret.arn=SECRET redis.tls=True",
    })
    void eachWayAloneStartsAndAsksNobody(String changes) {
        assertThatCode(() -> {
                    Connections.database(settings(changes)).close();
                    Connections.redis(settings(changes)).destroy();
                })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, disable",
        "127.0.0.1, disable",
        "127.8.0.1, disable",
        "::1, disable",
        "[::1], disable",
        "127.0.0.1.example.com, verify-full",
        "localhost.example.com, verify-full",
        "postgres, verify-full",
        "10.0.0.7, verify-full",
        "campaigns.abc123.eu-west-1.rds.amazonaws.com, verify-full",
    })
    void tlsIsFullyVerifiedExceptOnThisMachine(String host, String mode) {
        assertThat(DatabaseTls.of(settings("db.host=" + host)).mode()).isEqualTo(mode);
    }

    @Test
    void theImagesBundleIsTrustedWhereThereIsOne(@TempDir Path task) throws IOException {
        String onLambda = "db.host=db lambda.task.root=" + task;
        assertThat(DatabaseTls.of(settings(onLambda)).rootCert())
                .as("the JDK's CAs")
                .isEmpty();

        Path bundle = Files.writeString(task.resolve("rds-ca-bundle.pem"), "");

        assertThat(DatabaseTls.of(settings(onLambda)).rootCert()).contains(bundle);
        assertThat(DatabaseTls.of(settings(onLambda + " db.ssl.root.cert=system"))
                        .rootCert())
                .isEmpty();
        assertThat(DatabaseTls.of(settings(onLambda + " db.ssl.mode=require")).rootCert())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'', secrets.manager,",
        "aws.endpoint.url=http://all, secrets.manager, http://all",
        "aws.endpoint.url=http://all aws.endpoint.url.sns=http://sns, secrets.manager, http://all",
        "aws.endpoint.url=http://all aws.endpoint.url.sns=http://sns, sns, http://sns",
        "aws.endpoint.url.sns=http://sns, secrets.manager,",
        "aws.endpoint.url=http://all aws.endpoint.url.secrets.manager=http://secrets, secrets.manager, http://secrets",
    })
    void anEndpointIsFoundByTheSdksRule(String changes, String service, URI endpoint) {
        assertThat(Connections.endpoint(settings(changes), service)).isEqualTo(Optional.ofNullable(endpoint));
    }

    @Test
    void aFixedLoginHasNothingNewerToTry() {
        Login login = Logins.ofDatabase(settings(""), InstantSource.system());

        assertThat(login.credentials()).isEqualTo(new Credentials("ann", "one"));
        assertThat(login.renew(login.credentials())).isFalse();
    }
}
