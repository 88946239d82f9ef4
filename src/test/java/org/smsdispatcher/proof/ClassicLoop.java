package org.smsdispatcher.proof;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.smsdispatcher.connect.Connections;
import org.smsdispatcher.connect.Settings;
import redis.clients.jedis.Jedis;
import software.amazon.awssdk.services.sns.SnsClient;

/**
 * The way it is usually done: contact after contact one look-up in the blacklist, one publish, one row of the message and one of the
 * contact, each a round trip. Loses or doubles messages when it is killed; only its speed is of interest here. Its connections are
 * kept, which the usual function does not always do.
 */
public final class ClassicLoop implements RequestStreamHandler {

    private static final Map<String, String> DEFAULTS =
            Map.of("db.port", "5432", "db.pool.size", "4", "aws.region", "us-east-1", "publish.lanes", "8");

    private final JsonMapper json = new JsonMapper();
    private final DataSource database;
    private final SnsClient sns;
    private final String topic;
    private final Jedis redis;

    private record Recipient(UUID id, String number) {}

    public ClassicLoop() {
        Settings settings = new Settings(
                key -> Optional.ofNullable(System.getenv(key.replace('.', '_').toUpperCase(Locale.ROOT)))
                        .or(() -> Optional.ofNullable(DEFAULTS.get(key))));
        database = Connections.database(settings);
        sns = Connections.sns(settings);
        topic = settings.text("sms.gateway.topic.arn");
        redis = new Jedis(settings.text("redis.host"), settings.number("redis.port", 1, 65_535));
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        JsonNode asked = json.readTree(event);
        UUID campaign = UUID.fromString(asked.get("campaignId").textValue());
        int sent = 0;
        try (Connection connection = database.getConnection()) {
            for (Recipient recipient :
                    pending(connection, campaign, asked.get("batchSize").intValue())) {
                if (redis.get("blacklist:" + recipient.number()) == null) {
                    send(connection, campaign, recipient);
                    sent++;
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        ObjectNode answer = json.createObjectNode().put("sentCount", sent);
        reply.write(json.writeValueAsBytes(answer));
    }

    private static List<Recipient> pending(Connection connection, UUID campaign, int limit) throws SQLException {
        List<Recipient> found = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, phone_number FROM contacts WHERE campaign_id = ? AND status = 'pending' LIMIT ?")) {
            select.setObject(1, campaign);
            select.setInt(2, limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(new Recipient(rows.getObject(1, UUID.class), rows.getString(2)));
                }
            }
        }
        return found;
    }

    private void send(Connection connection, UUID campaign, Recipient recipient) throws SQLException {
        ObjectNode message = json.createObjectNode()
                .put("phoneNumber", recipient.number())
                .put("message", "Hi Bo")
                .put("campaignId", campaign.toString())
                .put("contactId", recipient.id().toString());
        sns.publish(request -> request.topicArn(topic).message(message.toString()));
        update(
                connection,
                "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at)"
                        + " VALUES (?, ?, ?, 'Hi Bo', 'sent', now())",
                campaign,
                recipient.id(),
                recipient.number());
        update(
                connection,
                "UPDATE contacts SET status = 'completed', attempts = attempts + 1, last_attempt_at = now() WHERE id = ?",
                recipient.id());
    }

    private static void update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
