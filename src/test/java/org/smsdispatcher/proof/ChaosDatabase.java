package org.smsdispatcher.proof;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.smsdispatcher.Platform;

/** A database of a server that crashes: whoever asks while it is away is kept waiting, and may then have asked twice. */
record ChaosDatabase(ChaosServer server, String name) {

    /** Runs statements without parameters. */
    void execute(String sql) {
        server.patiently(name, connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    int update(String sql, Object... arguments) {
        return server.patiently(name, connection -> {
            try (PreparedStatement statement = Platform.prepare(connection, sql, arguments)) {
                return statement.executeUpdate();
            }
        });
    }

    /** The rows of a query, columns by name. */
    List<Map<String, Object>> rows(String sql, Object... arguments) {
        return server.patiently(name, connection -> {
            try (PreparedStatement statement = Platform.prepare(connection, sql, arguments);
                    ResultSet found = statement.executeQuery()) {
                return Platform.rows(found);
            }
        });
    }

    /** The only column of the only row, a count. */
    long count(String sql, Object... arguments) {
        return (Long) rows(sql, arguments).get(0).values().iterator().next();
    }
}
