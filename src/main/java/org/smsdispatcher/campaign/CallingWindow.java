package org.smsdispatcher.campaign;

import java.time.DayOfWeek;
import java.util.Set;

/**
 * One entry of {@code campaigns.config.callingWindows}: hours of the recipient's wall clock, repeated every week.
 *
 * <p>The start is inside the window, the end is not: a window that ends at 21:00 holds 20:59:59.999 and not 21:00:00.
 * A window that starts after it ends spans midnight and belongs to the days it starts on: Saturday 22:00 to 06:00
 * reaches into Sunday. One that starts when it ends holds nothing; 0 to 1440 is the whole day.
 *
 * @param days the days on which the window starts, at least one
 * @param startMinuteOfDay first minute inside, 0 to 1439
 * @param endMinuteOfDay first minute no longer inside, 0 to 1440; 1440 is the midnight that ends the day
 */
public record CallingWindow(Set<DayOfWeek> days, int startMinuteOfDay, int endMinuteOfDay) {

    static final int MINUTES_PER_DAY = 24 * 60;

    /** @throws IllegalArgumentException if there is no day or a minute is out of its range; the message says which */
    public CallingWindow {
        days = Set.copyOf(days);
        if (days.isEmpty()) {
            throw new IllegalArgumentException("A calling window needs at least one day");
        }
        requireWithin("start", startMinuteOfDay, MINUTES_PER_DAY - 1);
        requireWithin("end", endMinuteOfDay, MINUTES_PER_DAY);
    }

    /** How long the window is by the wall clock, 0 to 1440; less than a day if it spans midnight. */
    int minutes() {
        int minutes = endMinuteOfDay - startMinuteOfDay;
        return minutes < 0 ? minutes + MINUTES_PER_DAY : minutes;
    }

    private static void requireWithin(String edge, int minute, int last) {
        if (minute < 0 || minute > last) {
            throw new IllegalArgumentException(
                    "The %s of a calling window must be a minute of the day from 0 to %d, not %d"
                            .formatted(edge, last, minute));
        }
    }
}
