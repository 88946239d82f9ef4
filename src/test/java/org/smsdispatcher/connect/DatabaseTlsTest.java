package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.DatabaseUnreachableException;
import org.smsdispatcher.local.LocalServers;

/** PostgreSQL with TLS: its certificate is for "localhost" and of a CA of its own, so 127.0.0.1 is a wrong host name. */
class DatabaseTlsTest {

    private static final Instant TWO = Instant.parse("2026-11-25T02:00:00Z");

    @TempDir
    static Path directory;

    private static EmbeddedPostgres server;
    private static Path ca;
    private static Path otherCa;

    @BeforeAll
    static void start() throws SQLException, IOException {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
        TestCa issuer = TestCa.create(Files.createDirectory(directory.resolve("ca")));
        TestCa.Issued issued = issuer.issue("localhost");
        ca = issuer.certificate();
        otherCa =
                TestCa.create(Files.createDirectory(directory.resolve("other"))).certificate();
        server = LocalServers.postgres();
        onServer("ALTER SYSTEM SET ssl_cert_file = '" + issued.certificate() + "'");
        onServer("ALTER SYSTEM SET ssl_key_file = '" + issued.key() + "'");
        onServer("ALTER SYSTEM SET ssl = on");
        onServer("CREATE ROLE tls_only LOGIN");
        onServer("CREATE ROLE rds_user LOGIN");
        Path rules;
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet file = statement.executeQuery("SHOW hba_file")) {
            file.next();
            rules = Path.of(file.getString(1));
        }
        Files.writeString(
                rules,
                "hostnossl all tls_only all reject\nhost all rds_user all scram-sha-256\n" + Files.readString(rules),
                StandardCharsets.UTF_8);
        onServer("SELECT pg_reload_conf()");
        onServer("SELECT pg_sleep(0.3)");
    }

    private static void onServer(String sql) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @AfterAll
    static void stop() {
        LocalServers.stop(server);
    }

    private static Map<String, String> settings(String host, String mode, String rootCert) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "db.host", host,
                "db.port", Integer.toString(server.getPort()),
                "db.name", "postgres",
                "db.user", "postgres",
                "db.password", "any",
                "db.pool.size", "1"));
        if (mode != null) {
            settings.put("db.ssl.mode", mode);
        }
        if (rootCert != null) {
            settings.put("db.ssl.root.cert", file(rootCert));
        }
        return settings;
    }

    private static String file(String rootCert) {
        return switch (rootCert) {
            case "known" -> ca.toString();
            case "other" -> otherCa.toString();
            default -> rootCert;
        };
    }

    /** What is wrong shows itself at once without the pool, which tries again until its time is up. */
    private static void connectUnpooled(Map<String, String> settings) throws SQLException {
        Connections.unpooled(new Settings(key -> Optional.ofNullable(settings.get(key))))
                .getConnection()
                .close();
    }

    /** Whether the connection is encrypted, as the server sees it. */
    private static boolean isEncrypted(Map<String, String> settings, InstantSource clock) throws SQLException {
        Settings named = new Settings(key -> Optional.ofNullable(settings.get(key)));
        try (HikariDataSource pool = Connections.database(named, clock);
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
            found.next();
            return found.getBoolean(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, verify-full, known, true",
        "localhost, verify-ca, known, true",
        "127.0.0.1, verify-ca, known, true",
        "127.0.0.1, require, , true",
        "127.0.0.1, disable, , false",
        "localhost, , , false",
    })
    void accepts(String host, String mode, String rootCert, boolean encrypted) throws SQLException {
        assertThat(isEncrypted(settings(host, mode, rootCert), InstantSource.system()))
                .isEqualTo(encrypted);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, verify-full, known, 127.0.0.1",
        "localhost, verify-full, other, PKIX path",
        "localhost, verify-full, system, PKIX path",
        "localhost, verify-full, , PKIX path",
        "localhost, verify-ca, other, PKIX path",
    })
    void refusesAndSaysWhy(String host, String mode, String rootCert, String why) {
        assertThatThrownBy(() -> connectUnpooled(settings(host, mode, rootCert)))
                .isInstanceOf(DatabaseUnreachableException.class)
                .hasMessageContaining("DB_SSL_MODE=" + mode)
                .hasMessageContaining("DB_SSL_ROOT_CERT=" + (rootCert == null ? "system" : file(rootCert)))
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource({"verify-full, known", "verify-ca, known", "require,"})
    void refusesAServerThatOffersNone(String mode, String rootCert) throws SQLException {
        onServer("ALTER SYSTEM SET ssl = off");
        onServer("SELECT pg_reload_conf()");
        onServer("SELECT pg_sleep(0.3)");
        try {
            assertThatThrownBy(() -> connectUnpooled(settings("localhost", mode, rootCert)))
                    .isInstanceOf(DatabaseUnreachableException.class)
                    .hasMessageContaining("DB_SSL_MODE=" + mode)
                    .hasMessageContaining("does not support SSL");
        } finally {
            onServer("ALTER SYSTEM SET ssl = on");
            onServer("SELECT pg_reload_conf()");
            onServer("SELECT pg_sleep(0.3)");
        }
    }

    @Test
    void aServerThatDemandsTlsIsToldFromAWrongPassword() {
        Map<String, String> plain = settings("localhost", "disable", null);
        plain.put("db.user", "tls_only");

        assertThatThrownBy(() -> connectUnpooled(plain))
                .isInstanceOf(DatabaseUnreachableException.class)
                .hasMessageContaining("28000")
                .hasMessageContaining("DB_SSL_MODE=disable");
    }

    /** PostgreSQL cannot check a token, but compare it: here the user's password is the token of two o'clock. */
    @Test
    void theIamTokenIsThePasswordThatIsSent() throws SQLException {
        Map<String, String> iam = settings("localhost", "verify-full", "known");
        iam.put("db.user", "rds_user");
        iam.put("db.iam.auth", "true");
        iam.put("aws.region", "eu-west-1");
        iam.remove("db.password");
        Settings named = new Settings(key -> Optional.ofNullable(iam.get(key)));
        String token =
                Logins.ofDatabase(named, InstantSource.fixed(TWO)).credentials().password();
        onServer("ALTER ROLE rds_user PASSWORD '" + token + "'");

        assertThat(isEncrypted(iam, InstantSource.fixed(TWO))).isTrue();
        assertThatThrownBy(() -> isEncrypted(iam, InstantSource.fixed(TWO.plusSeconds(1))))
                .cause()
                .isInstanceOfSatisfying(
                        DatabaseUnreachableException.class,
                        failure -> assertThat(failure.getMessage())
                                .contains("DB_IAM_AUTH", "rds_iam", "rds-db:connect")
                                .doesNotContain("X-Amz"));
    }

    @Test
    void thePoolHandsOnWhatIsWrongAndToolsConnectInTheSameWay() throws SQLException {
        assertThatThrownBy(() -> isEncrypted(settings("127.0.0.1", "verify-full", "known"), InstantSource.system()))
                .isInstanceOf(SQLException.class)
                .cause()
                .isInstanceOf(DatabaseUnreachableException.class)
                .hasMessageContaining("DB_SSL_MODE=verify-full");
        connectUnpooled(settings("localhost", "verify-full", "known"));
    }
}
