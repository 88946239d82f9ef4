package org.smsdispatcher.proof;

import java.math.BigInteger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
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
        RESUME,
        /** The route complete, as if it were always worth a look. */
        COMPLETE,
        /** An importer adds the contact, if the campaign is active. */
        IMPORT,
        /** The contact's number, by the statement for opt-outs. */
        OPT_OUT,
        /** The worker of that number dies, wherever it is, and comes again as another process. */
        START,
        /** A receipt of that message, once SNS has taken it. */
        DELIVERED,
        UNDELIVERED,
        UNDELIVERABLE
    }

    /** An event that happens once; where it is about nobody, contact and attempt say nothing. */
    record Happening(Event event, int contact, int attempt) {

        private boolean isReceipt() {
            return event.compareTo(Event.DELIVERED) >= 0;
        }

        @Override
        public String toString() {
            return event + " " + contact + "." + attempt;
        }
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
     * @param contacts those that are there, and those that an importer may bring
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
            Set<Happening> events,
            Set<Answer> answers,
            boolean lostStatements,
            int publishes,
            boolean asksAgain,
            int workers) {

        static Setup of(boolean republishing, int contacts) {
            return new Setup(
                    republishing,
                    contacts,
                    contacts,
                    1,
                    Set.of(),
                    EnumSet.allOf(Answer.class),
                    contacts == 1,
                    2,
                    true,
                    2);
        }

        /** What is too much for every order, but not for random ones: three workers, and whatever can happen to four contacts. */
        static Setup atLarge(boolean republishing) {
            Set<Happening> events = new LinkedHashSet<>();
            for (int contact = 0; contact < 4; contact++) {
                for (Event receipt : List.of(Event.DELIVERED, Event.UNDELIVERED, Event.UNDELIVERABLE)) {
                    events.add(new Happening(receipt, contact, 1));
                    events.add(new Happening(receipt, contact, 2));
                }
            }
            for (int worker = 0; worker < 3; worker++) {
                events.add(new Happening(Event.START, worker, 1));
                events.add(new Happening(Event.START, worker, 2));
                events.add(new Happening(Event.COMPLETE, 0, worker));
            }
            events.add(new Happening(Event.IMPORT, 3, 0));
            events.add(new Happening(Event.OPT_OUT, 1, 0));
            events.add(new Happening(Event.PAUSE, 0, 0));
            events.add(new Happening(Event.RESUME, 0, 0));
            return new Setup(republishing, 4, 2, 8, events, EnumSet.allOf(Answer.class), true, 3, true, 3);
        }

        Setup with(Event first, Event... more) {
            return new Setup(
                    republishing,
                    contacts,
                    limit,
                    reaps,
                    EnumSet.of(first, more).stream()
                            .map(event -> new Happening(event, 0, 1))
                            .collect(Collectors.toSet()),
                    answers,
                    lostStatements,
                    publishes,
                    asksAgain,
                    workers);
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
                    asksAgain,
                    workers);
        }

        Setup claimingOne() {
            return new Setup(
                    republishing, contacts, 1, reaps, events, answers, lostStatements, publishes, asksAgain, workers);
        }

        Setup reaping(int times) {
            return new Setup(
                    republishing,
                    contacts,
                    limit,
                    times,
                    events,
                    answers,
                    lostStatements,
                    publishes,
                    asksAgain,
                    workers);
        }

        Setup unasked() {
            return new Setup(
                    republishing, contacts, limit, reaps, events, answers, lostStatements, publishes, false, workers);
        }

        /** How often a message without an answer is published by one worker (policy REPUBLISH). */
        Setup publishing(int times) {
            return new Setup(
                    republishing, contacts, limit, reaps, events, answers, lostStatements, times, asksAgain, workers);
        }

        /** Contacts taken over at most. */
        private int takenOver() {
            return Math.max(limit, 2);
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
     * @param lease its process's first for what it takes over, then one a claim
     * @param barred contacts that must not be published any more when it last asked: a bit each
     * @param repeating whether the statement of this phase was carried out and its answer lost
     */
    private record Worker(
            Phase phase, int lease, boolean full, List<Item> items, int publishes, int barred, boolean repeating) {

        /** Its leases are its own: no process before it on this worker's place had them. */
        static Worker fresh(boolean republishing, int process) {
            return new Worker(
                    republishing ? Phase.TAKE_OVER : Phase.CLAIM, process * LEASES, false, List.of(), 0, 0, false);
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
            Phase next = (isTakenOver() || (full && lease % LEASES < MOST_CLAIMS)) ? Phase.CLAIM : Phase.END;
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
            Set<Happening> events,
            Map<String, Integer> accepted) {}

    private record Step(String name, Take take) {

        /** A worker, the leases' ends, the reaper, receipts, or the rest of the world. */
        String actor() {
            String first = name.replaceAll(" .*", "");
            return first.matches("[A-Z]|lease|reap|.*DELIVER.*") ? first.replaceAll(".*DELIVER.*", "receipt") : "rest";
        }
    }

    private interface Take {
        State from(State state) throws SQLException;
    }

    private record Executed(Content content, List<Map<String, Object>> rows) {}

    private static final int MOST_VIOLATIONS = 5;
    private static final int OTHERS = 4;

    /** Claims of a process, beside its taking over; and its leases. */
    private static final int MOST_CLAIMS = 3;

    private static final int LEASES = MOST_CLAIMS + 2;

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

    /** One schedule, drawn by somebody else, up to where the choices end, from its first statement to its last; then everybody dies. */
    static List<String> play(ProofDatabase database, Setup setup, List<Integer> choices) throws SQLException {
        Interleavings play = new Interleavings(database, setup);
        play.replaying = true;
        State state = play.start();
        for (int choice : choices) {
            List<List<Step>> turns = turns(play.steps(state));
            if (turns.isEmpty()) {
                break;
            }
            List<Step> steps = turns.get(choice % turns.size());
            int which = choice / turns.size() % (2 * steps.size());
            Step step = steps.get(which < steps.size() ? which : 0);
            play.path.add(step.name());
            state = step.take().from(state);
        }
        play.askWhatBecomesOfIt(state);
        return play.violations;
    }

    /** By actor, the workers three times and their leases twice: what goes on is mostly work, and mostly goes well (the first of the steps). */
    private static List<List<Step>> turns(List<Step> steps) {
        Map<String, List<Step>> byActor =
                steps.stream().collect(Collectors.groupingBy(Step::actor, LinkedHashMap::new, Collectors.toList()));
        List<List<Step>> turns = new ArrayList<>();
        byActor.forEach((actor, its) ->
                turns.addAll(Collections.nCopies(actor.length() == 1 ? 3 : actor.equals("lease") ? 2 : 1, its)));
        return turns;
    }

    private State start() throws SQLException {
        Set<Integer> imported = setup.events().stream()
                .filter(each -> each.event() == Event.IMPORT)
                .map(Happening::contact)
                .collect(Collectors.toSet());
        current = database.fresh(setup.contacts() - imported.size());
        return new State(
                current,
                Collections.nCopies(setup.workers(), Worker.fresh(setup.republishing(), 0)),
                (1 << setup.workers()) - 1,
                setup.reaps(),
                setup.events(),
                Map.of());
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
        for (Happening each : state.events()) {
            if (!each.isReceipt() || state.accepted().containsKey(each.contact() + "." + each.attempt())) {
                steps.add(new Step(each.toString(), s -> happen(s, each)));
            }
        }
        return steps;
    }

    private static boolean holdsLease(State state, int worker) {
        return state.database().text().contains("lease " + (char) ('a' + worker));
    }

    private static String name(int worker) {
        return String.valueOf((char) ('A' + worker));
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
                        worker.phase() == Phase.TAKE_OVER ? setup.takenOver() : setup.limit(),
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
            next = claimed
                    ? next.goesOn(Phase.RELEASE)
                    : new Worker(Phase.CLAIM, worker.lease() + 1, false, List.of(), 0, 0, false);
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
        int barred = text.contains("campaign active") ? 0 : (1 << setup.contacts()) - 1;
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
            // a sleeper may repeat the first one's message, under the same id, after the second
            int first = Math.min(other, item.attempt());
            boolean retried = hasHappened(state, new Happening(Event.UNDELIVERED, item.contact(), first));
            if (other != item.attempt() && accepted.containsKey(former) && !retried) {
                violate("texted as attempt " + attempt + " after SNS had taken " + former);
            }
        }
    }

    private boolean hasHappened(State state, Happening happening) {
        return setup.events().contains(happening) && !state.events().contains(happening);
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
                "UPDATE contacts SET sms_lease_until = now() - interval '1 second' WHERE sms_lease_id BETWEEN '"
                        + ProtocolSteps.lease(i, 0) + "' AND '" + ProtocolSteps.lease(i, 255) + "'");
        return new State(
                after, state.workers(), state.expirable() & ~(1 << i), state.reaps(), state.events(), state.accepted());
    }

    private static String line(Content content, int contact) {
        return content.text()
                .lines()
                .filter(each -> each.startsWith("contact " + contact + " "))
                .findFirst()
                .orElse("not there yet");
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

    private State happen(State state, Happening happening) throws SQLException {
        Event event = happening.event();
        Attempt told = new Attempt(happening.contact(), happening.attempt(), null);
        String number = ProofDatabase.NUMBERS.get(happening.contact());
        Content after = switch (event) {
            case BLACKLIST -> sql(state.database(), "INSERT INTO blacklist (phone_number) VALUES ('" + number + "')");
            case PAUSE -> sql(state.database(), "UPDATE campaigns SET status = 'paused' WHERE status = 'active'");
            case RESUME -> sql(state.database(), "UPDATE campaigns SET status = 'active' WHERE status = 'paused'");
            case COMPLETE -> run(state.database(), OTHERS, "complete", Map.of()).content();
            case IMPORT -> sql(state.database(), ProofDatabase.importing(happening.contact()));
            case OPT_OUT ->
                run(state.database(), OTHERS, "opt-out", ProtocolSteps.optOut(number))
                        .content();
            case START -> state.database();
            case DELIVERED -> receipt(state, told, "delivered", false);
            case UNDELIVERED -> receipt(state, told, "undelivered", true);
            case UNDELIVERABLE -> receipt(state, told, "undelivered", false);
        };
        if (event == Event.COMPLETE
                && after.text().contains("campaign completed")
                && after.text().matches("(?s).*contact \\d (pending|in_progress).*")) {
            violate("completed although somebody is left: " + after.text());
        }
        Set<Happening> rest = new LinkedHashSet<>(state.events());
        rest.remove(happening);
        List<Worker> workers = new ArrayList<>(state.workers());
        int expirable = state.expirable();
        if (event == Event.START) {
            workers.set(happening.contact(), Worker.fresh(setup.republishing(), happening.attempt()));
            expirable |= 1 << happening.contact();
        }
        return new State(after, List.copyOf(workers), expirable, state.reaps(), rest, state.accepted());
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
        State after = new State(content, state.workers(), 0, 0, state.events(), state.accepted());
        for (int process = 0; process * setup.takenOver() < setup.contacts(); process++) {
            after = workAlone(after, process);
        }
        assertEnd(after);
        path.subList(path.lastIndexOf("all die"), path.size()).clear();
    }

    /** A worker of its own, whom SNS always says yes to. */
    private State workAlone(State state, int process) throws SQLException {
        int last = setup.workers();
        List<Worker> workers = new ArrayList<>(state.workers().subList(0, last));
        workers.add(Worker.fresh(setup.republishing(), process));
        State after = new State(state.database(), List.copyOf(workers), 0, 0, state.events(), state.accepted());
        for (int steps = 0; after.workers().get(last).phase() != Phase.END; steps++) {
            List<Step> next = new ArrayList<>();
            stepsOf(after, last, next);
            path.add(next.get(0).name());
            after = next.get(0).take().from(after);
            if (steps > 60) {
                violate("a worker of its own never ends");
                break;
            }
        }
        return after;
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
            boolean toldByReceipt = setup.events().stream()
                    .anyMatch(each -> each.isReceipt() && each.contact() == contact && hasHappened(state, each));
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
