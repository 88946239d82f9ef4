package org.smsdispatcher.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.smsdispatcher.DispatchException;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.ConfigReader;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.local.Batches.Sums;
import org.springframework.dao.DataAccessException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The local run: the routes and properties that Lambda runs, on servers of this machine or on those the environment names, with a
 * demo campaign or the user's own; dispatches until nothing more can be sent now, and shows what happened and why. Where all servers
 * are its own, it then plays the gateway, and compares the report of the tracking function with what it did.
 *
 * <p>Exit code 0: done. 1: the dispatch failed, or its figures contradict each other. 2: asked for something that cannot be done.
 */
@Command(
        name = "mvn -q -Plocal",
        customSynopsis = "mvn -q -Plocal [-Dargs=\"...\"]",
        header =
                "Dispatches an SMS campaign on this machine, or on the servers that DB_HOST, REDIS_HOST and AWS_ENDPOINT_URL name.",
        footer = {
            "",
            "For example: mvn -q -Plocal -Dargs=\"--contacts people.csv --template 'Hi {{name|there}}!' --windows always\"",
            "Exit code: 0 done, 1 the dispatch failed, 2 something asked for cannot be done."
        },
        sortOptions = false,
        usageHelpWidth = 100)
final class LocalRun implements Callable<Integer> {

    private final Map<String, String> variables;
    private final PrintStream out;
    private final boolean terminal;
    private final InstantSource clock;

    @Mixin
    LocalRunOptions options;

    @CommandLine.Option(names = "--help", usageHelp = true, description = "Show this and end.")
    boolean help;

    private LocalRun(Map<String, String> variables, PrintStream out, boolean terminal, InstantSource clock) {
        this.variables = variables;
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
    }

    public static void main(String[] arguments) throws IOException {
        // the embedded Redis unpacks itself there, and nothing is to be left outside target/
        System.setProperty(
                "java.io.tmpdir",
                Files.createDirectories(Path.of("target", "local-servers", "tmp"))
                        .toAbsolutePath()
                        .toString());
        // in UTF-8 whatever the locale says: messages are in any script
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        Interruption interruption = Interruption.watch(out);
        int exitCode = run(System.getenv(), out, isTerminal(), InstantSource.system(), arguments);
        interruption.over();
        System.exit(exitCode);
    }

    /** From JDK 22 on true without a terminal, unless jdk.console=java.base is set; the profile sets it. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        return System.console() != null;
    }

    /**
     * One run, from the arguments to the exit code; whatever it started has ended with it.
     *
     * @param variables the environment's
     * @param terminal whether lines of {@code out} can be written over
     */
    static int run(
            Map<String, String> variables,
            PrintStream out,
            boolean terminal,
            InstantSource clock,
            String... arguments) {
        PrintWriter writer = new PrintWriter(out, true, StandardCharsets.UTF_8);
        return new CommandLine(new LocalRun(variables, out, terminal, clock))
                .setOut(writer)
                .setErr(writer)
                .setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, out))
                .execute(arguments);
    }

    private static int explain(Exception failure, PrintStream out) throws Exception {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof LocalRunException) {
                out.println("error: " + cause.getMessage());
                return CommandLine.ExitCode.USAGE;
            }
            if (cause instanceof DispatchException) {
                out.println("error: " + cause.getClass().getSimpleName() + ": " + cause.getMessage());
                return CommandLine.ExitCode.SOFTWARE;
            }
        }
        if (failure instanceof DataAccessException) {
            out.println("error: PostgreSQL: " + failure.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        throw failure;
    }

    @Override
    public Integer call() {
        options.check();
        try (LocalEnvironment environment = new LocalEnvironment(variables, out)) {
            requireConsent(environment);
            if (options.migrate) {
                LocalServers.migrate(environment.database());
            }
            LocalDatabase database = new LocalDatabase(environment.database());
            LocalRunOptions.require(
                    database.isMigrated(), "The database lacks the dispatcher's columns; --migrate adds them");
            return run(environment, database);
        }
    }

    private void requireConsent(LocalEnvironment environment) {
        boolean unasked = options.makesCampaign() && options.contacts == null && !options.demo;
        LocalRunOptions.require(
                !unasked || environment.ownsDatabase(),
                "DB_HOST names a database; say what to dispatch: --campaign, --contacts, --event or --demo");
        LocalRunOptions.require(
                !unasked || !environment.isFarAway(),
                "AWS_ENDPOINT_URL leads away from this machine; say what to publish: --contacts or --demo");
        LocalRunOptions.require(
                options.campaign == null || !environment.ownsDatabase(),
                "--campaign is for a database that DB_HOST names");
    }

    private int run(LocalEnvironment environment, LocalDatabase database) {
        byte[] event = options.event == null ? null : read(options.event);
        boolean isDemoNeeded = event != null && environment.ownsDatabase();
        UUID campaign = options.campaign;
        if (options.makesCampaign() || isDemoNeeded) {
            campaign = new NewCampaign(options, environment, database, out, clock).load();
        }
        try (LocalDispatcher dispatcher = new LocalDispatcher(environment.settings(), clock)) {
            return event == null ? dispatch(campaign, environment, database, dispatcher) : sendEvent(event, dispatcher);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new LocalRunException(file + " cannot be read: " + e);
        }
    }

    private int sendEvent(byte[] event, LocalDispatcher dispatcher) {
        String reply = new String(dispatcher.dispatch(event), StandardCharsets.UTF_8);
        out.println();
        out.println(Report.pretty(reply));
        return CommandLine.ExitCode.OK;
    }

    private int dispatch(
            UUID campaign, LocalEnvironment environment, LocalDatabase database, LocalDispatcher dispatcher) {
        CampaignConfig config = new ConfigReader(new TimeZones()).read(database.campaign(campaign));
        int awake = clocks(config, dispatcher).awake(database.waiting(campaign));
        int sentBefore = database.sent(campaign);
        out.println();
        Sums sums =
                new Batches(dispatcher, clock, new ProgressBar(out, terminal, awake)).run(campaign, options.batchSize);

        Report report = new Report(out, database, campaign, clocks(config, dispatcher));
        report.sums(sums, dispatcher.statements());
        boolean agreed = report.agreement(sums.sent(), database.sent(campaign) - sentBefore, environment.sns());
        report.contacts(options.all);
        environment.sns().ifPresentOrElse(report::messages, report::records);
        report.zones(sums.nextDispatchAt());
        if (environment.playsGateway()) {
            agreed &= track(campaign, environment, database);
        }
        report.hint();
        // others may dispatch the same campaign where the database is not the local run's own
        return agreed || !environment.ownsDatabase() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    /** What became of the messages: nobody is behind the local run's own topic, so it plays the gateway itself. */
    private boolean track(UUID campaign, LocalEnvironment environment, LocalDatabase database) {
        try (LocalTracker tracker = new LocalTracker(environment.settings())) {
            JsonNode before = tracker.report(campaign);
            DemoGateway.Did did = new DemoGateway(tracker)
                    .carry(environment.sns().orElseThrow().accepted());
            JsonNode after = tracker.report(campaign);
            TrackingReport report = new TrackingReport(out);
            boolean agreed = report.compare(before, after, did, tracker.events());
            report.page(database.name(campaign), after);
            return agreed;
        }
    }

    private ZoneClocks clocks(CampaignConfig config, LocalDispatcher dispatcher) {
        return new ZoneClocks(config, dispatcher.margin(), clock.instant());
    }
}
