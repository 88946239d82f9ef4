package org.smsdispatcher.connect;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.smsdispatcher.BadConfigurationException;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration.JedisClientConfigurationBuilder;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration.JedisSslClientConfigurationBuilder;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.SnsClientBuilder;

/**
 * The far ends, made from settings: PostgreSQL, Redis and SNS. None of them is contacted here, so that the function starts
 * while one is down; the first invocation then says so.
 */
public final class Connections {

    private static final Duration REDIS_CONNECT = Duration.ofMillis(100);
    private static final Duration REDIS_COMMAND = Duration.ofMillis(250);
    private static final Duration SNS_CONNECT = Duration.ofSeconds(1);
    private static final Duration SNS_ATTEMPT = Duration.ofSeconds(4);
    private static final Duration SNS_CALL = Duration.ofMillis(4_500);

    /** As statements: RDS Proxy refuses a connection whose startup message carries options. remote_apply is more than on, and stays. */
    private static final String SESSION =
            "SET statement_timeout = '5s'; SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '10s';"
                    + " SELECT set_config('synchronous_commit', 'on', false)"
                    + " WHERE current_setting('synchronous_commit') <> 'remote_apply'";

    private static final Pattern TOPIC_ARN =
            Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\\.fifo)?");

    private Connections() {}

    /**
     * The pool of PostgreSQL connections, opened when needed.
     *
     * <p>Autocommit, each statement its own transaction. Statements end after 5 s, waits for a lock after 1 s (the server says
     * so, and the invocation fails retryably), a dead socket after 8 s. No settings: the deadline's reserve is made of them.
     *
     * <p>A commit is durable before it is answered, whatever server, database or role say: {@code synchronous_commit} is never less than
     * {@code on}. With less, a crash or a failover could forget that a message was armed after SNS had taken it, and it would be sent again.
     *
     * @throws BadConfigurationException when a setting is missing or malformed, or contradicts another
     */
    public static HikariDataSource database(Settings settings) {
        return database(settings, InstantSource.system());
    }

    static HikariDataSource database(Settings settings, InstantSource clock) {
        Login login = Logins.ofDatabase(settings, clock);
        DatabaseTls tls = DatabaseTls.of(settings);
        PGSimpleDataSource server = server(settings, tls);
        server.setConnectTimeout(2);
        server.setSocketTimeout(8);
        HikariConfig config = new HikariConfig();
        config.setPoolName("postgresql");
        config.setDataSource(new LoginDataSource(server, login, tls));
        config.setConnectionInitSql(SESSION);
        config.setMaximumPoolSize(settings.number("db.pool.size", 1, 100));
        config.setMinimumIdle(0);
        config.setConnectionTimeout(connecting(login, tls).toMillis());
        config.setValidationTimeout(1_000);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /**
     * Connections to the same PostgreSQL, in the same way, without the pool and its time-outs: for tools beside the function.
     *
     * @throws BadConfigurationException when a setting is missing or malformed, or contradicts another
     */
    public static DataSource unpooled(Settings settings) {
        Login login = Logins.ofDatabase(settings, InstantSource.system());
        DatabaseTls tls = DatabaseTls.of(settings);
        PGSimpleDataSource server = server(settings, tls);
        server.setConnectTimeout(5);
        return new LoginDataSource(server, login, tls);
    }

    private static PGSimpleDataSource server(Settings settings, DatabaseTls tls) {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setServerNames(new String[] {settings.text("db.host")});
        server.setPortNumbers(new int[] {settings.number("db.port", 1, 65_535)});
        server.setDatabaseName(settings.text("db.name"));
        server.setApplicationName("sms-dispatcher");
        server.setTcpKeepAlive(true);
        // every statement is run again: planned once a connection, not after five
        server.setPrepareThreshold(1);
        // a server's detail line quotes row values: phone numbers would reach the log
        server.setLogServerErrorDetail(false);
        tls.applyTo(server);
        return server;
    }

    /** A handshake on a cold processor takes longer than a log-in, and a secret has to be fetched before it. */
    private static Duration connecting(Login login, DatabaseTls tls) {
        return Duration.ofSeconds(tls.isOn() ? 4 : 2)
                .plus(login instanceof SecretLogin ? SecretLogin.FETCH : Duration.ZERO);
    }

    /**
     * Redis, 100 ms to connect and 250 ms to answer. A connection a look-up and no pool: there is one look-up a slice, and a
     * connection that slept with a frozen Lambda is never met again.
     *
     * <p>{@code REDIS_TLS} means a certificate of a CA that is known, for {@code REDIS_HOST}; there is no weaker TLS.
     *
     * @throws BadConfigurationException when a setting is missing or malformed, or contradicts another
     */
    public static JedisConnectionFactory redis(Settings settings) {
        JedisClientConfigurationBuilder client =
                JedisClientConfiguration.builder().connectTimeout(REDIS_CONNECT).readTimeout(REDIS_COMMAND);
        Optional<String> rootCert = settings.optional("redis.tls.root.cert");
        if (settings.flag("redis.tls")) {
            SSLParameters hostName = new SSLParameters();
            // without it the client takes any host's certificate
            hostName.setEndpointIdentificationAlgorithm("HTTPS");
            JedisSslClientConfigurationBuilder ssl = client.useSsl().sslParameters(hostName);
            rootCert.ifPresent(file -> ssl.sslSocketFactory(RootCerts.sockets("REDIS_TLS_ROOT_CERT", file)));
        } else if (rootCert.isPresent()) {
            throw new BadConfigurationException("REDIS_TLS_ROOT_CERT is set, but REDIS_TLS is not true");
        }
        RedisStandaloneConfiguration server =
                new RedisStandaloneConfiguration(settings.text("redis.host"), settings.number("redis.port", 1, 65_535));
        JedisConnectionFactory factory =
                new LoginRedis(server, client, Logins.ofRedis(settings, InstantSource.system()));
        factory.afterPropertiesSet();
        return factory;
    }

    /** Another endpoint of an AWS service, by the SDK's rule: the service's own variable wins over the one for all services. */
    static Optional<URI> endpoint(Settings settings, String service) {
        try {
            return settings.optional("aws.endpoint.url." + service)
                    .or(() -> settings.optional("aws.endpoint.url"))
                    .map(URI::create);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("AWS_ENDPOINT_URL is no URL: " + e.getMessage());
        }
    }

    /**
     * SNS without the SDK's retries: they repeat a publish whose answer was lost, and the recipient would get two texts. Four seconds
     * for an answer: the very first publish of a cold function on a busy processor was seen to need more than two, and one given up
     * is a contact nobody can tell about.
     *
     * <p>{@code AWS_ENDPOINT_URL_SNS} or {@code AWS_ENDPOINT_URL} leads to another SNS than AWS's; {@code AWS_REGION} is the topic's.
     *
     * @throws BadConfigurationException when a setting, the topic's ARN among them, is missing or malformed
     */
    public static SnsClient sns(Settings settings) {
        String topic = settings.text("sms.gateway.topic.arn");
        if (!TOPIC_ARN.matcher(topic).matches()) {
            throw new BadConfigurationException(
                    "SMS_GATEWAY_TOPIC_ARN is not the ARN of an SNS topic: '" + topic + "'");
        }
        String region = settings.text("aws.region");
        int lanes = settings.number("publish.lanes", 1, 100);
        Optional<URI> endpoint = endpoint(settings, "sns");
        return new SnsInBackground(() -> sns(region, lanes, endpoint));
    }

    private static SnsClient sns(String region, int lanes, Optional<URI> endpoint) {
        SnsClientBuilder builder = SnsClient.builder()
                .region(Region.of(region))
                .httpClientBuilder(ApacheHttpClient.builder()
                        .connectionTimeout(SNS_CONNECT)
                        .connectionAcquisitionTimeout(SNS_CONNECT)
                        .socketTimeout(SNS_ATTEMPT)
                        .maxConnections(lanes))
                .overrideConfiguration(ClientOverrideConfiguration.builder()
                        .retryStrategy(DefaultRetryStrategy.doNotRetry())
                        .apiCallAttemptTimeout(SNS_ATTEMPT)
                        .apiCallTimeout(SNS_CALL)
                        .build());
        endpoint.ifPresent(builder::endpointOverride);
        return builder.build();
    }
}
