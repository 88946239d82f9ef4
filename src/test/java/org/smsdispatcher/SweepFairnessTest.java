package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.smsdispatcher.publish.PublishPolicy;

/** A sweep is fair: a campaign of millions does not starve one of fifty. */
class SweepFairnessTest {

    private static Platform platform;
    private static DispatchHandler dispatcher;

    @BeforeContainer
    static void start() {
        platform = Platform.start();
        dispatcher = platform.dispatcher();
    }

    @AfterContainer
    static void stop() {
        dispatcher.close();
        platform.close();
    }

    @Property(tries = 12)
    void eachCampaignIsWithinOneBatchOfTheOthersUntilItIsDone(
            @ForAll @Size(min = 2, max = 5) List<@IntRange(max = 60) Integer> sizes,
            @ForAll @IntRange(min = 3, max = 25) int batchSize) {
        platform.sns().clear();
        Map<String, Integer> waiting = new LinkedHashMap<>();
        for (int size : sizes) {
            UUID campaign = platform.campaign();
            platform.contacts(campaign, size);
            waiting.put(campaign.toString(), size);
        }
        Map<String, Integer> sizeOf = Map.copyOf(waiting);

        JsonNode reply =
                dispatch(dispatcher, "{\"sweep\": true, \"batchSize\": " + batchSize + "}", Duration.ofMinutes(2));

        Map<String, Integer> sent = new HashMap<>();
        platform.sns().accepted().stream()
                .map(message -> Invariants.Text.of(message).campaignId())
                .forEach(campaign -> {
                    int ahead = sent.merge(campaign, 1, Integer::sum);
                    waiting.merge(campaign, -1, Integer::sum);
                    waiting.forEach((other, left) -> assertThat(ahead - sent.getOrDefault(other, 0))
                            .as("%s ahead of %s, which still has %d", campaign, other, left)
                            .isLessThanOrEqualTo(left > 0 ? batchSize : Integer.MAX_VALUE));
                });
        assertThat(waiting.values()).containsOnly(0);
        assertThat(reply.get("campaigns")).hasSize(sizes.size()).allSatisfy(entry -> {
            String campaign = entry.get("campaignId").textValue();
            Invariants.addUp(entry);
            assertThat(entry.get("sentCount").intValue()).isEqualTo(sizeOf.get(campaign));
            assertThat(entry.get("campaignStatus").textValue()).isEqualTo("completed");
            Invariants.hold(platform, UUID.fromString(campaign), PublishPolicy.FAIL);
        });
    }
}
