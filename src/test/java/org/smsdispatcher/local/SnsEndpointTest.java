package org.smsdispatcher.local;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.AuthorizationErrorException;
import software.amazon.awssdk.services.sns.model.BatchEntryIdsNotDistinctException;
import software.amazon.awssdk.services.sns.model.BatchRequestTooLongException;
import software.amazon.awssdk.services.sns.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sns.model.EmptyBatchRequestException;
import software.amazon.awssdk.services.sns.model.InternalErrorException;
import software.amazon.awssdk.services.sns.model.InvalidBatchEntryIdException;
import software.amazon.awssdk.services.sns.model.InvalidParameterException;
import software.amazon.awssdk.services.sns.model.InvalidParameterValueException;
import software.amazon.awssdk.services.sns.model.KmsAccessDeniedException;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;
import software.amazon.awssdk.services.sns.model.NotFoundException;
import software.amazon.awssdk.services.sns.model.PublishBatchRequestEntry;
import software.amazon.awssdk.services.sns.model.PublishBatchResponse;
import software.amazon.awssdk.services.sns.model.PublishBatchResultEntry;
import software.amazon.awssdk.services.sns.model.PublishRequest;
import software.amazon.awssdk.services.sns.model.PublishResponse;
import software.amazon.awssdk.services.sns.model.SnsException;
import software.amazon.awssdk.services.sns.model.TooManyEntriesInBatchRequestException;
import software.amazon.awssdk.services.sns.model.Topic;

@Timeout(30)
class SnsEndpointTest {
    private static final int MAX_BYTES = 262_144;
    private static final String ACCOUNT = "arn:aws:sns:us-east-1:000000000000:";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-24T12:00:00Z"));

    private SnsEndpoint endpoint;
    private SnsClient sns;
    private String topic;

    @BeforeEach
    void start() {
        endpoint = SnsEndpoint.start(0, now::get);
        topic = endpoint.createTopic("sms");
        sns = client(endpoint.url());
    }

    @AfterEach
    void stop() {
        sns.close();
        endpoint.close();
    }

    private static SnsClient client(URI url) {
        return SnsClient.builder()
                .endpointOverride(url)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .httpClientBuilder(ApacheHttpClient.builder().maxConnections(100))
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
    }

    private PublishResponse publish(String message) {
        return sns.publish(r -> r.topicArn(topic).message(message));
    }

    private PublishBatchResponse publishBatch(PublishBatchRequestEntry... entries) {
        return publishBatch(List.of(entries));
    }

    private PublishBatchResponse publishBatch(List<PublishBatchRequestEntry> entries) {
        return sns.publishBatch(r -> r.topicArn(topic).publishBatchRequestEntries(entries));
    }

    private static PublishBatchRequestEntry entry(String id, String message) {
        return PublishBatchRequestEntry.builder().id(id).message(message).build();
    }

    private static List<PublishBatchRequestEntry> entries(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> entry("id-" + n, "message " + n))
                .toList();
    }

    private static MessageAttributeValue text(String dataType, String value) {
        return MessageAttributeValue.builder()
                .dataType(dataType)
                .stringValue(value)
                .build();
    }

    // ---- what it takes

    @Test
    void recordsAPublishedMessageAsItWasSent() {
        SdkBytes bytes = SdkBytes.fromUtf8String("raw");
        PublishResponse response = sns.publish(r -> r.topicArn(topic)
                .message("Grüße, 100% & <b>=+ \uD83D\uDE00\n")
                .subject("A subject")
                .messageAttributes(Map.of(
                        "text", text("String", "ä&=+"),
                        "list", text("String.Array", "[\"a\", 1]"),
                        "number", text("Number", "-1.5"),
                        "raw",
                                MessageAttributeValue.builder()
                                        .dataType("Binary")
                                        .binaryValue(bytes)
                                        .build())));

        assertThat(response.sequenceNumber()).isNull();
        assertThat(response.responseMetadata().requestId()).isNotEqualTo("UNKNOWN");
        assertThat(endpoint.accepted())
                .containsExactly(new Accepted(
                        topic,
                        null,
                        response.messageId(),
                        "A subject",
                        "Grüße, 100% & <b>=+ \uD83D\uDE00\n",
                        Map.of("text", "ä&=+", "list", "[\"a\", 1]", "number", "-1.5", "raw", "cmF3"),
                        now.get()));
    }

    @Test
    void recordsABatchInItsOrder() {
        PublishBatchResponse response = publishBatch(
                entry("b", "first").toBuilder()
                        .subject("S")
                        .messageAttributes(Map.of("contactId", text("String", "7")))
                        .build(),
                entry("a", "second"));

        assertThat(response.failed()).isEmpty();
        assertThat(response.successful())
                .extracting(PublishBatchResultEntry::id)
                .containsExactly("b", "a");
        List<PublishBatchResultEntry> results = response.successful();
        assertThat(endpoint.accepted())
                .containsExactly(
                        new Accepted(
                                topic,
                                "b",
                                results.get(0).messageId(),
                                "S",
                                "first",
                                Map.of("contactId", "7"),
                                now.get()),
                        new Accepted(topic, "a", results.get(1).messageId(), null, "second", Map.of(), now.get()));
    }

    static Stream<Arguments> largestBatches() {
        return Stream.of(
                arguments("ten entries", entries(10)),
                arguments("262,144 bytes in one", List.of(entry("a", "x".repeat(MAX_BYTES)))),
                arguments("262,144 bytes in two", List.of(entry("a", "x".repeat(MAX_BYTES - 1)), entry("b", "x"))),
                arguments("262,144 bytes of two each", List.of(entry("a", "é".repeat(MAX_BYTES / 2)))),
                arguments(
                        "262,144 bytes with an attribute",
                        List.of(entry("a", "x".repeat(MAX_BYTES - 10)).toBuilder()
                                .messageAttributes(Map.of("nam", text("String", "v")))
                                .build())),
                arguments("an id of 80 characters", List.of(entry("Az_-09" + "x".repeat(74), "m"))),
                arguments(
                        "a subject of 100 characters",
                        List.of(entry("a", "m").toBuilder()
                                .subject("s".repeat(100))
                                .build())),
                arguments(
                        "a group id on a standard topic",
                        List.of(entry("a", "m").toBuilder().messageGroupId("g").build())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("largestBatches")
    void takesABatchAtTheLimit(String name, List<PublishBatchRequestEntry> entries) {
        PublishBatchResponse response = publishBatch(entries);

        assertThat(response.failed()).isEmpty();
        assertThat(response.successful()).hasSameSizeAs(entries);
        assertThat(endpoint.accepted())
                .extracting(Accepted::message)
                .containsExactlyElementsOf(
                        entries.stream().map(PublishBatchRequestEntry::message).toList());
    }

    // ---- what it refuses

    static Stream<Arguments> refusedBatches() {
        return Stream.of(
                arguments("TooManyEntriesInBatchRequest", TooManyEntriesInBatchRequestException.class, entries(11)),
                arguments("EmptyBatchRequest", EmptyBatchRequestException.class, List.of()),
                arguments(
                        "BatchEntryIdsNotDistinct",
                        BatchEntryIdsNotDistinctException.class,
                        List.of(entry("a", "1"), entry("b", "2"), entry("a", "3"))),
                arguments("InvalidBatchEntryId", InvalidBatchEntryIdException.class, List.of(entry("", "m"))),
                arguments("InvalidBatchEntryId", InvalidBatchEntryIdException.class, List.of(entry(null, "m"))),
                arguments("InvalidBatchEntryId", InvalidBatchEntryIdException.class, List.of(entry("a.b", "m"))),
                arguments("InvalidBatchEntryId", InvalidBatchEntryIdException.class, List.of(entry("é", "m"))),
                arguments(
                        "InvalidBatchEntryId",
                        InvalidBatchEntryIdException.class,
                        List.of(entry("ok", "m"), entry("x".repeat(81), "m"))),
                arguments(
                        "BatchRequestTooLong",
                        BatchRequestTooLongException.class,
                        List.of(entry("a", "x".repeat(MAX_BYTES + 1)))),
                arguments(
                        "BatchRequestTooLong",
                        BatchRequestTooLongException.class,
                        List.of(entry("a", "x".repeat(MAX_BYTES)), entry("b", "x"))),
                arguments(
                        "BatchRequestTooLong",
                        BatchRequestTooLongException.class,
                        List.of(entry("a", "é".repeat(MAX_BYTES / 2 + 1)))),
                arguments(
                        "BatchRequestTooLong",
                        BatchRequestTooLongException.class,
                        List.of(entry("a", "x".repeat(MAX_BYTES - 9)).toBuilder()
                                .messageAttributes(Map.of("nam", text("String", "v")))
                                .build())),
                arguments(
                        "ParameterValueInvalid",
                        InvalidParameterValueException.class,
                        List.of(
                                entry("a", "m"),
                                entry("b", "m").toBuilder()
                                        .messageAttributes(Map.of("empty", text("String", "")))
                                        .build())),
                arguments(
                        "InvalidParameter",
                        InvalidParameterException.class,
                        List.of(entry("a", "m").toBuilder()
                                .messageDeduplicationId("d")
                                .build())));
    }

    @ParameterizedTest(name = "{0} #{index}")
    @MethodSource("refusedBatches")
    void refusesABatchAsAWhole(
            String code, Class<? extends SnsException> exception, List<PublishBatchRequestEntry> entries) {
        assertRefused(400, code, exception, () -> publishBatch(entries));
    }

    static Stream<Arguments> refusedMessages() {
        return Stream.of(
                refused("no topic", r -> r.topicArn(null)),
                refused("not an ARN", r -> r.topicArn("sms")),
                refused("an ARN of SQS", r -> r.topicArn("arn:aws:sqs:us-east-1:000000000000:sms")),
                refused("an ARN with a bad name", r -> r.topicArn(ACCOUNT + "a b")),
                refused("an empty message", r -> r.message("")),
                refused("no message", r -> r.message(null)),
                refused("a long message", r -> r.message("x".repeat(MAX_BYTES + 1))),
                refused("a long message in bytes", r -> r.message("é".repeat(MAX_BYTES / 2 + 1))),
                refused(
                        "attributes on top of a full message",
                        r -> r.message("x".repeat(MAX_BYTES)).messageAttributes(Map.of("a", text("String", "v")))),
                refused("a subject of 101 characters", r -> r.subject("s".repeat(101))),
                refused("a subject of two lines", r -> r.subject("a\nb")),
                refused("a subject with a control character", r -> r.subject("a\u0007")),
                refused("an empty subject", r -> r.subject("")),
                refused("a deduplication id", r -> r.messageDeduplicationId("d")),
                refused("a group id of 129 characters", r -> r.messageGroupId("g".repeat(129))));
    }

    private static Arguments refused(String name, UnaryOperator<PublishRequest.Builder> change) {
        return arguments(name, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusedMessages")
    void refusesAMessage(String name, UnaryOperator<PublishRequest.Builder> change) {
        PublishRequest.Builder valid = PublishRequest.builder().topicArn(topic).message("m");

        assertRefused(
                400,
                "InvalidParameter",
                InvalidParameterException.class,
                () -> sns.publish(change.apply(valid).build()));
    }

    @ParameterizedTest
    @CsvSource({
        "ok,        Strings,      v",
        "ok,        string,       v",
        "ok,        String.,      v",
        "ok,        '',           v",
        "ok,        String,       ''",
        "ok,        String,",
        "ok,        Binary,       v",
        "ok,        Number,       seven",
        "'',        String,       v",
        "a b,       String,       v",
        "a<&>b,     String,       v",
        "é,         String,       v",
        ".a,        String,       v",
        "a.,        String,       v",
        "a..b,      String,       v",
        "AWS.a,     String,       v",
        "amazon.a,  String,       v"
    })
    void refusesAnAttribute(String name, String dataType, String value) {
        assertRefused(
                400,
                "ParameterValueInvalid",
                InvalidParameterValueException.class,
                () -> sns.publish(
                        r -> r.topicArn(topic).message("m").messageAttributes(Map.of(name, text(dataType, value)))));
    }

    @ParameterizedTest
    @CsvSource({"256, true", "257, false"})
    void takesAttributeNamesUpTo256Characters(int length, boolean taken) {
        Throwable thrown = catchThrowableOfType(
                SnsException.class,
                () -> sns.publish(r -> r.topicArn(topic)
                        .message("m")
                        .messageAttributes(Map.of("n".repeat(length), text("String", "v")))));

        assertThat(thrown == null).isEqualTo(taken);
        assertThat(endpoint.accepted()).hasSize(taken ? 1 : 0);
    }

    @Test
    void refusesAnAttributeWithoutType() {
        assertRefused(
                400,
                "ValidationError",
                SnsException.class,
                () -> sns.publish(r -> r.topicArn(topic).message("m").messageAttributes(Map.of("a", text(null, "v")))));
    }

    @Test
    void answers404ForAnUnknownTopic() {
        topic = ACCOUNT + "other";

        assertRefused(404, "NotFound", NotFoundException.class, () -> publish("m"));
        assertRefused(404, "NotFound", NotFoundException.class, () -> publishBatch(entries(1)));
    }

    @Test
    void failsASingleEntryAndTakesTheOthers() {
        PublishBatchResponse response = publishBatch(
                entry("good", "m"),
                entry("empty", ""),
                entry("line", "m").toBuilder().subject("a\nb").build());

        assertThat(response.successful())
                .extracting(PublishBatchResultEntry::id)
                .containsExactly("good");
        assertThat(response.failed())
                .containsExactly(
                        failure("empty", "InvalidParameter", "Invalid parameter: Empty message", true),
                        failure("line", "InvalidParameter", "Invalid parameter: Subject", true));
        assertThat(endpoint.accepted()).extracting(Accepted::entryId).containsExactly("good");
    }

    private static BatchResultErrorEntry failure(String id, String code, String message, boolean senderFault) {
        return BatchResultErrorEntry.builder()
                .id(id)
                .code(code)
                .message(message)
                .senderFault(senderFault)
                .build();
    }

    private void assertRefused(int status, String code, Class<? extends SnsException> exception, Runnable call) {
        assertThatExceptionOfType(exception).isThrownBy(call::run).satisfies(e -> {
            assertThat(e.getClass()).isEqualTo(exception);
            assertThat(e.statusCode()).isEqualTo(status);
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
            assertThat(e.awsErrorDetails().errorMessage()).isNotBlank();
            assertThat(e.requestId()).isNotBlank();
        });
        assertThat(endpoint.accepted()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Action=Subscribe, InvalidAction",
        "Version=2010-03-31, MissingAction",
        "Action=Publish&Message=%zz, MalformedQueryString"
    })
    void refusesWhatIsNotARequestItKnows(String body, String code) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(endpoint.url())
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("<Type>Sender</Type><Code>" + code + "</Code>", "<RequestId>");
    }

    // ---- topics

    @Test
    void createsAndListsTopics() {
        assertThat(sns.createTopic(r -> r.name("news")).topicArn()).isEqualTo(ACCOUNT + "news");
        assertThat(endpoint.createTopic("news")).isEqualTo(ACCOUNT + "news");

        assertThat(sns.listTopics().topics())
                .extracting(Topic::topicArn)
                .containsExactly(ACCOUNT + "news", ACCOUNT + "sms");
        assertThat(endpoint.publishCalls()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a.b", "é", "plain.fifo"})
    void refusesATopicName(String name) {
        assertRefused(
                400, "InvalidParameter", InvalidParameterException.class, () -> sns.createTopic(r -> r.name(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b", ".fifo"})
    void refusesATopicNameInJavaToo(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> endpoint.createTopic(name));
    }

    @Test
    void refusesATopicThatIsThereWithOtherAttributes() {
        endpoint.createTopic("a.fifo");

        assertRefused(
                400, "InvalidParameter", InvalidParameterException.class, () -> createContentBasedTopic("a.fifo"));
    }

    private String createContentBasedTopic(String name) {
        return sns.createTopic(
                        r -> r.name(name).attributes(Map.of("FifoTopic", "true", "ContentBasedDeduplication", "true")))
                .topicArn();
    }

    // ---- FIFO topics

    private PublishBatchRequestEntry fifoEntry(String id, String group, String deduplication) {
        return entry(id, "message of " + id).toBuilder()
                .messageGroupId(group)
                .messageDeduplicationId(deduplication)
                .build();
    }

    @ParameterizedTest
    @CsvSource({", d", "g,", "'', d", "g, ''", "g g, d"})
    void fifoTopicAsksForBothIds(String group, String deduplication) {
        topic = endpoint.createTopic("a.fifo");

        assertRefused(
                400,
                "InvalidParameter",
                InvalidParameterException.class,
                () -> sns.publish(r ->
                        r.topicArn(topic).message("m").messageGroupId(group).messageDeduplicationId(deduplication)));
        assertRefused(
                400,
                "InvalidParameter",
                InvalidParameterException.class,
                () -> publishBatch(fifoEntry("good", "g", "d"), fifoEntry("bad", group, deduplication)));
    }

    @Test
    void fifoTopicTakesADuplicateWithoutRecordingItAgain() {
        topic = endpoint.createTopic("a.fifo");

        List<PublishBatchResultEntry> first = publishBatch(
                        fifoEntry("a", "g", "1"), fifoEntry("b", "g", "2"), fifoEntry("c", "g", "1"))
                .successful();
        PublishResponse repeated = sns.publish(
                r -> r.topicArn(topic).message("other").messageGroupId("g").messageDeduplicationId("2"));

        assertThat(first.get(2).messageId()).isEqualTo(first.get(0).messageId());
        assertThat(first.get(2).sequenceNumber()).isEqualTo(first.get(0).sequenceNumber());
        assertThat(first.get(1).sequenceNumber())
                .isGreaterThan(first.get(0).sequenceNumber())
                .hasSize(20);
        assertThat(repeated.messageId()).isEqualTo(first.get(1).messageId());
        assertThat(repeated.sequenceNumber()).isEqualTo(first.get(1).sequenceNumber());
        assertThat(endpoint.accepted()).extracting(Accepted::entryId).containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource({"PT4M59.999S, 1", "PT5M, 2"})
    void fifoTopicRemembersForFiveMinutes(Duration later, int recorded) {
        topic = endpoint.createTopic("a.fifo");

        publishBatch(fifoEntry("a", "g", "1"));
        now.updateAndGet(instant -> instant.plus(later));
        publishBatch(fifoEntry("b", "g", "1"));

        assertThat(endpoint.accepted()).hasSize(recorded);
    }

    @Test
    void contentBasedDeduplicationComparesTheMessageUnlessThereIsAnId() {
        topic = createContentBasedTopic("a.fifo");

        sns.publish(r -> r.topicArn(topic).message("same").messageGroupId("g"));
        sns.publish(r -> r.topicArn(topic).message("same").messageGroupId("g").subject("not compared"));
        sns.publish(r -> r.topicArn(topic).message("other").messageGroupId("g"));
        sns.publish(r -> r.topicArn(topic).message("same").messageGroupId("g").messageDeduplicationId("1"));

        assertThat(endpoint.accepted()).extracting(Accepted::message).containsExactly("same", "other", "same");
    }

    // ---- faults

    static Stream<Arguments> faultsThatThrow() {
        return Stream.of(
                thrown("throttled", Fault.throttled(), 0, 400, "Throttling", SnsException.class),
                thrown("forbidden", Fault.forbidden(), 0, 403, "AuthorizationError", AuthorizationErrorException.class),
                thrown("notFound", Fault.notFound(), 0, 404, "NotFound", NotFoundException.class),
                thrown("kmsDenied", Fault.kmsDenied(), 0, 400, "KMSAccessDenied", KmsAccessDeniedException.class),
                thrown("500 before", Fault.serverErrorBefore(), 0, 500, "InternalError", InternalErrorException.class),
                thrown("500 after", Fault.serverErrorAfter(), 2, 500, "InternalError", InternalErrorException.class),
                thrown("503 before", Fault.unavailableBefore(), 0, 503, "ServiceUnavailable", SnsException.class),
                thrown("503 after", Fault.unavailableAfter(), 2, 503, "ServiceUnavailable", SnsException.class));
    }

    private static Arguments thrown(
            String name, Fault fault, int accepted, int status, String code, Class<? extends SnsException> exception) {
        return arguments(name, fault, accepted, status, code, exception);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faultsThatThrow")
    void answersWithAnError(
            String name, Fault fault, int accepted, int status, String code, Class<? extends SnsException> exception) {
        endpoint.answerWith((call, ids) -> fault);

        SnsException thrown = catchThrowableOfType(SnsException.class, () -> publishBatch(entries(2)));

        assertThat(thrown).isExactlyInstanceOf(exception);
        assertThat(thrown.statusCode()).isEqualTo(status);
        assertThat(thrown.awsErrorDetails().errorCode()).isEqualTo(code);
        assertThat(thrown.isThrottlingException()).isEqualTo(name.equals("throttled"));
        assertThat(endpoint.accepted()).hasSize(accepted);
        assertThat(endpoint.publishCalls()).isEqualTo(1);
    }

    static Stream<Arguments> faultsWithoutAnswer() {
        return Stream.of(
                arguments("drop before", Fault.dropBefore(), 0, 0),
                arguments("drop after", Fault.dropAfter(), 2, 0),
                arguments("hang before", Fault.hangBefore(Duration.ofMillis(150)), 0, 150),
                arguments("hang after", Fault.hangAfter(Duration.ofMillis(150)), 2, 150));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faultsWithoutAnswer")
    void closesTheConnectionWithoutAnAnswer(String name, Fault fault, int accepted, long millis) {
        endpoint.answerWith((call, ids) -> fault);

        long begin = System.nanoTime();
        SdkClientException thrown = catchThrowableOfType(SdkClientException.class, () -> publishBatch(entries(2)));

        assertThat(thrown).isNotNull().hasRootCauseInstanceOf(IOException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(millis));
        assertThat(endpoint.accepted()).hasSize(accepted);
        assertThat(endpoint.publishCalls()).isEqualTo(1);
    }

    @Test
    void hangsLongerThanTheClientWaitsAndHasTakenTheMessageByThen() {
        endpoint.answerWith((call, ids) -> Fault.hangAfter(Duration.ofMinutes(1)));

        assertThatExceptionOfType(ApiCallAttemptTimeoutException.class)
                .isThrownBy(() -> sns.publish(r -> r.topicArn(topic)
                        .message("m")
                        .overrideConfiguration(o -> o.apiCallAttemptTimeout(Duration.ofMillis(500)))));
        assertThat(endpoint.accepted()).extracting(Accepted::message).containsExactly("m");
    }

    @Test
    void failsTheEntriesItIsToldTo() {
        endpoint.answerWith((call, ids) -> Fault.failEntries(Map.of(
                "id-0", new EntryError("InvalidParameter", true), "id-2", new EntryError("InternalError", false))));

        PublishBatchResponse response = publishBatch(entries(3));

        assertThat(response.successful())
                .extracting(PublishBatchResultEntry::id)
                .containsExactly("id-1");
        assertThat(response.failed())
                .containsExactly(
                        failure("id-0", "InvalidParameter", "A fault on demand", true),
                        failure("id-2", "InternalError", "A fault on demand", false));
        assertThat(endpoint.accepted()).extracting(Accepted::entryId).containsExactly("id-1");
    }

    static Stream<Arguments> distortedLists() {
        return Stream.of(
                arguments("missing", Fault.missingIdsAfter(), List.of(), List.of()),
                arguments("duplicate", Fault.duplicateIdsAfter(), List.of("id-0", "id-1", "id-0", "id-1"), List.of()),
                arguments("both", Fault.bothListsAfter(), List.of("id-0", "id-1"), List.of("id-0", "id-1")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("distortedLists")
    void distortsTheListsOfABatch(String name, Fault fault, List<String> successful, List<String> failed) {
        endpoint.answerWith((call, ids) -> fault);

        PublishBatchResponse response = publishBatch(entries(2));

        assertThat(response.successful())
                .extracting(PublishBatchResultEntry::id)
                .isEqualTo(successful);
        assertThat(response.failed()).extracting(BatchResultErrorEntry::id).isEqualTo(failed);
        assertThat(endpoint.accepted()).extracting(Accepted::entryId).containsExactly("id-0", "id-1");
    }

    @Test
    void leavesTheMessageIdOut() {
        endpoint.answerWith((call, ids) -> Fault.missingIdsAfter());

        assertThat(publish("m").messageId()).isNull();
        assertThat(endpoint.accepted()).hasSize(1);
    }

    static Stream<Arguments> unreadableBodies() {
        return Stream.of(
                arguments("empty", Fault.emptyBodyAfter(), ""),
                arguments("garbage", Fault.garbageAfter(), "{\"message\": \"not XML\""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadableBodies")
    void answers200WithABodyThatIsNoAnswer(String name, Fault fault, String body) throws Exception {
        endpoint.answerWith((call, ids) -> fault);

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(endpoint.url())
                                .POST(HttpRequest.BodyPublishers.ofString("Action=Publish&Message=m&TopicArn=" + topic))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(body);
        assertThat(endpoint.accepted()).hasSize(1);
    }

    @Test
    void emptyBodyReadsAsABatchWithoutEntries() {
        endpoint.answerWith((call, ids) -> Fault.emptyBodyAfter());

        PublishBatchResponse response = publishBatch(entries(2));

        assertThat(response.successful()).isEmpty();
        assertThat(response.failed()).isEmpty();
        assertThat(endpoint.accepted()).hasSize(2);
    }

    @Test
    void garbageMakesTheClientThrow() {
        endpoint.answerWith((call, ids) -> Fault.garbageAfter());

        assertThatExceptionOfType(SdkClientException.class).isThrownBy(() -> publishBatch(entries(2)));
        assertThat(endpoint.accepted()).hasSize(2);
    }

    @Test
    void plansByCallAndEntryUntilThePlanChanges() {
        List<String> asked = new CopyOnWriteArrayList<>();
        endpoint.answerWith((call, ids) -> {
            asked.add(call + " " + ids);
            return call == 1 ? Fault.throttled() : Fault.none();
        });

        publishBatch(entries(2));
        assertThatExceptionOfType(SnsException.class).isThrownBy(() -> publish("m"));
        publish("m");
        endpoint.answerWith(null);
        publish("m");

        assertThat(asked).containsExactly("0 [id-0, id-1]", "1 []", "2 []");
        assertThat(endpoint.publishCalls()).isEqualTo(4);
        assertThat(endpoint.accepted()).hasSize(4);
    }

    @Test
    void tellsTheClientOfAPlanThatThrows() {
        endpoint.answerWith((call, ids) -> {
            throw new IllegalStateException("a bug in the plan");
        });

        assertThatExceptionOfType(InternalErrorException.class)
                .isThrownBy(() -> publish("m"))
                .withMessageContaining("a bug in the plan");
    }

    // ---- running it

    @Test
    void countsRefusedPublishesAndClearsAll() {
        topic = endpoint.createTopic("a.fifo");
        publishBatch(fifoEntry("a", "g", "1"));
        assertThatExceptionOfType(EmptyBatchRequestException.class).isThrownBy(() -> publishBatch(List.of()));
        assertThat(endpoint.publishCalls()).isEqualTo(2);

        endpoint.clear();

        assertThat(endpoint.publishCalls()).isZero();
        assertThat(endpoint.accepted()).isEmpty();
        publishBatch(fifoEntry("b", "g", "1"));
        assertThat(endpoint.accepted()).extracting(Accepted::entryId).containsExactly("b");
    }

    @Test
    void acceptedIsACopy() {
        publish("first");
        List<Accepted> before = endpoint.accepted();
        publish("second");

        assertThat(before).hasSize(1);
    }

    @Test
    void answersNoSoonerThanTheLatency() {
        endpoint.latency(Duration.ofMillis(200));
        long begin = System.nanoTime();

        publish("m");

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void servesSixtyFourRequestsAtOnce() throws Exception {
        CyclicBarrier allInside = new CyclicBarrier(64);
        endpoint.answerWith((call, ids) -> {
            await(allInside);
            return Fault.none();
        });

        inParallel(64, n -> publish("message " + n));

        assertThat(endpoint.accepted())
                .extracting(Accepted::message)
                .doesNotHaveDuplicates()
                .hasSize(64);
        assertThat(endpoint.accepted()).extracting(Accepted::messageId).doesNotHaveDuplicates();
        assertThat(endpoint.publishCalls()).isEqualTo(64);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(15, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException("not all requests were served at once", e);
        }
    }

    private static void inParallel(int count, Consumer<Integer> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int n = 0; n < count; n++) {
                int number = n;
                running.add(threads.submit(() -> work.accept(number)));
            }
            for (Future<?> one : running) {
                one.get(20, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closesWithinATenthOfASecondWhileRequestsHang() throws Exception {
        List<Duration> taken = new ArrayList<>();
        // the best of three, for a machine that is busy with other things
        for (int n = 0; n < 3; n++) {
            taken.add(timeToCloseWhileHanging());
        }

        assertThat(taken).anyMatch(time -> time.compareTo(Duration.ofMillis(100)) <= 0);
    }

    private static Duration timeToCloseWhileHanging() throws Exception {
        ExecutorService caller = Executors.newSingleThreadExecutor();
        SnsEndpoint hanging = SnsEndpoint.start();
        try (SnsClient client = client(hanging.url())) {
            String arn = hanging.createTopic("sms");
            hanging.answerWith((call, ids) -> Fault.hangAfter(Duration.ofMinutes(1)));
            Future<Throwable> call = caller.submit(() -> catchThrowableOfType(
                    SdkClientException.class,
                    () -> client.publish(r -> r.topicArn(arn).message("m"))));
            while (hanging.accepted().isEmpty()) {
                Thread.sleep(5);
            }
            long begin = System.nanoTime();
            hanging.close();
            Duration taken = Duration.ofNanos(System.nanoTime() - begin);
            assertThat(call.get(5, TimeUnit.SECONDS)).isNotNull();
            return taken;
        } finally {
            caller.shutdownNow();
        }
    }

    @Test
    void freesItsPortAndRefusesATakenOne() {
        int port = endpoint.url().getPort();
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> SnsEndpoint.start(port));

        endpoint.close();

        try (SnsEndpoint next = SnsEndpoint.start(port)) {
            assertThat(next.url()).isEqualTo(URI.create("http://127.0.0.1:" + port));
        }
    }

    @Test
    void runsAsAProcessOfItsOwn() throws Exception {
        Process process = new ProcessBuilder(
                        Stream.of(System.getProperty("java.home"), "bin", "java")
                                .collect(joining("/")),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SnsEndpoint.class.getName(),
                        "--latency-ms",
                        "300",
                        "--topic",
                        "local")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            assertThat(line).matches("SNS endpoint on http://127\\.0\\.0\\.1:\\d+ topic " + ACCOUNT + "local");
            URI url = URI.create(line.substring("SNS endpoint on ".length(), line.indexOf(" topic ")));

            try (SnsClient client = client(url)) {
                long begin = System.nanoTime();
                assertThat(client.publish(r -> r.topicArn(ACCOUNT + "local").message("m"))
                                .messageId())
                        .isNotNull();
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(300));
            }
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
