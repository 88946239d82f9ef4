package org.smsdispatcher.log;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.event.Level;

/**
 * How and what to log, from the environment alone: the log is needed before there are other settings.
 *
 * @param json one JSON object a line on standard output; else text on standard error
 * @param level the level from which on our own classes log; the libraries log warnings and errors at most, since what they say
 *     below that quotes messages and rows
 * @param problem what is wrong with the variables
 */
record LogSettings(boolean json, Level level, Optional<String> problem) {

    private static final String OURS = "org.smsdispatcher";
    /** Camel's error handler prints the exchange; what failed is logged by the handler, or counted as an outcome. */
    private static final String SILENT = "org.apache.camel.processor.errorhandler";

    /**
     * {@code LOG_FORMAT} and {@code LOG_LEVEL}, else what Lambda's logging configuration says ({@code AWS_LAMBDA_LOG_FORMAT},
     * {@code AWS_LAMBDA_LOG_LEVEL}), else JSON on Lambda, text elsewhere, and INFO. Lambda's format "Text" is its default and
     * no wish: JSON it is there.
     *
     * @param variables the environment; null for what is not set
     */
    static LogSettings of(Function<String, String> variables) {
        Optional<String> format = value(variables, "LOG_FORMAT");
        boolean isLambda = variables.apply("AWS_LAMBDA_FUNCTION_NAME") != null
                || value(variables, "AWS_LAMBDA_LOG_FORMAT").orElse("").equals("JSON");
        boolean json = format.map("JSON"::equals).orElse(isLambda);

        Optional<String> name = value(variables, "LOG_LEVEL").or(() -> value(variables, "AWS_LAMBDA_LOG_LEVEL"));
        Optional<Level> level = name.flatMap(LogSettings::level);
        Optional<String> problem = Optional.empty();
        if (format.isPresent() && !json && !format.get().equals("TEXT")) {
            problem = Optional.of("LOG_FORMAT must be json or text; text is used");
        } else if (name.isPresent() && level.isEmpty()) {
            problem = Optional.of("LOG_LEVEL must be trace, debug, info, warn or error; info is used");
        }
        return new LogSettings(json, level.orElse(Level.INFO), problem);
    }

    private static Optional<String> value(Function<String, String> variables, String name) {
        return Optional.ofNullable(variables.apply(name))
                .map(value -> value.strip().toUpperCase(Locale.ROOT))
                .filter(value -> !value.isEmpty());
    }

    private static Optional<Level> level(String name) {
        return switch (name) {
            case "TRACE" -> Optional.of(Level.TRACE);
            case "DEBUG" -> Optional.of(Level.DEBUG);
            case "INFO" -> Optional.of(Level.INFO);
            case "WARN" -> Optional.of(Level.WARN);
            case "ERROR", "FATAL" -> Optional.of(Level.ERROR);
            default -> Optional.empty();
        };
    }

    /** The lowest level that a logger of that name logs; empty for none at all. */
    Optional<Level> lowest(String logger) {
        if (logger.startsWith(SILENT)) {
            return Optional.empty();
        }
        boolean ours = logger.startsWith(OURS);
        return Optional.of(ours || level == Level.ERROR ? level : Level.WARN);
    }
}
