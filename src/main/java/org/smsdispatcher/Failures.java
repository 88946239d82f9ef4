package org.smsdispatcher;

import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns what Camel and its components throw into the errors of our contract. */
public final class Failures {

    /** SQLState class 42: no such table, column or privilege. Nothing that a retry could mend. */
    private static final String SYNTAX_OR_ACCESS = "42";

    private static final String INVALID_AUTHORIZATION = "28";
    private static final String NO_SUCH_DATABASE = "3D";

    private Failures() {}

    /** Our own exception behind {@code failure}, else what a failed statement means; anything else as it is. */
    public static RuntimeException asDispatchException(Throwable failure) {
        Optional<DispatchException> own = find(failure, DispatchException.class);
        if (own.isPresent()) {
            return own.get();
        }
        return find(failure, SQLException.class)
                .<RuntimeException>map(Failures::ofDatabase)
                .orElseGet(() -> failure instanceof RuntimeException unchecked
                        ? unchecked
                        : new IllegalStateException(failure.getMessage(), failure));
    }

    /** Why the function cannot start: always a setting. */
    static BadConfigurationException atStart(Throwable failure) {
        Throwable root = Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(20)
                .reduce((outer, inner) -> inner)
                .orElse(failure);
        return find(failure, BadConfigurationException.class)
                .orElseGet(() -> new BadConfigurationException(
                        "The function cannot start: " + root.getMessage() + " (" + failure.getMessage() + ")",
                        failure));
    }

    private static DispatchException ofDatabase(SQLException failure) {
        String state = Optional.ofNullable(failure.getSQLState()).orElse("");
        if (state.startsWith(SYNTAX_OR_ACCESS)) {
            return new BadConfigurationException(
                    "The database lacks a table, column or grant of the dispatcher (SQLState " + state
                            + "); have all migrations been run?",
                    failure);
        }
        if (state.startsWith(INVALID_AUTHORIZATION) || state.startsWith(NO_SUCH_DATABASE)) {
            return new DatabaseUnreachableException(
                    "PostgreSQL refuses DB_USER, DB_PASSWORD or DB_NAME (SQLState " + state + ")", failure);
        }
        return new DatabaseUnreachableException(
                "PostgreSQL did not answer (SQLState " + (state.isEmpty() ? "none" : state)
                        + "); contacts in hand are released when their lease ends",
                failure);
    }

    /**
     * The same error without what caused it, for Lambda's runtime: it prints the messages of all causes, and those of a driver may
     * quote rows. An error that is not of our contract keeps its class name only.
     */
    static RuntimeException withoutCause(RuntimeException failure) {
        String message = failure.getMessage();
        if (failure instanceof BadConfigurationException) {
            return new BadConfigurationException(message);
        }
        if (failure instanceof DatabaseUnreachableException) {
            return new DatabaseUnreachableException(message, null);
        }
        if (failure instanceof TopicUnreachableException) {
            return new TopicUnreachableException(message, null);
        }
        if (failure instanceof TopicForbiddenException) {
            return new TopicForbiddenException(message, null);
        }
        return failure instanceof DispatchException
                ? failure
                : new IllegalStateException("Unexpected " + failure.getClass().getName() + "; the log tells where");
    }

    /** The first of that type among {@code failure} and its causes. */
    public static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(20)
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst();
    }
}
