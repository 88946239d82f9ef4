package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.BadConfigurationException;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Tokens for RDS, compared with those that the AWS SDK's {@code RdsUtilities} 2.40.2 made of the same: PostgreSQL itself cannot
 * check them.
 */
class IamLoginTest {

    private static final Instant TWO = Instant.parse("2026-11-25T02:00:00Z");
    private static final String KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static AwsCredentialsProvider role(String sessionToken) {
        return StaticCredentialsProvider.create(
                sessionToken == null
                        ? AwsBasicCredentials.create("AKIDEXAMPLE", KEY)
                        : AwsSessionCredentials.create("AKIDEXAMPLE", KEY, sessionToken));
    }

    @ParameterizedTest
    @CsvSource({
        "campaigns.cluster-abc123.eu-west-1.rds.amazonaws.com, 5432, sms_dispatcher, eu-west-1,,"
                + " 5f4ec85fc3383aa3a07f3dd7c5903ad129d244a0ad59862892573c73c1931ffb",
        "campaigns.abc123.cn-north-1.rds.amazonaws.com.cn, 6543, sms dispatcher, cn-north-1,,"
                + " 14f4f37a44e0fc1e5c5b8301e035a2f17275f3a39de3ac82f233583745bbec3a",
        "campaigns.cluster-abc123.eu-west-1.rds.amazonaws.com, 5432, sms_dispatcher, eu-west-1, session/token+with=signs,"
                + " 136b41b20b45a2ae1ef1aacde36267a4126375d87790f8767f23fd043dc71331",
        "campaigns.abc123.cn-north-1.rds.amazonaws.com.cn, 6543, sms dispatcher, cn-north-1, session/token+with=signs,"
                + " bb6d6a84312a0c7739faa13ab2402789c9ffa9b0adcb78a9f74b3f31442d5515",
    })
    void signsWhatTheSdkSigns(String host, int port, String user, String region, String session, String signature) {
        // another region than the host's: the host's counts
        IamLogin login = new IamLogin(host, port, user, "us-east-1", role(session), InstantSource.fixed(TWO));

        Credentials made = login.credentials();

        assertThat(made.user()).isEqualTo(user);
        assertThat(made.password()).startsWith(host + ":" + port + "/?");
        Map<String, String> parameters = parameters(made.password());
        assertThat(parameters)
                .containsEntry("Action", "connect")
                .containsEntry("DBUser", user.replace(" ", "%20"))
                .containsEntry("X-Amz-Algorithm", "AWS4-HMAC-SHA256")
                .containsEntry("X-Amz-Date", "20261125T020000Z")
                .containsEntry("X-Amz-Expires", "900")
                .containsEntry("X-Amz-SignedHeaders", "host")
                .containsEntry("X-Amz-Credential", "AKIDEXAMPLE%2F20261125%2F" + region + "%2Frds-db%2Faws4_request")
                .containsEntry("X-Amz-Signature", signature)
                .hasSize(session == null ? 8 : 9);
    }

    private static Map<String, String> parameters(String token) {
        return Arrays.stream(token.substring(token.indexOf('?') + 1).split("&"))
                .map(parameter -> parameter.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    @Test
    void takesTheSettingsRegionWhereTheHostTellsNone() {
        IamLogin login = new IamLogin("10.0.0.7", 5432, "ann", "us-west-2", role(null), InstantSource.fixed(TWO));

        assertThat(parameters(login.credentials().password()).get("X-Amz-Credential"))
                .contains("us-west-2");
    }

    @Test
    void everyLogInHasATokenOfItsOwnTime() {
        AtomicReference<Instant> now = new AtomicReference<>(TWO);
        IamLogin login = new IamLogin("db", 5432, "ann", "us-west-2", role(null), now::get);
        String first = login.credentials().password();

        now.set(TWO.plusSeconds(901));
        String second = login.credentials().password();

        assertThat(parameters(first)).containsEntry("X-Amz-Date", "20261125T020000Z");
        assertThat(parameters(second)).containsEntry("X-Amz-Date", "20261125T021501Z");
        assertThat(parameters(second).get("X-Amz-Signature"))
                .isNotEqualTo(parameters(first).get("X-Amz-Signature"));
    }

    @Test
    void withoutARoleToSignAsTheSettingIsNamed() {
        AwsCredentialsProvider nobody = () -> {
            throw SdkClientException.create("Unable to load credentials");
        };
        IamLogin login = new IamLogin("db", 5432, "ann", "us-west-2", nobody, InstantSource.fixed(TWO));

        assertThatThrownBy(login::credentials)
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("DB_IAM_AUTH");
    }
}
