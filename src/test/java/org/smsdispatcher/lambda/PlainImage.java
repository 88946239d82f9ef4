package org.smsdispatcher.lambda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.smsdispatcher.Platform;

/** The plain Java function with what the image has: one Java, the same options, an AOT cache of its own run. */
final class PlainImage {

    private static final String HANDLER = "org.smsdispatcher.proof.PlainFunction::handleRequest";
    private static final String CLASS_PATH = "plain.jar:sms-dispatcher.jar";
    private static final Path CLASSES = Path.of("target", "test-classes");
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private PlainImage() {}

    /** Makes it, and returns the command that starts it. */
    static List<String> make(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String file : List.of("sms-dispatcher.jar", "jvm.options")) {
            Files.copy(
                    ImageFiles.DIRECTORY.resolve(file),
                    directory.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.COPY_ATTRIBUTES);
        }
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(directory.resolve("plain.jar")))) {
            for (Path plain : classes()) {
                add(plain, jar);
            }
        }
        train(directory);
        return command(directory, "-XX:AOTCache=plain.aot");
    }

    private static List<Path> classes() throws IOException {
        try (Stream<Path> files = Files.walk(CLASSES)) {
            return files.filter(file -> file.getFileName().toString().matches("(Plain(?!Image)|ShippedSql).*\\.class"))
                    .toList();
        }
    }

    private static void add(Path file, JarOutputStream jar) throws IOException {
        jar.putNextEntry(new JarEntry(CLASSES.relativize(file).toString()));
        Files.copy(file, jar);
        jar.closeEntry();
    }

    private static void train(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve("plain.aot"));
        try (Platform platform = Platform.start()) {
            Map<String, String> settings = new HashMap<>(platform.settings());
            try (FunctionProcess function = FunctionProcess.start(
                    command(directory, "-XX:AOTCacheOutput=plain.aot"), settings, directory.resolve("training.log"))) {
                TrainingEvents.of(platform).forEach(event -> function.api().call(event, TIMEOUT));
                function.terminate(TIMEOUT);
            }
        }
        if (!Files.exists(directory.resolve("plain.aot"))) {
            throw new IllegalStateException("The plain function's training left no cache, see " + directory);
        }
    }

    private static List<String> command(Path directory, String cacheOption) {
        return new ArrayList<>(List.of(
                "sh",
                "-c",
                "cd " + directory + " && exec " + System.getProperty("java.home") + "/bin/java @jvm.options "
                        + cacheOption + " -cp " + CLASS_PATH
                        + " com.amazonaws.services.lambda.runtime.api.client.AWSLambda " + HANDLER));
    }
}
