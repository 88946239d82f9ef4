package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.local.SnsEndpoint.Accepted;

/** Recipients are texted in their own hours (property 24), and sleeping ones are in nobody's way. */
class ZonesTest {

    private static final String NINE_TO_FIVE = "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":9,\"endHour\":17}]";
    /** Noon in London, 7 a.m. in New York, 9 p.m. in Tokyo; a Wednesday. */
    private static final Instant NOON = Instant.parse("2030-01-16T12:00:00Z");

    private final Platform platform = Platform.start();
    private DispatchHandler dispatcher;

    @AfterEach
    void stop() {
        dispatcher.close();
        platform.close();
    }

    private DispatchHandler dispatcherAt(Instant instant) {
        return platform.dispatcher(Map.of(), InstantSource.fixed(instant), Map.of());
    }

    @Test
    void thousandsOfSleepersAtTheHeadAreNeitherTextedNorInTheWay() {
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        platform.contacts(campaign, 0, 3000, "Asia/Tokyo");
        platform.contacts(campaign, 3000, 3000, "America/New_York");
        platform.contacts(campaign, 6000, 20, "Europe/London");
        dispatcher = dispatcherAt(NOON);

        JsonNode reply = dispatch(dispatcher, campaign, 100);

        assertThat(reply.get("sentCount").intValue()).isEqualTo(20);
        assertThat(reply.get("totalContacts").intValue()).isEqualTo(20);
        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").textValue()).isEqualTo("2030-01-16T14:00:00Z");
        assertThat(platform.count("SELECT sum(attempts) FROM contacts WHERE timezone <> 'Europe/London'"))
                .isZero();
        assertThat(platform.statuses(campaign)).isEqualTo("completed=20 pending=6000");
    }

    @Test
    void theZoneThatClosesFirstIsServedFirst() {
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        platform.contacts(campaign, 0, 10, "Europe/London"); // closes in 5 hours
        platform.contacts(campaign, 10, 10, "Asia/Dubai"); // closes in 1 hour
        platform.contacts(campaign, 20, 10, "Europe/Helsinki"); // closes in 3 hours
        dispatcher = dispatcherAt(NOON);

        dispatch(dispatcher, campaign, 20);

        assertThat(platform.rows("SELECT DISTINCT timezone FROM contacts WHERE status = 'completed' ORDER BY 1"))
                .extracting(row -> row.get("timezone"))
                .isEqualTo(List.of("Asia/Dubai", "Europe/Helsinki"));
    }

    @Test
    void everyMessageSaysUntilWhenItMayBeSent() {
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        platform.contacts(campaign, 0, 1, "Asia/Dubai");
        platform.contacts(campaign, 1, 1, "Europe/London");
        platform.execute("UPDATE campaigns SET end_time = '2030-01-16T15:30:00Z'");
        dispatcher = dispatcherAt(NOON);

        dispatch(dispatcher, campaign, 10);

        assertThat(platform.sns().accepted())
                .extracting(Accepted::attributes)
                .extracting(attributes -> attributes.get("sendBefore"))
                .containsExactlyInAnyOrder("2030-01-16T13:00:00Z", "2030-01-16T15:30:00Z");
    }

    @Test
    void nothingIsPublishedInTheLastMinuteOfAWindow() {
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        platform.contacts(campaign, 0, 3, "Asia/Dubai");
        dispatcher = dispatcherAt(Instant.parse("2030-01-16T12:59:00Z"));

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        assertThat(reply.get("totalContacts").intValue()).isZero();
        assertThat(reply.get("nextDispatchAt").textValue()).isEqualTo("2030-01-17T05:00:00Z");
        assertThat(platform.sns().accepted()).isEmpty();
    }

    @Test
    void aZoneThatIsNoneFailsItsContactAndNobodyElse() {
        UUID campaign = platform.campaign("Hi", NINE_TO_FIVE);
        UUID lost = platform.contact(campaign, "+12125550001", "Atlantis/Capital", "{}");
        platform.contact(campaign, "+12125550002", " Europe/London ", "{}");
        platform.contact(campaign, "+12125550003", "  ", "{}");
        dispatcher = dispatcherAt(NOON);

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        assertThat(reply.get("sentCount").intValue()).isEqualTo(2);
        assertThat(reply.get("failed").toString()).isEqualTo("{\"invalidTimezone\":1}");
        assertThat(reply.get("errors").get(0).textValue())
                .contains(lost.toString())
                .contains("timezone");
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(platform.count("SELECT attempts FROM contacts WHERE id = ?", lost))
                .isZero();
    }

    @Test
    void windowsThatNeverOpenAreNothingToComeBackFor() {
        UUID campaign = platform.campaign("Hi", "[{\"dayOfWeek\":[1],\"startHour\":9,\"endHour\":9}]");
        platform.contacts(campaign, 3);
        dispatcher = dispatcherAt(NOON);

        JsonNode reply = dispatch(dispatcher, campaign, 10);

        assertThat(reply.get("hasMore").booleanValue()).isFalse();
        assertThat(reply.get("nextDispatchAt").isNull()).isTrue();
        assertThat(reply.get("campaignStatus").textValue()).isEqualTo("active");
    }
}
