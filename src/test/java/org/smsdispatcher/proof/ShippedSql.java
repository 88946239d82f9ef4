package org.smsdispatcher.proof;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of {@code src/main/resources/sql}, run without Camel: the same text, the same parameters by their names
 * ({@code variable.chunk.ids}), a bind parameter each. A name nobody gives a value fails, so that the proof cannot fall behind the
 * statements.
 */
final class ShippedSql {

    private static final Pattern PARAMETER = Pattern.compile(":#\\$\\{([^}]+)}");

    private final String name;
    private final String text;
    private final List<String> parameters;

    private ShippedSql(String name, String text, List<String> parameters) {
        this.name = name;
        this.text = text;
        this.parameters = parameters;
    }

    /** The file's text as it ships. */
    static String source(String name) {
        try (InputStream file = ShippedSql.class.getResourceAsStream("/sql/" + name + ".sql")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The statement in {@code source}, which may differ from the file: a seeded fault. */
    static ShippedSql of(String name, String source) {
        String code = source.replaceAll("(?m)^\\s*--.*\\R", "");
        List<String> parameters = new ArrayList<>();
        Matcher each = PARAMETER.matcher(code);
        while (each.find()) {
            parameters.add(each.group(1));
        }
        return new ShippedSql(name, each.replaceAll("?"), parameters);
    }

    /** The rows it returns; those of an update without RETURNING are none. */
    List<Map<String, Object>> run(Connection connection, Map<String, Object> values) throws SQLException {
        return run(connection, text, values);
    }

    /** The plan PostgreSQL has for it, as text; with {@code analyze}, carried out and rolled back by the caller. */
    String explain(Connection connection, Map<String, Object> values, String options) throws SQLException {
        StringBuilder plan = new StringBuilder();
        for (Map<String, Object> row : run(connection, "EXPLAIN (" + options + ") " + text, values)) {
            plan.append(row.values().iterator().next()).append('\n');
        }
        return plan.toString();
    }

    private List<Map<String, Object>> run(Connection connection, String sql, Map<String, Object> values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, value(parameters.get(i), values));
            }
            List<Map<String, Object>> rows = new ArrayList<>();
            if (statement.execute()) {
                try (ResultSet found = statement.getResultSet()) {
                    while (found.next()) {
                        rows.add(row(found));
                    }
                }
            }
            return rows;
        }
    }

    private Object value(String parameter, Map<String, Object> values) {
        if (!values.containsKey(parameter)) {
            throw new IllegalArgumentException(name + ".sql: no value for " + parameter);
        }
        return values.get(parameter);
    }

    private static Map<String, Object> row(ResultSet found) throws SQLException {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
            row.put(found.getMetaData().getColumnLabel(i), found.getObject(i));
        }
        return row;
    }
}
