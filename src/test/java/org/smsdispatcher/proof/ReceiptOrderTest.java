package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.smsdispatcher.Platform;

/**
 * What becomes of a message does not depend on the order in which it is heard of: every order of its receipts and of the dispatcher's
 * own last step ends in the state that an oracle, which only knows the set, says.
 */
class ReceiptOrderTest {

    /** What may be heard of a message. Where the set has the one that binds the provider's id, the others only name that id. */
    private enum Heard {
        ACCEPTED("sent", "accepted", false, false, "08:00:01", null),
        SENT("sent", "submitted", false, false, "08:00:02", null),
        BUSY("undelivered", "buffered", true, false, "08:00:03", "handset off"),
        FULL("failed", "rejected", true, false, "08:00:04", "queue full"),
        DEAD("failed", "failed", false, false, "08:00:05", "no such subscriber"),
        BARRED("undelivered", "undeliverable", false, false, "08:00:06", "barred"),
        DELIVERED("delivered", "delivrd", false, false, "08:00:07", null),
        READ("read", "read", false, false, "08:00:08", null),
        STOP("unknown", "opted_out", false, true, "08:00:09", null),
        ODD("unknown", "purple", false, false, "08:00:10", null);

        private final String status;
        private final String word;
        private final boolean retryable;
        private final boolean optOut;
        private final String time;
        private final String reason;

        Heard(String status, String word, boolean retryable, boolean optOut, String time, String reason) {
            this.status = status;
            this.word = word;
            this.retryable = retryable;
            this.optOut = optOut;
            this.time = "2026-11-25T" + time + "Z";
            this.reason = reason;
        }
    }

    /** The dispatcher's last step for an armed message: SNS accepted it, its answer never came, or the sender died. */
    private enum LastStep {
        SETTLE,
        FAIL,
        REAP
    }

    private final Platform platform = Platform.start();
    private final Map<String, ShippedSql> statements = new HashMap<>();

    @BeforeEach
    void takeWhatShips() {
        for (String name : List.of("record-receipt", "settle", "fail", "reap")) {
            statements.put(name, ShippedSql.of(name, ShippedSql.source(name)));
        }
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @ParameterizedTest
    @EnumSource(LastStep.class)
    void everyOrderOfUpToThreeReceiptsAndTheLastStepEndsAlike(LastStep lastStep) throws Exception {
        List<Set<Heard>> sets = new ArrayList<>();
        for (int bits = 0; bits < 1 << Heard.values().length; bits++) {
            if (Integer.bitCount(bits) <= (lastStep == LastStep.SETTLE ? 3 : 2)) {
                sets.add(set(bits));
            }
        }
        assertEveryOrderEndsAsTheOracleSays(sets, lastStep);
    }

    @Test
    void everyOrderOfFiveReceiptsAndTheSettlingEndsAlike() throws Exception {
        assertEveryOrderEndsAsTheOracleSays(
                List.of(
                        EnumSet.of(Heard.ACCEPTED, Heard.BUSY, Heard.DEAD, Heard.DELIVERED, Heard.STOP),
                        EnumSet.of(Heard.ACCEPTED, Heard.SENT, Heard.BUSY, Heard.FULL, Heard.ODD),
                        EnumSet.of(Heard.BUSY, Heard.FULL, Heard.BARRED, Heard.STOP, Heard.READ)),
                LastStep.SETTLE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "record-receipt | greatest(a.rank, heard.rank) | heard.rank",
                "record-receipt | a.undeliverable OR heard.undeliverable | heard.undeliverable",
                "record-receipt | AND e.record_id IS NULL AND named.id IS NOT NULL | AND false",
                "settle | WHEN r.retry_at IS NULL THEN 'failed' ELSE 'pending' END AS fate | ELSE 'completed' END AS fate",
            })
    void aSeededFaultIsNoticed(String name, String right, String wrong) throws Exception {
        String source = ShippedSql.source(name);
        assertThat(source).contains(right);
        statements.put(name, ShippedSql.of(name, source.replace(right, wrong == null ? "" : wrong)));

        assertThat(wrongEnds(
                        List.of(
                                EnumSet.of(Heard.ACCEPTED, Heard.BUSY, Heard.DELIVERED),
                                EnumSet.of(Heard.BUSY, Heard.BARRED),
                                EnumSet.of(Heard.BUSY)),
                        LastStep.SETTLE))
                .isNotEmpty();
    }

    private static Set<Heard> set(int bits) {
        Set<Heard> set = EnumSet.noneOf(Heard.class);
        IntStream.range(0, Heard.values().length)
                .filter(i -> (bits & 1 << i) != 0)
                .forEach(i -> set.add(Heard.values()[i]));
        return set;
    }

    private void assertEveryOrderEndsAsTheOracleSays(List<Set<Heard>> sets, LastStep lastStep) throws SQLException {
        assertThat(wrongEnds(sets, lastStep)).isEmpty();
    }

    /** Orders that did not end as the oracle says, with both ends. */
    private List<String> wrongEnds(List<Set<Heard>> sets, LastStep lastStep) throws SQLException {
        Map<UUID, String> orders = new LinkedHashMap<>();
        Map<UUID, String> expected = new HashMap<>();
        try (Connection connection = platform.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            for (Set<Heard> set : sets) {
                for (List<Heard> order : permutations(new ArrayList<>(set), set.size())) {
                    for (int at = 0; at <= order.size(); at++) {
                        // the reaper works through a campaign: one each
                        UUID campaign = platformCampaign(connection, orders.size(), lastStep);
                        UUID contact = UUID.randomUUID();
                        play(connection, campaign, contact, order, at, lastStep);
                        orders.put(
                                contact, order.subList(0, at) + " " + lastStep + " " + order.subList(at, order.size()));
                        expected.put(contact, oracle(set, lastStep));
                    }
                }
                connection.commit();
            }
        }
        Map<UUID, String> ended = new HashMap<>();
        for (Map<String, Object> row : platform.rows(
                "SELECT c.id, concat_ws(' ', c.status, c.sms_outcome, coalesce(c.sms_reason, '-'), '|', r.status, coalesce(r.failure_reason, '-'),"
                        + " CASE WHEN r.retry_at IS NOT NULL THEN 'retry' END, to_char(r.delivered_at AT TIME ZONE 'UTC', 'SS'),"
                        + " to_char(r.opened_at AT TIME ZONE 'UTC', 'SS'), r.open_source, r.provider_message_id IS NOT NULL, r.last_word) AS state,"
                        + " (SELECT count(*) FROM sms_events e WHERE e.record_id = r.id) AS events"
                        + " FROM contacts c JOIN sms_records r ON r.contact_id = c.id")) {
            ended.put((UUID) row.get("id"), row.get("state") + " " + row.get("events"));
        }
        System.out.printf("Orders of receipts and %s: %d%n", lastStep, orders.size());
        assertThat(ended).hasSameSizeAs(orders);
        return orders.keySet().stream()
                .filter(contact -> !expected.get(contact).equals(ended.get(contact)))
                .map(contact -> orders.get(contact) + ": " + ended.get(contact) + ", not " + expected.get(contact))
                .toList();
    }

    private static String oracle(Set<Heard> set, LastStep lastStep) {
        boolean delivered = set.contains(Heard.DELIVERED) || set.contains(Heard.READ);
        boolean undelivered = set.contains(Heard.BUSY) || set.contains(Heard.BARRED);
        boolean failed = set.contains(Heard.FULL) || set.contains(Heard.DEAD);
        boolean forGood = set.contains(Heard.BARRED) || set.contains(Heard.DEAD) || set.contains(Heard.STOP);
        boolean sent = set.contains(Heard.ACCEPTED) || set.contains(Heard.SENT) || lastStep == LastStep.SETTLE;
        String state;
        if (delivered) {
            state = "completed sent - | delivered - " + (set.contains(Heard.DELIVERED) ? "07" : "08");
        } else if (undelivered || failed) {
            String reason = undelivered
                    ? set.contains(Heard.BARRED) ? "barred" : "handset off"
                    : set.contains(Heard.DEAD) ? "no such subscriber" : "queue full";
            state = (forGood ? "failed" : "pending") + " undelivered " + reason + " | "
                    + (undelivered ? "undelivered " : "failed ") + reason + (forGood ? "" : " retry");
        } else if (sent) {
            state = "completed sent - | sent -";
        } else {
            state = "failed unknown "
                    + (lastStep == LastStep.FAIL ? "no answer" : "the sender died before SNS's answer was written down")
                    + " | failed unknown_publish_outcome";
        }
        String lastWord = set.stream()
                .filter(heard -> !heard.status.equals("unknown"))
                .reduce((earlier, later) -> later)
                .map(heard -> " " + heard.word)
                .orElse("");
        return state + (set.contains(Heard.READ) ? " 08 read" : "") + (set.contains(Heard.ACCEPTED) ? " t" : " f")
                + lastWord + " " + set.size();
    }

    private final Map<Integer, UUID> campaigns = new HashMap<>();

    private UUID platformCampaign(Connection connection, int number, LastStep lastStep) throws SQLException {
        int key = lastStep == LastStep.REAP ? number : 0;
        UUID known = campaigns.get(key);
        if (known != null) {
            return known;
        }
        UUID campaign = UUID.randomUUID();
        execute(
                connection,
                "INSERT INTO campaigns (id, name, type, status, config) VALUES (?, 'orders', 'sms', 'active', '{}')",
                campaign);
        campaigns.put(key, campaign);
        return campaign;
    }

    private void play(Connection connection, UUID campaign, UUID contact, List<Heard> order, int at, LastStep lastStep)
            throws SQLException {
        UUID recordId = UUID.randomUUID();
        UUID lease = UUID.randomUUID();
        String number = "+1" + (2_000_000_000L + Math.floorMod(contact.getMostSignificantBits(), 7_000_000_000L));
        execute(
                connection,
                "INSERT INTO contacts (id, campaign_id, phone_number, status, attempts, sms_lease_id, sms_lease_until, sms_armed_attempt)"
                        + " VALUES (?, ?, ?, 'in_progress', 1, ?, now() - interval '1 second', 1)",
                contact,
                campaign,
                number,
                lease);
        execute(
                connection,
                "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, status, sent_at, attempt)"
                        + " VALUES (?, ?, ?, ?, 'Hi', 'queued', now(), 1)",
                recordId,
                campaign,
                contact,
                number);
        boolean binds = order.contains(Heard.ACCEPTED);
        for (int i = 0; i <= order.size(); i++) {
            if (i == at) {
                statements
                        .get(lastStep.name().toLowerCase(Locale.ROOT))
                        .run(connection, lastStepOf(campaign, contact, recordId, lease));
            }
            if (i < order.size()) {
                hear(connection, order.get(i), recordId, binds);
            }
        }
    }

    private void hear(Connection connection, Heard heard, UUID recordId, boolean binds) throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put(
                "variable.receipt.fingerprint",
                UUID.nameUUIDFromBytes((recordId + heard.name()).getBytes(StandardCharsets.UTF_8))
                        .toString());
        values.put("variable.receipt.recordId", !binds || heard == Heard.ACCEPTED ? recordId.toString() : "");
        values.put("variable.receipt.provider", "vonage");
        values.put("variable.receipt.providerMessageId", binds ? "id-" + recordId : "");
        values.put("variable.receipt.status", heard.status);
        values.put("variable.receipt.word", heard.word);
        values.put("variable.receipt.retryable", Boolean.toString(heard.retryable));
        values.put("variable.receipt.optOut", Boolean.toString(heard.optOut));
        values.put("variable.receipt.at", heard.time);
        values.put("variable.receipt.receivedAt", "2026-11-25T09:00:00Z");
        values.put("variable.receipt.reason", heard.reason == null ? "" : heard.reason);
        values.put("variable.receipt.parts", "1");
        values.put("variable.receipt.cost", "");
        if (Boolean.TRUE.equals(
                statements.get("record-receipt").run(connection, values).get(0).get("again"))) {
            statements.get("record-receipt").run(connection, values);
        }
    }

    private static Map<String, Object> lastStepOf(UUID campaign, UUID contact, UUID recordId, UUID lease) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put("variable.chunk.acceptedIds", "{" + contact + "}");
        values.put("variable.chunk.acceptedRecords", "{" + recordId + "}");
        values.put("variable.chunk.acceptedMessageIds", "{sns-" + recordId + "}");
        values.put("variable.chunk.failedIds", "{" + contact + "}");
        values.put("variable.chunk.failedOutcomes", "{unknown}");
        values.put("variable.chunk.failedReasons", "{no answer}");
        values.put("variable.campaign.id", campaign);
        values.put("variable.republishing", false);
        return values;
    }

    private static void execute(Connection connection, String sql, Object... arguments) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            statement.executeUpdate();
        }
    }

    private static <T> List<List<T>> permutations(List<T> of, int length) {
        if (length == 0) {
            return List.of(List.of());
        }
        List<List<T>> all = new ArrayList<>();
        for (T first : of) {
            List<T> others = new ArrayList<>(of);
            others.remove(first);
            for (List<T> rest : permutations(others, length - 1)) {
                List<T> order = new ArrayList<>(List.of(first));
                order.addAll(rest);
                all.add(order);
            }
        }
        return all;
    }
}
