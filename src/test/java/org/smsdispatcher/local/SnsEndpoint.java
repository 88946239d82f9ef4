package org.smsdispatcher.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stand-in for Amazon SNS on 127.0.0.1: Publish, PublishBatch, CreateTopic and ListTopics of the AWS query protocol,
 * with AWS's limits and errors, and with faults on demand.
 *
 * <p>It delivers nothing; what it accepts can be read from {@link #accepted()}. Signatures are not checked. Limits,
 * codes and status are those of <a
 * href="https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html">PublishBatch</a> and <a
 * href="https://docs.aws.amazon.com/sns/latest/api/API_Publish.html">Publish</a>. In a batch an empty message or a bad
 * subject fails its entry alone; a bad attribute or a missing FIFO id refuses the whole request, as AWS does.
 *
 * <p>Every method may be called from any thread, while requests are served.
 */
public final class SnsEndpoint implements AutoCloseable {
    private static final int MAX_ENTRIES = 10;

    private final InstantSource clock;
    private final boolean remembers;
    private final HttpServer server;
    private final ExecutorService workers;
    private final ConcurrentNavigableMap<String, SnsTopic> topics = new ConcurrentSkipListMap<>();
    private final List<Accepted> accepted = new ArrayList<>();
    private final AtomicInteger publishCalls = new AtomicInteger();
    private final AtomicInteger acceptedCount = new AtomicInteger();
    private volatile FaultPlan plan = (publishCall, entryIds) -> Fault.none();
    private volatile Duration latency = Duration.ZERO;

    private SnsEndpoint(int port, InstantSource clock, boolean remembers) {
        this.clock = clock;
        this.remembers = remembers;
        // read once, when the server's classes load; without it JDK 17 waits 40 ms for an acknowledgement
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
        try {
            this.server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 1024);
        } catch (IOException e) {
            throw new UncheckedIOException("no SNS endpoint on port " + port, e);
        }
        this.workers = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "sns-endpoint");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(workers);
        server.createContext("/", this::handle);
        server.start();
    }

    /** An endpoint on a free port. */
    public static SnsEndpoint start() {
        return start(0);
    }

    /**
     * An endpoint on the given port.
     *
     * @throws UncheckedIOException if the port is taken
     */
    public static SnsEndpoint start(int port) {
        return start(port, InstantSource.system());
    }

    /** An endpoint whose five minutes of deduplication pass by {@code clock}. */
    static SnsEndpoint start(int port, InstantSource clock) {
        return new SnsEndpoint(port, clock, true);
    }

    /** An endpoint on a free port that counts what it accepts and keeps nothing of it: for benchmarks. */
    public static SnsEndpoint startForgetful() {
        return new SnsEndpoint(0, InstantSource.system(), false);
    }

    /**
     * Serves until killed: {@code [--port N] [--latency-ms N] [--topic NAME]}, by default a free port, no latency, topic
     * {@code sms}. Prints one line when ready. Keeps no messages, since nobody could read them.
     */
    public static void main(String[] args) {
        int port = 0;
        long latencyMillis = 0;
        String topic = "sms";
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            }
            switch (args[i]) {
                case "--port" -> port = Integer.parseInt(args[i + 1]);
                case "--latency-ms" -> latencyMillis = Long.parseLong(args[i + 1]);
                case "--topic" -> topic = args[i + 1];
                default ->
                    throw new IllegalArgumentException(
                            "unknown option " + args[i] + "; known: --port, --latency-ms, --topic");
            }
        }
        @SuppressWarnings("resource") // lives as long as the process
        SnsEndpoint endpoint = new SnsEndpoint(port, InstantSource.system(), false);
        endpoint.latency(Duration.ofMillis(latencyMillis));
        System.out.println("SNS endpoint on " + endpoint.url() + " topic " + endpoint.createTopic(topic));
    }

    /** Where to send requests to. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /**
     * Creates the topic unless it is there, and returns its ARN. A name that ends in {@code .fifo} makes a FIFO topic
     * without content-based deduplication.
     *
     * @throws IllegalArgumentException if SNS does not allow the name
     */
    public String createTopic(String name) {
        try {
            return createTopic(new SnsTopic(name, false));
        } catch (SnsRejection e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /** All messages accepted since the last {@link #clear()}, in the order of their acceptance. */
    public List<Accepted> accepted() {
        synchronized (accepted) {
            return List.copyOf(accepted);
        }
    }

    /** How many messages were accepted since the last {@link #clear()}; known also to an endpoint that keeps none. */
    public int acceptedCount() {
        return acceptedCount.get();
    }

    /** How many Publish and PublishBatch requests came in since the last {@link #clear()}, accepted or not. */
    public int publishCalls() {
        return publishCalls.get();
    }

    /** Forgets messages, their deduplication ids and the count of calls; topics, faults and latency stay. */
    public void clear() {
        topics.values().forEach(SnsTopic::clear);
        synchronized (accepted) {
            accepted.clear();
        }
        publishCalls.set(0);
        acceptedCount.set(0);
    }

    /** Asks {@code plan} before each publish what shall go wrong; null for nothing. */
    public void answerWith(FaultPlan plan) {
        this.plan = plan == null ? (publishCall, entryIds) -> Fault.none() : plan;
    }

    /** Time every publish waits after its acceptance and before its answer. */
    public void latency(Duration latency) {
        this.latency = latency;
    }

    /** Cuts every connection at once, hanging ones too. */
    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        Reply reply = reply(exchange.getRequestBody().readAllBytes());
        if (reply == null) {
            // before any response stream is taken this closes the connection itself
            exchange.close();
            return;
        }
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/xml");
        exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The answer, or null to close the connection without one. */
    private Reply reply(byte[] request) {
        try {
            SnsForm form = SnsForm.parse(request);
            return switch (form.action()) {
                case "Publish", "PublishBatch" -> publish(form);
                case "CreateTopic" -> Reply.ok(SnsXml.topicCreated(createTopic(form)));
                case "ListTopics" -> Reply.ok(SnsXml.topicsListed(List.copyOf(topics.keySet())));
                case "" -> throw new SnsRejection(400, "MissingAction", "The request is missing an action.");
                default ->
                    throw new SnsRejection(
                            400,
                            "InvalidAction",
                            "The action " + form.action() + " is not valid for this web service.");
            };
        } catch (SnsRejection rejection) {
            return Reply.of(rejection);
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            return null;
        } catch (RuntimeException bug) {
            // ours or the fault plan's: say so to the client instead of dropping the line
            return Reply.of(new SnsRejection(500, "InternalError", "SnsEndpoint: " + bug));
        }
    }

    private String createTopic(SnsForm form) throws SnsRejection {
        String name = form.get("Name") == null ? "" : form.get("Name");
        Map<String, String> attributes = form.topicAttributes();
        if (name.endsWith(".fifo") != Boolean.parseBoolean(attributes.get("FifoTopic"))) {
            throw SnsRejection.invalidParameter("Topic Name");
        }
        return createTopic(new SnsTopic(name, Boolean.parseBoolean(attributes.get("ContentBasedDeduplication"))));
    }

    private String createTopic(SnsTopic topic) throws SnsRejection {
        SnsTopic there = topics.putIfAbsent(topic.arn(), topic);
        if (there != null && there.contentBasedDeduplication() != topic.contentBasedDeduplication()) {
            throw SnsRejection.invalidParameter("Attributes Reason: Topic already exists with different attributes");
        }
        return topic.arn();
    }

    private Reply publish(SnsForm form) throws InterruptedException {
        Instant now = clock.instant();
        boolean batch = form.action().equals("PublishBatch");
        List<SnsEntry> entries = batch ? form.entries() : List.of(form.entry());
        Fault fault = plan.forRequest(publishCalls.getAndIncrement(), batch ? entryIds(entries) : List.of());
        Reply reply = fault.accepts ? accept(form.topicArn(), batch, entries, now, fault) : null;
        sleep(latency.plus(fault.hang));
        return fault.answer(reply);
    }

    private static List<String> entryIds(List<SnsEntry> entries) {
        List<String> ids = new ArrayList<>(entries.size());
        entries.forEach(entry -> ids.add(entry.id()));
        return ids;
    }

    private static void sleep(Duration time) throws InterruptedException {
        if (!time.isZero()) {
            Thread.sleep(time.toMillis(), time.toNanosPart() % 1_000_000);
        }
    }

    private Reply accept(String arn, boolean batch, List<SnsEntry> entries, Instant now, Fault fault) {
        try {
            SnsTopic.requireArn(arn);
            return batch ? acceptBatch(arn, entries, now, fault) : acceptOne(arn, entries.get(0), now, fault);
        } catch (SnsRejection rejection) {
            return Reply.of(rejection);
        }
    }

    private Reply acceptOne(String arn, SnsEntry entry, Instant now, Fault fault) throws SnsRejection {
        entry.requireValidText();
        entry.requireValidAttributes();
        if (entry.bytes() > SnsEntry.MAX_BYTES) {
            throw SnsRejection.invalidParameter("Message too long");
        }
        SnsTopic topic = topic(arn);
        topic.requireIdsOf(entry);
        SnsTopic.Receipt receipt = accept(topic, entry, now);
        return Reply.ok(SnsXml.published(fault.kind == Fault.Kind.MISSING_IDS ? null : receipt));
    }

    private Reply acceptBatch(String arn, List<SnsEntry> entries, Instant now, Fault fault) throws SnsRejection {
        requireValidBatch(entries);
        SnsTopic topic = topic(arn);
        for (SnsEntry entry : entries) {
            topic.requireIdsOf(entry);
        }
        List<SnsTopic.Receipt> successful = new ArrayList<>(entries.size());
        List<SnsXml.Failure> failed = new ArrayList<>();
        for (SnsEntry entry : entries) {
            EntryError error = fault.failures.get(entry.id());
            if (error != null) {
                failed.add(new SnsXml.Failure(entry.id(), error.code(), "A fault on demand", error.senderFault()));
                continue;
            }
            try {
                entry.requireValidText();
                successful.add(accept(topic, entry, now));
            } catch (SnsRejection e) {
                failed.add(new SnsXml.Failure(entry.id(), e.code(), e.getMessage(), e.senderFault()));
            }
        }
        fault.distort(successful, failed);
        return Reply.ok(SnsXml.batchPublished(successful, failed));
    }

    private static void requireValidBatch(List<SnsEntry> entries) throws SnsRejection {
        if (entries.isEmpty()) {
            throw new SnsRejection(400, "EmptyBatchRequest", "The batch request doesn't contain any entries.");
        }
        if (entries.size() > MAX_ENTRIES) {
            throw new SnsRejection(
                    400, "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.");
        }
        Set<String> ids = new HashSet<>();
        int bytes = 0;
        for (SnsEntry entry : entries) {
            entry.requireValidId();
            if (!ids.add(entry.id())) {
                throw new SnsRejection(
                        400, "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
            }
            entry.requireValidAttributes();
            bytes += entry.bytes();
        }
        if (bytes > SnsEntry.MAX_BYTES) {
            throw new SnsRejection(
                    400, "BatchRequestTooLong", "The length of all the messages put together is more than the limit.");
        }
    }

    private SnsTopic topic(String arn) throws SnsRejection {
        SnsTopic topic = topics.get(arn);
        if (topic == null) {
            throw SnsRejection.noSuchTopic();
        }
        return topic;
    }

    private SnsTopic.Receipt accept(SnsTopic topic, SnsEntry entry, Instant now) {
        return topic.accept(entry, now, (taken, messageId) -> {
            acceptedCount.incrementAndGet();
            if (remembers) {
                remember(new Accepted(
                        topic.arn(),
                        taken.id(),
                        messageId,
                        taken.subject(),
                        taken.message(),
                        taken.attributeValues(),
                        now));
            }
        });
    }

    private void remember(Accepted message) {
        synchronized (accepted) {
            accepted.add(message);
        }
    }

    private record Reply(int status, String body) {

        static Reply ok(String body) {
            return new Reply(200, body);
        }

        static Reply of(SnsRejection rejection) {
            return new Reply(rejection.status(), SnsXml.error(rejection));
        }
    }

    /**
     * A message the endpoint took.
     *
     * @param entryId the name of the entry in its batch; null if it came by Publish
     * @param subject null if it came without
     * @param attributes name to value, binary values in Base64
     * @param receivedAt when the request had been read
     */
    public record Accepted(
            String topicArn,
            String entryId,
            String messageId,
            String subject,
            String message,
            Map<String, String> attributes,
            Instant receivedAt) {

        public Accepted {
            attributes = Map.copyOf(attributes);
        }
    }

    /** What shall go wrong with a request. */
    @FunctionalInterface
    public interface FaultPlan {

        /**
         * The fault for one request; called on the thread that serves it, so several at a time.
         *
         * @param publishCall how many publish calls came before it since the last {@link SnsEndpoint#clear()}
         * @param entryIds the names of the entries in a batch; empty for Publish
         */
        Fault forRequest(int publishCall, List<String> entryIds);
    }

    /**
     * How one entry of a batch fails.
     *
     * @param senderFault whether SNS blames the sender, that is, whether a repetition is futile
     */
    public record EntryError(String code, boolean senderFault) {}

    /**
     * One way for a publish to go wrong. Those named "before" happen in place of the acceptance, those named "after"
     * once the request was accepted by the rules: the client cannot tell them apart.
     */
    public static final class Fault {
        private enum Kind {
            NONE,
            ERROR,
            CUT,
            EMPTY_BODY,
            GARBAGE,
            MISSING_IDS,
            DUPLICATE_IDS,
            BOTH_LISTS
        }

        private final Kind kind;
        private final boolean accepts;
        private final SnsRejection error;
        private final Duration hang;
        private final Map<String, EntryError> failures;

        private Fault(Kind kind, boolean accepts, SnsRejection error, Duration hang, Map<String, EntryError> failures) {
            this.kind = kind;
            this.accepts = accepts;
            this.error = error;
            this.hang = hang;
            this.failures = failures;
        }

        private static Fault after(Kind kind) {
            return new Fault(kind, true, null, Duration.ZERO, Map.of());
        }

        private static Fault error(boolean accepts, int status, String code, String message) {
            return new Fault(Kind.ERROR, accepts, new SnsRejection(status, code, message), Duration.ZERO, Map.of());
        }

        private static Fault cut(boolean accepts, Duration hang) {
            return new Fault(Kind.CUT, accepts, null, hang, Map.of());
        }

        /** Nothing goes wrong. */
        public static Fault none() {
            return after(Kind.NONE);
        }

        /** 200; of a batch the entries named here fail, the others are accepted. Publish has no entries to fail. */
        public static Fault failEntries(Map<String, EntryError> failures) {
            return new Fault(Kind.NONE, true, null, Duration.ZERO, Map.copyOf(failures));
        }

        /** 400 Throttling, nothing accepted. */
        public static Fault throttled() {
            return error(false, 400, "Throttling", "Rate exceeded");
        }

        /** 403 AuthorizationError, nothing accepted. */
        public static Fault forbidden() {
            return error(false, 403, "AuthorizationError", "Not authorized to perform: SNS:Publish");
        }

        /** 404 NotFound, nothing accepted. */
        public static Fault notFound() {
            return new Fault(Kind.ERROR, false, SnsRejection.noSuchTopic(), Duration.ZERO, Map.of());
        }

        /** 400 BatchRequestTooLong, as for a batch that is our own mistake, nothing accepted. */
        public static Fault badBatch() {
            return error(
                    false,
                    400,
                    "BatchRequestTooLong",
                    "The length of all the messages put together is more than the limit.");
        }

        /** 400 KMSAccessDenied, nothing accepted. */
        public static Fault kmsDenied() {
            return error(false, 400, "KMSAccessDenied", "The ciphertext refers to a key you may not use");
        }

        /** 500 InternalError, nothing accepted. */
        public static Fault serverErrorBefore() {
            return serverError(false);
        }

        /** 500 InternalError, everything accepted. */
        public static Fault serverErrorAfter() {
            return serverError(true);
        }

        private static Fault serverError(boolean accepts) {
            return error(accepts, 500, "InternalError", "Internal service error");
        }

        /** 503 ServiceUnavailable, nothing accepted. */
        public static Fault unavailableBefore() {
            return unavailable(false);
        }

        /** 503 ServiceUnavailable, everything accepted. */
        public static Fault unavailableAfter() {
            return unavailable(true);
        }

        private static Fault unavailable(boolean accepts) {
            return error(accepts, 503, "ServiceUnavailable", "Service is unable to handle request");
        }

        /** No answer: the connection closes after {@code time}, nothing accepted. */
        public static Fault hangBefore(Duration time) {
            return cut(false, time);
        }

        /** No answer: the connection closes after {@code time}, everything accepted when the request came. */
        public static Fault hangAfter(Duration time) {
            return cut(true, time);
        }

        /** No answer: the connection closes at once, nothing accepted. */
        public static Fault dropBefore() {
            return cut(false, Duration.ZERO);
        }

        /** No answer: the connection closes at once, everything accepted. */
        public static Fault dropAfter() {
            return cut(true, Duration.ZERO);
        }

        /** 200 with an empty body, everything accepted. */
        public static Fault emptyBodyAfter() {
            return after(Kind.EMPTY_BODY);
        }

        /** 200 with a body that is not XML, everything accepted. */
        public static Fault garbageAfter() {
            return after(Kind.GARBAGE);
        }

        /** 200 that names no entry (Publish: no message id), everything accepted. */
        public static Fault missingIdsAfter() {
            return after(Kind.MISSING_IDS);
        }

        /** 200 that names each entry twice as successful, everything accepted. Publish has no entries. */
        public static Fault duplicateIdsAfter() {
            return after(Kind.DUPLICATE_IDS);
        }

        /** 200 that names each entry as successful and as failed, everything accepted. Publish has no entries. */
        public static Fault bothListsAfter() {
            return after(Kind.BOTH_LISTS);
        }

        private void distort(List<SnsTopic.Receipt> successful, List<SnsXml.Failure> failed) {
            switch (kind) {
                case MISSING_IDS -> {
                    successful.clear();
                    failed.clear();
                }
                case DUPLICATE_IDS -> successful.addAll(List.copyOf(successful));
                case BOTH_LISTS ->
                    successful.forEach(receipt -> failed.add(
                            new SnsXml.Failure(receipt.entryId(), "InternalError", "A fault on demand", false)));
                default -> {}
            }
        }

        private Reply answer(Reply regular) {
            return switch (kind) {
                case ERROR -> Reply.of(error);
                case CUT -> null;
                case EMPTY_BODY -> Reply.ok("");
                case GARBAGE -> Reply.ok("{\"message\": \"not XML\"");
                default -> regular;
            };
        }
    }
}
