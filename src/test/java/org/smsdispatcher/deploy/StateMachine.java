package org.smsdispatcher.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * Executes {@code deploy/dispatch.asl.json} in Node.js, by the programs of {@code src/test/asl}, on a clock that jumps over every wait.
 * Its functions are those of a test, called over HTTP.
 */
public final class StateMachine implements AutoCloseable, InstantSource {

    /** The definition as it ships. */
    public static final Path DEFINITION = Path.of("deploy", "dispatch.asl.json");

    private static final Path SOURCES = Path.of("src", "test", "asl");
    private static final Path INSTALLED = Path.of("target", "asl");
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Function dispatch;
    private final Function report;
    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private volatile Instant now;

    /** A Lambda function, as a test plays it: what it throws is the error that the state machine sees. */
    public interface Function {
        byte[] answer(byte[] event) throws Exception;
    }

    /**
     * What an execution and the fresh ones after it did.
     *
     * @param states the states entered, in order, those of parallel workers mixed
     * @param retries the states that were retried, as often as they were
     * @param afresh the inputs of fresh executions
     * @param output the last one's output, null when it failed
     * @param error the last one's error, null when it did not fail
     * @param cause what the error says
     * @param ended its clock at the end
     */
    public record Run(
            List<String> states,
            List<String> retries,
            List<JsonNode> afresh,
            JsonNode output,
            String error,
            String cause,
            Instant ended) {}

    /**
     * @param dispatch the dispatch function; called by several threads at once where workers are parallel
     * @param report the tracking function
     * @throws TestAbortedException where there is no npm
     */
    public StateMachine(Instant start, Function dispatch, Function report) {
        install();
        this.now = start;
        this.dispatch = dispatch;
        this.report = report;
        try {
            server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 64);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/DispatchFunctionArn", exchange -> answer(exchange, this.dispatch));
        server.createContext("/TrackingFunctionArn", exchange -> answer(exchange, this.report));
        server.setExecutor(workers);
        server.start();
    }

    /** The time of the execution's clock, for the functions. */
    @Override
    public Instant instant() {
        return now;
    }

    private void answer(HttpExchange exchange, Function function) throws IOException {
        Instant clock =
                Instant.ofEpochMilli(Long.parseLong(exchange.getRequestHeaders().getFirst("X-Now")));
        synchronized (this) {
            now = clock.isAfter(now) ? clock : now;
        }
        int status = 200;
        byte[] body;
        try {
            body = function.answer(exchange.getRequestBody().readAllBytes());
        } catch (Exception | AssertionError failure) {
            ObjectNode error = MAPPER.createObjectNode()
                    .put("errorType", failure.getClass().getName())
                    .put("errorMessage", failure.getMessage());
            status = 500;
            body = MAPPER.writeValueAsBytes(error);
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Runs it with that input (JSON) to its end, through every fresh execution. */
    public Run run(String input) {
        List<String> states = new ArrayList<>();
        List<String> retries = new ArrayList<>();
        List<JsonNode> afresh = new ArrayList<>();
        JsonNode last = null;
        for (String line : node(
                "run.mjs",
                DEFINITION.toAbsolutePath().toString(),
                "http://127.0.0.1:" + server.getAddress().getPort(),
                input,
                Long.toString(now.toEpochMilli()))) {
            JsonNode fact = json(line);
            if (fact.has("state")) {
                states.add(fact.get("state").textValue());
            } else if (fact.has("retry")) {
                retries.add(fact.get("retry").textValue());
            } else if (fact.has("afresh")) {
                afresh.add(fact.get("afresh"));
            } else {
                last = fact;
            }
        }
        if (last == null) {
            throw new AssertionError("the state machine did not end: " + states);
        }
        return new Run(
                states,
                retries,
                afresh,
                last.get("output"),
                last.path("error").textValue(),
                last.path("cause").textValue(),
                Instant.ofEpochMilli(last.get("now").longValue()));
    }

    /** What the validator says of the definition: {@code valid}, or what is wrong. */
    public static String validated(Path definition) {
        install();
        return String.join(
                "\n", node("validate.mjs", definition.toAbsolutePath().toString()));
    }

    private static synchronized void install() {
        try {
            run(Path.of("."), "npm", "--version");
        } catch (IOException e) {
            throw new TestAbortedException(
                    "npm is not installed: the state machine is neither validated nor executed", e);
        }
        try {
            Path lock = INSTALLED.resolve("node_modules").resolve("installed-lock.json");
            if (!Files.exists(lock) || Files.mismatch(lock, SOURCES.resolve("package-lock.json")) >= 0) {
                copySources();
                run(INSTALLED, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
                Files.copy(SOURCES.resolve("package-lock.json"), lock, StandardCopyOption.REPLACE_EXISTING);
            }
            copySources();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copySources() throws IOException {
        Files.createDirectories(INSTALLED);
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, INSTALLED.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static List<String> node(String... arguments) {
        List<String> command = new ArrayList<>(List.of("node"));
        command.addAll(List.of(arguments));
        try {
            return run(INSTALLED, command.toArray(String[]::new)).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(Path directory, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(3, TimeUnit.MINUTES) || (process.exitValue() != 0 && output.isBlank())) {
                throw new AssertionError(String.join(" ", command) + " failed");
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static JsonNode json(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
