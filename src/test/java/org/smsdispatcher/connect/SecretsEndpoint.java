package org.smsdispatcher.connect;

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
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stand-in for Secrets Manager on 127.0.0.1: <a
 * href="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html">GetSecretValue</a> of the current
 * version, in the JSON protocol, with its errors on demand. Signatures have to be there and for this service; they are not checked.
 */
public final class SecretsEndpoint implements AutoCloseable {

    private static final String SIGNED_FOR = "/secretsmanager/aws4_request";

    private final JsonMapper json = new JsonMapper();
    private final Map<String, ObjectNode> current = new ConcurrentHashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final HttpServer server;
    private volatile Answer failure;

    private record Answer(int status, String body) {}

    private SecretsEndpoint() {
        try {
            server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 64);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(workers);
        server.createContext("/", this::serve);
        server.start();
    }

    public static SecretsEndpoint start() {
        return new SecretsEndpoint();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Makes this text the secret's current version. */
    public void put(String arn, String secretString) {
        current.put(arn, version(arn).put("SecretString", secretString));
    }

    /** A current version without text. */
    void putBinary(String arn, String base64) {
        current.put(arn, version(arn).put("SecretBinary", base64));
    }

    /** A secret as RDS writes it. */
    public static String secret(String user, String password) {
        return new JsonMapper()
                .createObjectNode()
                .put("engine", "postgres")
                .put("host", "elsewhere.example")
                .put("port", 1)
                .put("username", user)
                .put("password", password)
                .toString();
    }

    private ObjectNode version(String arn) {
        ObjectNode version = json.createObjectNode()
                .put("ARN", arn)
                .put("Name", arn.replaceAll(".*:secret:(.*)-[A-Za-z0-9]{6}", "$1"))
                .put("VersionId", UUID.randomUUID().toString())
                .put("CreatedDate", 1.7957E9);
        version.putArray("VersionStages").add("AWSCURRENT");
        return version;
    }

    /** Every call from now on is answered with this error. */
    void fail(int status, String code, String message) {
        failure = new Answer(
                status,
                json.createObjectNode()
                        .put("__type", code)
                        .put("Message", message)
                        .toString());
    }

    /** No errors any more but those of wrong calls. */
    void mend() {
        failure = null;
    }

    /** How often a secret was asked for. */
    int calls() {
        return calls.get();
    }

    private void serve(HttpExchange request) throws IOException {
        calls.incrementAndGet();
        Answer answer = failure == null ? answer(request) : failure;
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        request.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
        request.getResponseHeaders().set("x-amzn-RequestId", UUID.randomUUID().toString());
        request.sendResponseHeaders(answer.status(), body.length);
        try (request) {
            request.getResponseBody().write(body);
        }
    }

    private Answer answer(HttpExchange request) throws IOException {
        JsonNode asked = json.readTree(request.getRequestBody());
        String signature = request.getRequestHeaders().getFirst("Authorization");
        if (signature == null || !signature.contains(SIGNED_FOR)) {
            return error(403, "MissingAuthenticationTokenException");
        }
        if (!"secretsmanager.GetSecretValue".equals(request.getRequestHeaders().getFirst("X-Amz-Target"))) {
            return error(400, "UnknownOperationException");
        }
        ObjectNode version = current.get(asked.path("SecretId").asText());
        return version == null ? error(400, "ResourceNotFoundException") : new Answer(200, version.toString());
    }

    private Answer error(int status, String code) {
        return new Answer(status, json.createObjectNode().put("__type", code).toString());
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
