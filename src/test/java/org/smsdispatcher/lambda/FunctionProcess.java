package org.smsdispatcher.lambda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One instance of the function in a process of its own, with an environment as narrow as Lambda's. */
public final class FunctionProcess implements AutoCloseable {

    public static final String DISPATCH = "org.smsdispatcher.DispatchHandler::handleRequest";
    public static final String TRACK = "org.smsdispatcher.TrackingHandler::handleRequest";

    private final RuntimeApi api = RuntimeApi.start();
    private final Process process;
    private final Path log;
    private final long startedAt;

    private FunctionProcess(Function<String, List<String>> commandFor, Map<String, String> settings, Path log) {
        this.log = log;
        List<String> command = commandFor.apply(api.address());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Map<String, String> environment = builder.environment();
        String javaHome = environment.get("JAVA_HOME");
        environment.keySet().retainAll(List.of("PATH", "LANG"));
        if (javaHome != null) {
            environment.put("JAVA_HOME", javaHome);
        }
        environment.put("AWS_LAMBDA_RUNTIME_API", api.address());
        environment.put("AWS_LAMBDA_FUNCTION_NAME", "sms-dispatcher");
        environment.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512");
        environment.put("AWS_ACCESS_KEY_ID", "local");
        environment.put("AWS_SECRET_ACCESS_KEY", "local");
        settings.forEach((key, value) -> environment.put(variable(key), value));
        try {
            startedAt = System.nanoTime();
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts it.
     *
     * @param command the process to start
     * @param settings by the keys of {@code application.properties}, or by the variables' own names
     * @param log where its output goes, appended
     */
    public static FunctionProcess start(List<String> command, Map<String, String> settings, Path log) {
        return new FunctionProcess(api -> command, settings, log);
    }

    /**
     * Starts it in a container, which does not see this process's environment.
     *
     * @param at where in the command {@code --env=NAME=VALUE} goes
     */
    static FunctionProcess startInContainer(List<String> command, int at, Path log) {
        return new FunctionProcess(
                api -> {
                    List<String> told = new ArrayList<>(command);
                    told.add(at, "--env=AWS_LAMBDA_RUNTIME_API=" + api);
                    return told;
                },
                Map.of(),
                log);
    }

    /** The packaged function, {@code target/lambda/lib}, under a Java. */
    public static List<String> packaged(Path javaHome, String handler, String... options) {
        return command(javaHome, List.of(options), packagedJars(), handler);
    }

    /** A function of that class path under the runtime client and a Java. */
    public static List<String> command(Path javaHome, List<String> options, String classPath, String handler) {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin/java").toString());
        command.addAll(options);
        command.addAll(
                List.of("-cp", classPath, "com.amazonaws.services.lambda.runtime.api.client.AWSLambda", handler));
        return command;
    }

    /** The class path of the packaged function. */
    public static String packagedJars() {
        return Path.of("target/lambda/lib").toAbsolutePath() + "/*";
    }

    private static String variable(String key) {
        return key.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** The Lambda that invokes it. */
    public RuntimeApi api() {
        return api;
    }

    /** When the process was started, by {@link System#nanoTime()}. */
    public long startedAt() {
        return startedAt;
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** What it has printed so far. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The most memory it has held, in MiB (VmHWM); of itself, not of its children. */
    public int peakMemory() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processor time it has taken so far, in milliseconds. */
    public double cpuMillis() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e6;
    }

    /** Sends SIGTERM, as Lambda does before it ends an environment that has extensions, and waits for the end. */
    public int terminate(Duration atMost) {
        process.destroy();
        return waitFor(atMost);
    }

    /** Waits for the process to end by itself. */
    public int waitFor(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("The function did not end within " + atMost);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Kills it. */
    @Override
    public void close() {
        process.destroyForcibly();
        api.close();
    }
}
