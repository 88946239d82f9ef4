package org.smsdispatcher.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The image's last stage: what runs, as whom, and what it may change. */
class DockerfileTest {

    /** The faults of a Dockerfile's last stage. */
    private static List<String> faults(String dockerfile) {
        String last =
                dockerfile.substring(dockerfile.lastIndexOf("\nFROM ") + 1).replace("\\\n", " ");
        List<String> instructions = last.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        return instructions.stream()
                .filter(each -> each.matches("(?i)(RUN|ADD|SHELL|VOLUME|EXPOSE|ENV)\\b.*")
                        || each.matches("(?i)COPY\\b.*--(chown|chmod)\\b.*")
                        || each.matches("(?i)COPY\\b(?!.* --from=training ).*")
                        || each.matches("(?i)USER\\b(?! 65534:65534$).*")
                        || each.matches("(?i)(ENTRYPOINT|CMD)\\b(?! *\\[).*"))
                .toList();
    }

    private static String dockerfile() throws IOException {
        return Files.readString(Path.of("Dockerfile"));
    }

    @Test
    void theLastStageHoldsTheBuiltFilesRootOwnsAndRunsThemAsNobody() throws IOException {
        assertThat(faults(dockerfile())).isEmpty();
        assertThat(dockerfile()).containsOnlyOnce("\nUSER 65534:65534\nENTRYPOINT [\"/var/task/bootstrap\"]\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "USER root",
                "USER 0:0",
                "RUN chmod -R a+w /var/task",
                "ADD https://example.com/x /var/task/",
                "COPY --chown=65534:65534 --from=training /build/target/image/ /var/task/",
                "COPY . /var/task/",
                "ENV DB_PASSWORD=secret",
                "CMD exec /var/task/bootstrap"
            })
    void anythingMoreIsAFault(String instruction) throws IOException {
        assertThat(faults(dockerfile() + "\n" + instruction + "\n")).containsExactly(instruction);
    }
}
