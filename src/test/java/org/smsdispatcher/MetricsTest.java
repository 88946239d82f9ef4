package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.metrics.EmfSchema;

/** What the line of metrics says of one invocation; {@link WholeRunTest} has the sums over many. */
class MetricsTest {

    private static final Platform PLATFORM = Platform.start();
    private static final Map<String, String> MEASURED = Map.of("metrics.enabled", "true");
    private static final String NINE_TO_FIVE = "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":9,\"endHour\":17}]";
    private static final Instant NOON = Instant.parse("2026-06-10T12:00:00Z");

    @AfterAll
    static void stop() {
        PLATFORM.close();
    }

    @BeforeEach
    void clear() {
        PLATFORM.sns().clear();
    }

    /** What is printed while the campaign is dispatched. */
    private static List<String> printed(DispatchHandler dispatcher, UUID campaign, int batchSize) {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            dispatch(dispatcher, campaign, batchSize);
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static JsonNode line(DispatchHandler dispatcher, UUID campaign, int batchSize) {
        List<String> lines = printed(dispatcher, campaign, batchSize);
        assertThat(lines).hasSize(1);
        return EmfSchema.valid(lines.get(0));
    }

    private static DispatchHandler at(InstantSource clock, Sends sends) {
        return PLATFORM.dispatcher(MEASURED, clock, Map.of("sends", sends));
    }

    @Test
    void offLambdaNothingIsPrintedUnlessWanted() {
        UUID campaign = PLATFORM.campaign();
        PLATFORM.contacts(campaign, 3);
        try (DispatchHandler dispatcher = PLATFORM.dispatcher()) {
            assertThat(printed(dispatcher, campaign, 10)).isEmpty();
        }
    }

    @Test
    void timesTheClaimEachPublishAndEachSettling() {
        UUID campaign = PLATFORM.campaign();
        PLATFORM.contacts(campaign, 25);
        try (DispatchHandler dispatcher = PLATFORM.dispatcher(MEASURED)) {
            JsonNode line = line(dispatcher, campaign, 100);

            assertThat(line.get("campaignId").textValue()).isEqualTo(campaign.toString());
            assertThat(line.get("Environment").textValue()).isEqualTo("production");
            assertThat(EmfSchema.values(line, "ClaimMillis")).hasSize(1);
            assertThat(EmfSchema.values(line, "PublishMillis")).hasSize(3).allMatch(millis -> millis.doubleValue() > 0);
            assertThat(EmfSchema.values(line, "SettleMillis")).hasSize(3).allMatch(millis -> millis.doubleValue() > 0);
            assertThat(line.get("SnsCalls").intValue()).isEqualTo(3);
        }
    }

    /** The clock jumps past the window's end when all checks are done and the call has not begun: the measure is no tautology. */
    @Test
    void aMessagePublishedAfterItsWindowClosedIsSeen() {
        UUID campaign = PLATFORM.campaign("Hi", NINE_TO_FIVE);
        PLATFORM.contacts(campaign, 4);
        AtomicInteger asked = new AtomicInteger(Integer.MIN_VALUE);
        Sends sends = new Sends();
        sends.after((id, number) -> {
            if (id.equals("arm-attempts")) {
                asked.set(0);
            }
        });
        int checksAfterArming = 2;
        InstantSource clock =
                () -> asked.incrementAndGet() > checksAfterArming ? Instant.parse("2026-06-10T17:00:00Z") : NOON;
        try (DispatchHandler dispatcher = at(clock, sends)) {
            JsonNode line = line(dispatcher, campaign, 10);

            assertThat(PLATFORM.sns().publishCalls()).isEqualTo(1);
            assertThat(line.get("TimeWindowCompliance").doubleValue()).isZero();
        }
    }

    @Test
    void tellsHowLongTheOldestCouldHaveBeenDispatchedAndWhenItsWindowCloses() {
        UUID campaign = PLATFORM.campaign("Hi", NINE_TO_FIVE);
        PLATFORM.contacts(campaign, 0, 3, "Europe/London");
        PLATFORM.contacts(campaign, 10, 3, "Asia/Tokyo"); // shut, and so not late
        PLATFORM.contacts(campaign, 20, 3, "Europe/Rome");
        PLATFORM.execute(
                "UPDATE contacts SET created_at = CASE timezone WHEN 'Europe/Rome' THEN '2026-06-10T11:50:00Z'::timestamptz"
                        + " ELSE '2026-06-10T05:00:00Z' END WHERE campaign_id = ?",
                campaign);
        try (DispatchHandler dispatcher = at(InstantSource.fixed(NOON), new Sends())) {
            JsonNode some = line(dispatcher, campaign, 3);
            // Rome closes first, so it was served; London opened at 08:00Z and closes at 16:00Z
            assertThat(some.get("OldestPendingSeconds").longValue()).isEqualTo(4 * 3_600);
            assertThat(some.get("SecondsToWindowClose").longValue()).isEqualTo(4 * 3_600);

            JsonNode all = line(dispatcher, campaign, 100);
            assertThat(all.get("OldestPendingSeconds").longValue()).isZero();
            assertThat(all.has("SecondsToWindowClose")).isFalse();
        }
    }

    @Test
    void nobodyIsLateBeforeTheCampaignHasStartedOrTheBackoffIsOver() {
        UUID campaign = PLATFORM.campaign("Hi", NINE_TO_FIVE);
        PLATFORM.contacts(campaign, 2);
        PLATFORM.execute("UPDATE contacts SET created_at = '2026-05-01' WHERE campaign_id = ?", campaign);
        PLATFORM.execute("UPDATE campaigns SET start_time = '2026-06-10T11:59:00Z' WHERE id = ?", campaign);
        try (DispatchHandler dispatcher = at(InstantSource.fixed(NOON), new Sends())) {
            assertThat(line(dispatcher, campaign, 1).get("OldestPendingSeconds").longValue())
                    .isEqualTo(60);
            PLATFORM.execute("UPDATE contacts SET sms_not_before = '2099-01-01' WHERE campaign_id = ?", campaign);
            assertThat(line(dispatcher, campaign, 1).get("OldestPendingSeconds").longValue())
                    .isZero();
        }
    }

    @Test
    void whatADeadInvocationLeftIsCountedByTheOneThatFindsIt() {
        UUID campaign = PLATFORM.campaign();
        PLATFORM.contacts(campaign, 5);
        Sends sends = new Sends();
        sends.before((id, number) -> {
            if (id.equals("publish-batch") || id.equals("settle-accepted") || id.equals("fail")) {
                throw new IllegalStateException("The process is dead");
            }
        });
        try (DispatchHandler dispatcher = at(InstantSource.system(), sends)) {
            try {
                dispatch(dispatcher, campaign, 10);
            } catch (RuntimeException dead) {
                // as intended
            }
            sends.reset();
            Invariants.letTimePass(PLATFORM, campaign);

            JsonNode line = line(dispatcher, campaign, 10);

            assertThat(line.get("Reaped").intValue()).isEqualTo(5);
            assertThat(line.get("Unknown").intValue()).isEqualTo(5);
            assertThat(line.get("ColdStart").intValue()).isZero();
        }
    }
}
