package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.smsdispatcher.Platform;
import org.smsdispatcher.proof.ProofDatabase.Content;
import org.smsdispatcher.proof.ProtocolSteps.Attempt;

/**
 * Two statements of the protocol whose transactions overlap: the second is started while the first has run and is not committed, so
 * it reads a snapshot from before, and either waits for a lock or passes it by. What the two leave must be what they leave one after
 * the other, in either order; a statement that skips locked rows may also have done nothing. And a first one that is rolled back must
 * leave the second as if it had been alone.
 */
final class Overlaps implements AutoCloseable {

    private static final int FIRST = 1;
    private static final int SECOND = 2;
    private static final int OBSERVER = 3;

    /** Those that go past what is locked and leave it to whoever comes next. */
    private static final Set<String> SKIPPING = Set.of("claim", "reap", "take-over", "complete");

    /** A statement with its parameters, or a text of SQL (its name then holds a space). */
    record Call(String name, Map<String, Object> values, String label) {

        static Call of(String name, Map<String, Object> values) {
            return new Call(name, values, name);
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** A situation that two statements can meet in: how it comes about, and who may act in it. */
    record Situation(String name, List<String> made, List<Call> calls) {}

    private final ProofDatabase database;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private int overlaps;
    private int waits;

    Overlaps(Platform platform, Map<String, String> faults) throws SQLException {
        database = new ProofDatabase(platform, faults);
    }

    /** How many pairs were overlapped so far, and how many of those had to wait for a lock. */
    String tried() {
        return overlaps + " overlaps, in " + waits + " of them the second waited for the first";
    }

    /** Whether a claim waits for another that is not committed, although a second contact is there for it. */
    boolean claimsWait() throws Exception {
        Content start = database.fresh(2);
        int before = waits;
        overlapped(
                start,
                Call.of("claim", ProtocolSteps.slice(ProtocolSteps.lease(0, 1), 1, List.of())),
                Call.of("claim", ProtocolSteps.slice(ProtocolSteps.lease(1, 1), 1, List.of())),
                true);
        return waits > before;
    }

    /** Every pair of the situation's calls, in both roles; what no order explains. */
    List<String> anomalies(Situation situation) throws Exception {
        return anomalies(situation, "");
    }

    /** The same, with a call of that name as the second ("" for any). */
    List<String> anomalies(Situation situation, String secondName) throws Exception {
        database.fresh(2);
        for (String sql : situation.made()) {
            database.execute(0, sql);
        }
        Content start = database.read();
        List<String> anomalies = new ArrayList<>();
        for (Call first : situation.calls()) {
            for (Call second : situation.calls()) {
                // one worker's steps on one contact, one after the other by its program, and never at a time
                boolean cannotMeet = first.name().equals("arm") && second.name().equals("finish-screened");
                boolean asked = second.name().startsWith(secondName);
                if ((!first.equals(second) || first.name().equals("claim")) && asked && !cannotMeet) {
                    anomalies.addAll(anomalies(situation.name(), start, first, second));
                }
            }
        }
        return anomalies;
    }

    private List<String> anomalies(String where, Content start, Call first, Call second) throws Exception {
        String firstOnly = after(start, first);
        String secondOnly = after(start, second);
        String firstThenSecond = after(start, first, second);
        String secondThenFirst = after(start, second, first);
        List<String> anomalies = new ArrayList<>();
        String both = overlapped(start, first, second, true);
        boolean explained = both.equals(firstThenSecond)
                || both.equals(secondThenFirst)
                || (SKIPPING.contains(second.name()) && both.equals(firstOnly));
        if (!explained) {
            anomalies.add(where + ": " + first + " open, " + second + ":\n" + both + "\nis neither " + first + ", "
                    + second + ":\n" + firstThenSecond + "\nnor " + second + ", " + first + ":\n" + secondThenFirst);
        }
        String rolledBack = overlapped(start, first, second, false);
        // a second claim has taken the other contact meanwhile
        if (!second.name().equals("claim")
                && !rolledBack.equals(secondOnly)
                && !(SKIPPING.contains(second.name()) && rolledBack.equals(start.text()))) {
            anomalies.add(where + ": " + first + " rolled back, " + second + ":\n" + rolledBack + "\nis not " + second
                    + " alone:\n" + secondOnly);
        }
        return anomalies;
    }

    private String after(Content start, Call... calls) throws SQLException {
        database.restore(start);
        StringBuilder answers = new StringBuilder();
        for (Call call : calls) {
            run(FIRST, call);
        }
        return answers.append(database.read().text()).toString();
    }

    private String overlapped(Content start, Call first, Call second, boolean commit) throws Exception {
        database.restore(start);
        overlaps++;
        Connection open = database.connection(FIRST);
        Connection other = database.connection(SECOND);
        int pid = pid(other);
        open.setAutoCommit(false);
        Future<?> running;
        try {
            run(FIRST, first);
            running = thread.submit(() -> {
                run(SECOND, second);
                return null;
            });
            if (waitsOrEnds(running, pid)) {
                waits++;
            }
        } finally {
            if (commit) {
                open.commit();
            } else {
                open.rollback();
            }
            open.setAutoCommit(true);
        }
        running.get(10, TimeUnit.SECONDS);
        return database.read().text();
    }

    /** Whether the statement waits for a lock; false when it is through. */
    private boolean waitsOrEnds(Future<?> running, int pid) throws Exception {
        while (true) {
            try {
                running.get(1, TimeUnit.MILLISECONDS);
                return false;
            } catch (TimeoutException notYet) {
                try (PreparedStatement look = database.connection(OBSERVER)
                        .prepareStatement(
                                "SELECT 1 FROM pg_stat_activity WHERE pid = ? AND wait_event_type = 'Lock'")) {
                    look.setInt(1, pid);
                    try (ResultSet found = look.executeQuery()) {
                        if (found.next()) {
                            return true;
                        }
                    }
                }
            } catch (ExecutionException failed) {
                throw new AssertionError("The second statement failed", failed.getCause());
            }
        }
    }

    private static int pid(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT pg_backend_pid()")) {
            found.next();
            return found.getInt(1);
        }
    }

    private void run(int connection, Call call) throws SQLException {
        if (call.name().contains(" ")) {
            database.execute(connection, call.name());
        } else if (call.name().equals("complete")) {
            ProtocolSteps.complete(database, database.connection(connection));
        } else {
            try {
                database.statement(call.name()).run(database.connection(connection), call.values());
            } catch (SQLException e) {
                // the record went while the receipt waited for it: repeated, as the route record-receipt does
                if (!call.name().equals("record-receipt") || !"23503".equals(e.getSQLState())) {
                    throw e;
                }
                database.statement(call.name()).run(database.connection(connection), call.values());
            }
        }
    }

    /**
     * An importer adds a contact, sees that the campaign is active, and commits; a completion comes at each point between. Whether the
     * campaign was completed with somebody waiting.
     */
    boolean isCompletedPrematurely(boolean inOneStatement) throws Exception {
        for (int at = 0; at < 3; at++) {
            database.fresh(1);
            database.execute(0, "UPDATE contacts SET status = 'completed'");
            Connection importer = database.connection(FIRST);
            importer.setAutoCommit(false);
            Future<?> completing = null;
            boolean active = false;
            for (int step = 0; step < 3; step++) {
                if (step == at) {
                    int pid = pid(database.connection(SECOND));
                    completing = thread.submit(() -> {
                        complete(inOneStatement);
                        return null;
                    });
                    waitsOrEnds(completing, pid);
                }
                if (step == 0) {
                    database.execute(
                            FIRST,
                            "INSERT INTO contacts (campaign_id, phone_number) VALUES ('" + ProofDatabase.CAMPAIGN
                                    + "', '" + ProofDatabase.NUMBERS.get(1) + "')");
                } else if (step == 1) {
                    try (Statement look = importer.createStatement();
                            ResultSet found = look.executeQuery("SELECT 1 FROM campaigns WHERE status = 'active'")) {
                        active = found.next();
                    }
                }
            }
            if (active) {
                importer.commit();
            } else {
                importer.rollback();
            }
            importer.setAutoCommit(true);
            completing.get(10, TimeUnit.SECONDS);
            String text = database.read().text();
            if (text.contains("campaign completed") && text.matches("(?s).*contact \\d pending.*")) {
                return true;
            }
        }
        return false;
    }

    private void complete(boolean inOneStatement) throws SQLException {
        if (inOneStatement) {
            database.statement("complete").run(database.connection(SECOND), ProtocolSteps.campaign(false));
        } else {
            ProtocolSteps.complete(database, database.connection(SECOND));
        }
    }

    // The situations

    private static final String HELD = "status = 'in_progress', sms_lease_id = '" + ProtocolSteps.lease(0, 1) + "', ";
    private static final String ALIVE = "sms_lease_until = now() + interval '1 hour'";
    private static final String OVER = "sms_lease_until = now() - interval '1 second'";

    private static String contact(String set) {
        return "UPDATE contacts SET " + set + " WHERE id = '" + ProofDatabase.contact(0) + "'";
    }

    private static String record(int attempt, String status, String more) {
        return "INSERT INTO sms_records (id, campaign_id, contact_id, phone_number, message, sent_at, attempt, status"
                + (more.isEmpty() ? "" : ", " + more.replaceAll(" = [^,]+", "")) + ") VALUES ('"
                + ProtocolSteps.record(new Attempt(0, attempt, null)) + "', '" + ProofDatabase.CAMPAIGN + "', '"
                + ProofDatabase.contact(0) + "', '" + ProofDatabase.NUMBERS.get(0) + "', 'Hi', now(), " + attempt
                + ", '"
                + status + "'" + (more.isEmpty() ? "" : ", " + more.replaceAll("[a-z_]+ = ", "")) + ")";
    }

    /** Whatever can be started where a contact is, the fences decide what comes of it. */
    private static List<Call> calls(int attempt) {
        var lease = ProtocolSteps.lease(0, 1);
        List<Attempt> armed = List.of(new Attempt(0, attempt, "unknown"));
        List<Call> calls = new ArrayList<>();
        calls.add(Call.of("claim", ProtocolSteps.slice(ProtocolSteps.lease(1, 1), 1, List.of())));
        calls.add(Call.of("take-over", ProtocolSteps.slice(ProtocolSteps.lease(1, 0), 2, List.of())));
        calls.add(Call.of("arm", ProtocolSteps.chunk(lease, List.of(0))));
        calls.add(Call.of("settle", ProtocolSteps.accepted(lease, armed)));
        calls.add(Call.of("unarm", ProtocolSteps.refused(lease, armed)));
        calls.add(Call.of("fail", ProtocolSteps.failed(lease, armed)));
        calls.add(Call.of("release", ProtocolSteps.slice(lease, 1, List.of(0))));
        calls.add(Call.of("finish-screened", ended(lease)));
        calls.add(Call.of("reap", ProtocolSteps.campaign(false)));
        calls.add(new Call("reap", ProtocolSteps.campaign(true), "reap (REPUBLISH)"));
        calls.add(Call.of("complete", Map.of()));
        for (int of = 1; of <= attempt; of++) {
            for (String status : List.of("sent", "delivered", "undelivered")) {
                calls.add(new Call(
                        "record-receipt",
                        ProtocolSteps.receipt(new Attempt(0, of, null), status, true),
                        status + " " + of));
            }
            calls.add(new Call(
                    "record-receipt",
                    ProtocolSteps.receipt(new Attempt(0, of, null), "undelivered", false),
                    "undeliverable " + of));
        }
        return calls;
    }

    private static Map<String, Object> ended(java.util.UUID lease) {
        Map<String, Object> values = ProtocolSteps.slice(lease, 1, List.of(0));
        values.put("variable.screened.endedIds", "{" + ProofDatabase.contact(0) + "}");
        values.put("variable.screened.endedOutcomes", "{templateError}");
        values.put("variable.screened.endedReasons", "{templateError}");
        return values;
    }

    static List<Situation> situations() {
        String queued = record(1, "queued", "");
        String sent = record(1, "sent", "accepted_at = now()");
        String undelivered =
                record(1, "undelivered", "accepted_at = now(), failure_reason = 'undelivered', retry_at = now()");
        String second = record(2, "queued", "");
        String secondUndeliverable = record(2, "undelivered", "failure_reason = 'undelivered', undeliverable = true");
        return List.of(
                new Situation("two are pending", List.of(), calls(1)),
                new Situation("leased", List.of(contact(HELD + ALIVE)), calls(1)),
                new Situation("leased, and over", List.of(contact(HELD + OVER)), calls(1)),
                new Situation(
                        "armed",
                        List.of(queued, contact(HELD + ALIVE + ", attempts = 1, sms_armed_attempt = 1")),
                        calls(1)),
                new Situation(
                        "armed, and over",
                        List.of(queued, contact(HELD + OVER + ", attempts = 1, sms_armed_attempt = 1")),
                        calls(1)),
                new Situation(
                        "sent, nobody else waits",
                        List.of(
                                sent,
                                "UPDATE contacts SET status = 'completed', sms_outcome = 'sent'",
                                contact("attempts = 1")),
                        calls(1)),
                new Situation("leased again", List.of(undelivered, contact(HELD + ALIVE + ", attempts = 1")), calls(1)),
                new Situation(
                        "leased again, and over",
                        List.of(undelivered, contact(HELD + OVER + ", attempts = 1")),
                        calls(1)),
                new Situation(
                        "armed again",
                        List.of(undelivered, second, contact(HELD + ALIVE + ", attempts = 2, sms_armed_attempt = 2")),
                        calls(2)),
                new Situation(
                        "armed again, and over",
                        List.of(undelivered, second, contact(HELD + OVER + ", attempts = 2, sms_armed_attempt = 2")),
                        calls(2)),
                new Situation(
                        "armed again, undeliverable before SNS's answer",
                        List.of(
                                undelivered,
                                secondUndeliverable,
                                contact(HELD + ALIVE + ", attempts = 2, sms_armed_attempt = 2")),
                        calls(2)));
    }

    @Override
    public void close() throws SQLException {
        thread.shutdownNow();
        database.close();
    }
}
