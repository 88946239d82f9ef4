package org.smsdispatcher.connect;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.component.sql.DefaultSqlPrepareStatementStrategy;

/**
 * Takes a statement apart once, where camel-sql searches its text for parameters at every execution, and for each of them
 * tries every type converter to make a map of the body, which is not asked here. For statements whose parameters are all simple
 * expressions, {@code :#${…}}; what else looks like a parameter reaches PostgreSQL, which refuses it.
 */
public final class ParsedOnce extends DefaultSqlPrepareStatementStrategy {

    /** As camel-sql hands them over, with its placeholder {@code #} already replaced. */
    private static final Pattern PARAMETER = Pattern.compile(":\\?(\\$\\{[^{}]+})");

    private record Parsed(String text, List<Expression> parameters) {}

    private final Map<String, Parsed> statements = new ConcurrentHashMap<>();

    @Override
    public String prepareQuery(String query, boolean allowNamedParameters, Exchange exchange) {
        return parsed(query, exchange).text();
    }

    @Override
    public Iterator<?> createPopulateIterator(
            String query, String preparedQuery, int expectedParams, Exchange exchange, Object value) {
        List<Object> values = new ArrayList<>();
        for (Expression parameter : parsed(query, exchange).parameters()) {
            values.add(parameter.evaluate(exchange, Object.class));
        }
        return values.iterator();
    }

    private Parsed parsed(String query, Exchange exchange) {
        return statements.computeIfAbsent(query, text -> parse(text, exchange));
    }

    private static Parsed parse(String query, Exchange exchange) {
        List<Expression> parameters = new ArrayList<>();
        Matcher parameter = PARAMETER.matcher(query);
        while (parameter.find()) {
            parameters.add(exchange.getContext().resolveLanguage("simple").createExpression(parameter.group(1)));
        }
        return new Parsed(parameter.replaceAll("?"), List.copyOf(parameters));
    }
}
