package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
            try (PreparedStatement statement = prepare(connection, sql, arguments)) {
                return statement.executeUpdate();
            }
        });
    }

    /** The rows of a query, columns by name. */
    List<Map<String, Object>> rows(String sql, Object... arguments) {
        return server.patiently(name, connection -> {
            try (PreparedStatement statement = prepare(connection, sql, arguments);
                    ResultSet found = statement.executeQuery()) {
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
        });
    }

    /** The only column of the only row, a count. */
    long count(String sql, Object... arguments) {
        return (Long) rows(sql, arguments).get(0).values().iterator().next();
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... arguments)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }
}
