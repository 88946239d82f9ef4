package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.why.Question;
import org.smsdispatcher.why.Question.Kind;

/** Questions as events: one wrong letter must not dispatch a campaign. */
class QuestionEventTest {

    private static final String ID = "7d9f4a3e-8f5b-4f0e-9b1a-2f6c1d3e4a5b";

    private final EventReader events = new EventReader(100);

    private Question read(String keys) {
        return events.read(("{\"campaignId\":\"" + ID + "\"" + keys + "}").getBytes(StandardCharsets.UTF_8))
                .question();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|NONE",
                ",\"dryRun\":true|DRY_RUN",
                ",\"verify\":true|VERIFY",
                ",\"explain\":\"+12125550001\"|EXPLAIN",
                ",\"dryRun\":false|NONE",
                ",\"verify\":false|NONE",
                ",\"dryRun\":null,\"explain\":null,\"verify\":null|NONE",
                ",\"dryRun\":false,\"verify\":true|VERIFY",
                ",\"dryRun\":false,\"explain\":\"x\"|EXPLAIN",
                ",\"report\":{\"sent\":3}|NONE",
                ",\"costPerPart\":\"many\",\"after\":7|NONE",
            })
    void theKeysSayWhatIsAsked(String keys, Kind kind) {
        assertThat(read(keys == null ? "" : keys).kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dryRun|,\"dryRun\":\"true\"",
                "dryRun|,\"dryRun\":1",
                "dryRun|,\"dryRun\":{}",
                "dryRun|,\"dryRun\":[true]",
                "verify|,\"verify\":\"yes\"",
                "verify|,\"verify\":0",
                "explain|,\"explain\":true",
                "explain|,\"explain\":12125550001",
                "explain|,\"explain\":\"\"",
                "explain|,\"explain\":\"  \"",
                "explain|,\"explain\":[\"+12125550001\"]",
                "explain|,\"explain\":{\"id\":1}",
                "dryRun|,\"dryRun\":true,\"verify\":true",
                "dryRun|,\"dryRun\":true,\"explain\":\"x\"",
                "explain|,\"verify\":true,\"explain\":\"x\"",
                "costPerPart|,\"dryRun\":true,\"costPerPart\":-1",
                "costPerPart|,\"dryRun\":true,\"costPerPart\":\"0.01\"",
                "costPerPart|,\"dryRun\":true,\"costPerPart\":1e9",
                "messagesPerSecond|,\"dryRun\":true,\"messagesPerSecond\":0",
                "messagesPerSecond|,\"dryRun\":true,\"messagesPerSecond\":true",
                "after|,\"verify\":true,\"after\":\"+12125550001\"",
                "after|,\"verify\":true,\"after\":7",
                "dryrun|,\"dryrun\":true",
                "dry_run|,\"dry_run\":true",
                "dry-run|,\"dry-run\":true",
                "DRYRUN|,\"DRYRUN\":true",
                "Verify|,\"Verify\":true",
                "EXPLAIN|,\"EXPLAIN\":\"x\"",
                "verify |,\"verify \":true",
                "report|,\"report\":true",
            })
    void whatIsNoQuestionIsRefused(String field, String keys) {
        assertThatThrownBy(() -> read(keys))
                .isInstanceOf(BadEventException.class)
                .hasMessageStartingWith(field.stripTrailing())
                .hasMessageNotContaining("12125550001,");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "{}", "12125550001"})
    void whatMayBeANumberIsNotRepeated(String value) {
        assertThatThrownBy(() -> read(",\"explain\":" + value))
                .isInstanceOf(BadEventException.class)
                .hasMessageNotContaining("12125550001");
    }

    @Test
    void aTextTooLongIsRefused() {
        assertThat(read(",\"explain\":\"" + "1".repeat(64) + "\"").contact()).hasSize(64);
        assertThatThrownBy(() -> read(",\"explain\":\"" + "1".repeat(65) + "\""))
                .isInstanceOf(BadEventException.class);
    }

    @Test
    void aQuestionMayStandInAnEnvelope() {
        String detail = "{\"source\":\"ops\",\"detail\":{\"campaignId\":\"" + ID
                + "\",\"dryRun\":true,\"costPerPart\":0.0075}}";

        Question question = events.read(detail.getBytes(StandardCharsets.UTF_8)).question();

        assertThat(question.isDryRun()).isTrue();
        assertThat(question.costPerPart()).hasToString("Optional[0.0075]");
    }
}
