package org.smsdispatcher.lambda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@code mvn -Pimage package} leaves in {@code target/image}, and the image's final stage copies. */
public final class ImageFiles {

    static final Path DIRECTORY = Path.of("target", "image").toAbsolutePath();
    static final String CACHE = "sms-dispatcher.aot";

    private ImageFiles() {}

    /** Whether they are there, and this is a Java that can take their cache. */
    public static boolean exist() {
        return Runtime.version().feature() >= 25 && Files.exists(DIRECTORY.resolve(CACHE));
    }

    /** Starts a function from them. */
    public static List<String> command(String handler) {
        return List.of(DIRECTORY.resolve("bootstrap").toString(), handler);
    }

    /** What each of them weighs, in MiB, the heaviest first. */
    static String sizes() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.sorted(
                            Comparator.comparing((Path file) -> file.toFile().length())
                                    .reversed())
                    .map(file -> file.getFileName() + " "
                            + "%.1f".formatted(file.toFile().length() / 1048576.0))
                    .collect(Collectors.joining(", "));
        }
    }

    /** A copy of them, to spoil. */
    static Path copyTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return directory;
    }
}
