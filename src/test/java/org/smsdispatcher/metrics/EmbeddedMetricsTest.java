package org.smsdispatcher.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.BadEventException;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Outcome.Kind;
import org.smsdispatcher.reply.Result;

class EmbeddedMetricsTest {

    private static final Instant NOW = Instant.parse("2026-06-10T12:00:00Z");

    private final EmbeddedMetrics metrics = new EmbeddedMetrics("staging", InstantSource.fixed(NOW));
    private final Meter meter = new Meter();

    private JsonNode line() {
        return EmfSchema.valid(metrics.line(meter, null));
    }

    private void results(Outcome outcome, int count) {
        meter.results(IntStream.range(0, count)
                .mapToObj(i -> new Result(UUID.randomUUID(), outcome, null))
                .toList());
    }

    @Test
    void anInvocationThatDidNothingHasZerosAndNoRates() {
        JsonNode line = line();

        assertThat(line.at("/_aws/Timestamp").longValue()).isEqualTo(NOW.toEpochMilli());
        assertThat(line.at("/_aws/CloudWatchMetrics/0/Namespace").textValue()).isEqualTo("SmsDispatcher");
        assertThat(line.get("Environment").textValue()).isEqualTo("staging");
        assertThat(line.get("CampaignType").textValue()).isEqualTo("sms");
        for (String zero : List.of("Contacts", "Sent", "Skipped", "Failed", "Unknown", "SnsCalls", "Errors")) {
            assertThat(line.get(zero).intValue()).as(zero).isZero();
        }
        for (String absent : List.of("TimeWindowCompliance", "BlacklistHitRate", "ClaimMillis", "Released", "error")) {
            assertThat(line.has(absent)).as(absent).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Outcome.class)
    void everyOutcomeCountsUnderItsOwnNameAndItsKind(Outcome outcome) {
        results(outcome, 3);

        JsonNode line = line();

        String word = outcome.word();
        String name = Character.toUpperCase(word.charAt(0)) + word.substring(1);
        assertThat(line.get(name).intValue()).as(name).isEqualTo(3);
        assertThat(line.get("Sent").intValue()).isEqualTo(outcome.kind() == Kind.SENT ? 3 : 0);
        assertThat(line.get("Skipped").intValue()).isEqualTo(outcome.kind() == Kind.SKIPPED ? 3 : 0);
        assertThat(line.get("Failed").intValue()).isEqualTo(outcome.kind() == Kind.FAILED ? 3 : 0);
        assertThat(line.get("Contacts").intValue()).isEqualTo(outcome.kind() == Kind.HANDED_BACK ? 0 : 3);
    }

    @Test
    void ratesAreShares() {
        results(Outcome.BLACKLISTED, 1);
        results(Outcome.SENT, 3);
        results(Outcome.RELEASED, 6);
        meter.publishing(10, 10);
        meter.publishing(10, 9);

        assertThat(line().get("BlacklistHitRate").doubleValue()).isEqualTo(0.25);
        assertThat(line().get("TimeWindowCompliance").doubleValue()).isEqualTo(0.95);
        assertThat(line().get("SnsCalls").intValue()).isEqualTo(2);
    }

    @Test
    void theFirstInvocationOfAnInstanceAloneIsItsColdStart() {
        assertThat(metrics.line(meter, new BadEventException("no"))).contains("\"ColdStart\":1");
        assertThat(line().get("ColdStart").intValue()).isZero();
        assertThat(line().get("ColdStart").intValue()).isZero();
    }

    @Test
    void aFailureIsCountedAndNamedByItsClass() {
        JsonNode line = EmfSchema.valid(metrics.line(meter, new BadEventException("campaignId: missing")));

        assertThat(line.get("Errors").intValue()).isEqualTo(1);
        assertThat(line.get("error").textValue()).isEqualTo("BadEventException");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100, 101, 5_000})
    void ofManyTimesAHundredAreKept(int calls) {
        IntStream.rangeClosed(1, calls)
                .forEach(i -> meter.answered(Duration.ofMillis(i).toNanos()));

        List<JsonNode> millis = EmfSchema.values(line(), "PublishMillis");

        assertThat(millis).hasSize(Math.min(calls, 100)).allMatch(value -> value.doubleValue() <= calls);
        if (calls == 5_000) {
            assertThat(millis).as("not the first hundred").anyMatch(value -> value.doubleValue() > 2_500);
        }
    }

    @Test
    void theCampaignIsAPropertyAndSeveralAreTheirNumber() {
        UUID one = UUID.randomUUID();
        meter.campaign(one);
        JsonNode alone = line();
        meter.campaign(UUID.randomUUID());
        JsonNode swept = line();

        assertThat(alone.get("campaignId").textValue()).isEqualTo(one.toString());
        assertThat(swept.has("campaignId")).isFalse();
        assertThat(swept.get("campaigns").intValue()).isEqualTo(2);
        assertThat(alone.at("/_aws/CloudWatchMetrics/0/Dimensions/0"))
                .map(JsonNode::textValue)
                .containsExactly("Environment", "CampaignType");
    }

    @Test
    void ofSeveralCampaignsTheOldestContactAndTheNearestCloseCount() {
        UUID one = UUID.randomUUID();
        meter.waiting(one, Optional.of(Duration.ofHours(9)), Optional.of(Duration.ofMinutes(1)));
        meter.waiting(one, Optional.of(Duration.ofSeconds(30)), Optional.of(Duration.ofMinutes(50)));
        meter.waiting(UUID.randomUUID(), Optional.of(Duration.ofSeconds(40)), Optional.of(Duration.ofMinutes(60)));
        meter.waiting(UUID.randomUUID(), Optional.empty(), Optional.empty());

        assertThat(line().get("OldestPendingSeconds").longValue()).isEqualTo(40);
        assertThat(line().get("SecondsToWindowClose").longValue()).isEqualTo(3_000);
    }

    @Test
    void theSchemaRefusesWhatIsNone() {
        String line = metrics.line(meter, null);

        assertThatThrownBy(() -> EmfSchema.valid(line.replace("\"Unit\":\"Count\"", "\"Unit\":\"Pieces\"")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> EmfSchema.valid(line.replace("\"Sent\":0", "\"Sent\":\"0\"")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> EmfSchema.valid(line.replace("\"Namespace\"", "\"namespace\"")))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void namesAreUnique() {
        assertThat(Arrays.stream(Metric.values()).map(Metric::published)).doesNotHaveDuplicates();
    }
}
