package org.smsdispatcher.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long each of many calls took, in milliseconds. The embedded metric format takes 100 values of a metric at most: of more,
 * a fair sample is kept (each call with the same chance), so that percentiles stay what they are.
 */
final class Samples {

    static final int MOST = 100;
    private static final double NANOS_PER_MICRO = 1_000;
    private static final double MICROS_PER_MILLI = 1_000;

    private final List<Number> millis = new ArrayList<>();
    private int seen;

    void add(long nanos) {
        double value = Math.round(nanos / NANOS_PER_MICRO) / MICROS_PER_MILLI;
        seen++;
        if (millis.size() < MOST) {
            millis.add(value);
            return;
        }
        int place = ThreadLocalRandom.current().nextInt(seen);
        if (place < MOST) {
            millis.set(place, value);
        }
    }

    List<Number> values() {
        return Collections.unmodifiableList(millis);
    }
}
