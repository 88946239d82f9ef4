package org.smsdispatcher.proof;

import java.math.BigInteger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.smsdispatcher.Platform;
import org.smsdispatcher.proof.ProofDatabase.Content;
import org.smsdispatcher.proof.ProtocolSteps.Attempt;

/**
 * Every order in which two workers, the reaper, the end of their leases and whatever else a {@link Setup} names can take their steps,
 * each statement on a real PostgreSQL, each actor on a connection of its own. A worker is the state machine of the routes
 * dispatch-batch, dispatch-slice, arm, publish-chunk and settle; SNS is a set in memory that may take a message, refuse it, or take or
 * drop it and say nothing.
 *
 * <p>Two ways to one state are followed once from there on, and a statement is carried out once for each content of the database and
 * its parameters: what happens next depends on nothing else. That is the only pruning, and {@link #replay} holds it to whole schedules
 * played from their first statement to their last.
 *
 * <p>A crash is a worker that takes no further step. In every state whatsoever it is therefore asked what becomes of the contacts if
 * nobody who is at work ever comes back: once all leases are over, one reaping and a worker of its own must end every contact.
 */
final class Interleavings {

    /** What can happen beside the workers' own steps, at any point. */
    enum Event {
        /** The number of the first contact is put on the blacklist. */
        BLACKLIST,
        PAUSE,
        /** The route complete, as if it were always worth a look. */
        COMPLETE,
        /** A receipt of the first contact's first message, once SNS has taken it. */
        DELIVERED,
        UNDELIVERED,
        UNDELIVERABLE
    }

    /** What SNS says of a message, or does not. */
    enum Answer {
        ACCEPTED,
        REFUSED,
        REFUSED_FOR_GOOD,
        LOST_BUT_ACCEPTED,
        LOST;

        boolean isAccepted() {
            return this == ACCEPTED || this == LOST_BUT_ACCEPTED;
        }
    }

    /**
     * What is searched.
     *
     * @param limit contacts a claim takes at most
     * @param reaps how often the reaper comes
     * @param lostStatements whether PostgreSQL's own answers may be lost too
     * @param asksAgain whether a worker asks PostgreSQL again before it repeats a publish (policy REPUBLISH)
     */
    record Setup(
            boolean republishing,
            int contacts,
            int limit,
            int reaps,
            Set<Event> events,
            Set<Answer> answers,
            boolean lostStatements,
            int publishes,
            boolean asksAgain) {

        static Setup of(boolean republishing, int contacts) {
            return new Setup(
                    republishing,
                    contacts,
                    contacts,
                    1,
                    EnumSet.noneOf(Event.class),
                    EnumSet.allOf(Answer.class),
                    contacts == 1,
                    2,
                    true);
        }

        Setup with(Event first, Event... more) {
            return new Setup(
                    republishing,
                    contacts,
                    limit,
                    reaps,
                    EnumSet.of(first, more),
                    answers,
                    lostStatements,
                    publishes,
                    asksAgain);
        }

        Setup answering(Answer first, Answer... more) {
            return new Setup(
                    republishing,
                    contacts,
                    limit,
                    reaps,
                    events,
                    EnumSet.of(first, more),
                    lostStatements,
                    publishes,
                    asksAgain);
        }

        Setup claimingOne() {
            return new Setup(republishing, contacts, 1, reaps, events, answers, lostStatements, publishes, asksAgain);
        }

        Setup reaping(int times) {
            return new Setup(
                    republishing, contacts, limit, times, events, answers, lostStatements, publishes, asksAgain);
        }

        Setup unasked() {
            return new Setup(republishing, contacts, limit, reaps, events, answers, lostStatements, publishes, false);
        }
    }

    /** What was found. */
    record Found(BigInteger schedules, int states, int crashPoints, int executions, List<String> violations) {

        @Override
        public String toString() {
            return String.format(
                    "%,d schedules, %,d states, %,d contents asked what becomes of them, %,d statements run",
                    schedules, states, crashPoints, executions);
        }
    }

    private enum Phase {
        TAKE_OVER,
        CLAIM,
        ARM,
        PUBLISH,
        SETTLE,
        UNARM,
        FAIL,
        RELEASE,
        END
    }

    private enum Stage {
        DRAFT,
        ARMED,
        ACCEPTED,
        REFUSED,
        FAILED,
        RELEASED,
        DONE
    }

    private record Item(int contact, int attempt, Stage stage, String outcome, boolean takenOver) {
        Item to(Stage next) {
            return new Item(contact, attempt, next, outcome, takenOver);
        }

        Item fails(String why) {
            return new Item(contact, attempt, Stage.FAILED, why, takenOver);
        }

        Attempt asAttempt() {
            return new Attempt(contact, attempt, outcome);
        }
    }

    /**
     * A worker between two steps.
     *
     * @param lease 0 for what it takes over, then one a claim
     * @param barred contacts that must not be published any more when it last asked: a bit each
     * @param repeating whether the statement of this phase was carried out and its answer lost
     */
    private record Worker(
            Phase phase, int lease, boolean full, List<Item> items, int publishes, int barred, boolean repeating) {

        static Worker fresh(boolean republishing) {
            return new Worker(republishing ? Phase.TAKE_OVER : Phase.CLAIM, 0, false, List.of(), 0, 0, false);
        }

        boolean isDoubted() {
            return publishes > 0 || isTakenOver();
        }

        private boolean isTakenOver() {
            return items.stream().anyMatch(Item::takenOver);
        }

        Worker with(Phase next, List<Item> changed) {
            return new Worker(next, lease, full, List.copyOf(changed), publishes, barred, false);
        }

        Worker repeats() {
            return new Worker(phase, lease, full, items, publishes, barred, true);
        }

        List<Item> at(Stage stage) {
            return items.stream().filter(item -> item.stage() == stage).toList();
        }

        List<Integer> contactsAt(Stage stage) {
            return at(stage).stream().map(Item::contact).toList();
        }

        /** After a publish or a statement that writes down: the next phase with something to do. */
        Worker goesOn(Phase after) {
            if (after.compareTo(Phase.SETTLE) < 0 && !at(Stage.ACCEPTED).isEmpty()) {
                return with(Phase.SETTLE, items);
            }
            if (after.compareTo(Phase.UNARM) < 0 && !at(Stage.REFUSED).isEmpty()) {
                return with(Phase.UNARM, items);
            }
            if (after.compareTo(Phase.FAIL) < 0 && !at(Stage.FAILED).isEmpty()) {
                return with(Phase.FAIL, items);
            }
            if (after.compareTo(Phase.RELEASE) < 0 && !at(Stage.RELEASED).isEmpty()) {
                return with(Phase.RELEASE, items);
            }
            return endsSlice();
        }

        private Worker endsSlice() {
            Phase next = (isTakenOver() || (full && lease < 3)) ? Phase.CLAIM : Phase.END;
            return new Worker(next, lease + 1, false, List.of(), 0, 0, false);
        }
    }

    /**
     * Everything there is.
     *
     * @param expirable workers, a bit each, whose leases have not been ended yet
     * @param accepted how often SNS took each attempt, by "contact.attempt"
     */
    private record State(
            Content database,
            List<Worker> workers,
            int expirable,
            int reaps,
            Set<Event> events,
            Map<String, Integer> accepted) {}

    private record Step(String name, Take take) {}

    private interface Take {
        State from(State state) throws SQLException;
    }

    private record Executed(Content content, List<Map<String, Object>> rows) {}

    private static final int MOST_VIOLATIONS = 5;
    private static final int FRESH_WORKER = 2;
    private static final int OTHERS = 3;

    private final ProofDatabase database;
    private final Setup setup;
    private final Map<State, BigInteger> schedules = new HashMap<>();
    private final Map<String, Executed> executed = new HashMap<>();
    private final Set<String> asked = new java.util.HashSet<>();
    private final List<String> violations = new ArrayList<>();
    private final List<String> path = new ArrayList<>();
    private Content current;
    private int executions;
    private boolean replaying;

    private Interleavings(ProofDatabase database, Setup setup) {
        this.database = database;
        this.setup = setup;
    }

    /** Searches everything; stops at the first few violations. */
    static Found search(Platform platform, Setup setup, Map<String, String> faults) throws SQLException {
        try (ProofDatabase database = new ProofDatabase(platform, faults)) {
            Interleavings search = new Interleavings(database, setup);
            State start = search.start();
            BigInteger found = search.explore(start);
            return new Found(found, search.schedules.size(), search.asked.size(), search.executions, search.violations);
        }
    }

    /** Schedules drawn at random, each played on the database from start to end, and whether they end as the search says. */
    static List<String> replay(Platform platform, Setup setup, int times, long seed) throws SQLException {
        Random random = new Random(seed);
        List<String> differences = new ArrayList<>();
        try (ProofDatabase database = new ProofDatabase(platform, Map.of())) {
            Interleavings search = new Interleavings(database, setup);
            Interleavings play = new Interleavings(database, setup);
            play.replaying = true;
            for (int i = 0; i < times; i++) {
                List<Integer> choices = new ArrayList<>();
                State said = search.walk(search.start(), choices, random);
                State came = play.walk(play.start(), choices, null);
                if (!said.equals(came) || !search.violations.isEmpty()) {
                    differences.add(choices + ": " + said + "\nbut " + came + search.violations);
                }
            }
        }
        return differences;
    }

    private State start() throws SQLException {
        current = database.fresh(setup.contacts());
        Worker worker = Worker.fresh(setup.republishing());
        return new State(current, List.of(worker, worker), 3, setup.reaps(), setup.events(), Map.of());
    }

    private State walk(State from, List<Integer> choices, Random random) throws SQLException {
        State state = from;
        for (int i = 0; ; i++) {
            List<Step> steps = steps(state);
            if (steps.isEmpty()) {
                return state;
            }
            if (random != null) {
                choices.add(random.nextInt(steps.size()));
            }
            state = steps.get(choices.get(i)).take().from(state);
        }
    }

    private BigInteger explore(State state) throws SQLException {
        BigInteger known = schedules.get(state);
        if (known != null || violations.size() >= MOST_VIOLATIONS) {
            return known == null ? BigInteger.ONE : known;
        }
        askWhatBecomesOfIt(state);
        List<Step> steps = steps(state);
        BigInteger ways = steps.isEmpty() ? BigInteger.ONE : BigInteger.ZERO;
        for (Step step : steps) {
            path.add(step.name());
            ways = ways.add(explore(step.take().from(state)));
            path.remove(path.size() - 1);
        }
        schedules.put(state, ways);
        return ways;
    }

    private List<Step> steps(State state) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < state.workers().size(); i++) {
            stepsOf(state, i, steps);
            int worker = i;
            if ((state.expirable() & 1 << i) != 0
                    && state.workers().get(i).phase() != Phase.END
                    && holdsLease(state, i)) {
                steps.add(new Step("lease of " + name(i) + " ends", s -> expire(s, worker)));
            }
        }
        if (state.reaps() > 0) {
            steps.add(new Step("reap", this::reap));
        }
        for (Event event : state.events()) {
            if (event.compareTo(Event.DELIVERED) < 0 || state.accepted().containsKey("0.1")) {
                steps.add(new Step(event.name(), s -> happen(s, event)));
            }
        }
        return steps;
    }

    private static boolean holdsLease(State state, int worker) {
        return state.database().text().contains("lease " + (worker == 0 ? "a" : "b"));
    }

    private static String name(int worker) {
        return worker == 0 ? "A" : worker == 1 ? "B" : "C";
    }

    private void stepsOf(State state, int i, List<Step> steps) {
        Worker worker = state.workers().get(i);
        String who = name(i) + " ";
        switch (worker.phase()) {
            case END -> {}
            case PUBLISH ->
                answers(worker.at(Stage.ARMED).size())
                        .forEach(answers ->
                                steps.add(new Step(who + "publish " + answers, s -> publish(s, i, answers))));
            case ARM -> {
                steps.add(new Step(who + "arm", s -> arm(s, i)));
                if (setup.lostStatements()) {
                    steps.add(new Step(who + "arm, answer lost", s -> armAndLoseAnswer(s, i, true)));
                    steps.add(new Step(who + "arm, not carried out", s -> armAndLoseAnswer(s, i, false)));
                }
            }
            case SETTLE, UNARM, FAIL -> {
                steps.add(new Step(who + worker.phase(), s -> writeDown(s, i, false)));
                if (setup.lostStatements() && !worker.repeating()) {
                    steps.add(new Step(who + worker.phase() + ", answer lost", s -> writeDown(s, i, true)));
                }
            }
            default -> steps.add(new Step(who + worker.phase(), s -> lease(s, i)));
        }
    }

    private List<List<Answer>> answers(int messages) {
        List<List<Answer>> all = List.of(List.of());
        for (int i = 0; i < messages; i++) {
            List<List<Answer>> longer = new ArrayList<>();
            for (List<Answer> some : all) {
                for (Answer answer : setup.answers()) {
                    List<Answer> more = new ArrayList<>(some);
                    more.add(answer);
                    longer.add(more);
                }
            }
            all = longer;
        }
        return all;
    }

    // A worker's steps

    private static final Map<Phase, String> STATEMENTS = Map.of(
            Phase.TAKE_OVER, "take-over",
            Phase.CLAIM, "claim",
            Phase.SETTLE, "settle",
            Phase.UNARM, "unarm",
            Phase.FAIL, "fail",
            Phase.RELEASE, "release");

    /** Claim, take over, release. */
    private State lease(State state, int i) throws SQLException {
        Worker worker = state.workers().get(i);
        UUID lease = ProtocolSteps.lease(i, worker.lease());
        Executed run = run(
                state.database(),
                i,
                STATEMENTS.get(worker.phase()),
                ProtocolSteps.slice(
                        lease,
                        worker.phase() == Phase.TAKE_OVER ? setup.contacts() : setup.limit(),
                        worker.items().stream().map(Item::contact).toList()));
        if (worker.phase() == Phase.RELEASE) {
            return with(state, run.content(), i, worker.goesOn(Phase.RELEASE));
        }
        List<Item> items = new ArrayList<>();
        for (Map<String, Object> row : run.rows()) {
            if (row.get("status").equals("in_progress")) {
                Integer attempt = (Integer) row.get("armed_attempt");
                items.add(new Item(
                        index((UUID) row.get("id")),
                        attempt == null ? 0 : attempt,
                        Stage.DRAFT,
                        null,
                        attempt != null));
            }
        }
        items.sort(java.util.Comparator.comparing(Item::contact));
        boolean claimed = worker.phase() == Phase.CLAIM;
        Worker next = new Worker(
                Phase.ARM,
                worker.lease(),
                claimed && run.rows().size() == setup.limit() && setup.limit() < setup.contacts(),
                List.copyOf(items),
                0,
                0,
                false);
        if (items.isEmpty()) {
            next = claimed ? next.goesOn(Phase.RELEASE) : new Worker(Phase.CLAIM, 1, false, List.of(), 0, 0, false);
        }
        return with(state, run.content(), i, next);
    }

    private State arm(State state, int i) throws SQLException {
        Worker worker = state.workers().get(i);
        Executed run = run(
                state.database(),
                i,
                worker.isDoubted() ? "rearm" : "arm",
                ProtocolSteps.chunk(ProtocolSteps.lease(i, worker.lease()), worker.contactsAt(Stage.DRAFT)));
        Map<Integer, Map<String, Object>> verdicts = new HashMap<>();
        run.rows().forEach(row -> verdicts.put(index((UUID) row.get("id")), row));
        List<Item> items = new ArrayList<>();
        for (Item item : worker.items()) {
            items.add(
                    item.stage() == Stage.DRAFT
                            ? judged(state.database(), worker, item, verdicts.get(item.contact()))
                            : item);
        }
        Worker next = new Worker(
                Phase.PUBLISH,
                worker.lease(),
                worker.full(),
                List.copyOf(items),
                worker.publishes(),
                barred(state),
                false);
        return with(state, run.content(), i, next.at(Stage.ARMED).isEmpty() ? next.goesOn(Phase.PUBLISH) : next);
    }

    private Item judged(Content before, Worker worker, Item item, Map<String, Object> row) {
        String verdict = row == null ? "lost" : (String) row.get("verdict");
        if (verdict.equals("armed")) {
            if (line(before, item.contact()).contains(" over ")) {
                violate("armed although the lease is over: " + line(before, item.contact()));
            }
            int attempt = (Integer) row.get("attempt");
            if (!ProtocolSteps.record(new Attempt(item.contact(), attempt, null))
                    .equals(row.get("record_id"))) {
                violate("the record's id is not that of the attempt: " + row);
            }
            return new Item(item.contact(), attempt, Stage.ARMED, null, item.takenOver());
        }
        if (verdict.equals("released") || verdict.equals("lost")) {
            return item.to(Stage.RELEASED);
        }
        return worker.isDoubted() ? item.fails("unknown") : item.to(Stage.DONE);
    }

    /** Publisher.armingFailed: everything is taken back, then handed back; an attempt in doubt is left to the reaper. */
    private State armAndLoseAnswer(State state, int i, boolean carriedOut) throws SQLException {
        Worker worker = state.workers().get(i);
        State after = carriedOut && !worker.isDoubted() ? arm(state, i) : state;
        Stage stage = worker.isDoubted() ? Stage.RELEASED : Stage.REFUSED;
        List<Item> items = worker.items().stream()
                .map(item -> item.stage() == Stage.DRAFT ? item.to(stage) : item)
                .toList();
        List<Item> handedBack = new ArrayList<>(items);
        return with(
                after, after.database(), i, worker.with(Phase.ARM, handedBack).goesOn(Phase.PUBLISH));
    }

    /** Of those that may not be texted any more, a bit each: on the blacklist, delivered, or of a campaign that is not active. */
    private int barred(State state) {
        String text = state.database().text();
        int barred = text.contains("campaign active") ? 0 : 3;
        for (int contact = 0; contact < setup.contacts(); contact++) {
            if (text.contains("barred " + contact) || text.matches("(?s).*record " + contact + " \\d delivered.*")) {
                barred |= 1 << contact;
            }
        }
        return barred;
    }

    private State publish(State state, int i, List<Answer> answers) {
        Worker worker = state.workers().get(i);
        Map<String, Integer> accepted = new TreeMap<>(state.accepted());
        List<Item> items = new ArrayList<>();
        int n = 0;
        for (Item item : worker.items()) {
            if (item.stage() != Stage.ARMED) {
                items.add(item);
                continue;
            }
            Answer answer = answers.get(n++);
            if (answer.isAccepted()) {
                accept(state, worker, item, accepted);
            }
            items.add(answered(worker, item, answer));
        }
        Worker next = new Worker(
                Phase.PUBLISH,
                worker.lease(),
                worker.full(),
                List.copyOf(items),
                worker.publishes() + 1,
                setup.asksAgain() ? worker.barred() : barred(state),
                false);
        State after = new State(
                state.database(),
                state.workers(),
                state.expirable(),
                state.reaps(),
                state.events(),
                Map.copyOf(accepted));
        boolean again = !next.at(Stage.DRAFT).isEmpty();
        if (again && !setup.asksAgain()) {
            next = next.with(
                    Phase.PUBLISH,
                    items.stream()
                            .map(item -> item.stage() == Stage.DRAFT ? item.to(Stage.ARMED) : item)
                            .toList());
            return with(after, state.database(), i, next);
        }
        return with(after, state.database(), i, again ? next.with(Phase.ARM, items) : next.goesOn(Phase.PUBLISH));
    }

    private Item answered(Worker worker, Item item, Answer answer) {
        boolean doubted = worker.isDoubted();
        if (answer == Answer.ACCEPTED) {
            return item.to(Stage.ACCEPTED);
        }
        if (answer == Answer.REFUSED && !doubted) {
            return item.to(Stage.REFUSED);
        }
        if (answer == Answer.REFUSED_FOR_GOOD && !doubted) {
            return item.fails("refused");
        }
        if (!setup.republishing()) {
            return item.fails("unknown");
        }
        return item.to(worker.publishes() + 1 < setup.publishes() ? Stage.DRAFT : Stage.RELEASED);
    }

    private void accept(State state, Worker worker, Item item, Map<String, Integer> accepted) {
        String attempt = item.contact() + "." + item.attempt();
        if ((worker.barred() & 1 << item.contact()) != 0) {
            violate("texted although PostgreSQL knew better when last asked: " + attempt);
        }
        int times = accepted.merge(attempt, 1, Integer::sum);
        if (times > 1 && !setup.republishing()) {
            violate("texted twice: " + attempt);
        }
        for (int other = 1; other <= 3; other++) {
            String former = item.contact() + "." + other;
            boolean retried = !state.events().contains(Event.UNDELIVERED)
                    && setup.events().contains(Event.UNDELIVERED);
            if (other != item.attempt() && accepted.containsKey(former) && !retried) {
                violate("texted as attempt " + attempt + " after SNS had taken " + former);
            }
        }
    }

    private State writeDown(State state, int i, boolean answerLost) throws SQLException {
        Worker worker = state.workers().get(i);
        UUID lease = ProtocolSteps.lease(i, worker.lease());
        Stage stage = switch (worker.phase()) {
            case SETTLE -> Stage.ACCEPTED;
            case UNARM -> Stage.REFUSED;
            default -> Stage.FAILED;
        };
        List<Attempt> attempts = worker.at(stage).stream().map(Item::asAttempt).toList();
        Map<String, Object> values = switch (worker.phase()) {
            case SETTLE -> ProtocolSteps.accepted(lease, attempts);
            case UNARM -> ProtocolSteps.refused(lease, attempts);
            default -> ProtocolSteps.failed(lease, attempts);
        };
        Executed run = run(state.database(), i, STATEMENTS.get(worker.phase()), values);
        if (answerLost) {
            return with(state, run.content(), i, worker.repeats());
        }
        List<Integer> settled = run.rows().stream()
                .filter(row -> Boolean.TRUE.equals(row.get("settled")))
                .map(row -> index((UUID) row.get("id")))
                .toList();
        List<Item> items = worker.items().stream()
                .map(item -> item.stage() != stage
                        ? item
                        : (stage == Stage.ACCEPTED && !settled.contains(item.contact())) || item.attempt() == 0
                                ? item.to(Stage.RELEASED)
                                : item.to(Stage.DONE))
                .toList();
        return with(state, run.content(), i, worker.with(worker.phase(), items).goesOn(worker.phase()));
    }

    // What happens beside

    private State expire(State state, int i) throws SQLException {
        Content after = sql(
                state.database(),
                "UPDATE contacts SET sms_lease_until = now() - interval '1 second' WHERE sms_lease_id IN ('"
                        + ProtocolSteps.lease(i, 0) + "', '" + ProtocolSteps.lease(i, 1) + "', '"
                        + ProtocolSteps.lease(i, 2) + "', '" + ProtocolSteps.lease(i, 3) + "')");
        return new State(
                after, state.workers(), state.expirable() & ~(1 << i), state.reaps(), state.events(), state.accepted());
    }

    private static String line(Content content, int contact) {
        return content.text()
                .lines()
                .filter(each -> each.startsWith("contact " + contact + " "))
                .findFirst()
                .orElseThrow();
    }

    private State reap(State state) throws SQLException {
        Executed run = run(state.database(), OTHERS, "reap", ProtocolSteps.campaign(setup.republishing()));
        for (int contact = 0; contact < setup.contacts(); contact++) {
            String before = line(state.database(), contact);
            if (before.contains(" held ") && !before.equals(line(run.content(), contact))) {
                violate("reaped although the lease holds: " + before);
            }
        }
        return new State(
                run.content(), state.workers(), state.expirable(), state.reaps() - 1, state.events(), state.accepted());
    }

    private State happen(State state, Event event) throws SQLException {
        Attempt first = new Attempt(0, 1, null);
        Content after = switch (event) {
            case BLACKLIST ->
                sql(
                        state.database(),
                        "INSERT INTO blacklist (phone_number) VALUES ('" + ProofDatabase.NUMBERS.get(0) + "')");
            case PAUSE -> sql(state.database(), "UPDATE campaigns SET status = 'paused' WHERE status = 'active'");
            case COMPLETE -> run(state.database(), OTHERS, "complete", Map.of()).content();
            case DELIVERED -> receipt(state, first, "delivered", false);
            case UNDELIVERED -> receipt(state, first, "undelivered", true);
            case UNDELIVERABLE -> receipt(state, first, "undelivered", false);
        };
        if (event == Event.COMPLETE
                && after.text().contains("campaign completed")
                && after.text().matches("(?s).*contact \\d (pending|in_progress).*")) {
            violate("completed although somebody is left: " + after.text());
        }
        Set<Event> rest = EnumSet.copyOf(state.events());
        rest.remove(event);
        return new State(
                after,
                state.workers(),
                state.expirable(),
                state.reaps(),
                rest.isEmpty() ? Set.of() : rest,
                state.accepted());
    }

    private Content receipt(State state, Attempt of, String status, boolean retryable) throws SQLException {
        return run(state.database(), OTHERS, "record-receipt", ProtocolSteps.receipt(of, status, retryable))
                .content();
    }

    // If nobody who is at work ever comes back

    private void askWhatBecomesOfIt(State state) throws SQLException {
        if (!asked.add(state.database().text() + state.accepted() + state.events())) {
            return;
        }
        path.add("all die");
        Content content = sql(
                state.database(),
                "UPDATE contacts SET sms_lease_until = now() - interval '1 second' WHERE sms_lease_until IS NOT NULL");
        content = sql(content, "UPDATE campaigns SET status = 'active' WHERE status = 'paused'");
        content = run(content, OTHERS, "reap", ProtocolSteps.campaign(setup.republishing()))
                .content();
        if (!setup.republishing() && content.text().matches("(?s).*contact \\d in_progress.*")) {
            violate("somebody is in progress after the reaping: " + content.text());
        }
        Worker fresh = Worker.fresh(setup.republishing());
        State after = new State(content, List.of(fresh, fresh, fresh), 0, 0, state.events(), state.accepted());
        for (int steps = 0; after.workers().get(FRESH_WORKER).phase() != Phase.END; steps++) {
            List<Step> next = new ArrayList<>();
            stepsOf(after, FRESH_WORKER, next);
            path.add(next.get(0).name());
            after = next.get(0).take().from(after);
            if (steps > 60) {
                violate("a worker of its own never ends");
                break;
            }
        }
        assertEnd(after);
        path.subList(path.lastIndexOf("all die"), path.size()).clear();
    }

    private void assertEnd(State state) {
        for (String line : state.database()
                .text()
                .lines()
                .filter(each -> each.startsWith("contact "))
                .toList()) {
            List<String> words = List.of(line.split(" ", -1));
            int contact = Integer.parseInt(words.get(1));
            String status = words.get(2);
            List<String> taken = state.accepted().keySet().stream()
                    .filter(attempt -> attempt.startsWith(contact + "."))
                    .toList();
            boolean campaignIsOver = state.database().text().contains("campaign completed");
            if ((status.equals("pending") && !campaignIsOver && !line.contains(" later "))
                    || status.equals("in_progress")) {
                violate("forgotten: " + line);
            }
            if (status.equals("completed") && taken.isEmpty()) {
                violate("completed without being texted: " + line);
            }
            boolean toldByReceipt = setup.events().stream().anyMatch(event -> event.compareTo(Event.DELIVERED) >= 0);
            if (!taken.isEmpty() && !status.equals("completed") && !line.contains(" unknown ") && !toldByReceipt) {
                violate("texted, and the contact does not say so: " + line);
            }
            if (state.database().text().matches("(?s).*record " + contact + " \\d delivered.*")
                    && !status.equals("completed")) {
                violate("delivered, and the contact does not say so: " + line);
            }
            long records = state.database()
                    .text()
                    .lines()
                    .filter(other -> other.startsWith("record " + contact + " "))
                    .count();
            if (Integer.parseInt(words.get(3)) != records) {
                violate("attempts are not the records: " + line);
            }
        }
    }

    private void violate(String what) {
        if (violations.size() < MOST_VIOLATIONS) {
            violations.add(what + "\n    " + String.join(" | ", path));
        }
    }

    // The database

    private Content sql(Content from, String sql) throws SQLException {
        return run(from, OTHERS, sql, Map.of()).content();
    }

    /** A statement by name, or as text; from memory if it was run with these values on this content. */
    private Executed run(Content from, int connection, String statement, Map<String, Object> values)
            throws SQLException {
        String key = statement + new TreeMap<>(values) + from.text();
        Executed known = replaying ? null : executed.get(key);
        if (known != null) {
            return known;
        }
        if (!from.equals(current)) {
            if (replaying) {
                throw new IllegalStateException("The database is not as it was left");
            }
            database.restore(from);
        }
        List<Map<String, Object>> rows = List.of();
        if (statement.contains(" ")) {
            database.execute(connection, statement);
        } else if (statement.equals("complete")) {
            ProtocolSteps.complete(database, database.connection(connection));
        } else {
            rows = database.statement(statement).run(database.connection(connection), values);
        }
        executions++;
        current = database.read();
        Executed run = new Executed(current, rows);
        executed.put(key, run);
        return run;
    }

    private static int index(UUID contact) {
        return (int) contact.getLeastSignificantBits();
    }

    private static State with(State state, Content content, int i, Worker worker) {
        List<Worker> workers = new ArrayList<>(state.workers());
        workers.set(i, worker);
        return new State(
                content, List.copyOf(workers), state.expirable(), state.reaps(), state.events(), state.accepted());
    }
}
