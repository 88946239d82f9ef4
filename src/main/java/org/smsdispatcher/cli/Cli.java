package org.smsdispatcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.zaxxer.hikari.HikariDataSource;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.apache.camel.main.Main;
import org.smsdispatcher.DispatchException;
import org.smsdispatcher.DispatchHandler;
import org.smsdispatcher.Failures;
import org.smsdispatcher.TrackingHandler;
import org.smsdispatcher.connect.Connections;
import org.smsdispatcher.connect.Settings;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/**
 * The command line, on the servers the environment names. It hands the function the events that Lambda would hand it, and shows the
 * answers to a person, or with {@code --json} to a script: standard output holds the answer alone, the log goes to standard error.
 *
 * <p>Exit code 0: answered. 1: answered, and something is wrong (an invariant is broken, the configuration is refused, no such contact).
 * 2: the command line is wrong. 3: no answer, the error's type and message stand on standard error.
 */
@Command(
        name = "sms-dispatcher",
        header = "Dispatches SMS campaigns and answers questions about them, on the servers the environment names.",
        footer = {
            "",
            "Exit code: 0 answered; 1 answered, and something is wrong; 2 the command line is wrong; 3 no answer.",
            "The environment's variables are those of the function: DB_HOST, DB_NAME, REDIS_HOST, ..."
        },
        sortOptions = false,
        usageHelpWidth = 100,
        mixinStandardHelpOptions = true)
public final class Cli {

    static final int WRONG = 1;
    static final int NO_ANSWER = 3;

    /** A person can wait longer than Lambda. */
    private static final Duration TIME = Duration.ofHours(1);

    /** Questions publish nothing: they need no topic, but the routes want the name of one. */
    private static final String NO_TOPIC = "arn:aws:sns:us-east-1:000000000000:none";

    private static final Properties DEFAULTS = defaults();

    private final JsonMapper mapper = new JsonMapper();
    private final Map<String, String> overrides;
    private final UnaryOperator<String> environment;
    private final InstantSource clock;
    private final PrintStream out;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print the answer as JSON, one line an answer.")
    boolean json;

    private Cli(
            Map<String, String> overrides, UnaryOperator<String> environment, InstantSource clock, PrintStream out) {
        this.overrides = overrides;
        this.environment = environment;
        this.clock = clock;
        this.out = out;
    }

    public static void main(String[] arguments) {
        // in UTF-8 whatever the locale says
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream errors = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int exitCode = run(Map.of(), System::getenv, InstantSource.system(), out, errors, arguments);
        System.exit(exitCode);
    }

    /**
     * One command, from the arguments to the exit code.
     *
     * @param overrides settings by key, over those of the environment; none for a user's run
     * @param environment the environment's variables
     */
    public static int run(
            Map<String, String> overrides,
            UnaryOperator<String> environment,
            InstantSource clock,
            PrintStream out,
            PrintStream errors,
            String... arguments) {
        return new CommandLine(new Cli(overrides, environment, clock, out))
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(errors, true, StandardCharsets.UTF_8))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    // what an operator can mend stands behind what a pool or Flyway made of it
                    Throwable told = Failures.find(failure, DispatchException.class)
                            .<Throwable>map(own -> own)
                            .orElse(failure);
                    errors.println("error: " + told.getClass().getSimpleName() + ": " + told.getMessage());
                    return NO_ANSWER;
                })
                .execute(arguments);
    }

    @Command(name = "dispatch", description = "Dispatch one batch, or all that can be dispatched now; texts people.")
    int dispatch(
            @Parameters(paramLabel = "CAMPAIGN", description = "The campaign's id.") UUID campaign,
            @Option(names = "--batch-size", paramLabel = "N", description = "Contacts a batch has at most.")
                    Integer batchSize,
            @Option(names = "--all", description = "Batch after batch while there is more to dispatch now.")
                    boolean all) {
        ObjectNode event = event(campaign);
        if (batchSize != null) {
            event.put("batchSize", batchSize);
        }
        try (DispatchHandler function = function(false)) {
            JsonNode reply = ask(function, event);
            show(reply, Answers::reply);
            while (all && reply.path("hasMore").booleanValue()) {
                reply = ask(function, event);
                show(reply, Answers::reply);
            }
        }
        return CommandLine.ExitCode.OK;
    }

    @Command(
            name = "dry-run",
            description = "Show what the next batch and the whole campaign would come to; texts nobody.")
    int dryRun(
            @Parameters(paramLabel = "CAMPAIGN", description = "The campaign's id.") UUID campaign,
            @Option(names = "--batch-size", paramLabel = "N", description = "Contacts a batch has at most.")
                    Integer batchSize,
            @Option(
                            names = "--cost-per-part",
                            paramLabel = "AMOUNT",
                            description = "What a part of a message costs; else COST_PER_PART.")
                    BigDecimal costPerPart,
            @Option(
                            names = "--messages-per-second",
                            paramLabel = "N",
                            description = "The pace to reckon with; else the one measured lately.")
                    BigDecimal messagesPerSecond) {
        ObjectNode event = event(campaign).put("dryRun", true);
        if (batchSize != null) {
            event.put("batchSize", batchSize);
        }
        event.put("costPerPart", costPerPart).put("messagesPerSecond", messagesPerSecond);
        JsonNode answer = ask(event);
        show(answer, Answers::dryRun);
        return answer.path("configuration").isEmpty() ? CommandLine.ExitCode.OK : WRONG;
    }

    @Command(name = "explain", description = "Show what stands between a contact and its message.")
    int explain(
            @Parameters(paramLabel = "CAMPAIGN", description = "The campaign's id.") UUID campaign,
            @Parameters(paramLabel = "CONTACT", description = "The contact's id, or its number in any spelling.")
                    String contact) {
        JsonNode answer = ask(event(campaign).put("explain", contact));
        show(answer, Answers::explanation);
        return answer.path("found").intValue() > 0 ? CommandLine.ExitCode.OK : WRONG;
    }

    @Command(name = "verify", description = "Check the invariants of a campaign, contact by contact.")
    int verify(
            @Parameters(paramLabel = "CAMPAIGN", description = "The campaign's id.") UUID campaign,
            @Option(
                            names = "--after",
                            paramLabel = "CONTACT",
                            description = "Go on after this contact, where an audit ran out of time.")
                    UUID after) {
        ObjectNode event = event(campaign).put("verify", true);
        if (after != null) {
            event.put("after", after.toString());
        }
        JsonNode answer = ask(event);
        show(answer, Answers::verification);
        return answer.path("healthy").booleanValue() ? CommandLine.ExitCode.OK : WRONG;
    }

    @Command(name = "report", description = "Show what the campaign achieved.")
    int report(@Parameters(paramLabel = "CAMPAIGN", description = "The campaign's id.") UUID campaign) {
        byte[] event = event(campaign).put("report", true).toString().getBytes(StandardCharsets.UTF_8);
        try (TrackingHandler function = new TrackingHandler(camel(overrides), clock)) {
            show(read(function.track(event)), Answers::anything);
        }
        return CommandLine.ExitCode.OK;
    }

    @Command(name = "migrate", description = "Run the migrations the database has not seen.")
    int migrate() {
        try (HikariDataSource database = Connections.database(new Settings(this::setting))) {
            show(mapper.createObjectNode().put("migrationsRun", Migrations.run(patient(database))), Answers::anything);
        }
        return CommandLine.ExitCode.OK;
    }

    /** Without the function's time-outs: building an index outlasts them. */
    private static DataSource patient(DataSource database) {
        return new DelegatingDataSource(database) {
            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setNetworkTimeout(Runnable::run, 0);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET statement_timeout = 0; SET lock_timeout = 0;"
                            + " SET idle_in_transaction_session_timeout = 0");
                }
                return connection;
            }
        };
    }

    /** A setting without Camel: an override, a variable, or the default in {@code application.properties}. */
    private Optional<String> setting(String key) {
        String variable = key.replace('.', '_').toUpperCase(Locale.ROOT);
        return Optional.ofNullable(overrides.get(key))
                .or(() -> Optional.ofNullable(environment.apply(variable)))
                .or(() -> Optional.ofNullable(DEFAULTS.getProperty(key)));
    }

    private static Properties defaults() {
        Properties properties = new Properties();
        try (InputStream file = Cli.class.getResourceAsStream("/application.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private ObjectNode event(UUID campaign) {
        return mapper.createObjectNode().put("campaignId", campaign.toString());
    }

    private JsonNode ask(ObjectNode question) {
        try (DispatchHandler function = function(true)) {
            return ask(function, question);
        }
    }

    private JsonNode ask(DispatchHandler function, ObjectNode event) {
        return read(function.dispatch(event.toString().getBytes(StandardCharsets.UTF_8), TIME));
    }

    private DispatchHandler function(boolean onlyAsks) {
        Map<String, String> settings = new HashMap<>(overrides);
        if (onlyAsks && setting("sms.gateway.topic.arn").isEmpty()) {
            settings.put("sms.gateway.topic.arn", NO_TOPIC);
        }
        return new DispatchHandler(camel(settings), clock);
    }

    private static Main camel(Map<String, String> settings) {
        Main camel = new Main();
        settings.forEach(camel::addOverrideProperty);
        return camel;
    }

    private JsonNode read(byte[] answer) {
        try {
            return mapper.readTree(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void show(JsonNode answer, Answers.Page page) {
        if (json) {
            out.println(answer);
        } else {
            page.print(answer, out);
        }
    }
}
