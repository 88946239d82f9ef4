package org.smsdispatcher.proof;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Windows that open and close during a run: recipients of one zone are awake all along, those of the second in even minutes, those of
 * the third in odd ones. The campaign is told so in local hours, which the three zones never share; whoever judges asks here instead.
 */
final class ChaosClock {

    /** A contact's zones: the campaign's own, which is always awake, and two that take turns. */
    static final String EVEN = "Asia/Tokyo";

    static final String ODD = "America/Phoenix";

    private static final ZoneId CAMPAIGN = ZoneOffset.UTC;
    /** The campaign takes 200 windows at most. */
    private static final int MINUTES = 180;

    private static final String EVERY_DAY = "{\"dayOfWeek\":[0,1,2,3,4,5,6],";
    private static final int MINUTES_A_DAY = 24 * 60;

    private final Instant begin;
    private volatile Instant openAt = Instant.MAX;

    /** Windows from the minute before {@code now}, for three hours. */
    ChaosClock(Instant now) {
        begin = now.truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(1));
    }

    /** From now on every zone is awake; for when the campaign was told the same. */
    void openEverything(Instant from) {
        openAt = from;
    }

    /** Whether a recipient in that zone, null for the campaign's, is awake. */
    boolean isOpen(String zone, Instant at) {
        if (!at.isBefore(openAt)) {
            return true;
        }
        long minute = Math.floorDiv(at.toEpochMilli() - begin.toEpochMilli(), 60_000L);
        if (minute < 0 || minute >= MINUTES) {
            return false;
        }
        if (EVEN.equals(zone)) {
            return minute % 2 == 0;
        }
        return !ODD.equals(zone) || minute % 2 == 1;
    }

    /** How many times windows have opened and closed by then. */
    long edges(Instant at) {
        return Math.max(0, Duration.between(begin, at).toMinutes());
    }

    /** The same as the campaign's {@code callingWindows}. */
    String callingWindows() {
        StringBuilder windows = new StringBuilder("[").append(window(CAMPAIGN, 0, MINUTES));
        for (int minute = 0; minute < MINUTES; minute++) {
            windows.append(',').append(window(ZoneId.of(minute % 2 == 0 ? EVEN : ODD), minute, 1));
        }
        return windows.append(']').toString();
    }

    private String window(ZoneId zone, int minute, int minutes) {
        ZonedDateTime local = begin.plus(Duration.ofMinutes(minute)).atZone(zone);
        int start = local.getHour() * 60 + local.getMinute();
        int end = (start + minutes) % MINUTES_A_DAY == 0 ? MINUTES_A_DAY : (start + minutes) % MINUTES_A_DAY;
        return String.format(
                Locale.ROOT,
                "%s\"startHour\":%d,\"startMinute\":%d,\"endHour\":%d,\"endMinute\":%d}",
                EVERY_DAY,
                start / 60,
                start % 60,
                end / 60,
                end % 60);
    }
}
