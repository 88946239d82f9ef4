package org.smsdispatcher.proof;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** How often what happened. */
final class Counts {

    private final Map<String, Long> times = new TreeMap<>();

    synchronized void count(String what) {
        add(what, 1);
    }

    synchronized void add(String what, long howOften) {
        times.merge(what, howOften, Long::sum);
    }

    synchronized long of(String what) {
        return times.getOrDefault(what, 0L);
    }

    /** The sum of all that begin so. */
    synchronized long sum(String prefix) {
        return times.entrySet().stream()
                .filter(each -> each.getKey().startsWith(prefix))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    synchronized Set<String> names() {
        return Set.copyOf(times.keySet());
    }

    @Override
    public synchronized String toString() {
        return times.toString();
    }
}
