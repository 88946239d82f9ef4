package org.smsdispatcher.connect;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.component.sql.DefaultSqlPrepareStatementStrategy;

/**
 * Takes a statement apart once, where camel-sql searches its text for parameters at every execution, for each of them tries every
 * type converter to make a map of the body, which is not asked here, and copies the exchange to evaluate an expression. For statements
 * whose parameters are all variables, {@code :#${variable.name}}, or what a method of one answers, {@code :#${variable.name.method}};
 * what else looks like a parameter reaches PostgreSQL, which refuses it.
 */
public final class ParsedOnce extends DefaultSqlPrepareStatementStrategy {

    /** As camel-sql hands them over, with its placeholder {@code #} already replaced. */
    private static final Pattern PARAMETER = Pattern.compile(":\\?\\$\\{variable\\.(\\w+)(?:\\.(\\w+))?}");

    /** @param method null for the variable itself */
    private record Parameter(String variable, String method) {}

    private record Parsed(String text, List<Parameter> parameters) {}

    private record Answer(Class<?> type, String method) {}

    private final Map<String, Parsed> statements = new ConcurrentHashMap<>();
    private final Map<Answer, Method> methods = new ConcurrentHashMap<>();

    @Override
    public String prepareQuery(String query, boolean allowNamedParameters, Exchange exchange) {
        return parsed(query).text();
    }

    /** @throws IllegalArgumentException when a variable is not set or has no such public method */
    @Override
    public Iterator<?> createPopulateIterator(
            String query, String preparedQuery, int expectedParams, Exchange exchange, Object value) {
        List<Object> values = new ArrayList<>();
        for (Parameter parameter : parsed(query).parameters()) {
            Object variable = exchange.getVariable(parameter.variable());
            values.add(parameter.method() == null ? variable : answer(variable, parameter));
        }
        return values.iterator();
    }

    private Object answer(Object variable, Parameter parameter) {
        if (variable == null) {
            throw new IllegalArgumentException("A statement asks the variable " + parameter.variable() + " for its "
                    + parameter.method() + ", but it is not set");
        }
        try {
            return methods.computeIfAbsent(new Answer(variable.getClass(), parameter.method()), ParsedOnce::method)
                    .invoke(variable);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalArgumentException(parameter + " cannot be asked", e);
        }
    }

    private static Method method(Answer answer) {
        try {
            return answer.type().getMethod(answer.method());
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(answer.type() + " has no public method " + answer.method(), e);
        }
    }

    private Parsed parsed(String query) {
        return statements.computeIfAbsent(query, ParsedOnce::parse);
    }

    private static Parsed parse(String query) {
        List<Parameter> parameters = new ArrayList<>();
        Matcher parameter = PARAMETER.matcher(query);
        while (parameter.find()) {
            parameters.add(new Parameter(parameter.group(1), parameter.group(2)));
        }
        return new Parsed(parameter.replaceAll("?"), List.copyOf(parameters));
    }
}
