package org.smsdispatcher.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.FunctionProcess;
import org.smsdispatcher.lambda.RuntimeApi.Answer;
import org.smsdispatcher.local.LocalServers;
import redis.embedded.RedisServer;

/**
 * What several functions make of one campaign: {@code mvn -Pdistribution}, see docs/proof-scale.md. Each function is a process under the
 * runtime client, SNS is a process with a latency, PostgreSQL is durable. For each number of functions: how many contacts a second, what
 * the connections wait for, who takes the processors.
 *
 * <p>Fails where a contact was not sent exactly once, or on a deadlock.
 */
final class Distribution {

    private static final int BATCH = 1_000;
    private static final int WARM_UP = 3_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Path DIRECTORY = Path.of("target", "distribution");

    private final OwnServer server;
    private final Map<String, String> settings;
    private final SnsProcess sns;
    private final int contacts;
    private final List<String> faults = new ArrayList<>();
    private final List<String> waits = new ArrayList<>();

    private Distribution(OwnServer server, Map<String, String> settings, SnsProcess sns, int contacts) {
        this.server = server;
        this.settings = settings;
        this.sns = sns;
        this.contacts = contacts;
    }

    /** How many contacts a campaign, SNS's latency in milliseconds, and how many functions, as "1,2,4,8". */
    public static void main(String[] arguments) {
        // exits: the embedded servers' threads would keep the process alive
        try {
            List<Integer> functions = Arrays.stream(arguments[2].split(",", -1))
                    .map(Integer::valueOf)
                    .toList();
            List<String> faults = run(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), functions);
            faults.forEach(fault -> System.out.println("FAULT: " + fault));
            System.exit(faults.isEmpty() ? 0 : 1);
        } catch (SQLException | IOException | InterruptedException | ExecutionException | RuntimeException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static List<String> run(int contacts, int latency, List<Integer> functions)
            throws SQLException, IOException, InterruptedException, ExecutionException {
        Files.createDirectories(DIRECTORY);
        int redisPort = LocalServers.freePort();
        RedisServer redis = LocalServers.redis(redisPort);
        try (OwnServer server = OwnServer.start("1GB");
                SnsProcess sns = SnsProcess.start(Duration.ofMillis(latency))) {
            Map<String, String> settings = new LinkedHashMap<>(server.settings());
            settings.put("redis.host", "127.0.0.1");
            settings.put("redis.port", Integer.toString(redisPort));
            settings.put("aws.endpoint.url", sns.url());
            settings.put("sms.gateway.topic.arn", sns.topicArn());
            Distribution distribution = new Distribution(server, settings, sns, contacts);
            System.out.println(server.describe() + "; SNS answers after " + latency + " ms; "
                    + Runtime.getRuntime().availableProcessors() + " processors, Java "
                    + Runtime.version().feature());
            System.out.println();
            System.out.println(
                    "| functions | contacts/s | s | processors | PostgreSQL | functions | SNS | harness | connections | active | waits for a lock"
                            + " | deadlocks | commits/contact | WAL/contact |");
            System.out.println("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
            for (int each : functions) {
                distribution.measure(each);
            }
            System.out.println();
            System.out.println("What active connections were found waiting for, every 20 ms:");
            System.out.println();
            distribution.waits.forEach(System.out::println);
            return distribution.faults;
        } finally {
            redis.stop();
        }
    }

    private void measure(int functions) throws SQLException, IOException, InterruptedException, ExecutionException {
        ExecutorService invokers = Executors.newFixedThreadPool(functions);
        List<FunctionProcess> started = new ArrayList<>();
        try {
            for (int i = 0; i < functions; i++) {
                FunctionProcess function = FunctionProcess.start(
                        FunctionProcess.command(
                                Path.of(System.getProperty("java.home")),
                                List.of("-Xmx512m", "-Dsun.net.httpserver.nodelay=true"),
                                System.getProperty("java.class.path"),
                                FunctionProcess.DISPATCH),
                        settings,
                        DIRECTORY.resolve("function-" + i + ".log"));
                started.add(function);
                // each unpacks the runtime client's library to the same file: one that is loading it would crash
                function.api().awaitReady(TIMEOUT);
            }
            drain(campaign(WARM_UP * functions), started, invokers);
            UUID campaign = campaign(contacts);
            server.execute("VACUUM ANALYZE");
            server.execute("CHECKPOINT");
            Usage before = usage(started);
            Waits sampled = new Waits(server);
            int sent = drain(campaign, started, invokers);
            Usage used = usage(started).minus(before);
            sampled.stop();
            check(functions, campaign, sent);
            print(functions, used, sampled);
        } finally {
            started.forEach(FunctionProcess::close);
            invokers.shutdownNow();
        }
    }

    private UUID campaign(int size) {
        UUID id = UUID.randomUUID();
        server.execute("INSERT INTO campaigns (id, name, type, status, config, timezone) VALUES ('" + id
                + "', 'distribution', 'sms', 'active', '{\"smsTemplate\": \"Hi {{name}}, your order {{order}} has left our house.\","
                + " \"callingWindows\": " + Platform.ALWAYS + "}', 'UTC')");
        server.execute("INSERT INTO contacts (campaign_id, phone_number, metadata) SELECT '" + id
                + "', '+1' || (2125550000 + i), jsonb_build_object('name', 'Bo ' || i % 1000, 'order', 'A-' || i)"
                + " FROM generate_series(1, " + size + ") i");
        return id;
    }

    /** All functions at once, batch after batch, until each has heard that the campaign is complete. How many were sent. */
    private static int drain(UUID campaign, List<FunctionProcess> functions, ExecutorService invokers)
            throws InterruptedException, ExecutionException {
        List<Future<Integer>> draining = new ArrayList<>();
        for (FunctionProcess function : functions) {
            draining.add(invokers.submit(() -> drain(campaign, function)));
        }
        int sent = 0;
        for (Future<Integer> each : draining) {
            sent += each.get();
        }
        return sent;
    }

    private static int drain(UUID campaign, FunctionProcess function) throws IOException {
        String event = "{\"campaignId\":\"" + campaign + "\",\"batchSize\":" + BATCH + "}";
        int sent = 0;
        while (true) {
            Answer answer = function.api().call(event, TIMEOUT);
            JsonNode reply = new JsonMapper().readTree(answer.body());
            if (answer.error()) {
                throw new IllegalStateException(answer.body());
            }
            sent += reply.get("sentCount").intValue();
            if (!reply.get("campaignStatus").textValue().equals("active")) {
                return sent;
            }
        }
    }

    private void check(int functions, UUID campaign, int sent) {
        String of = " FROM sms_records WHERE campaign_id = '" + campaign + "'";
        String found = sent + " sent, "
                + server.text("SELECT count(DISTINCT contact_id) || ' contacts, ' || count(*) || ' messages, '"
                        + " || count(*) FILTER (WHERE status = 'sent' AND accepted_at IS NOT NULL) || ' accepted, '"
                        + " || count(DISTINCT sns_message_id) || ' times'" + of);
        String expected = contacts + " sent, " + contacts + " contacts, " + contacts + " messages, " + contacts
                + " accepted, " + contacts + " times";
        if (!found.equals(expected)) {
            faults.add(functions + " functions: " + found + ", expected " + expected);
        }
    }

    /**
     * What has been used so far, or since.
     *
     * @param seconds by the clock; the others but the last three are processor seconds
     */
    private record Usage(
            double seconds,
            double postgres,
            double functions,
            double sns,
            double harness,
            long commits,
            long deadlocks,
            long wal) {

        Usage minus(Usage before) {
            return new Usage(
                    seconds - before.seconds,
                    postgres - before.postgres,
                    functions - before.functions,
                    sns - before.sns,
                    harness - before.harness,
                    commits - before.commits,
                    deadlocks - before.deadlocks,
                    wal - before.wal);
        }

        double processors() {
            return (postgres + functions + sns + harness) / seconds;
        }
    }

    private Usage usage(List<FunctionProcess> functions) {
        return new Usage(
                System.nanoTime() / 1e9,
                server.cpuSeconds(),
                functions.stream().mapToDouble(FunctionProcess::cpuMillis).sum() / 1e3,
                OwnServer.cpuSeconds(sns.handle()),
                OwnServer.cpuSeconds(ProcessHandle.current()),
                server.count("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"),
                server.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
                server.count("SELECT (pg_current_wal_lsn() - '0/0')::bigint"));
    }

    private void print(int functions, Usage used, Waits sampled) {
        System.out.printf(
                Locale.ROOT,
                "| %d | %.0f | %.1f | %.2f | %.0f %% | %.0f %% | %.0f %% | %.0f %% | %d | %.1f | %.2f %% | %d | %.2f | %.1f kB |%n",
                functions,
                contacts / used.seconds(),
                used.seconds(),
                used.processors(),
                share(used.postgres(), used),
                share(used.functions(), used),
                share(used.sns(), used),
                share(used.harness(), used),
                sampled.connections(),
                sampled.active(),
                sampled.lockShare(),
                used.deadlocks(),
                (double) used.commits() / contacts,
                used.wal() / 1024.0 / contacts);
        waits.add("- " + functions + ": " + sampled);
        if (used.deadlocks() > 0) {
            faults.add(functions + " functions: " + used.deadlocks() + " deadlocks");
        }
    }

    private static double share(double seconds, Usage used) {
        return 100 * seconds / (used.postgres() + used.functions() + used.sns() + used.harness());
    }

    /** Looks every 20 ms what the functions' connections wait for. */
    private static final class Waits {

        private static final String LOOK =
                "SELECT coalesce(wait_event_type || ' ' || wait_event, 'running'), state, count(*) FROM pg_stat_activity"
                        + " WHERE application_name = 'sms-dispatcher' GROUP BY 1, 2";

        private final Map<String, Integer> found = new TreeMap<>();
        private final CompletableFuture<Void> watching;
        private volatile boolean stopped;
        private int looks;
        private int most;

        Waits(OwnServer server) {
            watching = CompletableFuture.runAsync(() -> watch(server));
        }

        private void watch(OwnServer server) {
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement()) {
                while (!stopped) {
                    look(statement);
                    Thread.sleep(20);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void look(Statement statement) throws SQLException {
            int all = 0;
            try (ResultSet row = statement.executeQuery(LOOK)) {
                while (row.next()) {
                    all += row.getInt(3);
                    if ("active".equals(row.getString(2))) {
                        found.merge(row.getString(1), row.getInt(3), Integer::sum);
                    }
                }
            }
            looks++;
            most = Math.max(most, all);
        }

        void stop() {
            stopped = true;
            watching.join();
        }

        /** The most there were at a time. */
        int connections() {
            return most;
        }

        /** How many were at work at a time, waiting or not. */
        double active() {
            return (double) sum() / looks;
        }

        private int sum() {
            return found.values().stream().mapToInt(Integer::intValue).sum();
        }

        double lockShare() {
            return 100.0
                    * found.entrySet().stream()
                            .filter(each -> each.getKey().startsWith("Lock "))
                            .mapToInt(Map.Entry::getValue)
                            .sum()
                    / Math.max(1, sum());
        }

        @Override
        public String toString() {
            return found.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .limit(8)
                    .map(each -> String.format(
                            Locale.ROOT, "%s %.1f %%", each.getKey(), 100.0 * each.getValue() / Math.max(1, sum())))
                    .collect(Collectors.joining(", "));
        }
    }
}
