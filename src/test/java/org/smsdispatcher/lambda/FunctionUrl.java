package org.smsdispatcher.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.smsdispatcher.lambda.RuntimeApi.Answer;

/**
 * The function URL in front of a function: turns HTTP requests into events of payload format 2.0 and answers with what the function
 * says, 502 where it fails.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads">Request and response payloads</a>
 */
final class FunctionUrl implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final JsonMapper json = new JsonMapper();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final RuntimeApi function;
    private final HttpServer server;

    private FunctionUrl(RuntimeApi function) {
        this.function = function;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(workers);
        server.createContext("/", this::serve);
        server.start();
    }

    static FunctionUrl of(RuntimeApi function) {
        return new FunctionUrl(function);
    }

    /** Without a slash at its end. */
    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = function.call(event(exchange), TIMEOUT);
            JsonNode reply = json.readTree(answer.body());
            byte[] body = reply.path("isBase64Encoded").asBoolean()
                    ? Base64.getDecoder().decode(reply.path("body").asText())
                    : reply.path("body").asText().getBytes(UTF_8);
            reply.path("headers")
                    .properties()
                    .forEach(header -> exchange.getResponseHeaders()
                            .set(header.getKey(), header.getValue().asText()));
            boolean bodyless = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(
                    answer.error() ? 502 : reply.path("statusCode").asInt(), bodyless ? -1 : body.length);
            if (!bodyless) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private String event(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String query =
                Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
        ObjectNode event = json.createObjectNode()
                .put("version", "2.0")
                .put("routeKey", "$default")
                .put("rawPath", path)
                .put("rawQueryString", query);
        ObjectNode headers = event.putObject("headers");
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(",", values)));
        ObjectNode context = event.putObject("requestContext")
                .put("accountId", "anonymous")
                .put("domainName", "abc.lambda-url.us-east-1.on.aws")
                .put("requestId", UUID.randomUUID().toString())
                .put("stage", "$default")
                .put("timeEpoch", Instant.now().toEpochMilli());
        context.putObject("http")
                .put("method", exchange.getRequestMethod())
                .put("path", path)
                .put("protocol", "HTTP/1.1")
                .put("sourceIp", "192.0.2.1")
                .put("userAgent", headers.path("user-agent").asText());
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (body.length > 0) {
            String type = headers.path("content-type").asText();
            boolean isText = type.startsWith("text/") || type.startsWith("application/json");
            event.put(
                    "body",
                    isText ? new String(body, UTF_8) : Base64.getEncoder().encodeToString(body));
            event.put("isBase64Encoded", !isText);
        } else {
            event.put("isBase64Encoded", false);
        }
        return event.toString();
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
