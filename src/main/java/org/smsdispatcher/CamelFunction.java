package org.smsdispatcher;

import com.amazonaws.services.lambda.runtime.Context;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.connect.Settings;
import org.smsdispatcher.log.Failure;
import org.smsdispatcher.log.InvocationIds;

/** What both functions share: routes that are started once, asked once an invocation, and stopped with the process. */
final class CamelFunction implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CamelFunction.class);

    private final Main camel;
    private final Settings settings;
    private final ProducerTemplate routes;
    private final Thread atExit;

    /**
     * Starts the routes.
     *
     * @throws BadConfigurationException naming the setting that is missing or wrong
     */
    CamelFunction(Main camel, InstantSource clock) {
        this.camel = camel;
        this.settings = new Settings(
                key -> camel.getCamelContext().getPropertiesComponent().resolveProperty(key));
        camel.bind("clock", clock);
        camel.bind("settings", settings);
        // Camel's own hook waits for a run() that is not there, and Lambda kills long before it gives up
        camel.setShutdownStrategy(new SimpleMainShutdownStrategy());
        this.atExit = new Thread(camel::stop, "at-exit");
        Runtime.getRuntime().addShutdownHook(atExit);
        start(camel);
        this.routes = camel.getCamelContext().createProducerTemplate();
    }

    private static void start(Main camel) {
        try {
            camel.start();
        } catch (RuntimeException e) {
            throw Failures.atStart(e);
        }
    }

    Settings settings() {
        return settings;
    }

    /**
     * Asks a route.
     *
     * @throws DispatchException when there is no answer
     */
    byte[] request(String uri, Processor question) {
        Exchange answered = routes.request(uri, question);
        if (answered.getException() != null) {
            throw Failures.asDispatchException(answered.getException());
        }
        return answered.getMessage().getBody(byte[].class);
    }

    /**
     * One invocation for Lambda: its ids stand in the log, and its error is logged there and thrown without causes, since Lambda's
     * runtime prints all of them and a driver's may quote rows.
     */
    static byte[] answer(Context context, Supplier<byte[]> invocation) {
        InvocationIds.begin(context);
        try {
            return invocation.get();
        } catch (RuntimeException e) {
            LOG.error("Invocation failed: {}", Failure.inShort(e), e);
            throw Failures.withoutCause(e);
        }
    }

    /** Asks a route that only touches things, while the function starts; what it meets is left to the first invocation. */
    void prime(String uri, Processor question) {
        routes.request(uri, question);
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        camel.stop();
    }
}
