package org.smsdispatcher.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.DatabaseUnreachableException;
import org.smsdispatcher.DispatchException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClientBuilder;

/**
 * Credentials that Secrets Manager keeps and rotates, as RDS and ElastiCache write them: a JSON object with {@code username} and
 * {@code password}; whatever else it holds is not read. Kept until a server refuses them: a password that still serves is the
 * right one, however old.
 *
 * <p>Asked at most once in ten seconds after a failure or a refusal, so that a password that is really wrong costs one call
 * more and not one a connection. In between the same failure is told again.
 */
final class SecretLogin implements Login {

    /** The longest one fetch takes: two tries in the SDK's own retries, on a processor that has just started. */
    static final Duration FETCH = Duration.ofSeconds(3);

    static final Duration BETWEEN_FETCHES = Duration.ofSeconds(10);

    private static final Duration ATTEMPT = Duration.ofMillis(1_400);

    private static final Pattern ARN =
            Pattern.compile("arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}");

    private final String variable;
    private final String arn;
    private final Region region;
    private final Optional<URI> endpoint;
    private final boolean namesUser;
    private final InstantSource clock;
    private final JsonMapper json = new JsonMapper();

    private Credentials current;
    private DispatchException failure;
    private Instant notBefore = Instant.MIN;

    /**
     * Asks nobody yet.
     *
     * @param variable which environment variable holds the ARN
     * @param endpoint another Secrets Manager than AWS's
     * @param namesUser whether the secret has to have a {@code username}
     * @throws BadConfigurationException naming the variable, when {@code arn} is not the ARN of a secret
     */
    SecretLogin(String variable, String arn, Optional<URI> endpoint, boolean namesUser, InstantSource clock) {
        Matcher matcher = ARN.matcher(arn);
        if (!matcher.matches()) {
            throw new BadConfigurationException(
                    variable + " is not the ARN of a Secrets Manager secret: '" + arn + "'");
        }
        this.variable = variable;
        this.arn = arn;
        this.region = Region.of(matcher.group(1));
        this.endpoint = endpoint;
        this.namesUser = namesUser;
        this.clock = clock;
    }

    @Override
    public synchronized Credentials credentials() {
        if (current == null) {
            fetch();
        }
        return current;
    }

    @Override
    public synchronized boolean renew(Credentials refused) {
        if (refused.equals(current) && (failure != null || !clock.instant().isBefore(notBefore))) {
            fetch();
            notBefore = clock.instant().plus(BETWEEN_FETCHES);
        }
        return !refused.equals(current);
    }

    @Override
    public String whatToCheck() {
        return "check that the secret of " + variable + " (" + arn + ") holds the user and password of now;"
                + " it was fetched again and is refused too";
    }

    private void fetch() {
        if (failure != null && clock.instant().isBefore(notBefore)) {
            throw failure;
        }
        try {
            current = read();
            failure = null;
        } catch (DispatchException e) {
            failure = e;
            notBefore = clock.instant().plus(BETWEEN_FETCHES);
            throw e;
        }
    }

    /** With a client of its own: it is needed once a start and once a rotation. */
    private Credentials read() {
        try (SecretsManagerClient client = client()) {
            return parse(client.getSecretValue(request -> request.secretId(arn)).secretString());
        } catch (AwsServiceException e) {
            throw refusal(e);
        } catch (SdkException e) {
            throw new DatabaseUnreachableException(
                    "Secrets Manager did not give the secret of " + variable + " (" + arn + "): " + e.getMessage(), e);
        }
    }

    private SecretsManagerClient client() {
        SecretsManagerClientBuilder builder = SecretsManagerClient.builder()
                .region(region)
                .httpClientBuilder(ApacheHttpClient.builder()
                        .connectionTimeout(Duration.ofSeconds(1))
                        .socketTimeout(ATTEMPT)
                        .maxConnections(1))
                .overrideConfiguration(ClientOverrideConfiguration.builder()
                        .apiCallAttemptTimeout(ATTEMPT)
                        .apiCallTimeout(FETCH)
                        .build());
        endpoint.ifPresent(builder::endpointOverride);
        return builder.build();
    }

    /** Without the SDK's exception as the cause: its text names the account's roles, and a cause is logged. */
    private DispatchException refusal(AwsServiceException failure) {
        String code = failure.awsErrorDetails() == null
                ? "no error code"
                : failure.awsErrorDetails().errorCode();
        String told = "Secrets Manager did not give the secret of " + variable + " (" + arn + "): " + code + ", HTTP "
                + failure.statusCode() + ", request id " + failure.requestId();
        if (failure.isThrottlingException() || failure.statusCode() >= 500) {
            return new DatabaseUnreachableException(told, null);
        }
        return new BadConfigurationException(
                told + "; the function's role needs secretsmanager:GetSecretValue on it, and kms:Decrypt on its key");
    }

    private Credentials parse(String secret) {
        try {
            JsonNode read = json.readTree(secret == null ? "" : secret);
            JsonNode user = read.path("username");
            JsonNode password = read.path("password");
            boolean named = user.isTextual() && !user.textValue().isBlank();
            if (password.isTextual()
                    && !password.textValue().isEmpty()
                    && (named || (user.isMissingNode() && !namesUser))) {
                return new Credentials(user.textValue(), password.textValue());
            }
        } catch (JsonProcessingException notJson) {
            // said below, without its message: it quotes the text
        }
        throw new BadConfigurationException(
                "The secret of " + variable + " (" + arn + ") is not a JSON object with the texts "
                        + (namesUser ? "'username' and 'password'" : "'password' and, perhaps, 'username'"));
    }
}
