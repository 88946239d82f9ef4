package org.smsdispatcher.proof;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How long each of several things took each time, in the order they were first done. */
final class Latencies {

    private final Map<String, List<Long>> nanos = new LinkedHashMap<>();

    /** Work that may fail. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    <T, E extends Exception> T time(String what, Work<T, E> work) throws E {
        long from = System.nanoTime();
        T result = work.run();
        nanos.computeIfAbsent(what, name -> new ArrayList<>()).add(System.nanoTime() - from);
        return result;
    }

    /** The value, in milliseconds, that {@code share} of them are not above; NaN when there is none. */
    double millis(String what, double share) {
        long[] sorted = nanos.getOrDefault(what, List.of()).stream()
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1e6;
    }

    /** A row each, for a table of Markdown: what, how often, median, 95th percentile and maximum in milliseconds. */
    List<String> rows() {
        return nanos.keySet().stream()
                .map(what -> String.format(
                        Locale.ROOT,
                        "| %-24s | %5d | %8.2f | %8.2f | %8.2f |",
                        what,
                        nanos.get(what).size(),
                        millis(what, 0.5),
                        millis(what, 0.95),
                        millis(what, 1)))
                .toList();
    }

    static List<String> heading() {
        return Arrays.asList(
                String.format("| %-24s | %5s | %8s | %8s | %8s |", "ms", "times", "p50", "p95", "max"),
                "|---|---:|---:|---:|---:|");
    }
}
