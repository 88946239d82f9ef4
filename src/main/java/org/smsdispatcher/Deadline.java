package org.smsdispatcher;

import java.time.Duration;

/**
 * When Lambda ends this invocation. Measured on the monotonic clock, so that a clock set back cannot make time.
 *
 * @param endsAt the end, as {@link System#nanoTime()} will read then
 * @param reserve how long before the end nothing may be published any more: one publish, its settling, the release and the
 *     reply have to fit into it
 */
public record Deadline(long endsAt, Duration reserve) {

    /** The deadline {@code remaining} from now; nothing or less means that it has passed. */
    public static Deadline in(Duration remaining, Duration reserve) {
        return new Deadline(System.nanoTime() + remaining.toNanos(), reserve);
    }

    /** What remains until Lambda ends the invocation, never negative. */
    public Duration remaining() {
        long nanos = endsAt - System.nanoTime();
        return nanos > 0 ? Duration.ofNanos(nanos) : Duration.ZERO;
    }

    /** Whether more than the reserve remains, so that something may still be published. */
    public boolean allowsPublishing() {
        return remaining().compareTo(reserve) > 0;
    }

    /** The time left for publishing: what remains less the reserve, never negative. */
    public Duration forPublishing() {
        Duration left = remaining().minus(reserve);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
