package org.smsdispatcher.proof;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;
import org.smsdispatcher.connect.Settings;
import org.smsdispatcher.local.LocalServers;

/**
 * A PostgreSQL server of a proof's own, durable as in production (the tests' shared one is not), all migrations run. Its data lie under
 * {@code target/} and go with it. What is set: memory as on an instance of that size, and what RDS sets in another way than PostgreSQL.
 */
final class OwnServer implements AutoCloseable {

    private static final Path DIRECTORY = Path.of("target", "local-servers");
    private static final Path PROCESSES = Path.of("/proc");

    private final EmbeddedPostgres postgres;
    private final Map<String, String> configuration;

    private OwnServer(EmbeddedPostgres postgres, Map<String, String> configuration) {
        this.postgres = postgres;
        this.configuration = configuration;
    }

    /** @param sharedBuffers as PostgreSQL takes it, "2GB" */
    static OwnServer start(String sharedBuffers) {
        Map<String, String> configuration = new LinkedHashMap<>();
        configuration.put("shared_buffers", sharedBuffers);
        configuration.put("fsync", "on");
        configuration.put("synchronous_commit", "on");
        configuration.put("full_page_writes", "on");
        configuration.put("max_wal_size", "4GB");
        configuration.put("autovacuum_naptime", "15s");
        configuration.put("max_connections", "200");
        configuration.put("max_locks_per_transaction", "128");
        try {
            Path directory = Files.createDirectories(DIRECTORY.toAbsolutePath());
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setOverrideWorkingDirectory(directory.toFile())
                    .setDataDirectory(Files.createTempDirectory(directory, "proof-"))
                    .setCleanDataDirectory(true)
                    .setPort(LocalServers.freePort())
                    .setPGStartupWait(Duration.ofSeconds(60));
            configuration.forEach(builder::setServerConfig);
            OwnServer server = new OwnServer(builder.start(), configuration);
            LocalServers.migrate(server.dataSource());
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded PostgreSQL does not start", e);
        }
    }

    /** What of its configuration is not PostgreSQL's own default, in one line. */
    String describe() {
        StringBuilder text = new StringBuilder("PostgreSQL " + text("SHOW server_version"));
        configuration.forEach(
                (key, value) -> text.append(", ").append(key).append(' ').append(text("SHOW " + key)));
        return text.toString();
    }

    PGSimpleDataSource dataSource() {
        return (PGSimpleDataSource) postgres.getPostgresDatabase();
    }

    /** Another database of this server's; it must be there. */
    DataSource database(String name) {
        return postgres.getDatabase("postgres", name);
    }

    Connection connect() throws SQLException {
        return dataSource().getConnection();
    }

    /** One that binds nothing, for {@link Plans}. */
    Connection simple() throws SQLException {
        PGSimpleDataSource source = dataSource();
        source.setPreferQueryMode(PreferQueryMode.SIMPLE);
        return source.getConnection();
    }

    int port() {
        return postgres.getPort();
    }

    /** The settings that lead a function here. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("db.host", "localhost");
        settings.put("db.port", Integer.toString(port()));
        settings.put("db.name", "postgres");
        settings.put("db.user", "postgres");
        settings.put("db.password", "postgres");
        return settings;
    }

    /** The same for {@link org.smsdispatcher.connect.Connections}, with that many connections at most. */
    Settings settings(int connections) {
        Map<String, String> all = settings();
        all.put("db.pool.size", Integer.toString(connections));
        return new Settings(key -> Optional.ofNullable(all.get(key)));
    }

    void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The only column of the only row, as text. */
    String text(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            found.next();
            return found.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The only column of the only row, a count. */
    long count(String sql) {
        return Long.parseLong(text(sql));
    }

    /** The processor time all its processes have taken so far, in seconds; those that have ended among them. */
    double cpuSeconds() {
        try {
            Path postmaster = Path.of(text("SHOW data_directory"), "postmaster.pid");
            long pid = Long.parseLong(Files.readAllLines(postmaster).get(0).strip());
            double children = ProcessHandle.of(pid)
                    .orElseThrow()
                    .children()
                    .mapToDouble(OwnServer::cpuSeconds)
                    .sum();
            return children + withEndedChildren(pid);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processor time a process has taken so far, in seconds; none when it has ended. */
    static double cpuSeconds(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    }

    /** The sum of utime, stime, cutime and cstime, whose unit is 10 ms; see proc_pid_stat(5). */
    private static double withEndedChildren(long pid) throws IOException {
        String line = Files.readString(PROCESSES.resolve(pid + "/stat"));
        List<String> fields = List.of(line.substring(line.lastIndexOf(')') + 2).split(" "));
        return fields.subList(11, 15).stream().mapToLong(Long::parseLong).sum() / 100.0;
    }

    @Override
    public void close() {
        LocalServers.stop(postgres);
    }
}
