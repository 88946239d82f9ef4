package org.smsdispatcher.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.RuntimeApi.Answer;

/** Runs a command that starts the function in a container, its environment given as {@code --env} options, and asks it for an answer. */
final class TryImage {

    private TryImage() {}

    public static void main(String[] command) {
        Ending.exitAfter(() -> run(command));
    }

    private static void run(String[] command) throws IOException {
        Path log = Files.createDirectories(Path.of("target", "image-test")).resolve("run.log");
        try (Platform platform = Platform.start()) {
            UUID campaign = platform.campaign();
            platform.contacts(campaign, 100);
            List<String> withEnvironment = new ArrayList<>(List.of(command));
            int beforeContainer = withEnvironment.indexOf("run") + 1;
            Map<String, String> settings = platform.settings();
            settings.put("aws.access.key.id", "local");
            settings.put("aws.secret.access.key", "local");
            settings.forEach((key, value) -> withEnvironment.add(
                    beforeContainer, "--env=" + key.replace('.', '_').toUpperCase(Locale.ROOT) + "=" + value));
            try (FunctionProcess function = FunctionProcess.startInContainer(withEnvironment, beforeContainer, log)) {
                Answer answer = function.api().call(Platform.event(campaign, 100), Duration.ofSeconds(60));
                JsonNode reply = new JsonMapper().readTree(answer.body());
                if (answer.error() || reply.get("sentCount").intValue() != 100) {
                    throw new IllegalStateException("The image does not answer: " + answer.body() + ", see " + log);
                }
                System.out.println("The image answered: " + answer.body());
            }
        }
    }
}
