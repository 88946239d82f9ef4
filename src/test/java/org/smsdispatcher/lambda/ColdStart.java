package org.smsdispatcher.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToDoubleFunction;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.RuntimeApi.Answer;

/**
 * Measures the function's cold start: from the process to its first answer with 100 contacts sent, through the runtime client,
 * against real servers on this machine. Each variant once a round, in turn, so that all of them meet the same noise.
 */
final class ColdStart {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int CONTACTS = 100;
    /** Invocations after the second; the later half counts as warm. */
    private static final int WARM = 30;

    private final Path directory = Path.of("target", "coldstart").toAbsolutePath();
    private final Map<String, Variant> variants = new LinkedHashMap<>();
    private final Map<String, List<Run>> runs = new LinkedHashMap<>();

    /** How it is started: a command, and what the image's start script takes in the place of its own cache option; null for that. */
    private record Variant(List<String> command, String cacheOptions) {}

    /** Milliseconds from the process's start, and MiB. */
    private record Run(double ready, double first, double cpu, double second, double warm, double memory) {}

    /** How many rounds, and {@code others} or {@code choices}: what the image is compared with. */
    public static void main(String[] arguments) {
        Ending.exitAfter(() -> {
            ColdStart benchmark = new ColdStart();
            Files.createDirectories(benchmark.directory);
            benchmark.image("image", null);
            if (arguments[1].equals("choices")) {
                benchmark.choices();
            } else {
                benchmark.others();
            }
            benchmark.run(Integer.parseInt(arguments[0]));
            benchmark.print();
        });
    }

    private void image(String name, String cacheOptions) {
        variants.put(name, new Variant(ImageFiles.command(FunctionProcess.DISPATCH), cacheOptions));
    }

    private void others() throws IOException {
        Path java = Path.of(System.getProperty("java.home"));
        variants.put(
                "same jars, no flags", new Variant(FunctionProcess.packaged(java, FunctionProcess.DISPATCH), null));
        variants.put("plain Java, tuned", new Variant(PlainImage.make(directory.resolve("plain")), null));
    }

    /** The image with one of its options changed; what comes last on the command line counts. */
    private void choices() {
        String cache = "-XX:AOTCache=" + ImageFiles.CACHE;
        image("no AOT cache", "-Xshare:auto");
        image("C1 and C2", cache + " -XX:TieredStopAtLevel=4");
        image("accessors spun", cache + " -Djdk.reflect.useNativeAccessorOnly=false");
        image("young space of 4 MB", cache + " -Xms12m -Xmn4m");
        image("compile after 3x", cache + " -XX:CompileThresholdScaling=3");
        image("cache not relocated", cache + " -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0");
    }

    private void run(int rounds) throws IOException {
        try (Platform platform = Platform.start()) {
            for (int round = 0; round <= rounds; round++) {
                for (Map.Entry<String, Variant> variant : variants.entrySet()) {
                    Run run = measure(platform, variant.getKey(), variant.getValue());
                    // the first round only fills the page cache
                    if (round > 0) {
                        runs.computeIfAbsent(variant.getKey(), name -> new ArrayList<>())
                                .add(run);
                    }
                }
            }
        }
    }

    private Run measure(Platform platform, String name, Variant variant) throws IOException {
        String first = event(platform);
        String second = event(platform);
        Map<String, String> settings = new LinkedHashMap<>(platform.settings());
        settings.put("JAVA_HOME", System.getProperty("java.home"));
        if (variant.cacheOptions() != null) {
            settings.put("SMS_TRAINING", variant.cacheOptions());
        }
        try (FunctionProcess function =
                FunctionProcess.start(variant.command(), settings, directory.resolve(name + ".log"))) {
            Answer answered = function.api().call(first, TIMEOUT);
            double cpu = function.cpuMillis();
            int memory = function.peakMemory();
            long ready = function.api().awaitReady(TIMEOUT);
            check(name, answered);
            long from = System.nanoTime();
            Answer warm = function.api().call(second, TIMEOUT);
            check(name, warm);
            double[] later = new double[WARM];
            for (int i = 0; i < WARM; i++) {
                String event = event(platform);
                long asked = System.nanoTime();
                check(name, function.api().call(event, TIMEOUT));
                later[i] = millis(System.nanoTime() - asked);
            }
            function.terminate(TIMEOUT);
            return new Run(
                    millis(ready - function.startedAt()),
                    millis(answered.nanos() - function.startedAt()),
                    cpu,
                    millis(warm.nanos() - from),
                    Median.of(Arrays.copyOfRange(later, WARM / 2, WARM)),
                    memory);
        }
    }

    private static String event(Platform platform) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, CONTACTS);
        return Platform.event(campaign, CONTACTS);
    }

    private void check(String name, Answer answer) throws IOException {
        JsonNode reply = new JsonMapper().readTree(answer.body());
        if (answer.error() || reply.get("sentCount").intValue() != CONTACTS) {
            throw new IllegalStateException(name + " did not send " + CONTACTS + ": " + answer.body() + ", see "
                    + directory.resolve(name + ".log"));
        }
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private void print() throws IOException {
        System.out.println("the image's own layer, MiB: " + ImageFiles.sizes());
        System.out.printf(
                "%-24s %8s %8s %8s %8s %8s %8s %8s%n",
                "median of " + runs.get("image").size(), "ready", "first", "of image", "CPU", "second", "warm", "MiB");
        double image = median("image", Run::first);
        runs.keySet()
                .forEach(name -> System.out.printf(
                        "%-24s %8.0f %8.0f %8.2f %8.0f %8.0f %8.0f %8.0f%n",
                        name,
                        median(name, Run::ready),
                        median(name, Run::first),
                        median(name, Run::first) / image,
                        median(name, Run::cpu),
                        median(name, Run::second),
                        median(name, Run::warm),
                        median(name, Run::memory)));
    }

    private double median(String name, ToDoubleFunction<Run> figure) {
        return Median.of(runs.get(name).stream().mapToDouble(figure).toArray());
    }
}
