package org.smsdispatcher;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.InstantSource;
import org.apache.camel.main.Main;

/**
 * The second Lambda function: hands what became of the messages to the route {@code track}. Events are what an SNS or SQS trigger
 * delivers, or the requests of a function URL (API Gateway's payload format 2.0); see docs/tracking.md. Its routes are files of
 * their own, named by {@code tracking.routes-include-pattern}, so that the dispatching function stays small.
 *
 * <p>An SQS batch is answered with the messages that failed, a request with a status code; whatever else cannot be answered ends
 * with a {@link DispatchException}, for Lambda to deliver it again.
 */
public final class TrackingHandler implements RequestStreamHandler, AutoCloseable {

    private final CamelFunction camel;

    /** Lambda's: settings from the environment, time from the system's clock, PostgreSQL touched once before the first event. */
    public TrackingHandler() {
        this(new Main(), InstantSource.system());
        camel.prime("direct:prime-tracking", exchange -> {});
    }

    /**
     * Starts the routes.
     *
     * @param camel not started; may hold settings that override the environment's
     * @param clock what time it is where a receipt does not say
     * @throws BadConfigurationException naming the setting that is missing or wrong
     */
    public TrackingHandler(Main camel, InstantSource clock) {
        camel.addOverrideProperty("camel.main.routes-include-pattern", "{{tracking.routes-include-pattern}}");
        this.camel = new CamelFunction(camel, clock);
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        byte[] read = event.readAllBytes();
        reply.write(CamelFunction.answer(context, () -> track(read)));
    }

    /**
     * One invocation.
     *
     * @param event JSON in UTF-8
     * @return the reply as JSON in UTF-8
     * @throws DispatchException when there is no reply
     */
    public byte[] track(byte[] event) {
        return camel.request("direct:track", exchange -> exchange.getMessage().setBody(event));
    }

    /** Stops the routes and closes every connection. */
    @Override
    public void close() {
        camel.close();
    }
}
