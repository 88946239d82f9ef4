package org.smsdispatcher.proof;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What goes wrong around the functions: one after another, each of the deck once before any comes again, and answers lost all along. */
final class ChaosDisasters {

    private static final int MIXED_PERCENT = 12;
    /** How long a disaster waits for somebody to meet it. */
    private static final long PATIENCE_MILLIS = 1_000;

    private final ChaosDatabase database;
    private final ChaosFaults faults;
    private final Relay toDatabase;
    private final Relay toSns;
    private final Counts counts;
    private final Random random;
    private final Random lossesRandom;
    private final List<String> answers = List.copyOf(Relay.STATEMENTS.keySet());
    private final Map<String, Disaster> all = new LinkedHashMap<>();
    private final List<String> deck = new ArrayList<>();
    private int struck;

    @FunctionalInterface
    private interface Disaster {
        void strike() throws IOException;
    }

    ChaosDisasters(
            ChaosDatabase database,
            ChaosRedis redis,
            ChaosFaults faults,
            Relay toDatabase,
            Relay toSns,
            Counts counts,
            long seed) {
        this.database = database;
        this.faults = faults;
        this.toDatabase = toDatabase;
        this.toSns = toSns;
        this.counts = counts;
        this.random = new Random(seed);
        this.lossesRandom = new Random(seed + 1);
        faults.mixed(MIXED_PERCENT);
        all.put("PostgreSQL: immediate shutdown", () -> database.server().crash("QUIT"));
        all.put("PostgreSQL: first process killed", () -> database.server().crash("KILL"));
        all.put("PostgreSQL: every connection terminated", () -> terminate("datname = ? AND usename LIKE 'slot%'"));
        all.put(
                "PostgreSQL: a connection terminated",
                () -> terminate("pid = (SELECT pid FROM pg_stat_activity WHERE datname = ? AND usename LIKE 'slot%'"
                        + " ORDER BY state = 'active' DESC, random() LIMIT 1)"));
        all.put("Redis: killed", () -> redis.killFor(300 + random.nextInt(1_000)));
        all.put("Redis: hung", () -> redis.hangFor(500 + random.nextInt(1_500)));
        all.put("Redis: emptied", redis::empty);
        ChaosFaults.KINDS.keySet().forEach(kind -> all.put("SNS alone: " + kind, () -> alone(kind)));
        all.put("SNS: refuses connections", this::refuse);
        all.put("SNS: a third of all calls fail", () -> {
            faults.mixed(33);
            Processes.sleep(1_000);
        });
    }

    /** The next one, and a short rest. */
    void strike() throws IOException {
        if (deck.isEmpty()) {
            deck.addAll(all.keySet());
            Collections.shuffle(deck, random);
        }
        String next = deck.remove(deck.size() - 1);
        all.get(next).strike();
        struck++;
        faults.mixed(MIXED_PERCENT);
        counts.count(next);
        Processes.sleep(50 + random.nextInt(300));
    }

    /** Whether each of them has struck. */
    boolean isComplete() {
        return struck >= all.size();
    }

    private void terminate(String which) {
        counts.add(
                "connections terminated",
                database.count(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE " + which,
                        database.name()));
    }

    /** Beside all that: PostgreSQL's answer to some statement is lost once its transaction is committed. */
    void loseAnAnswer() {
        String statement = answers.get(lossesRandom.nextInt(answers.size()));
        long before = counts.of(Relay.LOST + statement);
        toDatabase.loseAnswerTo(statement);
        awaitMore(Relay.LOST + statement, before);
        toDatabase.loseAnswerTo(null);
        Processes.sleep(lossesRandom.nextInt(400));
    }

    private void alone(String kind) {
        long before = counts.of(ChaosFaults.CALLS + kind);
        faults.alone(kind);
        awaitMore(ChaosFaults.CALLS + kind, before);
        Processes.sleep(200 + random.nextInt(300));
    }

    private void awaitMore(String what, long before) {
        long until = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (counts.of(what) == before && System.nanoTime() < until) {
            Processes.sleep(20);
        }
    }

    private void refuse() throws IOException {
        toSns.refuse();
        Processes.sleep(300 + random.nextInt(700));
        toSns.take();
    }
}
