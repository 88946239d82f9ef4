package org.smsdispatcher;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.camel.main.Main;
import org.smsdispatcher.connect.Settings;
import org.smsdispatcher.metrics.EmbeddedMetrics;
import org.smsdispatcher.metrics.Meter;

/**
 * The Lambda function: hands an event to the route {@code invoke} and answers with its reply. Camel starts once, with the
 * first instance; one invocation runs at a time, and nothing of it runs on after its answer.
 *
 * <p>Takes and gives JSON (see {@link EventReader}, {@link org.smsdispatcher.reply.Reply} and
 * {@link org.smsdispatcher.sweep.SweepReply}). An invocation that cannot be answered ends with a {@link DispatchException}.
 */
public final class DispatchHandler implements RequestStreamHandler, AutoCloseable {

    /** Where there is no Lambda to set a deadline: its own longest time-out. */
    private static final Duration NO_DEADLINE = Duration.ofMinutes(15);

    /** Time enough that nothing of the rehearsal is left out for want of it. */
    private static final Duration REHEARSAL = Duration.ofMinutes(1);

    private final CamelFunction camel;
    private final Duration reserve;
    private final Optional<EmbeddedMetrics> metrics;

    /** Lambda's: settings from the environment, time from the system's clock, everything touched once before the first event. */
    public DispatchHandler() {
        this(new Main(), InstantSource.system());
        camel.prime("direct:prime", exchange -> {
            exchange.setVariable("deadline", Deadline.in(REHEARSAL, Duration.ZERO));
            exchange.setVariable("meter", new Meter());
        });
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
        Settings settings = this.camel.settings();
        this.reserve = Duration.ofSeconds(settings.number("deadline.reserve.seconds", 1, 300));
        this.metrics = isMeasured(settings)
                ? Optional.of(new EmbeddedMetrics(settings.text("metrics.environment"), InstantSource.system()))
                : Optional.empty();
    }

    /** On Lambda, where CloudWatch reads the line, unless it is said otherwise. */
    private static boolean isMeasured(Settings settings) {
        return settings.optional("metrics.enabled").isPresent()
                ? settings.flag("metrics.enabled")
                : settings.optional("aws.lambda.function.name").isPresent();
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        Duration remaining = context == null ? NO_DEADLINE : Duration.ofMillis(context.getRemainingTimeInMillis());
        byte[] read = event.readAllBytes();
        reply.write(CamelFunction.answer(context, () -> dispatch(read, remaining)));
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
        Meter meter = new Meter();
        RuntimeException failure = null;
        try {
            return camel.request("direct:invoke", exchange -> {
                exchange.getMessage().setBody(event);
                exchange.setVariable("deadline", Deadline.in(remaining, reserve));
                exchange.setVariable("meter", meter);
            });
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            print(meter, failure);
        }
    }

    /** In one piece, so that no other line mixes with it. */
    private void print(Meter meter, RuntimeException failure) {
        metrics.ifPresent(measured -> {
            byte[] line = (measured.line(meter, failure) + "\n").getBytes(StandardCharsets.UTF_8);
            System.out.write(line, 0, line.length);
            System.out.flush();
        });
    }

    /** Stops the routes and closes every connection. */
    @Override
    public void close() {
        camel.close();
    }
}
