package org.smsdispatcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.Platform;

/** The command line, from its arguments to its exit code. */
class CliTest {

    private final Platform platform = Platform.start();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @AfterEach
    void stop() {
        platform.close();
    }

    private int run(String... arguments) {
        out.reset();
        errors.reset();
        return Cli.run(
                platform.settings(),
                variable -> null,
                InstantSource.system(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8),
                arguments);
    }

    private String shown() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private JsonNode json() throws Exception {
        assertThat(shown().lines()).hasSize(1);
        return new JsonMapper().readTree(shown());
    }

    @Test
    void dispatchesAndAnswersAboutACampaign() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 25);
        String id = campaign.toString();

        assertThat(run("dry-run", id, "--batch-size", "10", "--cost-per-part", "0.5"))
                .isZero();
        assertThat(shown()).contains("10 contacts, 10 sent", "cost 5.0", "25 wait", "the campaign's");
        assertThat(run("explain", id, "+1 212 555 0003")).isZero();
        assertThat(shown()).contains("template", "1 part", ": sent").doesNotContain("2125550003");
        assertThat(platform.sns().accepted()).isEmpty();

        assertThat(run("dispatch", id, "--batch-size", "10")).isZero();
        assertThat(shown()).contains("10 sent", "More can be dispatched now.");
        assertThat(run("--json", "dispatch", id)).isZero();
        assertThat(json().get("sentCount").intValue()).isEqualTo(15);
        assertThat(platform.statuses(campaign)).isEqualTo("completed=25");

        assertThat(run("verify", id)).isZero();
        assertThat(shown()).contains("No invariant is broken.", "25 messages");
        assertThat(run("verify", "--json", id)).isZero();
        assertThat(json().get("healthy").booleanValue()).isTrue();
    }

    @Test
    void reportsWhatACampaignAchieved() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        assertThat(run("dispatch", campaign.toString())).isZero();
        platform.execute("UPDATE sms_records SET status = 'delivered', delivered_at = now()");

        assertThat(run("report", campaign.toString())).isZero();
        assertThat(shown()).contains("\"deliveryRate\" : 1.0");
        assertThat(run("report", "--json", campaign.toString())).isZero();
        assertThat(json().at("/messages/delivered").intValue()).isEqualTo(3);
        assertThat(run("report", UUID.randomUUID().toString())).isEqualTo(3);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("CampaignNotFoundException");
    }

    @Test
    void exitCodesTellWhatIsWrong() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        String id = campaign.toString();

        assertThat(run("explain", id, "+442079460123")).as("no such contact").isEqualTo(1);
        platform.execute("UPDATE contacts SET attempts = 1");
        assertThat(run("verify", id)).as("an invariant is broken").isEqualTo(1);
        assertThat(shown()).contains("attemptsEqualRecords: contact", "INVARIANTS ARE BROKEN.");
        platform.execute("UPDATE campaigns SET config = '{}'");
        assertThat(run("dry-run", "--json", id))
                .as("the configuration is refused")
                .isEqualTo(1);
        assertThat(json().get("configuration")).isNotEmpty();

        assertThat(run("verify", "not-a-uuid")).as("a wrong argument").isEqualTo(2);
        assertThat(run("explain", id)).as("a missing argument").isEqualTo(2);
        assertThat(run("verify", UUID.randomUUID().toString())).as("no answer").isEqualTo(3);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("CampaignNotFoundException");
        assertThat(shown()).isEmpty();
        assertThat(run("dispatch", id)).as("a refused dispatch").isEqualTo(3);
    }

    @Test
    void migratesAPlatformThatHasItsTables() throws Exception {
        platform.execute("ALTER TABLE contacts DROP COLUMN sms_outcome CASCADE");
        platform.execute("DROP TABLE flyway_schema_history");

        assertThat(run("migrate", "--json"))
                .as(() -> errors.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(json().get("migrationsRun").intValue()).isPositive();
        assertThat(run("verify", platform.campaign().toString())).isZero();
        assertThat(run("migrate", "--json"))
                .as(() -> errors.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(json().get("migrationsRun").intValue()).isZero();
    }
}
