package org.smsdispatcher.local;

import java.io.PrintStream;

/** How far the dispatch is: one line that moves in a terminal, else a new line for every tenth at most. */
final class ProgressBar {

    private static final int WIDTH = 30;

    private final PrintStream out;
    private final boolean terminal;
    private final int total;
    private int tenthsShown = -1;
    private boolean lineOpen;

    /**
     * A bar that is full at {@code total}.
     *
     * @param terminal whether a line can be written over
     */
    ProgressBar(PrintStream out, boolean terminal, int total) {
        this.out = out;
        this.terminal = terminal;
        this.total = total;
    }

    /** So many contacts are done, and so many of them sent; a contact tried twice counts once too often, the bar does not. */
    void show(int done, int sent) {
        int capped = Math.min(done, total);
        int tenths = total == 0 ? 10 : (int) (10L * capped / total);
        if (terminal) {
            // the cursor goes back at once, so that a line of the log takes the bar's place and not its end
            out.print(line(capped, sent) + "\r");
            out.flush();
            lineOpen = true;
        } else if (tenths > tenthsShown) {
            out.println(line(capped, sent));
            tenthsShown = tenths;
        }
    }

    /** Says what is waited for, on a line of its own. */
    void say(String text) {
        end();
        out.println(text);
    }

    /** Whether anybody still reads; not once the output is closed, since then the run is to end. */
    boolean isRead() {
        // a closed stream notices when it is written to
        out.print("");
        return !out.checkError();
    }

    /** Ends the line, so that others can follow. */
    void end() {
        if (lineOpen) {
            out.println();
            lineOpen = false;
        }
    }

    private String line(int done, int sent) {
        int filled = total == 0 ? WIDTH : (int) ((long) WIDTH * done / total);
        return "[" + "#".repeat(filled) + ".".repeat(WIDTH - filled) + "] " + done + " of " + total + " contacts, "
                + sent + " sent";
    }
}
