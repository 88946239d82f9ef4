package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
        List<String> named = Stream.of("camel.main.routes-include-pattern", "tracking.routes-include-pattern")
                .flatMap(function ->
                        Arrays.stream(properties.getProperty(function).split(",")))
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

    /**
     * A route that asks for {@code isX} of a class that has {@code x()} too is ambiguous to Camel, or is not: that depends on the order
     * in which this run's Java tells the methods.
     */
    @Test
    void noClassHasAQuestionBesideAComponentOfItsName() throws Exception {
        List<String> clashes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("target", "classes", "org", "smsdispatcher"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".class")).toList()) {
                Class<?> type = Class.forName(Path.of("target", "classes")
                        .relativize(file)
                        .toString()
                        .replace(File.separatorChar, '.')
                        .replaceAll("\\.class$", ""));
                List<String> names = Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(type.getModifiers())
                                && Modifier.isPublic(method.getModifiers())
                                && method.getParameterCount() == 0)
                        .map(Method::getName)
                        .toList();
                names.stream()
                        .filter(name -> name.matches("(is|get)[A-Z].*"))
                        .filter(name -> names.contains(decapitalised(name.replaceFirst("is|get", ""))))
                        .forEach(name -> clashes.add(type.getName() + "." + name));
            }
        }
        assertThat(clashes).isEmpty();
    }

    private static String decapitalised(String name) {
        return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    }

    /** A count that is not the statement's own fails each execution; without one the driver asks PostgreSQL, and plans anew, each time. */
    @Test
    void aCountOfParametersIsTheStatementsOwn() throws IOException {
        Pattern statement = Pattern.compile("sql:classpath:(sql/[a-z-]+\\.sql)\"(?:.*parametersCount: ([0-9]+))?");
        for (String name : routeFiles().toList()) {
            for (String line : Files.readAllLines(Path.of("routes", name))) {
                Matcher counted = statement.matcher(line);
                if (counted.find()) {
                    String sql = Files.readString(Path.of("src/main/resources", counted.group(1)));
                    assertThat(counted.group(2))
                            .as(name + ": " + counted.group(1))
                            .isEqualTo(Long.toString(
                                    Pattern.compile(":#").matcher(sql).results().count()));
                }
            }
        }
    }

    private static Stream<String> routeFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
