package org.smsdispatcher.proof;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.Platform;
import org.smsdispatcher.lambda.FunctionProcess;

/** Whether the function's memory stays flat: what is used after a full collection, and the process's pages, every 10,000 contacts. */
final class BenchMemory {

    private static final int EVERY = 10_000;
    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

    private final BenchServers servers;

    BenchMemory(BenchServers servers) {
        this.servers = servers;
    }

    /** MiB after so many contacts: used heap after a full collection, resident pages, and the most there ever were. */
    record Reading(int contacts, String how, double heap, double resident, double peak) {}

    /** So many contacts in batches of 1,000, then one batch of 10,000, or of a tenth of them when there are fewer. */
    List<Reading> run(int contacts) throws IOException {
        Files.createDirectories(Bench.DIRECTORY);
        List<Reading> readings = new ArrayList<>();
        String database = servers.newDatabase();
        System.out.printf("%9s %-16s %12s %9s %9s%n", "contacts", "", "heap after GC", "RSS", "peak RSS");
        try (SnsProcess sns = SnsProcess.start(Duration.ZERO);
                FunctionProcess function = Bench.start(Bench.Kind.FUNCTION, servers, database, sns)) {
            int every = Math.min(EVERY, contacts);
            for (int done = every; done <= contacts; done += every) {
                dispatch(function, database, every, 1000);
                readings.add(print(reading(function, done, "batches of 1,000")));
            }
            dispatch(function, database, every, every);
            readings.add(print(reading(function, contacts + every, "one batch of " + every)));
        }
        return readings;
    }

    private void dispatch(FunctionProcess function, String database, int contacts, int batch) throws IOException {
        UUID campaign = servers.campaign(database, contacts);
        int sent = 0;
        for (int asked = 0; asked < contacts; asked += batch) {
            sent += Bench.call(function, Platform.event(campaign, Math.min(batch, contacts)));
        }
        if (sent != contacts) {
            throw new IllegalStateException("sent " + sent + " of " + contacts);
        }
    }

    private static Reading print(Reading reading) {
        System.out.printf(
                Locale.ROOT,
                "%9d %-16s %12.1f %9.1f %9.1f%n",
                reading.contacts(),
                reading.how(),
                reading.heap(),
                reading.resident(),
                reading.peak());
        return reading;
    }

    private static Reading reading(FunctionProcess function, int contacts, String how) throws IOException {
        long pid = function.handle().pid();
        double resident = status(pid, "VmRSS:");
        jcmd(pid, "GC.run");
        return new Reading(contacts, how, heap(jcmd(pid, "GC.heap_info")), resident, status(pid, "VmHWM:"));
    }

    /** Young and old generation; what follows is the classes'. */
    private static double heap(String info) {
        Matcher used = HEAP_USED.matcher(info.replaceAll("(?s)Metaspace.*", ""));
        double kib = 0;
        while (used.find()) {
            kib += Double.parseDouble(used.group(1));
        }
        return kib / 1024;
    }

    private static double status(long pid, String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(field))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private static String jcmd(long pid, String command) throws IOException {
        Process asked = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader answer = asked.inputReader()) {
            return String.join("\n", answer.lines().toList());
        }
    }
}
