package org.smsdispatcher;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The function in a process of its own, as Lambda has it: each line of standard input is an event, its answer a line of a file. What
 * the handler throws is printed with all its causes, as Lambda's runtime does.
 */
final class FunctionOverStdin {

    private FunctionOverStdin() {}

    /** Runs until standard input ends; the argument is the file. */
    public static void main(String[] args) throws IOException {
        Path answers = Path.of(args[0]);
        try (DispatchHandler handler = new DispatchHandler();
                BufferedReader events = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String event = events.readLine(); event != null; event = events.readLine()) {
                Files.writeString(answers, answer(handler, event) + "\n", StandardOpenOption.APPEND);
            }
        }
    }

    private static String answer(DispatchHandler handler, String event) throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        try {
            handler.handleRequest(
                    new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)), reply, new Invocation());
            return reply.toString(StandardCharsets.UTF_8);
        } catch (RuntimeException e) {
            e.printStackTrace();
            return "{\"errorType\":\"" + e.getClass().getSimpleName() + "\"}";
        }
    }

    /** A minute's time, an id, and a trace. */
    private record Invocation(String id) implements Context {

        Invocation() {
            this(UUID.randomUUID().toString());
        }

        @Override
        public String getAwsRequestId() {
            return id;
        }

        @Override
        public int getRemainingTimeInMillis() {
            return 60_000;
        }

        @Override
        public String getXrayTraceId() {
            return "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        }

        @Override
        public String getLogGroupName() {
            return "/aws/lambda/sms-dispatcher";
        }

        @Override
        public String getLogStreamName() {
            return "test";
        }

        @Override
        public String getFunctionName() {
            return "sms-dispatcher";
        }

        @Override
        public String getFunctionVersion() {
            return "1";
        }

        @Override
        public String getInvokedFunctionArn() {
            return "arn:aws:lambda:us-east-1:123456789012:function:sms-dispatcher";
        }

        @Override
        public CognitoIdentity getIdentity() {
            return null;
        }

        @Override
        public ClientContext getClientContext() {
            return null;
        }

        @Override
        public int getMemoryLimitInMB() {
            return 1769;
        }

        @Override
        public LambdaLogger getLogger() {
            throw new UnsupportedOperationException("nobody uses Lambda's own logger");
        }
    }
}
