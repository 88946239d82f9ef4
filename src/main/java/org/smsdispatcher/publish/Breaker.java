package org.smsdispatcher.publish;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.DispatchException;
import org.smsdispatcher.TopicUnreachableException;
import org.smsdispatcher.metrics.Meter;

/**
 * Keeps an outage of SNS from burning through a campaign: three chunks in a row that SNS did not accept end the publishing of
 * this invocation. Until a chunk was accepted, and after one was not, chunks go one at a time, so that an outage costs three
 * chunks and not three for each lane. One breaker an invocation; its methods may be called from every lane.
 */
public final class Breaker {

    private static final int TRIPS_AFTER = 3;
    private static final Duration REST = Duration.ofSeconds(5);
    private static final long FIRST_PAUSE_MILLIS = 200;

    private boolean trusted;
    private boolean open;
    private int inFlight;
    private int failuresInARow;
    private DispatchException failure;
    private Exception unreachable;
    private boolean redisFailed;
    private final Meter meter;

    /** A breaker that nobody measures. */
    public Breaker() {
        this(new Meter());
    }

    /**
     * A breaker for one invocation.
     *
     * @param meter told of what only the lanes see
     */
    public Breaker(Meter meter) {
        this.meter = meter;
    }

    /**
     * Waits for its turn to publish, after a refusal also for a pause with full jitter (0.2 s, doubling).
     *
     * @return whether the caller may publish, and then owes a call of {@link #leave}; false when the breaker is open, the
     *     deadline too near or the thread interrupted
     */
    public boolean enter(Deadline deadline) {
        try {
            if (!takeTurn()) {
                return false;
            }
            Thread.sleep(pauseMillis(deadline));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop();
        }
        if (isOpen() || !deadline.allowsPublishing()) {
            leave(Optional.empty());
            return false;
        }
        return true;
    }

    private synchronized boolean takeTurn() throws InterruptedException {
        while (!open && inFlight > 0 && !trusted) {
            wait();
        }
        if (!open) {
            inFlight++;
        }
        return !open;
    }

    private synchronized long pauseMillis(Deadline deadline) {
        if (failuresInARow == 0) {
            return 0;
        }
        long most = Math.min(
                FIRST_PAUSE_MILLIS << failuresInARow, deadline.forPublishing().toMillis());
        return most <= 0 ? 0 : ThreadLocalRandom.current().nextLong(most);
    }

    /**
     * Ends a turn.
     *
     * @param accepted whether SNS accepted any message of the chunk; empty when SNS was not asked
     */
    public synchronized void leave(Optional<Boolean> accepted) {
        inFlight--;
        accepted.ifPresent(this::count);
        notifyAll();
    }

    private void count(boolean accepted) {
        trusted = accepted;
        failuresInARow = accepted ? 0 : failuresInARow + 1;
        open |= failuresInARow >= TRIPS_AFTER;
    }

    /** Ends the publishing of this invocation at once: the campaign was paused, or it is about to fail. */
    public synchronized void stop() {
        open = true;
        notifyAll();
    }

    /** Ends the publishing of this invocation, which will fail with {@code why} once everything is handed back. */
    public synchronized void fail(DispatchException why) {
        if (failure == null) {
            failure = why;
        }
        stop();
    }

    /** Whether nothing is published any more. */
    public synchronized boolean isOpen() {
        return open;
    }

    /** How many chunks in a row SNS has not accepted. */
    public synchronized int failuresInARow() {
        return failuresInARow;
    }

    /** How long SNS is best left alone once the breaker is open. */
    public Duration restsFor() {
        return REST;
    }

    /** SNS could not be reached by a chunk. */
    synchronized void unreachable(Exception cause) {
        unreachable = cause;
    }

    /**
     * Throws what the invocation is to fail with, if anything.
     *
     * @param sent whether anything was sent in this invocation: then an unreachable SNS is left to the reply
     */
    synchronized void throwFailure(boolean sent) {
        if (failure != null) {
            throw failure;
        }
        if (open && unreachable != null && !sent) {
            throw new TopicUnreachableException(
                    "SMS_GATEWAY_TOPIC_ARN: SNS cannot be reached; nothing was sent and no attempt was used",
                    unreachable);
        }
    }

    /** Redis has failed: it is not asked again in this invocation, PostgreSQL decides alone. */
    public synchronized void redisFailed() {
        redisFailed = true;
        meter.redisDegraded();
    }

    /** The meter of this invocation. */
    public Meter meter() {
        return meter;
    }

    /** Whether Redis has not failed in this invocation. */
    public synchronized boolean isRedisWorking() {
        return !redisFailed;
    }
}
