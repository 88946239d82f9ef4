package org.smsdispatcher.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.Ending;
import org.smsdispatcher.lambda.FunctionProcess;
import org.smsdispatcher.lambda.Median;
import org.smsdispatcher.lambda.RuntimeApi.Answer;

/**
 * Measures the warm function beside a hand-written one of the same protocol and beside the classic loop: all of them under Lambda's
 * runtime client in processes of their own, with the image's options and the heap of a function of 512 MB, against one PostgreSQL
 * with fsync, one Redis, and an SNS endpoint in its own process. Rounds alternate, since only figures of one run can be compared.
 * Counts are checked, times never.
 */
final class Bench {

    private static final Duration TIMEOUT = Duration.ofMinutes(15);
    static final Path DIRECTORY = Path.of("target", "bench").toAbsolutePath();
    /** 60 % of 512 MB, as the image's options have it. */
    private static final String HEAP = "-Xmx307m";
    /** Contacts of the classic loop a round: more would only take longer. */
    private static final int CLASSIC_CONTACTS = 100;

    private final List<String> broken = new ArrayList<>();
    private final int rounds;
    private final int contacts;
    private final int warmup;

    /** How much work each measurement is: rounds, contacts a round and variant, contacts before the first round. */
    Bench(int rounds, int contacts, int warmup) {
        this.rounds = rounds;
        this.contacts = contacts;
        this.warmup = warmup;
    }

    /** What is compared. */
    enum Kind {
        FUNCTION("function", FunctionProcess.DISPATCH),
        PLAIN("plain Java", PlainFunction.class.getName() + "::handleRequest"),
        CLASSIC("classic loop", ClassicLoop.class.getName() + "::handleRequest");

        final String title;
        final String handler;

        Kind(String title, String handler) {
            this.title = title;
            this.handler = handler;
        }
    }

    /** What the variants are compared under. */
    record Setting(int latencyMillis, int batch, int functions) {

        /** Of a text such as {@code 15/1000/1}. */
        static Setting of(String text) {
            String[] numbers = text.split("/", -1);
            return new Setting(number(numbers[0]), number(numbers[1]), number(numbers[2]));
        }
    }

    /** One round: contacts a second, and processor seconds per 1,000 contacts. */
    record Round(double rate, double functionCpu, double postgresCpu, double snsCpu) {}

    /** What a variant did in all rounds, and per message of all its rounds what it asked for. */
    record Result(Kind kind, List<Round> rounds, double snsCalls, double statements) {

        double median(ToDoubleFunction<Round> figure) {
            return Median.of(rounds.stream().mapToDouble(figure).toArray());
        }
    }

    /** Settings (latency/batch/functions, by commas), rounds, contacts, warm-up, contacts of the memory run or 0. */
    public static void main(String[] arguments) {
        Ending.exitAfter(() -> {
            Bench bench = new Bench(number(arguments[1]), number(arguments[2]), number(arguments[3]));
            int memory = number(arguments[4]);
            try (BenchServers servers = new BenchServers()) {
                describe(servers);
                if (memory > 0) {
                    new BenchMemory(servers).run(memory);
                } else {
                    bench.compare(
                            servers,
                            Arrays.stream(arguments[0].split(",", -1))
                                    .map(Setting::of)
                                    .toList());
                }
            }
            if (!bench.broken.isEmpty()) {
                throw new IllegalStateException(String.join("; ", bench.broken));
            }
        });
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static void describe(BenchServers servers) {
        System.out.printf(
                "Java %s, %d processors, %s; options of src/main/image/jvm.options, %s%n",
                Runtime.version(), Runtime.getRuntime().availableProcessors(), servers.describe(), HEAP);
    }

    private void compare(BenchServers servers, List<Setting> settings) throws IOException {
        System.out.println(
                "Goals: of plain >= 0.9; 15 ms, one function >= 1,500/s; calls 0.100; statements <= 0.350\n");
        System.out.println("| latency | batch | functions | variant | contacts/s | of plain (min..max)"
                + " | CPU s per 1,000: function | PostgreSQL | SNS | all | calls/message | statements/message |");
        System.out.println("|---|---:|---:|---|---:|---|---:|---:|---:|---:|---:|---:|");
        for (Setting setting : settings) {
            print(setting, measure(servers, setting));
        }
        System.out.println(
                "\nstatements: transactions committed, one statement each; calls: without those of the start");
    }

    /** Runs every variant in turn; the results in the order of {@link Kind}. */
    List<Result> measure(BenchServers servers, Setting setting) throws IOException {
        Files.createDirectories(DIRECTORY);
        List<Contender> contenders = new ArrayList<>();
        try {
            for (Kind kind : Kind.values()) {
                contenders.add(new Contender(servers, setting, kind));
            }
            for (Contender contender : contenders) {
                contender.dispatch(contender.kind == Kind.CLASSIC ? 2 * CLASSIC_CONTACTS : warmup);
            }
            for (int round = 0; round < rounds; round++) {
                // A B, then B A: whoever comes second meets what the first left behind
                if (round % 2 == 0) {
                    contenders.get(0).measure();
                    contenders.get(1).measure();
                } else {
                    contenders.get(1).measure();
                    contenders.get(0).measure();
                }
                contenders.get(2).measure();
            }
            List<Result> results = new ArrayList<>();
            for (Contender contender : contenders) {
                results.add(contender.end());
            }
            return results;
        } finally {
            contenders.forEach(Contender::close);
        }
    }

    private void print(Setting setting, List<Result> results) {
        Result plain = of(Kind.PLAIN, results);
        for (Result result : results) {
            double[] ratios = new double[result.rounds().size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] =
                        result.rounds().get(i).rate() / plain.rounds().get(i).rate();
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.0f | %.2f (%.2f..%.2f) | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |%n",
                    result.kind() == Kind.FUNCTION
                            ? setting.latencyMillis() + " ms | " + setting.batch() + " | " + setting.functions()
                            : " | | ",
                    result.kind().title,
                    result.median(Round::rate),
                    Median.of(ratios),
                    Arrays.stream(ratios).min().orElseThrow(),
                    Arrays.stream(ratios).max().orElseThrow(),
                    result.median(Round::functionCpu),
                    result.median(Round::postgresCpu),
                    result.median(Round::snsCpu),
                    result.median(round -> round.functionCpu() + round.postgresCpu() + round.snsCpu()),
                    result.snsCalls(),
                    result.statements());
        }
        check(setting, of(Kind.FUNCTION, results));
    }

    private static Result of(Kind kind, List<Result> results) {
        return results.stream()
                .filter(result -> result.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    private void check(Setting setting, Result function) {
        if (function.snsCalls() > 0.1 + 1e-9 && setting.batch() % 10 == 0) {
            broken.add(setting + ": more than a call for ten messages: " + function.snsCalls());
        }
        if (setting.batch() >= 100 && function.statements() > 0.35) {
            broken.add(setting + ": more than 0.35 statements a message: " + function.statements());
        }
    }

    /** One variant with everything of its own but the servers. */
    private final class Contender implements AutoCloseable {

        private final BenchServers servers;
        private final Setting setting;
        private final Kind kind;
        private final String database;
        private final long commitsBefore;
        private final SnsProcess sns;
        private final List<FunctionProcess> functions = new ArrayList<>();
        private final ExecutorService callers;
        private final List<Round> measured = new ArrayList<>();
        /** What the starting functions asked SNS for, to open their connections. */
        private int greetings;

        private int dispatched;
        private int ownCommits;

        Contender(BenchServers servers, Setting setting, Kind kind) {
            this.servers = servers;
            this.setting = setting;
            this.kind = kind;
            this.database = servers.newDatabase();
            this.commitsBefore = servers.commits(database);
            this.sns = SnsProcess.start(Duration.ofMillis(setting.latencyMillis()));
            this.callers = Executors.newFixedThreadPool(setting.functions());
            // the classic loop marks nobody as its own: several of it would text everybody several times
            int count = kind == Kind.CLASSIC ? 1 : setting.functions();
            for (int i = 0; i < count; i++) {
                FunctionProcess function = start(kind, servers, database, sns);
                functions.add(function);
                // one after the other: the runtime client unpacks its library to one fixed place in /tmp
                function.api().awaitReady(Duration.ofSeconds(60));
            }
            greetings = sns.asked().calls();
        }

        void measure() {
            int wanted = kind == Kind.CLASSIC
                    ? Math.min(CLASSIC_CONTACTS, contacts)
                    : Math.max(contacts, setting.batch() * functions.size());
            measured.add(dispatch(wanted));
        }

        /** A campaign of so many contacts, until all of them are sent. */
        Round dispatch(int wanted) {
            UUID campaign = servers.campaign(database, wanted);
            ownCommits += 3;
            String event = Platform.event(campaign, Math.min(setting.batch(), wanted));
            double functionCpu = functionCpu();
            double postgresCpu = servers.postgresCpu();
            double snsCpu = OwnServer.cpuSeconds(sns.handle());
            long from = System.nanoTime();
            int sent = callAll(event, wanted);
            double seconds = (System.nanoTime() - from) / 1e9;
            double thousands = wanted / 1000.0;
            Round round = new Round(
                    wanted / seconds,
                    (functionCpu() - functionCpu) / thousands,
                    (servers.postgresCpu() - postgresCpu) / thousands,
                    (OwnServer.cpuSeconds(sns.handle()) - snsCpu) / thousands);
            dispatched += wanted;
            ownCommits++;
            if (sent != wanted || servers.recorded(database, campaign) != wanted) {
                throw new IllegalStateException(kind + " in " + setting + " sent " + sent + " of " + wanted);
            }
            return round;
        }

        private double functionCpu() {
            return functions.stream()
                    .mapToDouble(function -> OwnServer.cpuSeconds(function.handle()))
                    .sum();
        }

        private int callAll(String event, int wanted) {
            int batches = setting.batch() * functions.size();
            int each = (wanted + batches - 1) / batches;
            List<Callable<Integer>> calls = new ArrayList<>();
            for (FunctionProcess function : functions) {
                calls.add(() -> {
                    int sent = 0;
                    for (int i = 0; i < each; i++) {
                        sent += call(function, event);
                    }
                    return sent;
                });
            }
            try {
                int sent = 0;
                for (Future<Integer> called : callers.invokeAll(calls)) {
                    sent += called.get();
                }
                return sent;
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(kind + " in " + setting, e);
            }
        }

        /** Ends the processes, whose last counts then reach the statistics. */
        Result end() {
            SnsProcess.Asked asked = sns.asked();
            if (asked.accepted() != dispatched) {
                throw new IllegalStateException(kind + ": SNS accepted " + asked.accepted() + " of " + dispatched);
            }
            functions.forEach(FunctionProcess::close);
            awaitNoConnections();
            double statements = servers.commits(database) - commitsBefore - ownCommits;
            return new Result(
                    kind, measured, (double) (asked.calls() - greetings) / dispatched, statements / dispatched);
        }

        private void awaitNoConnections() {
            try {
                while (servers.connections(database) > 0) {
                    Thread.sleep(50);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            functions.forEach(FunctionProcess::close);
            callers.shutdownNow();
            sns.close();
        }
    }

    /** Starts a variant with the options users get. */
    static FunctionProcess start(Kind kind, BenchServers servers, String database, SnsProcess sns, String... options) {
        List<String> all = new ArrayList<>(
                List.of("@" + Path.of("src", "main", "image", "jvm.options").toAbsolutePath(), HEAP));
        all.addAll(List.of(options));
        String more = kind == Kind.FUNCTION
                ? ""
                : ":" + Path.of("target/test-classes").toAbsolutePath();
        return FunctionProcess.start(
                FunctionProcess.command(
                        Path.of(System.getProperty("java.home")),
                        all,
                        FunctionProcess.packagedJars() + more,
                        kind.handler),
                servers.settings(database, sns),
                DIRECTORY.resolve(kind.name().toLowerCase(Locale.ROOT) + ".log"));
    }

    /** One invocation; how many it sent. */
    static int call(FunctionProcess function, String event) throws IOException {
        Answer answer = function.api().call(event, TIMEOUT);
        JsonNode reply = new JsonMapper().readTree(answer.body());
        if (answer.error() || !reply.has("sentCount")) {
            throw new IllegalStateException("The function failed: " + answer.body() + ", see " + DIRECTORY);
        }
        return reply.get("sentCount").intValue();
    }
}
