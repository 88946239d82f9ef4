package org.smsdispatcher.proof;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.smsdispatcher.lambda.FunctionProcess;
import org.smsdispatcher.lambda.ImageFiles;

/**
 * How the functions of a chaos run are started: from the image's files where they are there, else from the packaged jars with an archive
 * of their classes, since most of what a killed process costs is the start of the next one.
 */
final class ChaosFunctions {

    private static final Path JAVA = Path.of(System.getProperty("java.home"));
    private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m");

    private final Path directory;
    private final List<String> dispatcher;
    private final String library;

    ChaosFunctions(Path directory) throws IOException {
        this.directory = directory;
        library = unpacked(directory.resolve("runtime-client.so"));
        dispatcher = ImageFiles.exist() ? ImageFiles.command(FunctionProcess.DISPATCH) : archived();
    }

    /** The runtime client unpacks its library to one place for all, so those that start at the same time would spoil it for each other. */
    private static String unpacked(Path file) throws IOException {
        String processor = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
        try (InputStream library =
                ChaosFunctions.class.getResourceAsStream("/jni/libaws-lambda-jni.linux-" + processor + ".so")) {
            Files.copy(library, file);
        }
        return file.toString();
    }

    private List<String> archived() {
        Path archive = directory.resolve("function.jsa");
        Map<String, String> nowhere = Map.of(
                "db.host", "127.0.0.1",
                "db.port", "1",
                "db.name", "none",
                "db.user", "none",
                "db.password", "none",
                "redis.host", "127.0.0.1",
                "redis.port", "1",
                "aws.endpoint.url", "http://127.0.0.1:1",
                "sms.gateway.topic.arn", "arn:aws:sns:us-east-1:000000000000:none");
        try (FunctionProcess training = FunctionProcess.start(
                packaged(FunctionProcess.DISPATCH, "-XX:ArchiveClassesAtExit=" + archive),
                nowhere,
                directory.resolve("archive.log"))) {
            training.api().awaitReady(Duration.ofMinutes(2));
            training.terminate(Duration.ofMinutes(2));
        }
        return Files.exists(archive)
                ? packaged(FunctionProcess.DISPATCH, "-XX:SharedArchiveFile=" + archive)
                : packaged(FunctionProcess.DISPATCH);
    }

    private static List<String> packaged(String handler, String... more) {
        List<String> options = new ArrayList<>(OPTIONS);
        options.addAll(List.of(more));
        return FunctionProcess.packaged(JAVA, handler, options.toArray(String[]::new));
    }

    String describe() {
        return (ImageFiles.exist() ? "the image's" : "the packaged") + " function, Java " + Runtime.version();
    }

    List<String> dispatcher() {
        return dispatcher;
    }

    List<String> tracker() {
        return ImageFiles.exist() ? ImageFiles.command(FunctionProcess.TRACK) : packaged(FunctionProcess.TRACK);
    }

    List<String> naive() {
        return FunctionProcess.command(
                JAVA,
                OPTIONS,
                System.getProperty("java.class.path"),
                NaiveFunction.class.getName() + "::handleRequest");
    }

    /** Starts one of them. */
    FunctionProcess start(List<String> command, Map<String, String> settings, Path log) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("JAVA_HOME", JAVA.toString());
        all.put(
                "JDK_JAVA_OPTIONS",
                "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI=" + library);
        return FunctionProcess.start(command, all, log);
    }
}
