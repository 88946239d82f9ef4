package org.smsdispatcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.smsdispatcher.local.LocalServers;
import org.smsdispatcher.local.SnsEndpoint;
import redis.clients.jedis.Jedis;

/**
 * The platform around the dispatcher, for one test: a PostgreSQL database of its own with all migrations run, Redis (emptied), and
 * an SNS topic of its own. The servers are real and shared by all tests of a JVM.
 */
public final class Platform implements AutoCloseable {

    /** Open at any hour of any day. */
    public static final String ALWAYS = "[{\"dayOfWeek\":[0,1,2,3,4,5,6],\"startHour\":0,\"endHour\":24}]";

    /** The role every dispatcher of the tests runs as, with the grants that ship. */
    public static final String DISPATCHER_ROLE = "sms_dispatcher";

    /** The role every tracking function of the tests runs as. */
    public static final String TRACKING_ROLE = "sms_tracking";

    /** A role that is a member of this one has to tell its password; for the others any will do. */
    public static final String PASSWORD_REQUIRED = "password_required";

    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static final AtomicReference<Map<String, String>> FAULT = new AtomicReference<>(Map.of());

    private final Servers servers = Servers.get();
    private final String database = "platform_" + DATABASES.incrementAndGet();
    private final SnsEndpoint sns = SnsEndpoint.start();
    private final String topicArn = sns.createTopic("sms-gateway");
    private final DataSource dataSource;

    private Platform() {
        try (Connection connection = servers.postgres.getPostgresDatabase().getConnection();
                PreparedStatement create =
                        connection.prepareStatement("CREATE DATABASE " + database + " TEMPLATE migrated")) {
            create.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        dataSource = servers.postgres.getDatabase("postgres", database);
        try (Jedis redis = redis()) {
            redis.flushAll();
        }
    }

    public static Platform start() {
        return new Platform();
    }

    /** One PostgreSQL and one Redis a JVM; they end with it. */
    private record Servers(EmbeddedPostgres postgres, int redisPort) {

        private static Servers running;

        static synchronized Servers get() {
            if (running == null) {
                System.setProperty("aws.accessKeyId", "local");
                System.setProperty("aws.secretAccessKey", "local");
                EmbeddedPostgres postgres = LocalServers.postgres();
                int port = LocalServers.freePort();
                LocalServers.redis(port);
                try (Connection connection = postgres.getPostgresDatabase().getConnection();
                        PreparedStatement create = connection.prepareStatement("CREATE DATABASE migrated")) {
                    create.execute();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
                LocalServers.migrate(postgres.getDatabase("postgres", "migrated"));
                grant(postgres);
                running = new Servers(postgres, port);
            }
            return running;
        }

        /** The roles, and their grants in the database that all others are copies of. */
        private static void grant(EmbeddedPostgres postgres) {
            try (Connection connection =
                            postgres.getDatabase("postgres", "migrated").getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE ROLE " + DISPATCHER_ROLE + " LOGIN");
                statement.execute("CREATE ROLE " + PASSWORD_REQUIRED);
                statement.execute("CREATE ROLE " + TRACKING_ROLE + " LOGIN");
                statement.execute(grants("grants.sql", "dispatcher", DISPATCHER_ROLE));
                statement.execute(grants("grants-tracking.sql", "tracking", TRACKING_ROLE));
                requirePasswords(statement);
            } catch (SQLException | IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void requirePasswords(Statement statement) throws SQLException, IOException {
            try (ResultSet file = statement.executeQuery("SHOW hba_file")) {
                file.next();
                Path rules = Path.of(file.getString(1));
                Files.writeString(
                        rules,
                        "host all +" + PASSWORD_REQUIRED + " all scram-sha-256\n" + Files.readString(rules),
                        StandardCharsets.UTF_8);
            }
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    /** A file of {@code deploy/} for that role, as psql would run it: its own commands done and its variable filled in. */
    public static String grants(String file, String variable, String role) throws IOException {
        return Files.readString(Path.of("deploy", file))
                .replaceAll("(?m)^\\\\.*$", "")
                .replace(":\"" + variable + "\"", '"' + role + '"');
    }

    /** From now on every dispatcher is given these settings, whatever its test says: how a fault is seeded under a test that knows nothing of it. */
    public static void seed(Map<String, String> settings) {
        FAULT.set(settings);
    }

    /** The settings that lead a dispatcher here. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("db.host", "localhost");
        settings.put("db.port", Integer.toString(servers.postgres.getPort()));
        settings.put("db.name", database);
        settings.put("db.user", "postgres");
        settings.put("db.password", "postgres");
        settings.put("redis.host", "127.0.0.1");
        settings.put("redis.port", Integer.toString(servers.redisPort));
        settings.put("sms.gateway.topic.arn", topicArn);
        settings.put("aws.endpoint.url", sns.url().toString());
        return settings;
    }

    /** A dispatcher on this platform; the caller closes it. */
    public DispatchHandler dispatcher() {
        return dispatcher(Map.of());
    }

    /** A dispatcher on this platform with other settings for some keys. */
    public DispatchHandler dispatcher(Map<String, String> overrides) {
        return dispatcher(overrides, InstantSource.system(), Map.of());
    }

    /**
     * A dispatcher with its own clock for windows, and with beans bound before Camel starts. Like every dispatcher here it runs as
     * the role that {@code deploy/grants.sql} is for, unless the overrides name another.
     */
    public DispatchHandler dispatcher(Map<String, String> overrides, InstantSource clock, Map<String, Object> beans) {
        Main main = new Main();
        Map<String, String> all = new HashMap<>(settings());
        all.put("db.user", DISPATCHER_ROLE);
        all.putAll(overrides);
        all.putAll(FAULT.get());
        all.forEach(main::addOverrideProperty);
        beans.forEach(main::bind);
        return new DispatchHandler(main, clock);
    }

    /** A tracking function on this platform; the caller closes it. */
    public TrackingHandler tracker() {
        return tracker(Map.of(), Map.of());
    }

    /**
     * One with other settings for some keys, and with beans bound before Camel starts, and in the place of those the routes' files name
     * so; as the role of {@code deploy/grants-tracking.sql}.
     */
    public TrackingHandler tracker(Map<String, String> overrides, Map<String, Object> beans) {
        Main main = new Main();
        Map<String, String> all = new HashMap<>(settings());
        all.put("db.user", TRACKING_ROLE);
        all.putAll(overrides);
        all.forEach(main::addOverrideProperty);
        beans.forEach(main::bind);
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void afterConfigure(BaseMainSupport configured) {
                beans.forEach(configured.getCamelContext().getRegistry()::bind);
            }
        });
        return new TrackingHandler(main, InstantSource.system());
    }

    /** Dispatches one batch with a minute's time. */
    public static JsonNode dispatch(DispatchHandler dispatcher, UUID campaign, int batchSize) {
        return dispatch(dispatcher, event(campaign, batchSize), Duration.ofSeconds(60));
    }

    /** Sends any event. */
    public static JsonNode dispatch(DispatchHandler dispatcher, String event, Duration remaining) {
        try {
            return new JsonMapper().readTree(dispatcher.dispatch(event.getBytes(StandardCharsets.UTF_8), remaining));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String event(UUID campaign, int batchSize) {
        return "{\"campaignId\":\"" + campaign + "\",\"batchSize\":" + batchSize + "}";
    }

    /** An active campaign that texts "Hi {{name|you}}" at any hour, in UTC. */
    public UUID campaign() {
        return campaign("Hi {{name|you}}", ALWAYS);
    }

    /** An active campaign with that template and windows (JSON), in UTC. */
    public UUID campaign(String template, String callingWindows) {
        String config =
                new JsonMapper().createObjectNode().put("smsTemplate", template).toString();
        return campaignWithConfig(
                config.substring(0, config.length() - 1) + ",\"callingWindows\":" + callingWindows + "}");
    }

    /** An active campaign with that config (JSON, may be null), in UTC. */
    public UUID campaignWithConfig(String config) {
        UUID id = UUID.randomUUID();
        execute(
                "INSERT INTO campaigns (id, name, type, status, config, timezone) VALUES (?, 'test', 'sms', 'active', ?::jsonb, 'UTC')",
                id,
                config);
        return id;
    }

    /** A pending contact. */
    public UUID contact(UUID campaign, String number, String timezone, String metadata) {
        UUID id = UUID.randomUUID();
        execute(
                "INSERT INTO contacts (id, campaign_id, phone_number, timezone, metadata) VALUES (?, ?, ?, ?, ?::jsonb)",
                id,
                campaign,
                number,
                timezone,
                metadata);
        return id;
    }

    /** So many pending contacts with numbers from +12125550000 up, no zone of their own, named "Bo". */
    public void contacts(UUID campaign, int count) {
        contacts(campaign, 0, count, null);
    }

    /** So many pending contacts with numbers from +1212555{from} up, in that zone. */
    public void contacts(UUID campaign, int from, int count, String timezone) {
        execute(
                "INSERT INTO contacts (campaign_id, phone_number, timezone, metadata)"
                        + " SELECT ?, '+1' || (2125550000 + i), ?, '{\"name\": \"Bo\"}' FROM generate_series(?, ?) i",
                campaign,
                timezone,
                from,
                from + count - 1);
    }

    public int execute(String sql, Object... arguments) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = prepare(connection, sql, arguments)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a statement in the server's own database, not the platform's. */
    void onServer(String sql) {
        try (Connection connection = servers.postgres.getPostgresDatabase().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The rows of a query, columns by name. */
    public List<Map<String, Object>> rows(String sql, Object... arguments) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = prepare(connection, sql, arguments);
                ResultSet found = statement.executeQuery()) {
            return rows(found);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is left of {@code found}, columns by name. */
    public static List<Map<String, Object>> rows(ResultSet found) throws SQLException {
        List<Map<String, Object>> rows = new ArrayList<>();
        while (found.next()) {
            Map<String, Object> row = new LinkedHashMap<>();
            for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                row.put(found.getMetaData().getColumnLabel(i), found.getObject(i));
            }
            rows.add(row);
        }
        return rows;
    }

    /** The only column of the only row, as text; null for an SQL null. */
    public String text(String sql, Object... arguments) {
        Object value = rows(sql, arguments).get(0).values().iterator().next();
        return value == null ? null : value.toString();
    }

    /** The only column of the only row, a count. */
    public int count(String sql, Object... arguments) {
        return Integer.parseInt(text(sql, arguments));
    }

    /** How many contacts of the campaign have each status, as "completed=3 failed=1". */
    public String statuses(UUID campaign) {
        return text(
                "SELECT coalesce(string_agg(status || '=' || n, ' ' ORDER BY status), '') FROM"
                        + " (SELECT status, count(*) n FROM contacts WHERE campaign_id = ? GROUP BY status) s",
                campaign);
    }

    /** A statement with its parameters. */
    public static PreparedStatement prepare(Connection connection, String sql, Object... arguments)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }

    public SnsEndpoint sns() {
        return sns;
    }

    public String topicArn() {
        return topicArn;
    }

    public DataSource dataSource() {
        return dataSource;
    }

    /** A connection to Redis; the caller closes it. */
    public Jedis redis() {
        return new Jedis("127.0.0.1", servers.redisPort);
    }

    @Override
    public void close() {
        sns.close();
    }
}
