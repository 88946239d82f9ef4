package org.smsdispatcher;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import javax.sql.DataSource;
import software.amazon.awssdk.services.sns.SnsClient;

/**
 * The function that was replaced, in short: take pending contacts, publish each, mark it afterwards. The positive control: a test
 * for duplicates that does not convict this one proves nothing.
 */
public final class NaiveDispatcher {

    private final DataSource database;
    private final SnsClient sns;
    private final String topicArn;
    private final Predicate<String> barred;

    /** @param barred whether a number must not be texted, as far as it can tell */
    public NaiveDispatcher(DataSource database, SnsClient sns, String topicArn, Predicate<String> barred) {
        this.database = database;
        this.sns = sns;
        this.topicArn = topicArn;
        this.barred = barred;
    }

    private record Waiting(UUID id, String number) {}

    /** One batch; how many contacts it found. */
    public int dispatch(UUID campaign, int batchSize) throws SQLException {
        try (Connection connection = database.getConnection()) {
            List<Waiting> contacts = pending(connection, campaign, batchSize);
            for (Waiting contact : contacts) {
                boolean mayBeTexted = !barred.test(contact.number());
                if (mayBeTexted) {
                    sns.publish(request -> request.topicArn(topicArn).message(message(campaign, contact)));
                }
                mark(connection, contact.id(), mayBeTexted ? "completed" : "blacklisted");
            }
            return contacts.size();
        }
    }

    private static List<Waiting> pending(Connection connection, UUID campaign, int batchSize) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT id, phone_number FROM contacts WHERE campaign_id = ?"
                        + " AND status = 'pending' ORDER BY created_at LIMIT ?")) {
            statement.setObject(1, campaign);
            statement.setInt(2, batchSize);
            List<Waiting> contacts = new ArrayList<>();
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    contacts.add(new Waiting(found.getObject("id", UUID.class), found.getString("phone_number")));
                }
            }
            return contacts;
        }
    }

    private static String message(UUID campaign, Waiting contact) {
        return new JsonMapper()
                .createObjectNode()
                .put("phoneNumber", contact.number())
                .put("message", "Hi")
                .put("campaignId", campaign.toString())
                .put("contactId", contact.id().toString())
                .put("timestamp", Instant.now().toString())
                .toString();
    }

    private static void mark(Connection connection, UUID contact, String status) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("UPDATE contacts SET status = ? WHERE id = ?")) {
            statement.setString(1, status);
            statement.setObject(2, contact);
            statement.executeUpdate();
        }
    }
}
