package org.smsdispatcher.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.Campaigns;
import org.springframework.jdbc.core.JdbcTemplate;

/** What the local run writes to the database before a dispatch, and reads from it after. */
final class LocalDatabase {

    private static final int ROWS_A_STATEMENT = 1_000;

    private final JsonMapper json = new JsonMapper();
    private final JdbcTemplate sql;

    LocalDatabase(DataSource database) {
        sql = new JdbcTemplate(database);
    }

    /**
     * A contact as the dispatch left it.
     *
     * @param outcome the outcome's word; {@code waiting} for one that nothing was tried with, else its status
     * @param inOutcome how many contacts have the same outcome
     * @param zone as stored, null for the campaign's
     * @param reason null when the outcome says it all
     */
    record Dispatched(String outcome, int inOutcome, String phoneNumber, String zone, String reason) {}

    /** Contacts that wait in one time zone ("" is the campaign's), and when the first of them is due. */
    record Waiting(String zone, int contacts, Instant due) {}

    /** A message as {@code sms_records} keeps it. */
    record Recorded(String phoneNumber, String snsMessageId, String message) {}

    /** Whether the dispatcher's columns are there. */
    boolean isMigrated() {
        return count(
                        "SELECT count(*) FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))"
                                + " AND (table_name, column_name) IN (('contacts', 'sms_outcome'), ('sms_records', 'accepted_at'))")
                == 2;
    }

    /** An active campaign of type sms. */
    void addCampaign(UUID id, String name, String template, String windowsJson, String zone) {
        sql.update(
                "INSERT INTO campaigns (id, name, type, status, config, timezone) VALUES (?, ?, 'sms', 'active',"
                        + " jsonb_build_object('smsTemplate', ?::text, 'callingWindows', ?::jsonb), ?)",
                id,
                name,
                template,
                windowsJson,
                zone);
    }

    void addContacts(UUID campaign, List<NewContact> contacts) {
        sql.batchUpdate(
                "INSERT INTO contacts (campaign_id, phone_number, timezone, metadata) VALUES (?, ?, ?, ?::jsonb)",
                contacts,
                ROWS_A_STATEMENT,
                (row, contact) -> {
                    row.setObject(1, campaign);
                    row.setString(2, contact.phoneNumber());
                    row.setString(3, contact.timezone());
                    row.setString(4, json(contact.values()));
                });
    }

    private String json(Map<String, String> values) {
        try {
            return json.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    void addToBlacklist(Collection<String> numbers) {
        sql.batchUpdate(
                "INSERT INTO blacklist (phone_number, reason, source) VALUES (?, 'demo', 'user_optout') ON CONFLICT DO NOTHING",
                numbers,
                ROWS_A_STATEMENT,
                (row, number) -> row.setString(1, number));
    }

    /**
     * The campaign.
     *
     * @throws org.smsdispatcher.DispatchException if it is none that the dispatcher takes
     */
    Campaign campaign(UUID id) {
        return new Campaigns()
                .read(
                        sql.queryForList(
                                "SELECT type, status, config::text AS config, start_time, end_time, timezone,"
                                        + " coalesce(start_time <= now(), true) AS started, coalesce(end_time <= now(), false) AS ended"
                                        + " FROM campaigns WHERE id = ?",
                                id),
                        id);
    }

    /** How many of the campaign's contacts SNS took the message of. */
    int sent(UUID campaign) {
        return count("SELECT count(*) FROM contacts WHERE campaign_id = ? AND sms_outcome = 'sent'", campaign);
    }

    /** The campaign's contacts by outcome, at most {@code examples} of each, those with different reasons first. */
    List<Dispatched> dispatched(UUID campaign, int examples) {
        return sql.query(
                "SELECT outcome, in_outcome, phone_number, timezone, reason FROM ("
                        + " SELECT *, count(*) OVER (PARTITION BY outcome) AS in_outcome,"
                        + "  row_number() OVER (PARTITION BY outcome ORDER BY nth, reason, phone_number) AS place FROM ("
                        + "  SELECT outcome, phone_number, timezone, reason,"
                        + "   row_number() OVER (PARTITION BY outcome, reason ORDER BY md5(phone_number)) AS nth FROM ("
                        + "   SELECT phone_number, timezone, sms_reason AS reason,"
                        + "    coalesce(sms_outcome, CASE status WHEN 'pending' THEN 'waiting' ELSE status END) AS outcome"
                        + "   FROM contacts WHERE campaign_id = ? AND sms_capable) a) b) c"
                        + " WHERE place <= ? ORDER BY outcome, place",
                (row, n) -> new Dispatched(
                        row.getString(1), row.getInt(2), row.getString(3), row.getString(4), row.getString(5)),
                campaign,
                examples);
    }

    String name(UUID campaign) {
        return sql.queryForObject("SELECT name FROM campaigns WHERE id = ?", String.class, campaign);
    }

    List<Waiting> waiting(UUID campaign) {
        return sql.query(
                "SELECT coalesce(timezone, '') AS zone, count(*), min(sms_not_before) FROM contacts"
                        + " WHERE campaign_id = ? AND status = 'pending' AND sms_capable GROUP BY 1 ORDER BY 1",
                (row, n) -> new Waiting(
                        row.getString(1), row.getInt(2), row.getTimestamp(3).toInstant()),
                campaign);
    }

    List<Recorded> recorded(UUID campaign, int limit) {
        return sql.query(
                "SELECT phone_number, sns_message_id, message FROM sms_records"
                        + " WHERE campaign_id = ? AND accepted_at IS NOT NULL ORDER BY accepted_at DESC, id LIMIT ?",
                (row, n) -> new Recorded(row.getString(1), row.getString(2), row.getString(3)),
                campaign,
                limit);
    }

    private int count(String query, Object... arguments) {
        Integer count = sql.queryForObject(query, Integer.class, arguments);
        return count == null ? 0 : count;
    }
}
