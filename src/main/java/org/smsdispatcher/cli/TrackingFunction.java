package org.smsdispatcher.cli;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The function that follows messages after their dispatch, found by name: it starts its own routes, and only where it is asked. */
final class TrackingFunction {

    private static final String HANDLER = "org.smsdispatcher.TrackingHandler";

    private TrackingFunction() {}

    /**
     * Its answer to an event.
     *
     * @throws IllegalStateException when this build has no such function
     */
    static byte[] ask(byte[] event) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
            RequestStreamHandler function = Class.forName(HANDLER)
                    .asSubclass(RequestStreamHandler.class)
                    .getConstructor()
                    .newInstance();
            function.handleRequest(new ByteArrayInputStream(event), answer, null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("there is no tracking function (" + HANDLER + ") to ask", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer.toByteArray();
    }
}
