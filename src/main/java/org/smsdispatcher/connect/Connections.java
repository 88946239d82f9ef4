package org.smsdispatcher.connect;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.smsdispatcher.BadConfigurationException;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
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

    private static final Pattern TOPIC_ARN =
            Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\\.fifo)?");

    private Connections() {}

    /**
     * The pool of PostgreSQL connections, opened when needed.
     *
     * <p>Autocommit, each statement its own transaction. Statements end after 5 s, waits for a lock after 1 s (the server says
     * so, and the invocation fails retryably), a dead socket after 8 s.
     */
    public static HikariDataSource database(Settings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("postgresql");
        config.setDataSourceClassName("org.postgresql.ds.PGSimpleDataSource");
        config.addDataSourceProperty("serverName", settings.text("db.host"));
        config.addDataSourceProperty("portNumber", settings.number("db.port", 1, 65_535));
        config.addDataSourceProperty("databaseName", settings.text("db.name"));
        config.setUsername(settings.text("db.user"));
        settings.optional("db.password").ifPresent(config::setPassword);
        config.addDataSourceProperty("ApplicationName", "sms-dispatcher");
        config.addDataSourceProperty("connectTimeout", 2);
        config.addDataSourceProperty("socketTimeout", 8);
        config.addDataSourceProperty("tcpKeepAlive", true);
        // every statement is run again: planned once a connection, not after five
        config.addDataSourceProperty("prepareThreshold", 1);
        // a server's detail line quotes row values: phone numbers would reach the log
        config.addDataSourceProperty("logServerErrorDetail", false);
        config.setConnectionInitSql(
                "SET statement_timeout = '5s'; SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '10s'");
        // all of them opened by the pool's own thread, beside Camel's start: the first batch needs each one
        config.setMaximumPoolSize(settings.number("db.pool.size", 1, 100));
        config.setConnectionTimeout(2_000);
        config.setValidationTimeout(1_000);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /**
     * Redis, 100 ms to connect and 250 ms to answer. A connection a look-up and no pool: there is one look-up a slice, and a
     * connection that slept with a frozen Lambda is never met again.
     */
    public static JedisConnectionFactory redis(Settings settings) {
        JedisClientConfiguration client = JedisClientConfiguration.builder()
                .connectTimeout(REDIS_CONNECT)
                .readTimeout(REDIS_COMMAND)
                .build();
        RedisStandaloneConfiguration server =
                new RedisStandaloneConfiguration(settings.text("redis.host"), settings.number("redis.port", 1, 65_535));
        JedisConnectionFactory factory = new JedisConnectionFactory(server, client);
        factory.afterPropertiesSet();
        return factory;
    }

    /**
     * SNS without the SDK's retries: they repeat a publish whose answer was lost, and the recipient would get two texts. Four seconds
     * for an answer: the very first publish of a cold function on a busy processor was seen to need more than two, and one given up
     * is a contact nobody can tell about.
     *
     * <p>{@code AWS_ENDPOINT_URL} leads to another SNS than AWS's; {@code AWS_REGION} is the topic's.
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
        Optional<URI> endpoint = settings.optional("aws.endpoint.url").map(Connections::url);
        return new SnsInBackground(() -> sns(region, lanes, endpoint));
    }

    private static URI url(String url) {
        try {
            return URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("AWS_ENDPOINT_URL is no URL: '" + url + "'");
        }
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
