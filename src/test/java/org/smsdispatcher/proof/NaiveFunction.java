package org.smsdispatcher.proof;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.UUID;
import org.postgresql.ds.PGSimpleDataSource;
import org.smsdispatcher.NaiveDispatcher;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sns.SnsClient;

/** The naive dispatcher as a function of its own, with the SDK's own retries, and Redis alone as its blacklist. */
public final class NaiveFunction implements RequestStreamHandler {

    private static final int REDIS_MILLIS = 250;

    private final NaiveDispatcher dispatcher;

    public NaiveFunction() {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setServerNames(new String[] {System.getenv("DB_HOST")});
        database.setPortNumbers(new int[] {Integer.parseInt(System.getenv("DB_PORT"))});
        database.setDatabaseName(System.getenv("DB_NAME"));
        database.setUser(System.getenv("DB_USER"));
        database.setPassword(System.getenv("DB_PASSWORD"));
        SnsClient sns = SnsClient.builder()
                .endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL")))
                .region(Region.US_EAST_1)
                .httpClient(ApacheHttpClient.create())
                .build();
        dispatcher =
                new NaiveDispatcher(database, sns, System.getenv("SMS_GATEWAY_TOPIC_ARN"), NaiveFunction::isBarred);
    }

    /** A cache that is down, or empty, knows of nobody. */
    private static boolean isBarred(String number) {
        try (Jedis redis =
                new Jedis(System.getenv("REDIS_HOST"), Integer.parseInt(System.getenv("REDIS_PORT")), REDIS_MILLIS)) {
            return redis.exists("blacklist:" + number);
        } catch (JedisException down) {
            return false;
        }
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        JsonNode asked = new JsonMapper().readTree(event);
        try {
            int found = dispatcher.dispatch(
                    UUID.fromString(asked.get("campaignId").textValue()),
                    asked.get("batchSize").intValue());
            reply.write(("{\"found\":" + found + "}").getBytes(StandardCharsets.UTF_8));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
