package org.smsdispatcher.lambda;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lambda's Runtime API for one function instance, on 127.0.0.1: the far end of the runtime client.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html">Using the Lambda runtime API</a>
 */
public final class RuntimeApi implements AutoCloseable {

    private static final String BASE = "/2018-06-01/runtime/";

    private final HttpServer server;
    private final ExecutorService workers;
    private final BlockingQueue<Invocation> waiting = new LinkedBlockingQueue<>();
    private final Map<String, CompletableFuture<Answer>> open = new ConcurrentHashMap<>();
    private final CompletableFuture<Long> ready = new CompletableFuture<>();
    private final CompletableFuture<Answer> initError = new CompletableFuture<>();

    private RuntimeApi() {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        workers = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "runtime-api");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(workers);
        server.createContext(BASE + "invocation/next", this::next);
        server.createContext(BASE + "invocation/", this::answered);
        server.createContext(BASE + "init/error", this::initFailed);
        server.start();
    }

    public static RuntimeApi start() {
        return new RuntimeApi();
    }

    private record Invocation(String id, String event, Instant deadline) {}

    /**
     * How an invocation, or the start, ended.
     *
     * @param error whether the function reported an error
     * @param body the reply, or the error as {@code {"errorMessage", "errorType", ...}}
     * @param nanos when it arrived, by {@link System#nanoTime()}
     */
    public record Answer(boolean error, String body, long nanos) {}

    /** What {@code AWS_LAMBDA_RUNTIME_API} has to say. */
    public String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /**
     * Hands the function an event, as soon as it asks for one.
     *
     * @param timeout the function's time-out; its deadline is that far from now
     */
    public CompletableFuture<Answer> invoke(String event, Duration timeout) {
        Invocation invocation = new Invocation(
                UUID.randomUUID().toString(), event, Instant.now().plus(timeout));
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        open.put(invocation.id(), answer);
        waiting.add(invocation);
        return answer;
    }

    /** One invocation, waited for a little longer than its time-out. */
    public Answer call(String event, Duration timeout) {
        return await(invoke(event, timeout), timeout.plusSeconds(20));
    }

    /** When the function first asked for an event, which ends its init phase; by {@link System#nanoTime()}. */
    public long awaitReady(Duration atMost) {
        return await(ready, atMost);
    }

    /** The error that the function's start was reported with. */
    public Answer awaitInitError(Duration atMost) {
        return await(initError, atMost);
    }

    private static <T> T await(CompletableFuture<T> future, Duration atMost) {
        try {
            return future.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The function did not answer within " + atMost, e);
        }
    }

    private void next(HttpExchange exchange) throws IOException {
        ready.complete(System.nanoTime());
        Invocation invocation;
        try {
            invocation = waiting.take();
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", invocation.id());
        exchange.getResponseHeaders()
                .set(
                        "Lambda-Runtime-Deadline-Ms",
                        Long.toString(invocation.deadline().toEpochMilli()));
        exchange.getResponseHeaders()
                .set(
                        "Lambda-Runtime-Invoked-Function-Arn",
                        "arn:aws:lambda:us-east-1:123456789012:function:sms-dispatcher");
        // without it the native client crashes
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        byte[] event = invocation.event().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, event.length);
        exchange.getResponseBody().write(event);
        exchange.close();
    }

    private void answered(HttpExchange exchange) throws IOException {
        Path path = Path.of(exchange.getRequestURI().getPath());
        Answer answer = read(exchange, path.endsWith("error"));
        CompletableFuture<Answer> asked =
                open.remove(path.getParent().getFileName().toString());
        if (asked != null) {
            asked.complete(answer);
        }
    }

    private void initFailed(HttpExchange exchange) throws IOException {
        initError.complete(read(exchange, true));
    }

    private static Answer read(HttpExchange exchange, boolean error) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        long nanos = System.nanoTime();
        byte[] thanks = "{\"status\":\"OK\"}".getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(202, thanks.length);
        exchange.getResponseBody().write(thanks);
        exchange.close();
        return new Answer(error, body, nanos);
    }

    @Override
    public void close() {
        workers.shutdownNow();
        server.stop(0);
    }
}
