package org.smsdispatcher.proof;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.EventReader;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.campaign.ConfigReader;
import org.smsdispatcher.campaign.PendingZones;
import org.smsdispatcher.campaign.SendMargin;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.connect.Connections;
import org.smsdispatcher.connect.Settings;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.contact.PlainScreening;
import org.smsdispatcher.contact.Screen;
import org.smsdispatcher.contact.Screened;
import org.smsdispatcher.contact.ShortLinks;
import org.smsdispatcher.contact.Slice;
import org.smsdispatcher.contact.Slices;
import org.smsdispatcher.log.InvocationIds;
import org.smsdispatcher.metrics.EmbeddedMetrics;
import org.smsdispatcher.metrics.Meter;
import org.smsdispatcher.metrics.Meters;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.publish.Chunk;
import org.smsdispatcher.publish.PlainPublishing;
import org.smsdispatcher.publish.Published;
import org.smsdispatcher.publish.Publisher;
import org.smsdispatcher.reply.Counter;
import org.smsdispatcher.reply.Replies;
import org.smsdispatcher.reply.Tally;
import redis.clients.jedis.Jedis;
import software.amazon.awssdk.services.sns.SnsClient;

/**
 * The same dispatch without Camel and Spring: JDBC, Jedis, the SDK and threads by hand; the same protocol, statements, rules and
 * pool. What Camel costs is measured against it. No policy REPUBLISH.
 */
public final class PlainFunction implements RequestStreamHandler {

    private static final Map<String, String> DEFAULTS =
            Map.of("db.port", "5432", "db.pool.size", "4", "aws.region", "us-east-1", "publish.lanes", "8");

    private final InstantSource clock = InstantSource.system();
    private final TimeZones timeZones = new TimeZones();
    private final SendMargin margin = SendMargin.ofSeconds(60);
    private final EventReader events = new EventReader(100);
    private final Campaigns campaigns = new Campaigns();
    private final ConfigReader configs = new ConfigReader(timeZones);
    private final PendingZones.Reader zones = new PendingZones.Reader(timeZones, margin, clock);
    private final Slices slices = new Slices(200, timeZones, new PhoneNumbers(""));
    private final Screen screen = new Screen(clock, margin, 10, ShortLinks.of(new Settings(key -> Optional.empty())));
    private final Counter counter = new Counter();
    private final Meters meters = new Meters(clock);
    private final EmbeddedMetrics metrics = new EmbeddedMetrics("production", clock);
    private final Replies replies = new Replies(clock);
    private final JsonMapper json = new JsonMapper();
    private final Map<String, ShippedSql> statements = new HashMap<>();
    private final ExecutorService lanes = Executors.newFixedThreadPool(8);

    private final Publisher publisher;
    private final String topic;
    private final SnsClient sns;
    private final DataSource database;
    private final String redisHost;
    private final int redisPort;

    public PlainFunction() {
        Settings settings = new Settings(
                key -> Optional.ofNullable(System.getenv(key.replace('.', '_').toUpperCase(java.util.Locale.ROOT)))
                        .or(() -> Optional.ofNullable(DEFAULTS.get(key))));
        sns = Connections.sns(settings);
        database = Connections.database(settings);
        topic = settings.text("sms.gateway.topic.arn");
        publisher = new Publisher(clock, margin, "FAIL", topic);
        redisHost = settings.text("redis.host");
        redisPort = settings.number("redis.port", 1, 65_535);
        for (String name : List.of(
                "find-campaign",
                "activate",
                "reap",
                "find-zones",
                "claim",
                "finish-screened",
                "arm",
                "settle",
                "unarm",
                "fail",
                "release",
                "lock-campaign",
                "complete",
                "find-status")) {
            statements.put(name, ShippedSql.of(name, ShippedSql.source(name)));
        }
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        Deadline deadline = Deadline.in(Duration.ofMillis(context.getRemainingTimeInMillis()), Duration.ofSeconds(7));
        InvocationIds.begin(context);
        Meter meter = new Meter();
        try {
            reply.write(json.writeValueAsBytes(dispatch(events.read(event.readAllBytes()), deadline, meter)));
        } catch (SQLException | ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            byte[] line = (metrics.line(meter, null) + "\n").getBytes(StandardCharsets.UTF_8);
            System.out.write(line, 0, line.length);
            System.out.flush();
        }
    }

    private Object dispatch(DispatchRequest request, Deadline deadline, Meter meter)
            throws SQLException, ExecutionException, InterruptedException {
        meters.dispatching(meter, request.campaignId());
        Map<String, Object> ids = new HashMap<>();
        ids.put("variable.request.campaignId", request.campaignId());
        ids.put("variable.campaign.id", request.campaignId());
        ids.put("variable.republishing", false);
        Campaign campaign = campaigns.read(run("find-campaign", ids), request.campaignId());
        if (!campaign.isDispatchable()) {
            return replies.idle(campaign, counter.none());
        }
        CampaignConfig config = configs.read(campaign);
        ids.put("variable.config.maxAttempts", config.maxAttempts());
        Breaker breaker = publisher.newBreaker(meter);
        Tally tally = counter.none();
        run("activate", ids);
        tally = counter.reaped(tally, run("reap", ids), meter);
        PendingZones pending = findZones(ids, campaign, config, meter);
        Slice slice = slices.first(request, pending, tally, deadline, breaker);
        while (slice.isClaimable()) {
            Slice claimed = slices.claimed(slice, run("claim", with(ids, slice)), config, breaker);
            tally = dispatch(claimed, tally, deadline, breaker, meter);
            slice = slices.next(claimed, request, pending, tally, deadline, breaker);
        }
        publisher.throwFailure(breaker, tally);
        pending = findZones(ids, campaign, config, meter);
        if (campaigns.mayBeComplete(campaign, pending)) {
            complete(ids);
        }
        String status = (String) run("find-status", ids).get(0).get("status");
        return replies.dispatched(campaign, tally, status, pending, breaker);
    }

    private PendingZones findZones(Map<String, Object> ids, Campaign campaign, CampaignConfig config, Meter meter)
            throws SQLException {
        PendingZones pending = zones.read(run("find-zones", ids), config, false);
        meters.waiting(meter, campaign, pending);
        return pending;
    }

    private Tally dispatch(Slice claimed, Tally tally, Deadline deadline, Breaker breaker, Meter meter)
            throws SQLException, ExecutionException, InterruptedException {
        Slice slice = askBlacklist(claimed);
        Screened screened = PlainScreening.screen(screen, slice);
        if (screened.hasEnded()) {
            run("finish-screened", with(Map.of(), slice, screened));
        }
        List<Future<Chunk>> sending = new ArrayList<>();
        for (Chunk chunk : publisher.chunks(slice, screened, deadline, breaker)) {
            sending.add(lanes.submit(() -> publish(chunk)));
        }
        List<Chunk> sent = new ArrayList<>();
        for (Future<Chunk> chunk : sending) {
            sent.add(chunk.get());
        }
        Published published = PlainPublishing.gather(sent);
        if (counter.hasHandedBack(screened, published)) {
            run("release", with(Map.of(), slice));
        }
        return counter.claimed(tally, slice, screened, published, meter);
    }

    private Slice askBlacklist(Slice slice) {
        if (slice.contacts().isEmpty()) {
            return slice;
        }
        try (Jedis redis = new Jedis(redisHost, redisPort, 250)) {
            return slices.answered(slice, redis.mget(slice.blacklistKeys().toArray(String[]::new)));
        }
    }

    private Chunk publish(Chunk chunk) throws SQLException {
        publisher.open(chunk);
        try {
            if (!chunk.hasDrafts()) {
                return chunk;
            }
            publisher.armed(chunk, run("arm", values(chunk)));
            while (chunk.hasToPublish()) {
                try {
                    var entries = publisher.entries(chunk);
                    publisher.answered(
                            chunk,
                            sns.publishBatch(batch -> batch.topicArn(topic).publishBatchRequestEntries(entries)));
                } catch (RuntimeException e) {
                    publisher.failed(chunk, e);
                }
            }
            if (chunk.hasAccepted()) {
                publisher.settled(chunk, run("settle", values(chunk)));
            }
            if (chunk.hasRefused()) {
                run("unarm", values(chunk));
            }
            if (chunk.hasFailed()) {
                run("fail", values(chunk));
            }
            return chunk;
        } finally {
            publisher.close(chunk);
        }
    }

    private void complete(Map<String, Object> ids) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            if (!statements.get("lock-campaign").run(connection, ids).isEmpty()) {
                statements.get("complete").run(connection, ids);
            }
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private List<Map<String, Object>> run(String statement, Map<String, Object> values) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return statements.get(statement).run(connection, values);
        }
    }

    private static Map<String, Object> with(Map<String, Object> ids, Slice slice) {
        Map<String, Object> values = new HashMap<>(ids);
        values.put("variable.slice.zones", slice.zones());
        values.put("variable.slice.limit", slice.limit());
        values.put("variable.slice.lease", slice.lease());
        values.put("variable.slice.leaseSeconds", slice.leaseSeconds());
        values.put("variable.slice.ids", slice.ids());
        return values;
    }

    private static Map<String, Object> with(Map<String, Object> ids, Slice slice, Screened screened) {
        Map<String, Object> values = with(ids, slice);
        values.put("variable.screened.endedIds", screened.endedIds());
        values.put("variable.screened.endedOutcomes", screened.endedOutcomes());
        values.put("variable.screened.endedReasons", screened.endedReasons());
        return values;
    }

    private static Map<String, Object> values(Chunk chunk) {
        Map<String, Object> values = new HashMap<>();
        values.put("variable.chunk.lease", chunk.lease());
        values.put("variable.chunk.leaseMarginSeconds", chunk.leaseMarginSeconds());
        values.put("variable.chunk.ids", chunk.ids());
        values.put("variable.chunk.numbers", chunk.numbers());
        values.put("variable.chunk.spellings", chunk.spellings());
        values.put("variable.chunk.messages", chunk.messages());
        values.put("variable.chunk.parts", chunk.parts());
        values.put("variable.chunk.encodings", chunk.encodings());
        values.put("variable.chunk.linkIds", chunk.linkIds());
        values.put("variable.chunk.linkTokens", chunk.linkTokens());
        values.put("variable.chunk.linkPositions", chunk.linkPositions());
        values.put("variable.chunk.linkTargets", chunk.linkTargets());
        values.put("variable.chunk.acceptedIds", chunk.acceptedIds());
        values.put("variable.chunk.acceptedRecords", chunk.acceptedRecords());
        values.put("variable.chunk.acceptedMessageIds", chunk.acceptedMessageIds());
        values.put("variable.chunk.refusedIds", chunk.refusedIds());
        values.put("variable.chunk.refusedDelays", chunk.refusedDelays());
        values.put("variable.chunk.refusedReasons", chunk.refusedReasons());
        values.put("variable.chunk.failedIds", chunk.failedIds());
        values.put("variable.chunk.failedOutcomes", chunk.failedOutcomes());
        values.put("variable.chunk.failedReasons", chunk.failedReasons());
        return values;
    }
}
