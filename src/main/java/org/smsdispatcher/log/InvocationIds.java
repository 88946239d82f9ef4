package org.smsdispatcher.log;

import com.amazonaws.services.lambda.runtime.Context;
import java.util.Objects;
import java.util.stream.Stream;
import org.slf4j.MDC;

/** The ids under which an invocation's lines are found. */
public final class InvocationIds {

    private InvocationIds() {}

    /**
     * From here on lines are of this invocation: request id and X-Ray's trace id, and nothing of the one before.
     *
     * @param context null where there is no Lambda
     */
    public static void begin(Context context) {
        MDC.clear();
        if (context != null) {
            MDC.put("requestId", context.getAwsRequestId());
            MDC.put("traceId", traceId(context));
        }
    }

    /** The root of X-Ray's trace header, {@code Root=1-…;Parent=…;Sampled=…}; null without one. */
    private static String traceId(Context context) {
        String header = Objects.requireNonNullElse(
                context.getXrayTraceId(), System.getProperty("com.amazonaws.xray.traceHeader", ""));
        return Stream.of(header.split(";"))
                .filter(part -> part.startsWith("Root="))
                .map(part -> part.substring("Root=".length()))
                .findFirst()
                .orElse(null);
    }
}
