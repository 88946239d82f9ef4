package org.smsdispatcher;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.camel.main.Main;

/**
 * The Lambda function: hands an event to the route {@code invoke} and answers with its reply. Camel starts once, with the
 * first instance; one invocation runs at a time, and nothing of it runs on after its answer.
 *
 * <p>Takes and gives JSON (see {@link EventReader}, {@link org.smsdispatcher.reply.Reply} and
 * {@link org.smsdispatcher.sweep.SweepReply}). An invocation that cannot be
 * answered ends with a {@link DispatchException}.
 */
public final class DispatchHandler implements RequestStreamHandler, AutoCloseable {

    /** Where there is no Lambda to set a deadline: its own longest time-out. */
    private static final Duration NO_DEADLINE = Duration.ofMinutes(15);

    /** Time enough that nothing of the rehearsal is left out for want of it. */
    private static final Duration REHEARSAL = Duration.ofMinutes(1);

    private final CamelFunction camel;
    private final Duration reserve;

    /** Lambda's: settings from the environment, time from the system's clock, everything touched once before the first event. */
    public DispatchHandler() {
        this(new Main(), InstantSource.system());
        prime();
    }

    /**
     * Starts the routes.
     *
     * @param camel not started; may hold settings that override the environment's
     * @param clock what time it is for windows and replies; leases run by the database's clock
     * @throws BadConfigurationException naming the setting that is missing or wrong
     */
    public DispatchHandler(Main camel, InstantSource clock) {
        this.camel = new CamelFunction(camel, clock);
        this.reserve = Duration.ofSeconds(this.camel.settings().number("deadline.reserve.seconds", 1, 300));
    }

    private void prime() {
        camel.prime(
                "direct:prime", exchange -> exchange.setVariable("deadline", Deadline.in(REHEARSAL, Duration.ZERO)));
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        Duration remaining = context == null ? NO_DEADLINE : Duration.ofMillis(context.getRemainingTimeInMillis());
        reply.write(dispatch(event.readAllBytes(), remaining));
    }

    /**
     * One invocation.
     *
     * @param event JSON in UTF-8
     * @param remaining the time until Lambda ends it
     * @return the reply as JSON in UTF-8
     * @throws DispatchException when there is no reply
     */
    public byte[] dispatch(byte[] event, Duration remaining) {
        return camel.request("direct:invoke", exchange -> {
            exchange.getMessage().setBody(event);
            exchange.setVariable("deadline", Deadline.in(remaining, reserve));
        });
    }

    /** Stops the routes and closes every connection. */
    @Override
    public void close() {
        camel.close();
    }
}
