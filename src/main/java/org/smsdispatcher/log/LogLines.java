package org.smsdispatcher.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.slf4j.event.Level;

/**
 * Writes log lines. As JSON: {@code timestamp} and {@code level} as Lambda's log-level filter reads them, {@code message},
 * {@code logger}, the context, and of an exception {@code errorType}, {@code errorMessage} and {@code stack}.
 */
final class LogLines {

    private final JsonFactory json = new JsonFactory();
    private final boolean asJson;
    private final LogContext context;
    private final InstantSource clock;

    LogLines(boolean asJson, LogContext context, InstantSource clock) {
        this.asJson = asJson;
        this.context = context;
        this.clock = clock;
    }

    /** Writes one line, in one piece, so that no two of them mix. The streams are asked for each time: Lambda's runtime replaces them. */
    void write(Level level, String logger, String message, Throwable failure) {
        Instant now = clock.instant();
        String masked = Masking.mask(message == null ? "" : message);
        String line = asJson ? json(now, level, logger, masked, failure) : text(now, level, logger, masked, failure);
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        PrintStream out = asJson ? System.out : System.err;
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    private String json(Instant now, Level level, String logger, String message, Throwable failure) {
        StringWriter line = new StringWriter();
        try (JsonGenerator fields = json.createGenerator(line)) {
            fields.writeStartObject();
            fields.writeStringField("timestamp", now.toString());
            fields.writeStringField("level", level.name());
            fields.writeStringField("message", message);
            fields.writeStringField("logger", logger);
            for (Map.Entry<String, String> field : context.getCopyOfContextMap().entrySet()) {
                fields.writeStringField(field.getKey(), field.getValue());
            }
            if (failure != null) {
                fields.writeStringField("errorType", failure.getClass().getName());
                fields.writeStringField("errorMessage", Failure.message(failure));
                fields.writeStringField("stack", Failure.stack(failure));
            }
            fields.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString();
    }

    private static String text(Instant now, Level level, String logger, String message, Throwable failure) {
        String name = logger.substring(logger.lastIndexOf('.') + 1);
        String line = now + " " + level + " " + name + " - " + message;
        return failure == null ? line : line + "\n" + Failure.stack(failure);
    }
}
