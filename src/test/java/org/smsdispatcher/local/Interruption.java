package org.smsdispatcher.local;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a run that is interrupted, by Ctrl-C, by SIGTERM or because the process that started it is gone: no server outlives it, and
 * what fails because the servers go is not printed.
 *
 * <p>PostgreSQL and Redis have shutdown hooks, but a server that is starting when the shutdown begins comes too late for its own:
 * so the shutdown waits for the run, which fails at its next step.
 */
final class Interruption {

    private final CountDownLatch ended = new CountDownLatch(1);
    private final PrintStream out;

    private Interruption(PrintStream out) {
        this.out = out;
    }

    /** Watches over a run that prints to {@code out}. */
    static Interruption watch(PrintStream out) {
        Interruption interruption = new Interruption(out);
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::stop, "stop"));
        ProcessHandle.current().parent().ifPresent(Interruption::endWith);
        return interruption;
    }

    /** Maven does not pass a SIGTERM on, and nobody can pass on a SIGKILL. */
    private static void endWith(ProcessHandle parent) {
        CompletableFuture<Void> unused = parent.onExit().thenRun(() -> System.exit(143));
    }

    /** The run has ended by itself. */
    void over() {
        ended.countDown();
    }

    private void stop() {
        if (ended.getCount() == 0) {
            return;
        }
        out.close();
        System.setErr(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
        try {
            ended.await(15, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
    }
}
