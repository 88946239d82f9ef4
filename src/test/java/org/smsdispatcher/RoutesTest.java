package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The route files: one a route, named as it, and each of them loaded. */
class RoutesTest {

    @Test
    void everyRouteFileIsNamedInTheProperties() throws IOException {
        Properties properties = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("application.properties"))) {
            properties.load(file);
        }
        List<String> named = Arrays.stream(properties
                        .getProperty("camel.main.routes-include-pattern")
                        .split(","))
                .map(String::strip)
                .toList();

        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(
                        routeFiles().map(name -> "classpath:routes/" + name).toList());
    }

    @Test
    void everyFileHoldsTheOneRouteOfItsName() throws IOException {
        for (String name :
                routeFiles().filter(file -> !file.startsWith("beans")).toList()) {
            List<String> ids = Files.readAllLines(Path.of("routes", name)).stream()
                    .filter(line -> line.startsWith("    id: "))
                    .map(line -> line.substring(8))
                    .toList();

            assertThat(ids).as(name).containsExactly(name.replace(".camel.yaml", ""));
        }
    }

    private static Stream<String> routeFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
