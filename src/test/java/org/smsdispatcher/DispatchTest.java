package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The main job, as the routes ship. */
class DispatchTest {

    private final Platform platform = Platform.start();
    private final DispatchHandler dispatcher = platform.dispatcher();

    @AfterEach
    void stop() {
        dispatcher.close();
        platform.close();
    }

    @Test
    void dispatchesACampaignBatchByBatchUntilItIsCompleted() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 25);

        JsonNode first = dispatch(dispatcher, campaign, 20);
        JsonNode second = dispatch(dispatcher, campaign, 20);

        assertThat(first.get("sentCount").intValue()).isEqualTo(20);
        assertThat(first.get("hasMore").booleanValue()).isTrue();
        assertThat(first.get("campaignStatus").textValue()).isEqualTo("active");
        assertThat(second.get("sentCount").intValue()).isEqualTo(5);
        assertThat(second.get("hasMore").booleanValue()).isFalse();
        assertThat(second.get("nextDispatchAt").isNull()).isTrue();
        assertThat(second.get("campaignStatus").textValue()).isEqualTo("completed");
        assertThat(platform.sns().accepted()).hasSize(25);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=25");
    }
}
