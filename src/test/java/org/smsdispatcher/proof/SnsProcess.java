package org.smsdispatcher.proof;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.smsdispatcher.local.SnsEndpoint;

/** The SNS endpoint in a process of its own, so that it takes nothing of the driver's, and counts instead of keeping messages. */
final class SnsProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader answers;
    private final String url;
    private final String topicArn;

    /** What it was asked for since its start. */
    record Asked(int calls, int accepted) {}

    private SnsProcess(Duration latency) throws IOException {
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-Dsun.net.httpserver.nodelay=true",
                        "-cp",
                        Path.of("target", "test-classes").toAbsolutePath().toString(),
                        SnsProcess.class.getName(),
                        Long.toString(latency.toMillis())))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        url = answers.readLine();
        topicArn = answers.readLine();
        if (topicArn == null) {
            throw new IllegalStateException("The SNS endpoint's process does not start");
        }
    }

    static SnsProcess start(Duration latency) {
        try {
            return new SnsProcess(latency);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process: ends with its standard input; answers each line of it with the counts so far. */
    public static void main(String[] arguments) throws IOException {
        SnsEndpoint endpoint = SnsEndpoint.startForgetful();
        endpoint.latency(Duration.ofMillis(Long.parseLong(arguments[0])));
        System.out.println(endpoint.url());
        System.out.println(endpoint.createTopic("bench"));
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (questions.readLine() != null) {
            System.out.println(endpoint.publishCalls() + " " + endpoint.acceptedCount());
        }
        System.exit(0);
    }

    String url() {
        return url;
    }

    String topicArn() {
        return topicArn;
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    Asked asked() {
        try {
            process.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
            String[] answer = answers.readLine().split(" ", -1);
            return new Asked(Integer.parseInt(answer[0]), Integer.parseInt(answer[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
