package org.smsdispatcher.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.reply.Replies;
import org.smsdispatcher.reply.Reply;

/** The answer of a sweep fits every invoker, whatever went wrong with however many campaigns. */
class SweepsTest {

    private final Sweeps sweeps = new Sweeps(new Campaigns(), new Replies(InstantSource.system()));

    private static Campaign campaign() {
        return new Campaign(UUID.randomUUID(), "active", true, false, null, null, "UTC", "{}");
    }

    private static List<Campaign> campaigns(int count) {
        List<Campaign> campaigns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            campaigns.add(campaign());
        }
        return campaigns;
    }

    private static Reply batch(Campaign campaign, int failed) {
        String line = "Contact " + UUID.randomUUID() + ": " + "no value for a placeholder".repeat(4);
        List<String> errors = new ArrayList<>(Collections.nCopies(Math.min(50, failed), line));
        if (failed > 50) {
            errors.add("and " + (failed - 50) + " more");
        }
        return new Reply(
                campaign.id().toString(),
                failed,
                0,
                0,
                failed,
                errors,
                Map.of(),
                failed == 0 ? Map.of() : Map.of("templateError", failed),
                "active",
                false,
                "2026-11-26T02:00:00.123456Z");
    }

    private Sweep looked(List<Campaign> campaigns) {
        Sweep sweep = Sweep.of(campaigns, 100, Deadline.in(Duration.ofMinutes(1), Duration.ofSeconds(7)));
        for (Campaign campaign : campaigns) {
            sweep = sweep.seen(new SweptCampaign(batch(campaign, 0), java.util.Optional.empty(), null, null));
        }
        return sweep;
    }

    private static int bytes(SweepReply reply) throws Exception {
        return new JsonMapper().writeValueAsBytes(reply).length;
    }

    @Test
    void staysBelowAQuarterOfAMebibyteWhenEveryContactOfManyCampaignsFails() throws Exception {
        List<Campaign> campaigns = campaigns(1_000);
        Sweep sweep = looked(campaigns);
        for (Campaign campaign : campaigns) {
            sweep = sweep.answered(batch(campaign, 100));
        }

        SweepReply reply = sweeps.reply(sweep);

        assertThat(bytes(reply)).isLessThan(256 * 1024);
        assertThat(reply.campaigns()).hasSize(200);
        assertThat(reply.notListed()).isEqualTo(800);
        assertThat(reply.campaigns())
                .allSatisfy(entry ->
                        assertThat(entry.reply().errors()).hasSize(3).last().isEqualTo("and 98 more"));
    }

    @Test
    void staysBelowAQuarterOfAMebibyteWhenEveryConfigIsWrong() throws Exception {
        List<Campaign> campaigns = campaigns(1_000);
        Sweep sweep = Sweep.of(campaigns, 100, Deadline.in(Duration.ofMinutes(1), Duration.ofSeconds(7)));
        while (sweep.hasUnseen()) {
            sweep = sweeps.broken(sweep, new BadConfigurationException("smsTemplate: wrong ".repeat(100)));
        }

        SweepReply reply = sweeps.reply(sweep);

        assertThat(bytes(reply)).isLessThan(256 * 1024);
        assertThat(reply.notListed()).isEqualTo(800);
        assertThat(sweep.hasTurn()).isFalse();
    }

    @Test
    void theIdleOnesAreLeftOutFirst() {
        List<Campaign> campaigns = campaigns(300);
        Sweep sweep = looked(campaigns);
        for (int i = 0; i < 300; i++) {
            sweep = sweep.answered(batch(campaigns.get(i), i >= 290 ? 1 : 0));
        }

        SweepReply reply = sweeps.reply(sweep);

        assertThat(reply.campaigns()).hasSize(200);
        assertThat(reply.campaigns().stream().filter(entry -> entry.reply().failedCount() == 1))
                .hasSize(10);
        assertThat(reply.notListed()).isEqualTo(100);
    }

    @Test
    void batchesOfACampaignAddUpAsOneReply() {
        Campaign campaign = campaign();
        Sweep sweep = looked(List.of(campaign));
        Reply sum = sweep.swept().get(0).reply().plus(batch(campaign, 30)).plus(batch(campaign, 70));

        assertThat(sum.failedCount()).isEqualTo(100);
        assertThat(sum.failed()).isEqualTo(Map.of("templateError", 100));
        assertThat(sum.errors()).hasSize(51).last().isEqualTo("and 50 more");
    }
}
