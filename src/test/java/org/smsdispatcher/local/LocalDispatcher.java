package org.smsdispatcher.local;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.apache.camel.main.Main;
import org.smsdispatcher.DispatchHandler;

/** The function as Lambda runs it, with its statements counted. */
final class LocalDispatcher implements AutoCloseable {

    private static final Duration INVOCATION = Duration.ofMinutes(5);

    private final SqlCounter statements = new SqlCounter();
    private final Main camel = new Main();
    private final DispatchHandler handler;

    /** Starts it; {@code settings} go over {@code application.properties}. */
    LocalDispatcher(Map<String, String> settings, InstantSource clock) {
        settings.forEach(camel::addOverrideProperty);
        camel.bind("sqlCounter", statements);
        handler = new DispatchHandler(camel, clock);
    }

    /**
     * One invocation, with more time than it needs.
     *
     * @throws org.smsdispatcher.DispatchException when there is no reply
     */
    byte[] dispatch(byte[] event) {
        return handler.dispatch(event, INVOCATION);
    }

    /** How long before a window closes nothing is published any more. */
    Duration margin() {
        return Duration.ofSeconds(
                Long.parseLong(camel.getCamelContext().resolvePropertyPlaceholders("{{send.margin.seconds}}")));
    }

    /** How many statements its routes have sent to PostgreSQL. */
    int statements() {
        return statements.statements();
    }

    @Override
    public void close() {
        handler.close();
    }
}
