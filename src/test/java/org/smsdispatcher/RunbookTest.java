package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.cli.Migrations;
import org.smsdispatcher.local.SnsEndpoint.Fault;

/** {@code docs/operations.md}: its SQL runs as it stands there, and does what it is said to do. */
class RunbookTest {

    private static final Path FILE = Path.of("docs", "operations.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```sql\\n(.*?)^ *```$");

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    private static String text() {
        try {
            return Files.readString(FILE, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The statements of the block that holds {@code words}, for that campaign and contact. */
    private static List<String> block(String words, Object campaign, Object contact) {
        return BLOCK.matcher(text())
                .results()
                .map(found -> found.group(1))
                .filter(sql -> sql.contains(words))
                .findFirst()
                .map(sql -> statements(sql, campaign, contact))
                .orElseThrow(() -> new AssertionError("the runbook has no SQL with " + words));
    }

    private static List<String> statements(String sql, Object campaign, Object contact) {
        String filled = sql.replace(":'campaign'", "'" + campaign + "'").replace(":'contact'", "'" + contact + "'");
        return Stream.of(filled.split(";\\s*\n", -1))
                .filter(statement -> !statement.isBlank())
                .toList();
    }

    private void run(List<String> statements) {
        statements.forEach(statement -> platform.execute(statement));
    }

    @Test
    void everyStatementRuns() throws SQLException {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 1);
        String contact = platform.text("SELECT id FROM contacts");
        int blocks = 0;
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (Matcher each = BLOCK.matcher(text()); each.find(); blocks++) {
                for (String sql : statements(each.group(1), campaign, contact)) {
                    statement.execute(sql);
                }
            }
        }
        assertThat(blocks).isGreaterThanOrEqualTo(8);
    }

    @Test
    void pausedAndResumedAsTheRunbookSays() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        List<String> statements = block("SET status = 'paused'", campaign, null);
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            platform.execute(statements.get(0));
            assertThat(dispatch(dispatcher, campaign, 10).get("campaignStatus").textValue())
                    .isEqualTo("paused");
            platform.execute(statements.get(1));
            assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                    .isEqualTo(3);
            platform.execute(statements.get(2));
            assertThat(platform.text("SELECT status FROM campaigns WHERE id = ?", campaign))
                    .isEqualTo("completed");
        }
    }

    @Test
    void anInterruptedIndexIsNamedAndBuiltAgain() throws SQLException {
        platform.execute("DELETE FROM flyway_schema_history WHERE version::integer >= 8");
        platform.execute(
                "INSERT INTO flyway_schema_history SELECT installed_rank + 100, '8', 'provider message index', type,"
                        + " 'V8__provider_message_index.sql', 0, installed_by, now(), 1, false FROM flyway_schema_history WHERE version = '7'");
        platform.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'sms_records_provider_message_idx'::regclass");
        assertThatThrownBy(() -> Migrations.run(platform.dataSource())).hasMessageContaining("failed migration");
        List<String> statements = block("WHERE NOT indisvalid", null, null);

        String index = platform.text(statements.get(0));
        assertThat(index).isEqualTo("sms_records_provider_message_idx");
        platform.execute("DROP INDEX CONCURRENTLY " + index);
        platform.execute(statements.get(1));
        Migrations.run(platform.dataSource());

        assertThat(platform.rows(statements.get(0))).isEmpty();
        assertThat(
                        platform.text(
                                "SELECT indisvalid FROM pg_index WHERE indexrelid = 'sms_records_provider_message_idx'::regclass"))
                .isEqualTo("true");
    }

    @Test
    void anUnknownOutcomeIsListedAndGetsANewAttempt() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 1);
        platform.sns().answerWith((call, ids) -> call == 0 ? Fault.dropAfter() : Fault.none());
        try (DispatchHandler dispatcher =
                platform.dispatcher(Map.of("publish.lanes", "1"), InstantSource.system(), Map.of())) {
            assertThat(dispatch(dispatcher, campaign, 10)
                            .get("failed")
                            .get("unknown")
                            .intValue())
                    .isEqualTo(1);
            List<Map<String, Object>> unknown =
                    platform.rows(block("AS sms_record_id", campaign, null).get(0));
            assertThat(unknown).hasSize(1);
            String contact = unknown.get(0).get("contact").toString();

            run(block("SET status = 'pending'", campaign, contact));

            assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                    .isEqualTo(1);
            assertThat(platform.text("SELECT attempts FROM contacts")).isEqualTo("2");
            assertThat(platform.rows(block("AS sms_record_id", campaign, null).get(0)))
                    .isEmpty();
            assertThat(dispatch(
                                    dispatcher,
                                    "{\"campaignId\":\"" + campaign + "\",\"verify\":true}",
                                    java.time.Duration.ofMinutes(1))
                            .get("healthy")
                            .booleanValue())
                    .isTrue();
        }
    }
}
