package org.smsdispatcher.lambda;

import java.util.Arrays;

/** The middle of some figures. */
public final class Median {

    private Median() {}

    /** The middle figure, or the mean of the two; there must be one at least. */
    public static double of(double... figures) {
        double[] sorted = Arrays.stream(figures).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
