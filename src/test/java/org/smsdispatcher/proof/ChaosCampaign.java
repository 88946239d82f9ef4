package org.smsdispatcher.proof;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.FunctionProcess;
import org.smsdispatcher.lambda.RuntimeApi.Answer;
import org.smsdispatcher.local.SnsEndpoint;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.publish.PublishPolicy;

/** One campaign under fire, from its first contact to its completion in peace, and the judgement on it. */
final class ChaosCampaign implements AutoCloseable {

    private static final String PASSWORD = "Pass-1729-word";
    private static final String TEMPLATE = "Salutations {{name}}, your parcel waits";
    private static final List<Pattern> SECRETS = List.of(Pattern.compile("Salutations"), Pattern.compile(PASSWORD));

    private static final int MAX_ATTEMPTS = 3;
    /** What an invocation may fail with while databases and topics are away. */
    private static final Set<String> EXPECTED_ERRORS =
            Set.of("DatabaseUnreachableException", "TopicUnreachableException", "TopicForbiddenException");

    private static final int[] BATCHES = {20, 60, 100, 200};
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final Duration PEACE = Duration.ofMinutes(10);
    private static final Duration PROGRESS = Duration.ofSeconds(30);
    /** The slot of the one function that is left in peace. */
    private static final int PEACEFUL = 0;

    static final String NOTHING = ", nothing claimed";

    /** What it runs on. */
    record World(ChaosDatabase database, ChaosRedis redis, SnsEndpoint sns, ChaosFunctions functions, Path directory) {}

    private final Chaos.Plan plan;
    private final World world;
    private final List<String> command;
    private final PublishPolicy policy;
    private final Counts counts = new Counts();
    private final Random random;
    private final ChaosFaults faults;
    private final Relay toDatabase;
    private final Relay toSns;
    private final ChaosClock clock = new ChaosClock(Instant.now());
    private final UUID campaign = UUID.randomUUID();
    private final ChaosPeople people;
    private final List<String> topics;
    private final List<String> replies = Collections.synchronizedList(new ArrayList<>());
    private final List<String> contradictions = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong typicalMillis = new AtomicLong(1_500);
    private volatile boolean over;

    /** @param command starts the function that dispatches it */
    ChaosCampaign(Chaos.Plan plan, World world, List<String> command, PublishPolicy policy) throws IOException {
        this.plan = plan;
        this.world = world;
        this.command = command;
        this.policy = policy;
        this.random = new Random(plan.seed());
        this.faults = new ChaosFaults(plan.seed(), counts);
        this.toDatabase = Relay.toPostgres(world.database().server().port(), counts);
        this.toSns = Relay.to(world.sns().url().getPort());
        this.topics = IntStream.rangeClosed(0, plan.processes())
                .mapToObj(slot -> world.sns().createTopic(login(slot)))
                .toList();
        this.people = new ChaosPeople(world.database(), world.redis(), campaign, counts, plan.seed());
        ChaosDatabase database = world.database();
        database.execute(Platform.grants("grants.sql", "dispatcher", "sms_dispatcher"));
        database.execute(Platform.grants("grants-tracking.sql", "tracking", "sms_tracking"));
        database.execute(ledger());
        database.update(
                "INSERT INTO campaigns (id, name, type, status, config, timezone) VALUES (?, 'chaos', 'sms', 'active', ?::jsonb, 'UTC')",
                campaign,
                config(clock.callingWindows()));
        people.bring(plan.contacts());
    }

    /** The tables and triggers of a run. */
    static String ledger() {
        try (InputStream file = ChaosCampaign.class.getResourceAsStream("/proof/ledger.sql")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String config(String windows) {
        return "{\"smsTemplate\":\"" + TEMPLATE + "\",\"maxAttemptsPerContact\":" + MAX_ATTEMPTS
                + ",\"retryDelayMinutes\":0,\"callingWindows\":" + windows + "}";
    }

    /** The database login of that slot's functions. */
    static String login(int slot) {
        return "slot" + slot;
    }

    private Map<String, String> settings(int slot) {
        Map<String, String> settings = new HashMap<>();
        settings.put("db.host", "127.0.0.1");
        settings.put("db.port", Integer.toString(toDatabase.port()));
        settings.put("db.name", world.database().name());
        settings.put("db.user", login(slot));
        settings.put("db.password", PASSWORD);
        settings.put("redis.host", "127.0.0.1");
        settings.put("redis.port", Integer.toString(world.redis().port()));
        settings.put("sms.gateway.topic.arn", topics.get(slot));
        settings.put("aws.endpoint.url", "http://127.0.0.1:" + toSns.port());
        settings.put("publish.policy", policy.name());
        settings.put("send.margin.seconds", "1");
        settings.put("priming.timeout.ms", "1000");
        if (slot != PEACEFUL) {
            settings.put("deadline.reserve.seconds", "2");
            settings.put("claim.slice", "50");
            settings.put("publish.lanes", "3");
        }
        return settings;
    }

    /** Starts the next process of a slot. */
    FunctionProcess start(int slot) {
        return world.functions().start(command, settings(slot), log(login(slot)));
    }

    private FunctionProcess startTracker() {
        Map<String, String> settings = settings(PEACEFUL);
        settings.put("db.port", Integer.toString(world.database().server().port()));
        settings.put("db.user", "sms_tracking");
        return world.functions().start(world.functions().tracker(), settings, log("tracking"));
    }

    private Path log(String who) {
        return world.directory().resolve(world.database().name() + "-" + who + ".log");
    }

    /** What a slot's function is invoked with. */
    String event() {
        synchronized (random) {
            return Platform.event(campaign, BATCHES[random.nextInt(BATCHES.length)]);
        }
    }

    /** How an invocation or a process ended without a reply; under fire some ways are expected. */
    void failed(String how, String what) {
        if (!EXPECTED_ERRORS.contains(how)) {
            contradictions.add(how + ": " + what);
        }
    }

    void replied(String reply) {
        replies.add(reply);
    }

    /** How long an invocation takes, learned from those that came to their end. */
    long typicalMillis() {
        return typicalMillis.get();
    }

    /** An invocation came to its end. */
    void took(Duration time) {
        typicalMillis.updateAndGet(before -> (before * 9 + time.toMillis()) / 10);
    }

    boolean isOver() {
        return over;
    }

    Counts counts() {
        return counts;
    }

    /** What the last process of a slot, dead or stopped, has left unfinished. */
    String leftBy(int slot) {
        Map<String, Object> left = world.database()
                .rows(
                        "SELECT count(*) AS claimed, count(c.sms_armed_attempt) AS armed FROM contacts c"
                                + " WHERE c.campaign_id = ? AND c.status = 'in_progress' AND c.sms_lease_id ="
                                + " (SELECT lease FROM ledger.leases WHERE login = ? ORDER BY at DESC LIMIT 1)",
                        campaign,
                        login(slot))
                .get(0);
        if ((Long) left.get("armed") > 0) {
            return ", messages armed";
        }
        return (Long) left.get("claimed") > 0 ? ", contacts claimed" : NOTHING;
    }

    /** Under fire until enough were killed, then in peace until it is completed. */
    ChaosJudge.Verdict dispatch() throws IOException {
        Instant began = Instant.now();
        long edges = clock.edges(began);
        try (ChaosGateway gateway = new ChaosGateway(startTracker(), counts)) {
            underFire(
                    disasters ->
                            kills() >= plan.kills() && disasters.isComplete() && clock.edges(Instant.now()) > edges,
                    List.of(people::optOut, people::topUp, () -> {
                        gateway.tell(world.sns().accepted());
                        Processes.sleep(300);
                    }));
            gateway.tell(world.sns().accepted());
        }
        inPeace();
        counts.add("seconds in all", Duration.between(began, Instant.now()).toSeconds());
        ChaosJudge.Verdict verdict = ChaosJudge.judge(evidence());
        countWhatCame(verdict);
        return verdict;
    }

    /** The same for a function that never heard of any of this: there is no peace to come. */
    ChaosJudge.Verdict dispatchNaively() throws IOException {
        underFire(
                disasters -> kills() >= plan.naiveKills()
                        && ChaosJudge.judgeSends(evidence()).convicts(),
                List.of(people::optOut, people::topUp));
        ChaosJudge.Verdict verdict = ChaosJudge.judgeSends(evidence());
        countWhatCame(verdict);
        return verdict;
    }

    private void underFire(Predicate<ChaosDisasters> isEnough, List<Runnable> neighbours) throws IOException {
        Instant began = Instant.now();
        world.sns().answerWith(faults);
        ChaosDisasters disasters =
                new ChaosDisasters(world.database(), world.redis(), faults, toDatabase, toSns, counts, plan.seed());
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<?>> running = new ArrayList<>();
        try {
            running.addAll(startAll(threads, Stream.concat(neighbours.stream(), Stream.of(disasters::loseAnAnswer))));
            strikeUntil(isEnough, disasters, running, began);
            say(began);
            counts.add("windows opened and closed", clock.edges(Instant.now()) - clock.edges(began));
            counts.add(
                    "seconds under fire", Duration.between(began, Instant.now()).toSeconds());
        } finally {
            over = true;
            world.sns().answerWith(null);
            threads.shutdown();
            // whatever else is amiss: nobody stopped is left behind
            awaitEnd(threads);
        }
        running.forEach(ChaosCampaign::join);
    }

    /** The slots and their neighbours, each again and again in a thread of its own. */
    private List<Future<?>> startAll(ExecutorService threads, Stream<Runnable> neighbours) {
        List<Future<?>> running = new ArrayList<>();
        for (int slot = 1; slot <= plan.processes(); slot++) {
            running.add(threads.submit(new ChaosSlot(slot, slot > plan.slots(), this, plan.seed() * 31 + slot)));
        }
        neighbours
                .map(neighbour -> threads.submit(() -> {
                    while (!over) {
                        neighbour.run();
                    }
                }))
                .forEach(running::add);
        return running;
    }

    private void strikeUntil(
            Predicate<ChaosDisasters> isEnough, ChaosDisasters disasters, List<Future<?>> running, Instant began)
            throws IOException {
        Instant progress = began;
        while (!isEnough.test(disasters)) {
            disasters.strike();
            running.stream().filter(Future::isDone).forEach(ChaosCampaign::join);
            if (Instant.now().isAfter(progress.plus(PROGRESS))) {
                progress = Instant.now();
                say(began);
            }
            if (Instant.now().isAfter(began.plus(plan.atMost()))) {
                throw new IllegalStateException(
                        "After " + plan.atMost() + " and " + kills() + " kills the run does not get on: " + counts);
            }
        }
    }

    private long kills() {
        return counts.sum(ChaosSlot.KILL);
    }

    private void say(Instant began) {
        System.out.printf(
                "%s after %d s: %d kills, %d stopped beyond their lease, %d crashes of PostgreSQL, %d messages taken%n",
                world.database().name(),
                Duration.between(began, Instant.now()).toSeconds(),
                kills(),
                counts.sum("SIGSTOP"),
                counts.of("PostgreSQL: immediate shutdown") + counts.of("PostgreSQL: first process killed"),
                world.sns().accepted().size());
    }

    private static void awaitEnd(ExecutorService threads) {
        try {
            threads.awaitTermination(3, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Future<?> work) {
        try {
            work.get(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The harness itself failed, which proves nothing either way", e);
        }
    }

    /** One process alone, until the campaign is completed. Nobody waits for hours: everything that is due later is due now. */
    private void inPeace() {
        awaitSilence();
        clock.openEverything(Instant.now());
        ChaosDatabase database = world.database();
        database.update("UPDATE campaigns SET config = ?::jsonb WHERE id = ?", config(Platform.ALWAYS), campaign);
        Instant giveUp = Instant.now().plus(PEACE);
        try (FunctionProcess function = start(PEACEFUL)) {
            while (database.count("SELECT count(*) FROM campaigns WHERE id = ? AND status = 'completed'", campaign)
                    == 0) {
                if (Instant.now().isAfter(giveUp)) {
                    throw new IllegalStateException("In peace the campaign is not completed: " + statuses());
                }
                database.update(
                        "UPDATE contacts SET sms_not_before = 'epoch', sms_lease_until = sms_lease_until - interval '1 hour'"
                                + " WHERE campaign_id = ? AND status IN ('pending', 'in_progress')",
                        campaign);
                dispatchAlone(function);
            }
            Answer audit =
                    function.api().call("{\"campaignId\":\"" + campaign + "\",\"verify\":true}", Duration.ofMinutes(5));
            if (!ChaosJson.read(audit.body()).path("healthy").asBoolean()) {
                contradictions.add("the function's own audit: " + audit.body());
            }
        }
    }

    /** What a killed process has asked for is done all the same, but may take PostgreSQL a moment. */
    private void awaitSilence() {
        Instant giveUp = Instant.now().plus(SILENCE);
        while (world.database()
                        .count(
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = ? AND usename LIKE 'slot%'",
                                world.database().name())
                > 0) {
            if (Instant.now().isAfter(giveUp)) {
                throw new IllegalStateException(
                        "After " + SILENCE + " PostgreSQL still serves functions that were killed");
            }
            Processes.sleep(50);
        }
    }

    private void dispatchAlone(FunctionProcess function) {
        Map<String, Long> before = statuses();
        Answer answer = function.api().call(Platform.event(campaign, 1_000), Duration.ofSeconds(60));
        Map<String, Long> after = statuses();
        if (answer.error()) {
            contradictions.add("an error in peace: " + answer.body());
            return;
        }
        replies.add(answer.body());
        JsonNode reply = ChaosJson.read(answer.body());
        Map<String, Long> told = Map.of(
                "completed", reply.get("sentCount").longValue(),
                "blacklisted", reply.get("skipped").path("blacklisted").longValue(),
                "failed", reply.get("failedCount").longValue());
        told.forEach((status, number) -> {
            long moved = after.getOrDefault(status, 0L) - before.getOrDefault(status, 0L);
            if (moved != number) {
                contradictions.add(status + " by " + moved + " contacts, but the reply says " + answer.body());
            }
        });
    }

    private Map<String, Long> statuses() {
        return counted("SELECT status, count(*) AS n FROM contacts WHERE campaign_id = ? GROUP BY 1");
    }

    private Map<String, Long> counted(String sql) {
        Map<String, Long> counted = new TreeMap<>();
        world.database()
                .rows(sql, campaign)
                .forEach(row -> counted.put((String) row.get("status"), (Long) row.get("n")));
        return counted;
    }

    private ChaosJudge.Evidence evidence() {
        Map<String, String> logins = new LinkedHashMap<>();
        IntStream.rangeClosed(0, plan.processes()).forEach(slot -> logins.put(topics.get(slot), login(slot)));
        return new ChaosJudge.Evidence(
                world.database()::rows,
                campaign,
                policy,
                MAX_ATTEMPTS,
                world.sns().accepted(),
                logins,
                people.optOuts(),
                clock::isOpen,
                people.imported(),
                List.copyOf(replies),
                List.copyOf(contradictions),
                Stream.concat(logins.values().stream(), Stream.of("tracking"))
                        .map(this::log)
                        .filter(Files::exists)
                        .toList(),
                Stream.concat(SECRETS.stream(), ChaosPeople.SECRETS.stream()).toList());
    }

    private void countWhatCame(ChaosJudge.Verdict verdict) {
        List<Accepted> accepted = world.sns().accepted();
        counts.add("messages taken by SNS", accepted.size());
        counts.add(
                "messages taken by SNS, repetitions under the same id",
                accepted.size()
                        - accepted.stream()
                                .map(message -> message.attributes().getOrDefault("smsRecordId", message.messageId()))
                                .distinct()
                                .count());
        counts.add("messages taken by SNS after their sendBefore", verdict.late());
        counts.add("contacts", people.imported());
        counted("SELECT concat_ws(', ', status, nullif(sms_outcome, status)) AS status, count(*) AS n"
                        + " FROM contacts WHERE campaign_id = ? GROUP BY 1")
                .forEach((status, n) -> counts.add("contacts " + status, n));
    }

    @Override
    public void close() throws IOException {
        toDatabase.close();
        toSns.close();
    }
}
