package org.smsdispatcher.proof;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.smsdispatcher.connect.Connections;

/**
 * How long the shipped statements take among millions of contacts, as a large campaign gets under way, half done and all but done, and
 * while somebody holds a transaction open: {@code mvn -Pscale}, see docs/proof-scale.md.
 *
 * <p>Measured on the function's own connections, one at a time. Every claim, arming and settling is real: its rows change, dead ones
 * stay behind, and autovacuum runs as it would. Between the measurements the campaign goes on by the same statements, 200 contacts
 * each and two workers at a time, zone after zone as the function does it.
 *
 * <p>Fails where a plan has lost its index or a count is not what was done. Slow is not wrong: goals are printed, held or missed.
 */
final class Scale {

    private static final int CLAIM = 100;
    private static final int CHUNK = 10;
    private static final int SLICE = 200;
    private static final int LEASE_SECONDS = 90;
    private static final String MESSAGE =
            "Hi Bo, your order has left our house and will be with you tomorrow between nine and twelve.";
    /** Zones in which it is day, and contacts are backing off, while the others sleep. */
    private static final int ZONES_AWAKE = 4;

    private final OwnServer server;
    private final HikariDataSource pool;
    private final ScaleData data;
    private final UUID campaign;
    private final int rounds;
    private final Map<String, ShippedSql> statements = new HashMap<>();
    private final Map<String, Latencies> stages = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();

    // what was done, to be found in the tables
    private final AtomicLong settled = new AtomicLong();
    private final AtomicLong blacklisted = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    private Scale(OwnServer server, HikariDataSource pool, long contacts, int rounds) {
        this.server = server;
        this.pool = pool;
        this.data = new ScaleData(server.dataSource(), contacts);
        this.campaign = data.campaign();
        // two measurements have to be fed by the last hundredth
        this.rounds = (int) Math.max(1, Math.min(rounds, data.inCampaign() / 100 / 24));
        for (String name : List.of(
                "find-zones",
                "claim",
                "arm",
                "settle",
                "release",
                "reap",
                "opt-out",
                "lock-campaign",
                "complete",
                "count-zones",
                "report")) {
            statements.put(name, ShippedSql.of(name, ShippedSql.source(name)));
        }
    }

    /** How many contacts, and how many rounds a measurement. */
    public static void main(String[] arguments) {
        // exits: the embedded server's threads would keep the process alive
        try {
            List<String> faults = run(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]), "2GB");
            faults.forEach(fault -> System.out.println("FAULT: " + fault));
            System.exit(faults.isEmpty() ? 0 : 1);
        } catch (SQLException | RuntimeException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    /** Loads, measures and prints. What was wrong; nothing is the right answer. */
    static List<String> run(long contacts, int rounds, String sharedBuffers) throws SQLException {
        try (OwnServer server = OwnServer.start(sharedBuffers)) {
            try (HikariDataSource pool = Connections.database(server.settings(4))) {
                Scale scale = new Scale(server, pool, contacts, rounds);
                scale.run();
                return scale.faults;
            }
        }
    }

    /** Work that may fail. */
    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private void run() throws SQLException {
        System.out.println(server.describe());
        timed("load " + data.inCampaign() + " contacts in one campaign, and its neighbours", data::load);
        System.out.println("  database " + server.text("SELECT pg_size_pretty(pg_database_size(current_database()))")
                + ", contacts " + size("contacts") + ", messages " + size("sms_records") + ", blacklist "
                + size("blacklist"));

        warmUp();
        measure("0 %", rounds);
        measureWithGenericPlans("0 %, generic plans", Math.max(1, rounds / 5));
        headOfLine();
        try (Connection held = hold()) {
            progressTo(5);
            measure("5 %, a transaction open since 0 %", Math.max(1, rounds / 2));
            held.rollback();
        }
        progressTo(50);
        measure("50 %", rounds);
        try (Connection held = hold()) {
            progressTo(55);
            measure("55 %, a transaction open since 50 %", Math.max(1, rounds / 2));
            held.rollback();
        }
        progressTo(94);
        try (Connection held = hold()) {
            progressTo(99);
            measure("99 %, a transaction open since 94 %", Math.max(1, rounds / 2));
            held.rollback();
        }
        timed("wait for autovacuum", this::awaitVacuum);
        measure("99 %", rounds);
        try (Connection held = hold()) {
            progressTo(100);
            measureEnd("100 %, a transaction open since 99 %");
            held.rollback();
        }
        measureEnd("100 %");
        complete();
        count();
        timed("vacuum", this::vacuum);
        checkPlans("after the last", true);
        goals();
    }

    private void vacuum() throws SQLException {
        try (Connection connection = server.connect()) {
            Plans.vacuum(connection);
        }
    }

    private String size(String table) {
        return server.text("SELECT pg_size_pretty(pg_table_size('" + table + "')) || ' and indexes '"
                + " || pg_size_pretty(pg_indexes_size('" + table + "'))");
    }

    private static void timed(String what, Work work) throws SQLException {
        long from = System.nanoTime();
        work.run();
        System.out.printf(Locale.ROOT, "%s: %.1f s%n", what, (System.nanoTime() - from) / 1e9);
    }

    private void warmUp() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            for (int i = 0; i < Math.min(rounds, 20); i++) {
                round(connection, new Latencies(), findZones(connection));
            }
        }
    }

    /** A snapshot somebody has taken and not given up: what dies from now on cannot be cleaned away. */
    private Connection hold() throws SQLException {
        Connection connection = server.connect();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT count(*) FROM campaigns");
        }
        return connection;
    }

    // The campaign's progress

    private void progressTo(int percent) throws SQLException {
        long target = data.inCampaign() * percent / 100;
        AtomicLong left = new AtomicLong(target - done());
        long size = left.get();
        long wal = wal();
        long from = System.nanoTime();
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                workers.add(two.submit(() -> {
                    progress(left);
                    return null;
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new SQLException("The campaign does not go on", e);
        } finally {
            two.shutdownNow();
        }
        double seconds = (System.nanoTime() - from) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "on to %d %%: %d contacts in %.1f s, %.0f a second, %.1f kB of WAL each%n",
                percent,
                size,
                seconds,
                size / seconds,
                (wal() - wal) / 1024.0 / size);
    }

    private long wal() {
        return server.count("SELECT (pg_current_wal_lsn() - '0/0')::bigint");
    }

    private void progress(AtomicLong left) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            List<String> zones = findZones(connection);
            for (long mine = left.getAndAdd(-SLICE); mine > 0; mine = left.getAndAdd(-SLICE)) {
                UUID lease = UUID.randomUUID();
                List<Map<String, Object>> claimed =
                        claim(connection, zones, (int) Math.min(SLICE, mine), lease, LEASE_SECONDS);
                List<Map<String, Object>> leased = leased(claimed);
                settle(connection, lease, leased, arm(connection, lease, leased, 7));
                blacklisted.addAndGet(claimed.size() - leased.size());
                if (claimed.size() < Math.min(SLICE, mine)) {
                    left.addAndGet(Math.min(SLICE, mine) - claimed.size());
                    if (claimed.isEmpty() && findZones(connection).isEmpty()) {
                        return;
                    }
                }
                // drained ones go, as they do from one invocation to the next
                if (mine / SLICE % 50 == 0) {
                    zones = findZones(connection);
                }
            }
        }
    }

    private long done() {
        return settled.get() + blacklisted.get() + unknown.get();
    }

    // Measurements

    private void measure(String stage, int times) throws SQLException {
        Latencies latencies = stage(stage);
        try (Connection connection = pool.getConnection()) {
            for (int i = 0; i < times; i++) {
                List<String> zones = latencies.time("find-zones", () -> findZones(connection));
                round(connection, latencies, zones);
                if (i % 10 == 0) {
                    latencies.time("completion, not yet", () -> completeBy(connection, false));
                    optOut(connection, latencies, zones);
                }
                if (i % 50 == 25 || (times < 50 && i == 0)) {
                    reapSome(connection, latencies, zones);
                }
            }
            look(connection, latencies);
        }
        print(stage, latencies);
        checkPlans(stage, stage.equals("0 %"));
    }

    /** As of a connection whose every plan is made without its values; the function's may be either. */
    private void measureWithGenericPlans(String stage, int times) throws SQLException {
        Latencies latencies = stage(stage);
        try (Connection connection = pool.getConnection()) {
            set(connection, "SET plan_cache_mode = force_generic_plan");
            for (int i = 0; i < times; i++) {
                List<String> zones = latencies.time("find-zones", () -> findZones(connection));
                round(connection, latencies, zones);
            }
            set(connection, "RESET plan_cache_mode");
        }
        print(stage, latencies);
    }

    private Latencies stage(String name) {
        Latencies latencies = new Latencies();
        stages.put(name, latencies);
        return latencies;
    }

    /** Claim, arm, settle ten, release the others, reap what nobody left behind. */
    private void round(Connection connection, Latencies latencies, List<String> zones) throws SQLException {
        UUID lease = UUID.randomUUID();
        List<Map<String, Object>> claimed =
                latencies.time("claim " + CLAIM, () -> claim(connection, zones, CLAIM, lease, LEASE_SECONDS));
        List<Map<String, Object>> leased = leased(claimed);
        blacklisted.addAndGet(claimed.size() - leased.size());
        if (leased.isEmpty()) {
            faults.add("a claim found nobody to send to, in zones " + zones);
            return;
        }
        List<Map<String, Object>> chunk = leased.subList(0, Math.min(CHUNK, leased.size()));
        List<Map<String, Object>> armed = latencies.time("arm " + CHUNK, () -> arm(connection, lease, chunk, 7));
        latencies.time("settle " + CHUNK, () -> settle(connection, lease, chunk, armed));
        List<Map<String, Object>> others = leased.subList(chunk.size(), leased.size());
        latencies.time("release " + (CLAIM - CHUNK), () -> release(connection, lease, others));
        if (!latencies.time("reap, nobody", () -> reap(connection)).isEmpty()) {
            faults.add("the reaper found a lease that nobody had left behind");
        }
    }

    /** A slice whose sender died, ten of them armed. */
    private void reapSome(Connection connection, Latencies latencies, List<String> zones) throws SQLException {
        UUID lease = UUID.randomUUID();
        List<Map<String, Object>> claimed = claim(connection, zones, CLAIM, lease, -1);
        List<Map<String, Object>> leased = leased(claimed);
        blacklisted.addAndGet(claimed.size() - leased.size());
        List<Map<String, Object>> armed =
                arm(connection, lease, leased.subList(0, Math.min(CHUNK, leased.size())), -LEASE_SECONDS);
        unknown.addAndGet(armed.size());
        if (latencies.time("reap " + CLAIM, () -> reap(connection)).size() != leased.size()) {
            faults.add("the reaper did not find the " + leased.size() + " leases that have run out");
        }
    }

    /** Somebody who waits does not want to be texted. */
    private void optOut(Connection connection, Latencies latencies, List<String> zones) throws SQLException {
        UUID lease = UUID.randomUUID();
        List<Map<String, Object>> claimed = claim(connection, zones, 1, lease, LEASE_SECONDS);
        List<Map<String, Object>> leased = leased(claimed);
        blacklisted.addAndGet(claimed.size() - leased.size());
        for (Map<String, Object> contact : leased) {
            release(connection, lease, leased);
            String number = (String) contact.get("phone_number");
            Map<String, Object> values = Map.of(
                    "variable.optOut.number",
                    number,
                    "variable.optOut.reason",
                    "STOP",
                    "variable.optOut.spellings",
                    spellings(number).split(",", -1),
                    "variable.optOut.recordId",
                    new UUID(0, 0));
            List<Map<String, Object>> taken = latencies.time("opt-out", () -> run(connection, "opt-out", values));
            blacklisted.incrementAndGet();
            if (((Number) taken.get(0).get("taken")).longValue() != 1) {
                faults.add("an opt-out took out " + taken);
            }
        }
    }

    private void look(Connection connection, Latencies latencies) throws SQLException {
        List<String> zones = findZones(connection);
        for (int i = 0; i < Math.min(3, rounds); i++) {
            orTooLate(
                    latencies,
                    "count-zones",
                    () -> statements
                            .get("count-zones")
                            .run(
                                    connection,
                                    Map.of(
                                            "variable.survey.zones",
                                            zones.toArray(String[]::new),
                                            "variable.campaign.id",
                                            campaign,
                                            "variable.survey.bound",
                                            1_000_000 / Math.max(1, zones.size()),
                                            "variable.survey.sampleSize",
                                            Math.max(10, 4_000 / Math.max(1, zones.size())))));
            orTooLate(
                    latencies,
                    "report",
                    () -> statements.get("report").run(connection, Map.of("variable.question.campaignId", campaign)));
        }
    }

    /** A question that the connection's time-out ends is an answer too. */
    private void orTooLate(Latencies latencies, String what, Latencies.Work<?, SQLException> work) throws SQLException {
        try {
            latencies.time(what, work);
        } catch (SQLException e) {
            if (!"57014".equals(e.getSQLState())) {
                throw e;
            }
            latencies.time(what + ": TIMED OUT", () -> null);
        }
    }

    /** The large part of the contacts sleeps, and who is awake stands behind many who are backing off. */
    private void headOfLine() throws SQLException {
        List<String> awake = ScaleData.ZONES.subList(0, ZONES_AWAKE);
        String backingOff = " WHERE id IN (SELECT id FROM contacts WHERE campaign_id = '" + campaign
                + "' AND status = 'pending' AND timezone IN ('" + String.join("', '", awake)
                + "') ORDER BY created_at, id LIMIT "
                + data.inCampaign() / 30 + ")";
        server.execute("CREATE TABLE backing_off AS SELECT id FROM contacts" + backingOff);
        server.execute("UPDATE contacts SET sms_not_before = now() + interval '1 hour', sms_outcome = 'refused'"
                + " WHERE id IN (SELECT id FROM backing_off)");
        String stage = String.format(
                Locale.ROOT,
                "head of the line: %d backing off, %d asleep",
                server.count("SELECT count(*) FROM backing_off"),
                server.count("SELECT count(*) FROM contacts WHERE campaign_id = '" + campaign
                        + "' AND status = 'pending' AND coalesce(timezone, '') NOT IN ('" + String.join("', '", awake)
                        + "')"));
        Latencies latencies = stage(stage);
        try (Connection connection = pool.getConnection()) {
            for (int i = 0; i < rounds; i++) {
                UUID lease = UUID.randomUUID();
                List<Map<String, Object>> claimed =
                        latencies.time("claim " + CLAIM, () -> claim(connection, awake, CLAIM, lease, LEASE_SECONDS));
                if (claimed.size() < CLAIM) {
                    faults.add("those who back off, or sleep, keep a claim from being full: " + claimed.size());
                }
                List<Map<String, Object>> leased = leased(claimed);
                blacklisted.addAndGet(claimed.size() - leased.size());
                release(connection, lease, leased);
            }
        }
        print(stage, latencies);
        server.execute("UPDATE contacts SET sms_not_before = 'epoch', sms_outcome = NULL"
                + " WHERE id IN (SELECT id FROM backing_off) AND status = 'pending'");
        server.execute("DROP TABLE backing_off");
    }

    /** Nobody is pending any more: the list of zones and the completion's probe find nothing, among all the dead entries. */
    private void measureEnd(String stage) throws SQLException {
        Latencies latencies = stage(stage);
        try (Connection connection = pool.getConnection()) {
            for (int i = 0; i < Math.max(1, rounds / 5); i++) {
                if (!latencies.time("find-zones", () -> findZones(connection)).isEmpty()) {
                    faults.add("somebody still waits at the end");
                }
                latencies.time("completion, rolled back", () -> completeBy(connection, true));
            }
            look(connection, latencies);
        }
        print(stage, latencies);
        checkPlans(stage, false);
    }

    // The statements

    private List<Map<String, Object>> run(Connection connection, String name, Map<String, Object> values)
            throws SQLException {
        return statements.get(name).run(connection, values);
    }

    /** Those in which somebody is pending, in the order in which they are served. */
    private List<String> findZones(Connection connection) throws SQLException {
        List<String> pending = run(connection, "find-zones", Map.of("variable.campaign.id", campaign)).stream()
                .filter(row -> row.get("state").equals("pending"))
                .map(row -> (String) row.get("zone"))
                .toList();
        List<String> ordered = new ArrayList<>(ScaleData.ZONES);
        ordered.add("");
        ordered.retainAll(pending);
        return ordered;
    }

    private List<Map<String, Object>> claim(
            Connection connection, List<String> zones, int limit, UUID lease, int leaseSeconds) throws SQLException {
        return run(
                connection,
                "claim",
                Map.of(
                        "variable.slice.zones", zones.toArray(String[]::new),
                        "variable.campaign.id", campaign,
                        "variable.slice.limit", limit,
                        "variable.config.maxAttempts", 3,
                        "variable.slice.lease", lease,
                        "variable.slice.leaseSeconds", leaseSeconds));
    }

    private static List<Map<String, Object>> leased(List<Map<String, Object>> claimed) {
        return claimed.stream()
                .filter(row -> row.get("status").equals("in_progress"))
                .toList();
    }

    private List<Map<String, Object>> arm(
            Connection connection, UUID lease, List<Map<String, Object>> contacts, int marginSeconds)
            throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put("variable.chunk.leaseMarginSeconds", marginSeconds);
        values.put("variable.chunk.ids", texts(contacts, row -> row.get("id").toString()));
        values.put("variable.chunk.numbers", texts(contacts, row -> (String) row.get("phone_number")));
        values.put("variable.chunk.spellings", texts(contacts, row -> spellings((String) row.get("phone_number"))));
        values.put("variable.chunk.messages", texts(contacts, row -> MESSAGE));
        values.put("variable.chunk.parts", texts(contacts, row -> "1"));
        values.put("variable.chunk.encodings", texts(contacts, row -> "GSM_7"));
        for (String links : List.of("linkIds", "linkTokens", "linkPositions", "linkTargets")) {
            values.put("variable.chunk." + links, new String[0]);
        }
        List<Map<String, Object>> verdicts = run(connection, "arm", values);
        verdicts.stream()
                .filter(row -> !row.get("verdict").equals("armed"))
                .forEach(row -> faults.add("not armed: " + row));
        return verdicts;
    }

    private static String spellings(String number) {
        return number + "," + number.substring(1) + ",00" + number.substring(1) + ",011" + number.substring(1);
    }

    private List<Map<String, Object>> settle(
            Connection connection, UUID lease, List<Map<String, Object>> contacts, List<Map<String, Object>> armed)
            throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", lease);
        values.put(
                "variable.chunk.acceptedIds", texts(armed, row -> row.get("id").toString()));
        values.put(
                "variable.chunk.acceptedRecords",
                texts(armed, row -> row.get("record_id").toString()));
        values.put(
                "variable.chunk.acceptedMessageIds",
                texts(armed, row -> UUID.randomUUID().toString()));
        List<Map<String, Object>> rows = run(connection, "settle", values);
        rows.stream()
                .filter(row -> !Boolean.TRUE.equals(row.get("settled")))
                .forEach(row -> faults.add("not settled: " + row));
        if (rows.size() != contacts.size()) {
            faults.add(contacts.size() + " were to be settled, " + rows.size() + " were");
        }
        settled.addAndGet(rows.size());
        return rows;
    }

    private List<Map<String, Object>> release(Connection connection, UUID lease, List<Map<String, Object>> contacts)
            throws SQLException {
        return run(
                connection,
                "release",
                Map.of(
                        "variable.slice.ids",
                        texts(contacts, row -> row.get("id").toString()),
                        "variable.slice.lease",
                        lease));
    }

    private List<Map<String, Object>> reap(Connection connection) throws SQLException {
        return run(connection, "reap", Map.of("variable.campaign.id", campaign, "variable.republishing", false));
    }

    /** Both halves, as one transaction, rolled back; it would have completed the campaign if {@code expected}. */
    private Object completeBy(Connection connection, boolean expected) throws SQLException {
        connection.setAutoCommit(false);
        run(connection, "lock-campaign", Map.of("variable.campaign.id", campaign));
        run(connection, "complete", Map.of("variable.campaign.id", campaign));
        String status;
        try (Statement statement = connection.createStatement();
                var found = statement.executeQuery("SELECT status FROM campaigns WHERE id = '" + campaign + "'")) {
            found.next();
            status = found.getString(1);
        }
        connection.rollback();
        connection.setAutoCommit(true);
        if (expected != status.equals("completed")) {
            faults.add("the campaign would be " + status);
        }
        return status;
    }

    private static String[] texts(List<Map<String, Object>> rows, Function<Map<String, Object>, String> text) {
        return rows.stream().map(text).toArray(String[]::new);
    }

    // The end

    private void complete() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            run(connection, "lock-campaign", Map.of("variable.campaign.id", campaign));
            run(connection, "complete", Map.of("variable.campaign.id", campaign));
        }
    }

    /** Every contact is where the statements said they put it. */
    private void count() {
        expect("completed", "SELECT status FROM campaigns WHERE id = '" + campaign + "'");
        expect(
                "blacklisted=" + blacklisted + " completed=" + settled + " failed=" + unknown,
                "SELECT string_agg(status || '=' || n, ' ' ORDER BY status) FROM (SELECT status, count(*) n FROM contacts WHERE campaign_id = '"
                        + campaign + "' GROUP BY 1) s");
        expect(
                settled + " sent, " + unknown + " unknown, " + done() + " of " + data.inCampaign() + " contacts",
                "SELECT count(*) FILTER (WHERE status = 'sent' AND accepted_at IS NOT NULL AND attempt = 1) || ' sent, '"
                        + " || count(*) FILTER (WHERE failure_reason = 'unknown_publish_outcome' AND accepted_at IS NULL) || ' unknown, '"
                        + " || (SELECT count(*) FROM contacts WHERE campaign_id = '" + campaign + "') || ' of "
                        + data.inCampaign() + " contacts' FROM sms_records WHERE campaign_id = '" + campaign + "'");
        expect(
                "0",
                "SELECT count(*) FROM contacts c WHERE campaign_id = '" + campaign + "' AND (sms_lease_id IS NOT NULL"
                        + " OR sms_armed_attempt IS NOT NULL OR attempts <> (SELECT count(*) FROM sms_records r WHERE r.contact_id = c.id)"
                        + " OR (status <> 'blacklisted' AND EXISTS (SELECT 1 FROM blacklist b WHERE b.phone_number = c.phone_number)))");
    }

    private void expect(String expected, String query) {
        String found = server.text(query);
        if (!expected.equals(found)) {
            faults.add("counted " + found + ", done was " + expected);
        }
    }

    /**
     * The report's plan only where vacuum has been: an index-only scan is chosen by how many pages are known to be visible to all, which
     * is autovacuum's affair in between.
     */
    private void checkPlans(String stage, boolean vacuumed) throws SQLException {
        try (Connection connection = server.simple()) {
            Plans.faults(connection).stream()
                    .filter(fault -> vacuumed || !fault.startsWith("report.sql"))
                    .forEach(fault -> faults.add(stage + ": " + fault));
        }
    }

    private void print(String stage, Latencies latencies) {
        System.out.println();
        System.out.println(
                "**" + stage + "**; "
                        + server.text(
                                "SELECT (SELECT count(*) FROM contacts WHERE campaign_id = '"
                                        + campaign
                                        + "' AND status = 'pending' AND sms_capable) || ' pending, dead rows: contacts ' ||"
                                        + " (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'contacts') || ', messages ' ||"
                                        + " (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'sms_records') || ', vacuumed '"
                                        + " || (SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'contacts') || ' times, contacts_sms_ready '"
                                        + " || pg_size_pretty(pg_relation_size('contacts_sms_ready')) || ', HOT updates of contacts '"
                                        + " || (SELECT 100 * n_tup_hot_upd / greatest(n_tup_upd, 1) FROM pg_stat_user_tables WHERE relname = 'contacts') || ' %'"));
        System.out.println();
        Latencies.heading().forEach(System.out::println);
        latencies.rows().forEach(System.out::println);
        System.out.println();
    }

    private void goals() {
        System.out.println("| goal | seen | |");
        System.out.println("|---|---:|---|");
        double first = claimP95("0 %");
        for (String stage : List.of("0 %", "50 %", "99 %")) {
            goal("claim p95 at " + stage + " under 15 ms", claimP95(stage), claimP95(stage) < 15);
            goal("and within twice that at 0 %", claimP95(stage), claimP95(stage) <= 2 * first);
        }
        stages.keySet().stream()
                .filter(stage -> stage.contains("transaction open") && !stage.startsWith("100"))
                .forEach(stage -> goal("claim p95 under 60 ms at " + stage, claimP95(stage), claimP95(stage) < 60));
        stages.keySet().stream()
                .filter(stage -> stage.startsWith("head"))
                .forEach(stage -> goal(
                        "claim p99 under 20 ms, " + stage,
                        stages.get(stage).millis("claim " + CLAIM, 0.99),
                        stages.get(stage).millis("claim " + CLAIM, 0.99) < 20));
    }

    private double claimP95(String stage) {
        return stages.get(stage).millis("claim " + CLAIM, 0.95);
    }

    private static void goal(String goal, double seen, boolean held) {
        System.out.printf(Locale.ROOT, "| %s | %.2f ms | %s |%n", goal, seen, held ? "held" : "MISSED");
    }

    /** Until it has been through once more, two minutes at most. */
    private void awaitVacuum() {
        String times = "SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'contacts'";
        long before = server.count(times);
        boolean due = server.count("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'contacts'") > 20_000;
        for (int seconds = 0; due && seconds < 120 && server.count(times) == before; seconds++) {
            try {
                Thread.sleep(1_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void set(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
