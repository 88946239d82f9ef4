package org.smsdispatcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.TrackingEventsOf.receipt;
import static org.smsdispatcher.TrackingEventsOf.track;
import static org.smsdispatcher.tracking.Callbacks.BASE_URL;
import static org.smsdispatcher.tracking.Callbacks.TWILIO_TOKEN;
import static org.smsdispatcher.tracking.Callbacks.VONAGE_SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.metrics.Meter;
import org.smsdispatcher.tracking.Callbacks;
import org.smsdispatcher.tracking.SnsSigner;

/**
 * The headers that tell Camel's components what to do, by the ways in that docs/proof-security.md lists: nothing that comes from
 * outside becomes a header, so none of them changes what is sent or answered, or which statements run. The names are those of Camel's advisories of 2025 and 2026, in several cases.
 */
class HeaderInjectionTest {

    /** What the headers of Camel's components are called, and what somebody would like them to do. */
    private static final Map<String, String> CONTROL_HEADERS = new LinkedHashMap<>();

    static {
        for (String header : List.of(
                "CamelSqlQuery=DELETE FROM contacts",
                "CAMELSQLQUERY=DELETE FROM contacts",
                "camelsqlquery=DELETE FROM contacts",
                "CamelSqlParameters=[]",
                "CamelJdbcParameters={}",
                "CamelAwsSnsSubject=subject",
                "cAmElAwsSnsSubject=subject",
                "CamelAwsSnsMessageStructure=json",
                "CamelAwsSnsMessageGroupId=1",
                "CamelRedis.Command=FLUSHALL",
                "CAmelRedis.Command=FLUSHALL",
                "CamelRedis.Key=blacklist:numbers",
                "CamelRedis.Fields=x",
                "CamelBeanMethodName=toString",
                "CAmelBeanMethodName=toString",
                "CamelExecCommandExecutable=/bin/sh",
                "CAmelExecCommandExecutable=/bin/sh",
                "CamelExecCommandArgs=-c id",
                "CamelHttpUri=http://127.0.0.1:1/",
                "camelHttpUri=http://127.0.0.1:1/",
                "CamelFileName=/tmp/x",
                "CamelSplitIndex=7",
                "CamelToEndpoint=direct:sweep",
                "CamelLanguageScript=${sys.user.dir}",
                "Long-Running-Action=http://127.0.0.1:1/",
                "long-running-action=http://127.0.0.1:1/",
                "CamelSagaLongRunningAction=1",
                "operationName=delete",
                "operationNamespace=urn:x",
                "org.apache.cxf.operationName=delete",
                "org.apache.cxf.request.uri=http://127.0.0.1:1/",
                "org.apache.camel.x=1",
                "kafka.OVERRIDE_TOPIC=other",
                "kafka.PARTITION_KEY=1",
                "SEARCH_QUERY={}",
                "QUERY=*",
                "OPERATION=Delete",
                "CCB_KEY=1",
                "CouchDbDatabase=other",
                "SolrParam.shards=http://127.0.0.1:1/",
                "gridfs.operation=remove",
                "dns.server=127.0.0.1",
                "irc.sendTo=x",
                "IssueKey=X-1",
                "sObjectQuery=SELECT Id",
                "mail.smtp.host=127.0.0.1",
                "websocket.connectionKey.list=x",
                "breadcrumbId=1")) {
            CONTROL_HEADERS.put(header.substring(0, header.indexOf('=')), header.substring(header.indexOf('=') + 1));
        }
    }

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Platform PLATFORM = Platform.start();
    private static final HeadersSeen SEEN = new HeadersSeen();
    private static final DispatchHandler DISPATCHER = PLATFORM.dispatcher(
            Map.of("publish.lanes", "1", "link.base.url", "https://s.example"),
            InstantSource.system(),
            Map.of("seen", SEEN));
    private static final SnsSigner SNS = SnsSigner.make("RSA", 2048, "2026/01/01 00:00:00", 3650);
    private static final HeadersSeen TRACKER_SEEN = new HeadersSeen();
    private static final TrackingHandler TRACKER = PLATFORM.tracker(
            Map.of(
                    "vonage.signature.secret",
                    VONAGE_SECRET,
                    "twilio.auth.token",
                    TWILIO_TOKEN,
                    "webhook.base.url",
                    BASE_URL),
            Map.of("seen", TRACKER_SEEN, "snsWebhook", SNS.webhook()));

    @AfterAll
    static void stop() {
        TRACKER.close();
        DISPATCHER.close();
        PLATFORM.close();
    }

    @BeforeEach
    void reset() {
        PLATFORM.sns().clear();
    }

    /** What the outside saw of an invocation: SNS's entries by number (a slice has no order), the endpoints in order, the campaign's end. */
    private record Seen(List<String> entries, List<String> steps, String statuses) {}

    private static ObjectNode with(Collection<String> headers, ObjectNode object) {
        headers.forEach(name -> object.put(name, CONTROL_HEADERS.get(name)));
        return object;
    }

    private static Seen dispatched(UUID campaign, ObjectNode event) {
        SEEN.reset();
        dispatch(DISPATCHER, event.toString(), Duration.ofSeconds(60));
        assertThat(reached(SEEN.names())).isEmpty();
        return new Seen(
                PLATFORM.sns().accepted().stream()
                        .filter(accepted -> accepted.message().contains(campaign.toString()))
                        .map(HeaderInjectionTest::entry)
                        .sorted()
                        .toList(),
                SEEN.steps(),
                PLATFORM.statuses(campaign));
    }

    /** The control headers among those an endpoint was sent, but for those our routes set themselves. */
    private static Set<String> reached(Set<String> names) {
        return CONTROL_HEADERS.keySet().stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .filter(names::contains)
                .filter(name -> !name.equals("camelredis.key") && !name.equals("camelredis.fields"))
                .collect(Collectors.toSet());
    }

    /** All of an entry that is the same for each campaign. */
    private static String entry(Accepted accepted) {
        try {
            JsonNode message = MAPPER.readTree(accepted.message());
            return String.join(
                    " | ",
                    message.get("phoneNumber").textValue(),
                    message.get("message").textValue(),
                    String.valueOf(accepted.subject()),
                    accepted.attributes().keySet().stream().sorted().toList().toString(),
                    accepted.attributes().get("attempt"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ObjectNode event(UUID campaign) {
        return MAPPER.createObjectNode().put("campaignId", campaign.toString()).put("batchSize", 10);
    }

    private static UUID campaign(String template, Collection<String> inConfig, ObjectNode metadata) {
        ObjectNode config = with(inConfig, MAPPER.createObjectNode()).put("smsTemplate", template);
        config.putRawValue("callingWindows", new RawValue(Platform.ALWAYS));
        UUID campaign = PLATFORM.campaignWithConfig(config.toString());
        for (int i = 0; i < 3; i++) {
            PLATFORM.contact(campaign, "+1212555017" + i, null, metadata.toString());
        }
        return campaign;
    }

    private static Seen untouched() {
        UUID campaign =
                campaign("Hi {{name}}", List.of(), MAPPER.createObjectNode().put("name", "Bo"));
        Seen seen = dispatched(campaign, event(campaign));
        assertThat(seen.entries()).hasSize(3);
        PLATFORM.sns().clear();
        return seen;
    }

    /** A consumer of a protocol would take headers in. */
    @Test
    void everyRouteBeginsInTheProcess() {
        assertThat(List.of(SEEN.context(), TRACKER_SEEN.context()))
                .allSatisfy(camel -> assertThat(camel.getRoutes())
                        .isNotEmpty()
                        .allSatisfy(route ->
                                assertThat(route.getEndpoint().getEndpointUri()).startsWith("direct:")));
    }

    @Test
    void inTheEventNothingChanges() {
        Seen before = untouched();
        ObjectNode metadata = MAPPER.createObjectNode().put("name", "Bo");
        UUID plain = campaign("Hi {{name}}", List.of(), metadata);
        UUID wrapped = campaign("Hi {{name}}", List.of(), metadata);
        ObjectNode envelope = with(CONTROL_HEADERS.keySet(), MAPPER.createObjectNode());
        envelope.set("detail", with(CONTROL_HEADERS.keySet(), event(wrapped)));
        envelope.set("headers", with(CONTROL_HEADERS.keySet(), MAPPER.createObjectNode()));

        assertThat(dispatched(plain, with(CONTROL_HEADERS.keySet(), event(plain))))
                .isEqualTo(before);
        assertThat(dispatched(wrapped, envelope)).isEqualTo(before);
    }

    @Test
    void besideASweepEachIsRefused() {
        CONTROL_HEADERS.forEach((name, value) -> assertThatExceptionOfType(BadEventException.class)
                .isThrownBy(() -> dispatch(
                        DISPATCHER,
                        MAPPER.createObjectNode()
                                .put("sweep", true)
                                .put(name, value)
                                .toString(),
                        Duration.ofSeconds(60)))
                .withMessageContaining(name));
        assertThat(PLATFORM.sns().publishCalls()).isZero();
    }

    /** What a question does not know is ignored, as by a dispatch. The instants of the answer are left out. */
    @ParameterizedTest
    @ValueSource(strings = {"{'dryRun': true}", "{'explain': '+12125550171'}", "{'verify': true}"})
    void besideAQuestionNothingChanges(String question) {
        UUID campaign = campaign("Hi", List.of(), MAPPER.createObjectNode());
        dispatch(DISPATCHER, campaign, 1);
        ObjectNode event = event(campaign).setAll(Callbacks.json(question.replace('\'', '"')));

        List<Object> before = asked(campaign, event);

        assertThat(asked(campaign, with(CONTROL_HEADERS.keySet(), event))).isEqualTo(before);
        assertThat(PLATFORM.sns().publishCalls()).isOne();
    }

    private static List<Object> asked(UUID campaign, ObjectNode question) {
        SEEN.reset();
        JsonNode answer = dispatch(DISPATCHER, question.toString(), Duration.ofSeconds(60));
        assertThat(reached(SEEN.names())).isEmpty();
        return List.of(
                answer.toString().replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z?", "then"),
                SEEN.steps(),
                PLATFORM.statuses(campaign));
    }

    @Test
    void inConfigAndMetadataNothingChanges() {
        Seen before = untouched();
        UUID campaign = campaign(
                "Hi {{name}}",
                CONTROL_HEADERS.keySet(),
                with(CONTROL_HEADERS.keySet(), MAPPER.createObjectNode()).put("name", "Bo"));

        assertThat(dispatched(campaign, event(campaign))).isEqualTo(before);
    }

    @Test
    void asPlaceholdersTheyAreText() {
        Seen before = untouched();
        List<String> names = List.copyOf(CONTROL_HEADERS.keySet());
        String template = names.stream().map(name -> "{{" + name + "}}").collect(Collectors.joining());
        ObjectNode metadata = MAPPER.createObjectNode();
        names.forEach(name -> metadata.put(name, ""));
        metadata.put(names.get(0), "Hi Bo");
        UUID campaign = campaign(template.replace("}}", "|}}"), List.of(), metadata);

        assertThat(dispatched(campaign, event(campaign))).isEqualTo(before);
    }

    /** The check can fail: the same routes, if a control header did reach them. */
    @ParameterizedTest
    @ValueSource(strings = {"CamelSqlQuery", "cAMELsQLqUERY", "CamelRedis.Command", "kafka.OVERRIDE_TOPIC"})
    void aHeaderInTheRoutesWouldBeSeen(String name) {
        Seen before = untouched();
        UUID campaign =
                campaign("Hi {{name}}", List.of(), MAPPER.createObjectNode().put("name", "Bo"));
        SEEN.reset();
        Exchange answered;
        try (ProducerTemplate routes = SEEN.context().createProducerTemplate()) {
            answered = routes.request("direct:invoke", exchange -> {
                exchange.getMessage().setBody(event(campaign).toString().getBytes(UTF_8));
                exchange.getMessage().setHeader(name, "SELECT 1");
                exchange.setVariable("deadline", Deadline.in(Duration.ofSeconds(60), Duration.ofSeconds(7)));
                exchange.setVariable("meter", new Meter());
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }

        assertThat(reached(SEEN.names())).contains(name.toLowerCase(Locale.ROOT));
        if (name.equalsIgnoreCase("CamelSqlQuery")) {
            assertThat(answered.getException()).as("the statement was replaced").isNotNull();
            assertThat(SEEN.steps()).isNotEqualTo(before.steps());
            assertThat(PLATFORM.sns().publishCalls()).isZero();
        }
    }

    /** And another: SNS's endpoint as it is without batches. */
    @Test
    void aHeaderAtSnsWouldBeSeen() throws Exception {
        try (ProducerTemplate sns = SEEN.context().createProducerTemplate()) {
            sns.requestBodyAndHeaders(
                    "aws2-sns:" + PLATFORM.topicArn() + "?amazonSNSClient=#sns",
                    "text",
                    Map.of("kafka.OVERRIDE_TOPIC", "other", "camelawssnssubject", "subject"));
        }

        assertThat(PLATFORM.sns().accepted()).singleElement().satisfies(accepted -> {
            assertThat(accepted.attributes()).containsKey("kafka.OVERRIDE_TOPIC");
            assertThat(accepted.subject()).isEqualTo("subject");
        });
    }

    /** With a link in it, accepted an hour ago: who follows it now is a person. */
    private static UUID sentRecord() {
        UUID campaign = campaign("Hi https://shop.example/o", List.of(), MAPPER.createObjectNode());
        dispatch(DISPATCHER, campaign, 1);
        return (UUID) PLATFORM.rows(
                        "UPDATE sms_records SET accepted_at = accepted_at - interval '1 hour' WHERE campaign_id = ? RETURNING id",
                        campaign)
                .get(0)
                .get("id");
    }

    private static List<Object> tracked(UUID record, ObjectNode event) {
        TRACKER_SEEN.reset();
        JsonNode answer = track(TRACKER, event.toString());
        assertThat(reached(TRACKER_SEEN.names())).isEmpty();
        return List.of(
                answer,
                TRACKER_SEEN.steps(),
                PLATFORM.text("SELECT status FROM sms_records WHERE id = ?", record),
                PLATFORM.rows("SELECT provider, status, word FROM sms_events WHERE record_id = ?", record),
                PLATFORM.rows("SELECT kind, reason, user_agent FROM sms_clicks WHERE record_id = ?", record));
    }

    /** By topic and by queue: as attributes of the message, as keys of the record, as keys of the receipt. */
    @ParameterizedTest
    @ValueSource(strings = {"topic", "queue"})
    void aroundAReceiptNothingChanges(String by) {
        assertDelivered((record, more) -> by(
                by,
                with(more.keySet(), Callbacks.json(receipt(record, "delivered")))
                        .toString(),
                more));
    }

    @ParameterizedTest
    @ValueSource(strings = {"topic", "queue"})
    void aroundAnEventOfEndUserMessagingNothingChanges(String by) {
        assertDelivered((record, more) -> by(by, endUserMessaging(record, more), more));
    }

    /** With them a message is delivered by the same steps as another without. */
    private static void assertDelivered(BiFunction<UUID, Map<String, String>, ObjectNode> event) {
        UUID plain = sentRecord();
        UUID injected = sentRecord();

        assertThat(tracked(injected, event.apply(injected, CONTROL_HEADERS)))
                .contains("delivered")
                .isEqualTo(tracked(plain, event.apply(plain, Map.of())));
    }

    private static ObjectNode by(String way, String message, Map<String, String> more) {
        ObjectNode event = Callbacks.json(
                way.equals("topic") ? TrackingEventsOf.topic(message) : TrackingEventsOf.queue(List.of(message)));
        ObjectNode entry = (ObjectNode) event.get("Records").get(0);
        addAttributes(
                way.equals("topic")
                        ? ((ObjectNode) entry.get("Sns")).putObject("MessageAttributes")
                        : entry.putObject("messageAttributes"),
                more);
        with(more.keySet(), entry);
        return with(more.keySet(), event);
    }

    /** As SNS and as SQS write them. */
    private static void addAttributes(ObjectNode attributes, Map<String, String> more) {
        more.forEach((name, value) -> attributes
                .putObject(name)
                .put("Type", "String")
                .put("Value", value)
                .put("dataType", "String")
                .put("stringValue", value));
    }

    private static String endUserMessaging(UUID record, Map<String, String> more) {
        ObjectNode said = Callbacks.json(Callbacks.sample("aws-delivered.json")).put("messageId", record.toString());
        with(more.keySet(), said.putObject("context")).put("smsRecordId", record.toString());
        return with(more.keySet(), said).toString();
    }

    @Test
    void inAWebhookOfSnsNothingChanges() {
        assertDelivered(HeaderInjectionTest::sns);
    }

    private static ObjectNode sns(UUID record, Map<String, String> more) {
        ObjectNode envelope = with(more.keySet(), SNS.notification(endUserMessaging(record, more), Instant.now(), "2"));
        addAttributes(envelope.putObject("MessageAttributes"), more);
        return request(
                "/webhooks/sns",
                encoded(more),
                SnsSigner.request(envelope, Instant.now()).headers(),
                more,
                envelope.toString());
    }

    @Test
    void inAWebhookOfVonageNothingChanges() {
        assertDelivered(HeaderInjectionTest::vonage);
    }

    private static ObjectNode vonage(UUID record, Map<String, String> more) {
        ObjectNode said = Callbacks.json(Callbacks.sample("vonage-messages-submitted.json"))
                .put("status", "delivered")
                .put("message_uuid", record.toString())
                .put("client_ref", record.toString());
        String body = with(more.keySet(), said).toString();
        String token = Callbacks.jwt(VONAGE_SECRET, "{\"alg\":\"HS256\"}", Instant.now(), body);
        return request(
                "/webhooks/vonage",
                encoded(more),
                Map.of("content-type", "application/json", "authorization", "Bearer " + token),
                more,
                body);
    }

    @Test
    void inAWebhookOfTwilioNothingChanges() {
        assertDelivered(HeaderInjectionTest::twilio);
    }

    private static ObjectNode twilio(UUID record, Map<String, String> more) {
        String query = "smsRecordId=" + record + (more.isEmpty() ? "" : "&" + encoded(more));
        String form = Callbacks.sample("twilio-delivered.form")
                        .replaceAll(
                                "(Message|Sms)Sid=[^&]*",
                                "$1Sid=SM" + record.toString().replace("-", ""))
                + (more.isEmpty() ? "" : "&" + encoded(more));
        Map<String, String> headers = Callbacks.twilio(query, form).headers();
        return request("/webhooks/twilio", query, headers, more, form);
    }

    @Test
    void inAClickNothingChanges() {
        UUID plain = sentRecord();
        UUID injected = sentRecord();

        assertThat(tracked(injected, click(injected, CONTROL_HEADERS)))
                .isEqualTo(tracked(plain, click(plain, Map.of())))
                .asString()
                .contains("https://shop.example/o", "kind=human");
    }

    private static ObjectNode click(UUID record, Map<String, String> more) {
        String token = PLATFORM.text("SELECT token FROM sms_links WHERE record_id = ?", record);
        return request("/" + token, encoded(more), Map.of("user-agent", "x"), more, "");
    }

    @Test
    void besideTheQuestionForAReportNothingChanges() {
        UUID record = sentRecord();
        UUID campaign = UUID.fromString(PLATFORM.text("SELECT campaign_id FROM sms_records WHERE id = ?", record));
        ObjectNode question = event(campaign).put("report", true);

        List<Object> before = tracked(record, question);

        assertThat(tracked(record, with(CONTROL_HEADERS.keySet(), question))).isEqualTo(before);
    }

    private static ObjectNode request(
            String path, String query, Map<String, String> headers, Map<String, String> more, String body) {
        ObjectNode event = MAPPER.createObjectNode()
                .put("version", "2.0")
                .put("rawPath", path)
                .put("rawQueryString", query)
                .put("body", body);
        ObjectNode all = with(more.keySet(), event.putObject("headers"));
        headers.forEach(all::put);
        event.putObject("requestContext")
                .put("domainName", "abc.lambda-url.example")
                .putObject("http")
                .put("method", path.startsWith("/webhooks") ? "POST" : "GET");
        return event;
    }

    private static String encoded(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> URLEncoder.encode(each.getKey(), UTF_8) + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
    }
}
