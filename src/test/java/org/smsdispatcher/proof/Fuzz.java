package org.smsdispatcher.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.lambda.Ending;

/**
 * Fuzzes each {@link FuzzTarget} with Jazzer (coverage-guided, by libFuzzer; its detectors of injections on), so many seconds each, in
 * a process of its own. {@code target/fuzz} keeps what it learns for the next run, and the inputs that fail: a copy of one in {@code
 * src/test/resources/fuzz} makes it a test. Arguments: seconds, and the targets or "all".
 */
final class Fuzz {

    private static final Path DIRECTORY = Path.of("target", "fuzz");
    private static final Pattern END =
            Pattern.compile("(?m)^#(\\d+)\\s+DONE\\s+cov: (\\d+) ft: \\d+ corp: (\\d+)/\\S+ .*exec/s: (\\d+)");
    private static final Pattern FINDING =
            Pattern.compile("(?m)^(== Java Exception: .*|== Java Assertion Error.*|==\\d+== ERROR: .*)$");

    private Fuzz() {}

    public static void main(String[] arguments) {
        Ending.exitAfter(() -> run(Integer.parseInt(arguments[0]), arguments[1]));
    }

    private static void run(int seconds, String names) throws IOException {
        List<FuzzTarget> targets = names.equals("all")
                ? List.of(FuzzTarget.values())
                : Arrays.stream(names.split(","))
                        .map(name -> FuzzTarget.valueOf(name.toUpperCase(Locale.ROOT)))
                        .toList();
        System.out.println("| target | inputs | a second | branches covered | kept | |");
        System.out.println("|---|---|---|---|---|---|");
        boolean found = false;
        for (FuzzTarget target : targets) {
            found |= fuzz(target, seconds);
        }
        if (found) {
            throw new IllegalStateException("Inputs were found that fail, see " + DIRECTORY);
        }
    }

    private static boolean fuzz(FuzzTarget target, int seconds) throws IOException {
        String name = target.name().toLowerCase(Locale.ROOT);
        Path directory = Files.createDirectories(DIRECTORY.resolve(name));
        Path corpus = Files.createDirectories(directory.resolve("corpus"));
        int number = 0;
        for (byte[] seed : target.seeds()) {
            Files.write(corpus.resolve("seed-" + number++), seed);
        }
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(command(target, directory, corpus, seconds))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean failed = Processes.waitFor(process) != 0;
        String said = Files.readString(log);
        Matcher end = END.matcher(said);
        System.out.println(
                end.find()
                        ? "| %s | %s | %s | %s | %s | %s |"
                                .formatted(
                                        name,
                                        end.group(1),
                                        end.group(4),
                                        end.group(2),
                                        end.group(3),
                                        failed ? "failed" : "")
                        : "| %s | | | | | %s |".formatted(name, finding(said)));
        return failed || !said.contains("DONE");
    }

    private static List<String> command(FuzzTarget target, Path directory, Path corpus, int seconds) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+EnableDynamicAgentLoading",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + FuzzEntry.class.getName(),
                "--target_args=" + target,
                "--instrumentation_includes=org.smsdispatcher.**:com.fasterxml.jackson.core.**:com.google.i18n.phonenumbers.**",
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + "/",
                "-max_total_time=" + seconds,
                // seconds for one input: a hang is a finding
                "-timeout=10",
                "-max_len=8192",
                "-rss_limit_mb=0",
                corpus.toString()));
        Path found = FuzzTest.found(target);
        if (Files.isDirectory(found)) {
            command.add(found.toString());
        }
        return command;
    }

    private static String finding(String log) {
        Matcher finding = FINDING.matcher(log);
        return finding.find() ? finding.group() : "did not run, see its log";
    }
}
