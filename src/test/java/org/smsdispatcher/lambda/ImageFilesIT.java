package org.smsdispatcher.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the image holds is read by nobody, who owns none of it, and written by no one. */
class ImageFilesIT {

    @Test
    void areReadableByAllWritableByTheirOwnerAndOneOfThemIsAProgram() throws IOException {
        assumeThat(ImageFiles.exist())
                .as("there is no target/image for this Java: mvn -Pimage package makes it")
                .isTrue();
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(ImageFiles.DIRECTORY)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                modes.put(
                        ImageFiles.DIRECTORY.relativize(file).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }

        assertThat(modes.keySet())
                .containsExactlyInAnyOrder(
                        "bootstrap",
                        "jvm.options",
                        "rds-ca-bundle.pem",
                        "sbom.cdx.json",
                        "sms-dispatcher.aot",
                        "sms-dispatcher.jar");
        modes.forEach((file, mode) ->
                assertThat(mode).as(file).matches(file.equals("bootstrap") ? "r[w-]xr-xr-x" : "r[w-]-r--r--"));
    }
}
