package org.smsdispatcher.proof;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Signals, and waiting. */
final class Processes {

    private Processes() {}

    /** Sends a signal, such as STOP; a process that is gone gets none. */
    static void signal(String signal, long pid) {
        try {
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid + " 2>/dev/null")
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
