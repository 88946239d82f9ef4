package org.smsdispatcher.proof;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.local.LocalServers;
import redis.embedded.RedisServer;

/** PostgreSQL that keeps what it commits (fsync), Redis, and a database for each variant, so that each one's commits are counted. */
final class BenchServers implements AutoCloseable {

    /** {@code USER_HZ}, the unit of /proc: 100 on every Linux the JDK runs on. */
    private static final double TICKS_A_SECOND = 100;

    private final EmbeddedPostgres postgres = LocalServers.durablePostgres();
    private final int redisPort = LocalServers.freePort();
    private final RedisServer redis = LocalServers.redis(redisPort);
    private final AtomicInteger databases = new AtomicInteger();
    private final long postmaster;

    BenchServers() {
        query(postgres.getPostgresDatabase(), "CREATE DATABASE migrated");
        LocalServers.migrate(postgres.getDatabase("postgres", "migrated"));
        // a checkpoint that falls on one variant alone would be taken for its slowness
        query(postgres.getPostgresDatabase(), "ALTER SYSTEM SET max_wal_size = '8GB'");
        query(postgres.getPostgresDatabase(), "ALTER SYSTEM SET checkpoint_timeout = '1h'");
        query(postgres.getPostgresDatabase(), "SELECT pg_reload_conf()");
        postmaster = postmaster(Path.of(query(postgres.getPostgresDatabase(), "SHOW data_directory")));
    }

    /** An empty platform database. */
    String newDatabase() {
        String name = "bench_" + databases.incrementAndGet();
        query(postgres.getPostgresDatabase(), "CREATE DATABASE " + name + " TEMPLATE migrated");
        return name;
    }

    /** What leads a function to it. */
    Map<String, String> settings(String database, SnsProcess sns) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("db.host", "localhost");
        settings.put("db.port", Integer.toString(postgres.getPort()));
        settings.put("db.name", database);
        settings.put("db.user", "postgres");
        settings.put("db.password", "postgres");
        settings.put("redis.host", "127.0.0.1");
        settings.put("redis.port", Integer.toString(redisPort));
        settings.put("sms.gateway.topic.arn", sns.topicArn());
        settings.put("aws.endpoint.url", sns.url());
        return settings;
    }

    /** An active campaign of so many contacts in a database whose statistics know them. Six commits. */
    UUID campaign(String database, int contacts) {
        DataSource source = postgres.getDatabase("postgres", database);
        UUID id = UUID.randomUUID();
        query(
                source,
                "INSERT INTO campaigns (id, name, type, status, config, timezone) VALUES (?, 'bench', 'sms', 'active', ?::jsonb, 'UTC')",
                id,
                "{\"smsTemplate\":\"Hi {{name|you}}\",\"callingWindows\":" + Platform.ALWAYS + "}");
        query(
                source,
                "INSERT INTO contacts (campaign_id, phone_number, metadata)"
                        + " SELECT ?, '+1' || (2125550000 + i), '{\"name\": \"Bo\"}' FROM generate_series(1, ?) i",
                id,
                contacts);
        query(source, "VACUUM (ANALYZE) contacts, sms_records, campaigns");
        return id;
    }

    /** Contacts of the campaign that are completed with a record of the message. */
    int recorded(String database, UUID campaign) {
        return Integer.parseInt(query(
                postgres.getDatabase("postgres", database),
                "SELECT count(DISTINCT contact_id) FROM sms_records JOIN contacts c ON c.id = contact_id"
                        + " WHERE c.campaign_id = ? AND c.status = 'completed'",
                campaign));
    }

    /** Transactions committed in a database so far; a server process reports its own when it is idle or ends. */
    long commits(String database) {
        return Long.parseLong(query(
                postgres.getPostgresDatabase(),
                "SELECT xact_commit FROM pg_stat_database WHERE datname = ?",
                database));
    }

    /** How many connections a database has. */
    int connections(String database) {
        return Integer.parseInt(query(
                postgres.getPostgresDatabase(), "SELECT count(*) FROM pg_stat_activity WHERE datname = ?", database));
    }

    String version() {
        return query(postgres.getPostgresDatabase(), "SHOW server_version") + ", fsync "
                + query(postgres.getPostgresDatabase(), "SHOW fsync");
    }

    /** Processor seconds of PostgreSQL so far: the server, its live children, and those it has buried. */
    double postgresCpu() {
        double ended = cpu(postmaster, 4);
        return ended
                + ProcessHandle.of(postmaster)
                        .orElseThrow()
                        .children()
                        .mapToDouble(child -> cpu(child.pid(), 2))
                        .sum();
    }

    /** Processor seconds of a process so far. */
    static double cpu(long pid) {
        return cpu(pid, 2);
    }

    /** Fields 14 to 17 of /proc/pid/stat: utime, stime, cutime, cstime. */
    private static double cpu(long pid, int fields) {
        String[] stat = stat(pid);
        double ticks = 0;
        for (int i = 0; i < fields && stat.length > 14; i++) {
            ticks += Double.parseDouble(stat[11 + i]);
        }
        return ticks / TICKS_A_SECOND;
    }

    private static long postmaster(Path data) {
        try {
            return Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What follows the name, which may hold anything; nothing when the process has gone. */
    private static String[] stat(long pid) {
        Path file = Path.of("/proc/" + pid + "/stat");
        try {
            String line = Files.readString(file);
            return line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        } catch (IOException e) {
            if (Files.exists(file)) {
                throw new UncheckedIOException(e);
            }
            return new String[0];
        }
    }

    private static String query(DataSource database, String sql, Object... arguments) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            if (!statement.execute()) {
                return "";
            }
            try (ResultSet found = statement.getResultSet()) {
                return found.next() ? found.getString(1) : "";
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @Override
    public void close() {
        redis.stop();
        LocalServers.stop(postgres);
    }
}
