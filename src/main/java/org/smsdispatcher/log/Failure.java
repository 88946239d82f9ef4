package org.smsdispatcher.log;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * An exception as it may stand in a log. Its classes and frames are code; its messages are not: a converter quotes the value it
 * could not convert, PostgreSQL the row, Redis the command with its keys. So only the messages of our own errors and of
 * families known to speak of connections and settings alone are kept.
 */
public final class Failure {

    private static final List<String> HARMLESS = List.of(
            "org.smsdispatcher.",
            "java.io.",
            "java.net.",
            "java.nio.",
            "java.security.",
            "java.util.concurrent.",
            "javax.net.ssl.",
            "java.lang.NullPointerException",
            "java.sql.SQLTransient",
            "org.postgresql.",
            "redis.clients.jedis.exceptions.JedisConnectionException",
            "org.springframework.data.redis.RedisConnectionFailureException",
            "software.amazon.awssdk.core.exception.");

    /** SQLState classes whose messages quote values: data exception, integrity constraint violation, error in a function. */
    private static final List<String> QUOTING = List.of("22", "23", "P0");

    private static final int CAUSES = 6;
    private static final int FRAMES = 25;

    private Failure() {}

    /** Class and, where it is harmless, message of {@code failure}, on one line. */
    public static String inShort(Throwable failure) {
        String message = message(failure);
        return failure.getClass().getName() + (message.isEmpty() ? "" : ": " + message);
    }

    /** The same with frames, and for the causes too. */
    static String stack(Throwable failure) {
        StringBuilder text = new StringBuilder();
        Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(CAUSES)
                .forEach(each -> append(text, each));
        return text.toString();
    }

    private static void append(StringBuilder text, Throwable failure) {
        text.append(text.length() == 0 ? "" : "\nCaused by: ").append(inShort(failure));
        StackTraceElement[] frames = failure.getStackTrace();
        Stream.of(frames).limit(FRAMES).forEach(frame -> text.append("\n\tat ").append(frame));
        if (frames.length > FRAMES) {
            text.append("\n\t... ").append(frames.length - FRAMES).append(" more");
        }
    }

    /** The message, on one line and masked; empty where there is none or it may quote data. */
    static String message(Throwable failure) {
        String type = failure.getClass().getName();
        if (failure.getMessage() == null || HARMLESS.stream().noneMatch(type::startsWith)) {
            return sqlState(failure);
        }
        if (failure instanceof SQLException sql && quotes(sql)) {
            return sqlState(failure);
        }
        return Masking.mask(failure.getMessage().replaceAll("\\s+", " "));
    }

    private static boolean quotes(SQLException failure) {
        return failure.getSQLState() == null || QUOTING.stream().anyMatch(failure.getSQLState()::startsWith);
    }

    private static String sqlState(Throwable failure) {
        return failure instanceof SQLException sql ? "SQLState " + sql.getSQLState() : "";
    }
}
