package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.local.LocalServers;
import redis.embedded.RedisServer;

/** PostgreSQL that keeps what it commits, Redis, and a database for each variant, so that each one's commits are counted. */
final class BenchServers implements AutoCloseable {

    private final OwnServer postgres = OwnServer.start("1GB");
    private final int redisPort = LocalServers.freePort();
    private final RedisServer redis = LocalServers.redis(redisPort);
    private final AtomicInteger databases = new AtomicInteger();

    BenchServers() {
        query(postgres.dataSource(), "CREATE DATABASE migrated");
        LocalServers.migrate(postgres.database("migrated"));
        // a checkpoint that falls on one variant alone would be taken for its slowness
        query(postgres.dataSource(), "ALTER SYSTEM SET max_wal_size = '8GB'");
        query(postgres.dataSource(), "ALTER SYSTEM SET checkpoint_timeout = '1h'");
        query(postgres.dataSource(), "SELECT pg_reload_conf()");
    }

    /** An empty platform database. */
    String newDatabase() {
        String name = "bench_" + databases.incrementAndGet();
        query(postgres.dataSource(), "CREATE DATABASE " + name + " TEMPLATE migrated");
        return name;
    }

    /** What leads a function to it. */
    Map<String, String> settings(String database, SnsProcess sns) {
        Map<String, String> settings = postgres.settings();
        settings.put("db.name", database);
        settings.put("redis.host", "127.0.0.1");
        settings.put("redis.port", Integer.toString(redisPort));
        settings.put("sms.gateway.topic.arn", sns.topicArn());
        settings.put("aws.endpoint.url", sns.url());
        return settings;
    }

    /** An active campaign of so many contacts in a database whose statistics know them. Six commits. */
    UUID campaign(String database, int contacts) {
        DataSource source = postgres.database(database);
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
                postgres.database(database),
                "SELECT count(DISTINCT contact_id) FROM sms_records JOIN contacts c ON c.id = contact_id"
                        + " WHERE c.campaign_id = ? AND c.status = 'completed'",
                campaign));
    }

    /** Transactions committed in a database so far; a server process reports its own when it is idle or ends. */
    long commits(String database) {
        return Long.parseLong(
                query(postgres.dataSource(), "SELECT xact_commit FROM pg_stat_database WHERE datname = ?", database));
    }

    /** How many connections a database has. */
    int connections(String database) {
        return Integer.parseInt(
                query(postgres.dataSource(), "SELECT count(*) FROM pg_stat_activity WHERE datname = ?", database));
    }

    String describe() {
        return postgres.describe();
    }

    /** Processor seconds of PostgreSQL so far: the server, its live children, and those it has buried. */
    double postgresCpu() {
        return postgres.cpuSeconds();
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
        postgres.close();
    }
}
