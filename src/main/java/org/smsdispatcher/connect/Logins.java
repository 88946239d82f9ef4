package org.smsdispatcher.connect;

import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.smsdispatcher.BadConfigurationException;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/** Which way to log in the settings ask for. There is exactly one; settings that name two refuse the start. */
final class Logins {

    private Logins() {}

    /**
     * PostgreSQL's: {@code DB_PASSWORD}, {@code DB_SECRET_ARN} or {@code DB_IAM_AUTH=true}.
     *
     * @throws BadConfigurationException naming the variables, when it is none of the three, or more than one, or when the user's
     *     name is missing or given twice
     */
    static Login ofDatabase(Settings settings, InstantSource clock) {
        Optional<String> password = settings.optional("db.password");
        Optional<String> secret = settings.optional("db.secret.arn");
        boolean iam = settings.flag("db.iam.auth");
        List<String> ways = new ArrayList<>();
        password.ifPresent(set -> ways.add("DB_PASSWORD"));
        secret.ifPresent(set -> ways.add("DB_SECRET_ARN"));
        if (iam) {
            ways.add("DB_IAM_AUTH");
        }
        if (ways.isEmpty()) {
            throw new BadConfigurationException(
                    "None of DB_PASSWORD, DB_SECRET_ARN and DB_IAM_AUTH=true is set: PostgreSQL wants one of them");
        }
        if (ways.size() > 1) {
            throw new BadConfigurationException(
                    String.join(" and ", ways) + " are both set: PostgreSQL wants exactly one of them");
        }
        if (secret.isPresent()) {
            refuseBoth(settings, "db.user", "db.secret.arn");
            return new SecretLogin("DB_SECRET_ARN", secret.get(), secretsManager(settings), true, clock);
        }
        String user = settings.text("db.user");
        if (iam) {
            return new IamLogin(
                    settings.text("db.host"),
                    settings.number("db.port", 1, 65_535),
                    user,
                    settings.text("aws.region"),
                    DefaultCredentialsProvider.builder().build(),
                    clock);
        }
        return new Login.Fixed(new Credentials(user, password.get()), "check DB_USER and DB_PASSWORD");
    }

    /**
     * Redis's: {@code REDIS_PASSWORD} with or without {@code REDIS_USERNAME}, {@code REDIS_SECRET_ARN}, or none at all.
     *
     * @throws BadConfigurationException naming the variables that contradict each other
     */
    static Login ofRedis(Settings settings, InstantSource clock) {
        Optional<String> user = settings.optional("redis.username");
        Optional<String> password = settings.optional("redis.password");
        Optional<String> secret = settings.optional("redis.secret.arn");
        if (secret.isPresent()) {
            refuseBoth(settings, "redis.password", "redis.secret.arn");
            refuseBoth(settings, "redis.username", "redis.secret.arn");
            return new SecretLogin("REDIS_SECRET_ARN", secret.get(), secretsManager(settings), false, clock);
        }
        if (user.isPresent() && password.isEmpty()) {
            throw new BadConfigurationException("REDIS_USERNAME is set, but REDIS_PASSWORD is not");
        }
        return new Login.Fixed(
                new Credentials(user.orElse(null), password.orElse(null)), "check REDIS_USERNAME and REDIS_PASSWORD");
    }

    private static void refuseBoth(Settings settings, String key, String secret) {
        if (settings.optional(key).isPresent()) {
            throw new BadConfigurationException(Settings.variable(key) + " and " + Settings.variable(secret)
                    + " are both set: the secret holds the user's name and the password, unset "
                    + Settings.variable(key));
        }
    }

    private static Optional<URI> secretsManager(Settings settings) {
        return Connections.endpoint(settings, "secrets.manager");
    }
}
