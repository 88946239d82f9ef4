package org.smsdispatcher.lambda;

import java.io.IOException;

/** Ends a main program, whatever came of it: the embedded servers' threads would keep the process alive for ever. */
public final class Ending {

    private Ending() {}

    /** Work that may fail. */
    @FunctionalInterface
    public interface Work {
        void run() throws IOException;
    }

    /** Runs it, then ends the process: with 0, or with 1 and its failure on standard error. */
    public static void exitAfter(Work work) {
        try {
            work.run();
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }
}
