package org.smsdispatcher.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.RuntimeApi.Answer;

/**
 * Completes {@code target/image}: start script, JVM options, and the AOT cache (JEP 483, 514, 515), made by the very Java that
 * runs this. The cache holds what one run of the function touched: its start, every outcome, an error, SIGTERM.
 *
 * <p>Fails when the cache is not written, or not taken by the next start.
 */
final class Training {

    private static final Path SOURCES = Path.of("src", "main", "image");
    private static final String CACHE = ImageFiles.CACHE;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Path image;
    private final Path log;

    private Training(Path image) {
        this.image = image;
        this.log = image.resolveSibling("training.log");
    }

    public static void main(String[] arguments) {
        Ending.exitAfter(() -> {
            int java = Runtime.version().feature();
            if (java < 25) {
                throw new IllegalStateException("The image's AOT cache needs JDK 25 or newer, JAVA_HOME names " + java
                        + "; -Pimage goes no further");
            }
            new Training(Path.of(arguments[0])).run();
        });
    }

    private void run() throws IOException {
        Files.deleteIfExists(image.resolve(CACHE));
        Files.deleteIfExists(log);
        copy("bootstrap", "rwxr-xr-x");
        copy("jvm.options", "rw-r--r--");
        copy("rds-ca-bundle.pem", "rw-r--r--");
        try (Platform platform = Platform.start()) {
            train(platform);
            check(platform);
        }
        System.out.println("target/image: AOT cache of " + Files.size(image.resolve(CACHE)) / (1024 * 1024)
                + " MiB, made and taken by Java " + Runtime.version());
    }

    private void copy(String file, String permissions) throws IOException {
        Path target = Files.copy(SOURCES.resolve(file), image.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(permissions));
    }

    private void train(Platform platform) throws IOException {
        Path handler = TrainingHandler.placeIn(image);
        try (FunctionProcess function = start(platform, TrainingHandler.NAME, "-XX:AOTCacheOutput=" + CACHE)) {
            TrainingEvents.of(platform).forEach(event -> function.api().call(event, TIMEOUT));
            TrainingEvents.trackingOf(platform).forEach(event -> function.api().call(event, TIMEOUT));
            function.terminate(TIMEOUT);
        }
        TrainingHandler.remove(handler, image);
        if (!Files.exists(image.resolve(CACHE))) {
            throw new IllegalStateException("The training run left no " + CACHE + ", see " + log);
        }
    }

    private void check(Platform platform) throws IOException {
        UUID campaign = platform.campaign();
        // numbers that no training receipt has barred
        platform.contacts(campaign, 5_000, 10, null);
        try (FunctionProcess function =
                start(platform, FunctionProcess.DISPATCH, "-XX:AOTMode=on -XX:AOTCache=" + CACHE)) {
            Answer answer = function.api().call(Platform.event(campaign, 10), TIMEOUT);
            JsonNode reply = new JsonMapper().readTree(answer.body());
            if (answer.error() || reply.get("sentCount").intValue() != 10) {
                throw new IllegalStateException(
                        "The function does not work with its cache, see " + log + ": " + answer.body());
            }
        }
    }

    private FunctionProcess start(Platform platform, String handler, String cacheOptions) {
        Map<String, String> settings = new HashMap<>(platform.settings());
        settings.put("link.base.url", "https://go.example");
        settings.put("SMS_TRAINING", cacheOptions);
        settings.put("JAVA_HOME", System.getProperty("java.home"));
        return FunctionProcess.start(
                List.of(image.resolve("bootstrap").toAbsolutePath().toString(), handler), settings, log);
    }
}
