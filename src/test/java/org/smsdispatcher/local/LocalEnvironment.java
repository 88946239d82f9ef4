package org.smsdispatcher.local;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.PrintStream;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.smsdispatcher.connect.Connections;
import org.smsdispatcher.connect.Settings;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sns.SnsClient;

/**
 * The far ends of a local run: what the environment names, and a server of its own for what it does not. Its own end with it.
 *
 * <p>A server is named by {@code DB_HOST}, {@code REDIS_HOST} and {@code AWS_ENDPOINT_URL}. To set another variable of a server
 * without naming it is refused: Camel lets the environment win over everything, so half of it would be used.
 */
final class LocalEnvironment implements AutoCloseable {

    private static final String TOPIC = "sms-gateway";

    private static final String[] DATABASE = {
        "DB_PORT",
        "DB_NAME",
        "DB_USER",
        "DB_PASSWORD",
        "DB_SECRET_ARN",
        "DB_IAM_AUTH",
        "DB_SSL_MODE",
        "DB_SSL_ROOT_CERT"
    };
    /** Short, as one would choose it; nobody has that name (RFC 2606), since the local run itself answers its links. */
    private static final String LINKS = "https://go.example";

    private final Map<String, String> variables;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final PrintStream out;
    private final Deque<Runnable> stops = new ArrayDeque<>();
    private final boolean ownsDatabase;
    private final boolean ownsRedis;
    private SnsEndpoint sns;

    /**
     * Starts what is missing, and prints a line for each far end.
     *
     * @param variables the environment's
     * @throws LocalRunException if they contradict themselves
     */
    LocalEnvironment(Map<String, String> variables, PrintStream out) {
        this.variables = variables;
        this.out = out;
        ownsDatabase = !isNamed("DB_HOST", DATABASE);
        ownsRedis = !isNamed("REDIS_HOST", "REDIS_PORT");
        boolean ownsSns = !isNamed("AWS_ENDPOINT_URL", "SMS_GATEWAY_TOPIC_ARN");
        try {
            startDatabase();
            startRedis();
            startSns(ownsSns);
            if (playsGateway()) {
                settings.put("link.base.url", LINKS);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private boolean isNamed(String host, String... others) {
        if (variable(host).isPresent()) {
            return true;
        }
        List<String> names = new ArrayList<>(List.of(others));
        names.add(host);
        for (String name : names) {
            if (variables.containsKey(name)) {
                throw new LocalRunException(name + " is set, but " + host + " names no server: name yours, or unset "
                        + name + " for one that the local run starts");
            }
        }
        return false;
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    private void startDatabase() {
        if (ownsDatabase) {
            EmbeddedPostgres postgres = LocalServers.postgres();
            stops.push(() -> LocalServers.stop(postgres));
            settings.put("db.host", "localhost");
            settings.put("db.port", Integer.toString(postgres.getPort()));
            settings.put("db.name", "postgres");
            settings.put("db.user", "postgres");
            settings.put("db.password", "postgres");
            LocalServers.migrate(database());
            describe("PostgreSQL", "embedded, port " + postgres.getPort() + ", all migrations run");
        } else {
            copy("DB_HOST");
            copy(DATABASE);
            copy("AWS_ENDPOINT_URL_SECRETS_MANAGER");
            describe("PostgreSQL", variables.get("DB_HOST") + ", database " + variables.get("DB_NAME"));
        }
    }

    private void startRedis() {
        if (ownsRedis) {
            int port = LocalServers.freePort();
            RedisServer redis = LocalServers.redis(port);
            stops.push(redis::stop);
            settings.put("redis.host", "127.0.0.1");
            settings.put("redis.port", Integer.toString(port));
            describe("Redis", "embedded, port " + port);
        } else {
            copy("REDIS_HOST", "REDIS_PORT");
            describe("Redis", variables.get("REDIS_HOST"));
        }
    }

    private void startSns(boolean own) {
        copy("AWS_REGION");
        if (own) {
            sns = SnsEndpoint.start();
            stops.push(sns::close);
            // the SDK looks here first, so that nobody's real key is used; the endpoint checks none
            System.setProperty("aws.accessKeyId", "local");
            System.setProperty("aws.secretAccessKey", "local");
            settings.put("aws.endpoint.url", sns.url().toString());
            settings.put("sms.gateway.topic.arn", sns.createTopic(TOPIC));
            describe("SNS", "embedded, " + sns.url() + ", topic " + TOPIC);
        } else {
            copy("AWS_ENDPOINT_URL", "SMS_GATEWAY_TOPIC_ARN");
            settings.computeIfAbsent("sms.gateway.topic.arn", key -> createTopic());
            describe("SNS", variables.get("AWS_ENDPOINT_URL") + ", " + settings.get("sms.gateway.topic.arn"));
        }
    }

    private String createTopic() {
        try (SnsClient topics = SnsClient.builder()
                .endpointOverride(URI.create(settings.get("aws.endpoint.url")))
                .region(Region.of(settings.getOrDefault("aws.region", "us-east-1")))
                .httpClientBuilder(ApacheHttpClient.builder())
                .build()) {
            return topics.createTopic(request -> request.name(TOPIC)).topicArn();
        } catch (RuntimeException e) {
            throw new LocalRunException("No topic can be created at " + variables.get("AWS_ENDPOINT_URL") + " ("
                    + e.getMessage() + "); SMS_GATEWAY_TOPIC_ARN names one that is there");
        }
    }

    private void copy(String... names) {
        for (String name : names) {
            variable(name).ifPresent(value -> settings.put(key(name), value));
        }
    }

    private static String key(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace('_', '.');
    }

    private void describe(String server, String description) {
        out.printf("%-12s%s%n", server, description);
    }

    /** What leads a dispatcher to the far ends, by the keys of {@code application.properties}. */
    Map<String, String> settings() {
        return Map.copyOf(settings);
    }

    boolean ownsDatabase() {
        return ownsDatabase;
    }

    boolean ownsRedis() {
        return ownsRedis;
    }

    /** Whether nobody else will ever say what became of a message: database, Redis and topic are the local run's own. */
    boolean playsGateway() {
        return ownsDatabase && ownsRedis && sns != null;
    }

    /** Whether a message can leave this machine. */
    boolean isFarAway() {
        return sns == null
                && !settings.get("aws.endpoint.url").matches("https?://(localhost|127\\.[0-9.]+|\\[::1])(:.*|/.*)?");
    }

    /** The SNS endpoint, if it is the local run's own. */
    Optional<SnsEndpoint> sns() {
        return Optional.ofNullable(sns);
    }

    /** The database, past the dispatcher's pool and its time-outs. */
    DataSource database() {
        Map<String, String> named = new HashMap<>(Map.of("db.port", "5432", "aws.region", "us-east-1"));
        named.putAll(settings);
        return Connections.unpooled(new Settings(key -> Optional.ofNullable(named.get(key))));
    }

    /** A connection to Redis; the caller closes it. */
    Jedis redis() {
        return new Jedis(settings.get("redis.host"), Integer.parseInt(settings.getOrDefault("redis.port", "6379")));
    }

    /** Stops its own servers; a second time does nothing. */
    @Override
    public synchronized void close() {
        while (!stops.isEmpty()) {
            stops.pop().run();
        }
    }
}
