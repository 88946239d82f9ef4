package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.publish.PublishPolicy;

/** A batch larger than the time allows is cut: the answer comes in time, and nobody is left leased. */
class DeadlineTest {

    private static final Duration RESERVE = Duration.ofSeconds(7);
    private static final int CONTACTS = 3_000;

    private static Platform platform;
    private static DispatchHandler dispatcher;

    private UUID campaign;

    @BeforeAll
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher();
        UUID first = platform.campaign();
        platform.contacts(first, 100);
        dispatch(dispatcher, first, 100);
    }

    @AfterAll
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    @BeforeEach
    void wake() {
        platform.sns().answerWith(null);
        platform.sns().latency(Duration.ofMillis(150));
        platform.sns().clear();
        campaign = platform.campaign();
        platform.contacts(campaign, CONTACTS);
    }

    private JsonNode dispatched(Duration remaining) {
        JsonNode reply = dispatch(dispatcher, Platform.event(campaign, 10_000), remaining);
        Invariants.addUp(reply);
        Invariants.hold(platform, campaign, PublishPolicy.FAIL);
        assertThat(platform.statuses(campaign)).doesNotContain("in_progress");
        return reply;
    }

    @ParameterizedTest
    @ValueSource(longs = {-1_000, 0, 1, 500, 3_000, 5_500, 6_000, 6_999})
    void withoutTimeNothingIsClaimed(long millis) {
        Instant start = Instant.now();

        JsonNode reply = dispatched(Duration.ofMillis(millis));

        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(3));
        assertThat(platform.sns().publishCalls()).isZero();
        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("hasMore").booleanValue()).isTrue();
        assertThat(reply.get("nextDispatchAt").isNull()).isTrue();
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("active");
        assertThat(platform.statuses(campaign)).isEqualTo("pending=" + CONTACTS);
    }

    @ParameterizedTest
    @ValueSource(longs = {7_500, 8_000, 9_000})
    void withLittleTimeTheBatchIsCut(long millis) {
        Instant start = Instant.now();

        JsonNode reply = dispatched(Duration.ofMillis(millis));

        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofMillis(millis));
        assertThat(platform.sns().accepted())
                .as("nothing is published within the reserve")
                .allSatisfy(message -> assertThat(message.receivedAt())
                        .isBefore(start.plusMillis(millis).minus(RESERVE).plusMillis(500)));
        int sent = platform.sns().accepted().size();
        assertThat(reply.get("sentCount").intValue()).isEqualTo(sent).isBetween(10, CONTACTS - 10);
        assertThat(reply.get("hasMore").booleanValue()).isTrue();
        assertThat(platform.statuses(campaign)).isEqualTo("completed=" + sent + " pending=" + (CONTACTS - sent));
        assertThat(platform.count("SELECT sum(attempts) FROM contacts WHERE campaign_id = ?", campaign))
                .isEqualTo(sent);
    }

    @Test
    void whoWasCutGoesOutNextTime() {
        dispatched(Duration.ofMillis(7_500));
        platform.sns().latency(Duration.ZERO);

        assertThat(dispatched(Duration.ofSeconds(60)).get("campaignStatus").textValue())
                .isEqualTo("completed");
        assertThat(platform.statuses(campaign)).isEqualTo("completed=" + CONTACTS);
    }

    @Test
    void anSnsThatHangsDoesNotHoldTheAnswer() {
        platform.sns().answerWith((call, ids) -> Fault.hangBefore(Duration.ofSeconds(20)));
        Duration remaining = Duration.ofSeconds(9);
        Instant start = Instant.now();

        JsonNode reply = dispatched(remaining);

        assertThat(Duration.between(start, Instant.now())).isLessThan(remaining);
        assertThat(reply.at("/failed/unknown").intValue()).isBetween(10, 30);
    }

    @Test
    void anSnsThatIsNearlyTooSlowDoesNotHoldTheAnswer() {
        platform.sns().latency(Duration.ofMillis(3_500));
        Duration remaining = Duration.ofSeconds(8);
        Instant start = Instant.now();

        JsonNode reply = dispatched(remaining);

        assertThat(Duration.between(start, Instant.now())).isLessThan(remaining);
        assertThat(reply.get("sentCount").intValue()).isBetween(10, 100);
        assertThat(reply.get("hasMore").booleanValue()).isTrue();
    }
}
