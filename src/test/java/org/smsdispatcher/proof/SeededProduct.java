package org.smsdispatcher.proof;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectIteration;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.launcher.EngineFilter.includeEngines;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.platform.engine.discovery.MethodSelector;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.smsdispatcher.Platform;
import org.smsdispatcher.connect.Connections;

/**
 * The product with a fault in it, for a test that knows nothing of it. A fault is a piece of a route, of a statement or of
 * {@link Connections} in place of another; the dispatchers of the test are led to copies of the files that have it.
 */
final class SeededProduct {

    private static final String ROUTES = "camel.main.routes-include-pattern";

    private final Path directory;
    private final Map<String, String> routes = new HashMap<>();

    private SeededProduct(Path directory) {
        this.directory = directory;
    }

    /** {@code wrong} in place of {@code right} in a file: {@code routes/x.camel.yaml}, {@code sql/x.sql} or {@code Connections.java}. */
    record Edit(String file, String right, String wrong) {

        private String in(String source) {
            if (!source.contains(right)) {
                throw new IllegalArgumentException(file + " does not say: " + right);
            }
            return source.replace(right, wrong);
        }
    }

    /**
     * What a test says of the product with these edits; nothing when it passes.
     *
     * @param iteration of a parameterized test, that one alone; -1 for a plain test
     */
    static List<String> failures(List<Edit> edits, Class<?> test, String method, int iteration) throws Exception {
        Path seeded = Files.createDirectories(Path.of("target", "seeded")).toAbsolutePath();
        SeededProduct product = new SeededProduct(Files.createTempDirectory(seeded, "fault-"));
        try {
            Platform.seed(Map.of(ROUTES, product.routesWith(edits)));
            return run(test, method, iteration);
        } finally {
            Platform.seed(Map.of());
            Chaos.delete(product.directory);
        }
    }

    private static List<String> run(Class<?> test, String name, int iteration) {
        Method method = Stream.of(test.getDeclaredMethods())
                .filter(each -> each.getName().equals(name))
                .findFirst()
                .orElseThrow();
        MethodSelector selector = selectMethod(test, method);
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(iteration < 0 ? selector : selectIteration(selector, iteration))
                .filters(includeEngines("junit-jupiter"))
                .build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, summary);
        if (summary.getSummary().getTestsStartedCount() != 1) {
            throw new IllegalArgumentException("Not one test: " + test + " " + name + " " + iteration);
        }
        return summary.getSummary().getFailures().stream()
                .map(failure -> failure.getException().toString())
                .toList();
    }

    private String routesWith(List<Edit> edits) throws Exception {
        for (Edit edit : edits) {
            String name = edit.file().replaceAll("^\\w+/", "");
            if (edit.file().startsWith("routes/")) {
                routes.put(edit.file(), edit.in(route(edit.file())));
            } else if (edit.file().startsWith("sql/")) {
                Path file = Files.writeString(
                        directory.resolve(name), edit.in(ShippedSql.source(name.replace(".sql", ""))));
                lead("sql:classpath:" + edit.file(), "sql:file:" + file);
            } else {
                lead(Connections.class.getName(), compiled(edit));
            }
        }
        String pattern = pattern();
        for (Map.Entry<String, String> route : routes.entrySet()) {
            Path file = directory.resolve(Path.of(route.getKey()).getFileName());
            Files.writeString(file, route.getValue());
            pattern = pattern.replace("classpath:" + route.getKey(), "file:" + file);
        }
        return pattern;
    }

    /** Every route that names the one is to name the other. */
    private void lead(String from, String to) throws IOException {
        for (String entry : pattern().split(",", -1)) {
            String file = entry.replace("classpath:", "");
            String text = route(file);
            if (text.contains(from)) {
                routes.put(file, text.replace(from, to));
            }
        }
    }

    private String route(String file) throws IOException {
        return routes.containsKey(file) ? routes.get(file) : Files.readString(Path.of(file));
    }

    private static String pattern() throws IOException {
        Properties settings = new Properties();
        try (InputStream file = Files.newInputStream(Path.of("application.properties"))) {
            settings.load(file);
        }
        return settings.getProperty(ROUTES);
    }

    /** {@link Connections} with the fault, under another name in the same package; its name. */
    private String compiled(Edit edit) throws Exception {
        String name = "Seeded" + directory.getFileName().toString().replaceAll("\\W", "");
        Path source = directory.resolve(name + ".java");
        Path original = Path.of("src/main/java", Connections.class.getName().replace('.', '/') + ".java");
        Files.writeString(source, edit.in(Files.readString(original)).replaceAll("\\bConnections\\b", name));
        List<String> errors = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiles = compiler.getTask(
                            null,
                            files,
                            error -> errors.add(error.toString()),
                            List.of("-proc:none", "-d", directory.toString()),
                            null,
                            files.getJavaFileObjects(source))
                    .call();
            if (!compiles) {
                throw new IllegalArgumentException("The fault does not compile: " + errors);
            }
        }
        Path made = directory
                .resolve(Connections.class.getPackageName().replace('.', '/'))
                .resolve(name + ".class");
        return MethodHandles.privateLookupIn(Connections.class, MethodHandles.lookup())
                .defineClass(Files.readAllBytes(made))
                .getName();
    }
}
