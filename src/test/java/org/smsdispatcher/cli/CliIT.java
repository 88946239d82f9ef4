package org.smsdispatcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smsdispatcher.Platform;
import org.smsdispatcher.connect.SecretsEndpoint;

/** The command line as it is packaged, in processes of its own, told everything by the environment: what docs/command-line.md shows. */
class CliIT {

    private static final String SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:sms-dispatcher-AbCdEf";
    private static final String CLASS_PATH = String.join(
            File.pathSeparator,
            Path.of("target", "lambda", "lib").toAbsolutePath() + File.separator + "*",
            Path.of("target", "cli", "lib").toAbsolutePath() + File.separator + "*");

    @TempDir
    private Path directory;

    private final Platform platform = Platform.start();
    private final Map<String, String> environment = new HashMap<>();

    private record Run(int exitCode, String out, String errors) {}

    @BeforeEach
    void aPerson() {
        platform.settings()
                .forEach((key, value) -> environment.put(key.replace('.', '_').toUpperCase(Locale.ROOT), value));
        environment.put("AWS_ACCESS_KEY_ID", "local");
        environment.put("AWS_SECRET_ACCESS_KEY", "local");
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private Run run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", CLASS_PATH));
        command.add("org.smsdispatcher.cli.Cli");
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path errors = directory.resolve("errors");
        ProcessBuilder process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile());
        process.environment().putAll(environment);
        Process started = process.start();
        assertThat(started.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return new Run(
                started.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(errors, StandardCharsets.UTF_8));
    }

    private static JsonNode json(Run run) throws IOException {
        assertThat(run.out().lines()).as(run.toString()).hasSize(1);
        return new JsonMapper().readTree(run.out());
    }

    /** From a database without a table to the report, with the commands alone. */
    @Test
    void migratesDispatchesAnswersAndReports() throws Exception {
        platform.execute("CREATE DATABASE newcomer_" + platform.settings().get("db.name"));
        environment.put("DB_NAME", "newcomer_" + platform.settings().get("db.name"));
        assertThat(json(run("migrate", "--json")).get("migrationsRun").intValue())
                .isGreaterThan(10);

        environment.putAll(asTheRole("sms_dispatcher"));
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 12);
        String id = campaign.toString();
        Run dryRun = run("dry-run", id);
        assertThat(dryRun.exitCode()).as(dryRun.errors()).isZero();
        assertThat(dryRun.out()).contains("12 contacts, 12 sent");
        assertThat(run("dispatch", id, "--all", "--batch-size", "5").out()).contains("5 sent", "2 sent");
        assertThat(run("explain", id, "+12125550003").out()).contains("completed: over", "LATEST RECEIPT");
        assertThat(run("verify", id).exitCode()).isZero();

        environment.putAll(asTheRole("sms_tracking"));
        assertThat(json(run("report", "--json", id)).at("/messages/accepted").intValue())
                .isEqualTo(12);
        assertThat(run("report", UUID.randomUUID().toString()).exitCode()).isEqualTo(3);
        assertThat(run("--help").out()).contains("dispatch", "dry-run", "explain", "verify", "report", "migrate");
        assertThat(run("no-such-command").exitCode()).isEqualTo(2);
    }

    private Map<String, String> asTheRole(String role) {
        return Map.of("DB_NAME", platform.settings().get("db.name"), "DB_USER", role);
    }

    /** Secrets Manager, and TLS the server does not have. */
    @Test
    void logsInAsTheFunctionDoes() throws Exception {
        String id = platform.campaign().toString();
        environment.keySet().removeAll(List.of("DB_USER", "DB_PASSWORD", "SMS_GATEWAY_TOPIC_ARN"));
        try (SecretsEndpoint secrets = SecretsEndpoint.start()) {
            secrets.put(SECRET, SecretsEndpoint.secret("postgres", "postgres"));
            environment.put("DB_SECRET_ARN", SECRET);
            environment.put("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url());

            for (String[] command : List.of(
                    new String[] {"verify", id}, new String[] {"report", id}, new String[] {"migrate", "--json"})) {
                Run run = run(command);
                assertThat(run.exitCode()).as(run.toString()).isZero();
            }

            environment.put("DB_SSL_MODE", "require");
            Run refused = run("migrate");
            assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
            assertThat(refused.errors()).contains("TLS").doesNotContain("postgres\"");
            assertThat(refused.out()).isEmpty();
        }
    }
}
