package org.smsdispatcher.campaign;

import static org.smsdispatcher.campaign.CallingWindow.MINUTES_PER_DAY;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * When a campaign's recipients may be texted: all its calling windows, minus its blackout dates.
 *
 * <p>Every question is put to the recipient's wall clock, which shows exactly one time at any instant. So a window from
 * 02:00 to 03:00 does not open on a day whose clock skips that hour, and one from 01:00 to 02:00 is open for 120 minutes
 * on a day whose clock shows that hour twice. Windows that overlap or touch are one.
 *
 * <p>A blackout date shuts every instant at which the recipient's calendar shows it, also the hours after midnight of a
 * window that started the evening before. The hours after midnight that follow a blackout date stay open. No windows
 * at all means never open.
 *
 * <p>Immutable.
 */
public final class CallingWindows {

    private static final int MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;
    private static final Duration CLOSING_HORIZON = Duration.ofDays(7);
    private static final Duration OPENING_HORIZON = Duration.ofDays(400);

    /** One bit for each minute of a week of the wall clock, the first one Monday 00:00; set is open. */
    private final BitSet openMinutes;

    private final Set<LocalDate> blackoutDates;

    /**
     * @param windows any number, in any order
     * @param blackoutDates dates of the recipient's own calendar
     */
    public CallingWindows(List<CallingWindow> windows, Set<LocalDate> blackoutDates) {
        this.openMinutes = openMinutes(windows);
        this.blackoutDates = Set.copyOf(blackoutDates);
    }

    /** Whether a recipient in {@code zone} may be texted at {@code at}. */
    public boolean isOpen(ZoneId zone, Instant at) {
        LocalDateTime local = LocalDateTime.ofInstant(at, zone);
        return openMinutes.get(minuteOfWeek(local)) && !blackoutDates.contains(local.toLocalDate());
    }

    /**
     * The first instant after {@code at} at which it is shut, or {@code at} plus 7 days (168 hours) if it does not shut
     * before that. Where clocks go back, a window can shut and open again an hour later; this is the first time it shuts.
     *
     * @param at an instant at which it is open
     * @throws IllegalArgumentException if it is shut at {@code at}
     */
    public Instant closesAt(ZoneId zone, Instant at) {
        if (!isOpen(zone, at)) {
            throw new IllegalArgumentException(
                    "Cannot tell when the calling windows close: shut at " + at + " in " + zone);
        }
        Instant horizon = at.plus(CLOSING_HORIZON);
        Instant next = nextBoundary(zone, at);
        while (next.isBefore(horizon) && isOpen(zone, next)) {
            next = nextBoundary(zone, next);
        }
        return next.isBefore(horizon) ? next : horizon;
    }

    /**
     * Whether it is open at {@code at} and stays open for longer than {@code margin}, the time a message may need to
     * arrive. Exactly {@code margin} before closing is too late. Nothing is publishable with a margin of 7 days or more,
     * since {@link #closesAt} looks no further.
     */
    public boolean mayPublish(ZoneId zone, Instant at, Duration margin) {
        return isOpen(zone, at) && Duration.between(at, closesAt(zone, at)).compareTo(margin) > 0;
    }

    /**
     * The first instant at or after {@code from} for which {@link #mayPublish} holds.
     *
     * @return empty if there is none in the 400 days (of 24 hours, the end excluded) that begin at {@code from}
     */
    public Optional<Instant> nextPublishable(ZoneId zone, Instant from, Duration margin) {
        Instant horizon = from.plus(OPENING_HORIZON);
        // Publishable time begins only where open time begins, and that is a boundary or lies before from.
        for (Instant at = from; at.isBefore(horizon); at = nextBoundary(zone, at)) {
            if (mayPublish(zone, at, margin)) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }

    /**
     * An instant after {@code after}, up to which {@link #isOpen} does not change: the next window edge or midnight on a
     * clock that runs on at the present offset, or the zone's next transition if that comes first.
     */
    private Instant nextBoundary(ZoneId zone, Instant after) {
        LocalDateTime local = LocalDateTime.ofInstant(after, zone);
        Instant edge = local.truncatedTo(ChronoUnit.MINUTES)
                .plusMinutes(minutesToEdge(local))
                .toInstant(zone.getRules().getOffset(after));
        ZoneOffsetTransition transition = zone.getRules().nextTransition(after);
        return transition == null || edge.isBefore(transition.getInstant()) ? edge : transition.getInstant();
    }

    /** From the minute {@code local} lies in to the next one that differs from it or begins a date, at least 1. */
    private int minutesToEdge(LocalDateTime local) {
        int minute = minuteOfWeek(local);
        int change = openMinutes.get(minute) ? openMinutes.nextClearBit(minute) : openMinutes.nextSetBit(minute);
        int toMidnight = MINUTES_PER_DAY - minuteOfDay(local);
        return change < 0 ? toMidnight : Math.min(change - minute, toMidnight);
    }

    private static BitSet openMinutes(List<CallingWindow> windows) {
        BitSet week = new BitSet(MINUTES_PER_WEEK);
        for (CallingWindow window : windows) {
            for (DayOfWeek day : window.days()) {
                int start = minuteOfWeek(day, window.startMinuteOfDay());
                int end = start + window.minutes();
                week.set(start, Math.min(end, MINUTES_PER_WEEK));
                week.set(0, Math.max(end - MINUTES_PER_WEEK, 0)); // Sunday night reaches into Monday
            }
        }
        return week;
    }

    private static int minuteOfWeek(LocalDateTime local) {
        return minuteOfWeek(local.getDayOfWeek(), minuteOfDay(local));
    }

    private static int minuteOfWeek(DayOfWeek day, int minuteOfDay) {
        return (day.getValue() - DayOfWeek.MONDAY.getValue()) * MINUTES_PER_DAY + minuteOfDay;
    }

    private static int minuteOfDay(LocalDateTime local) {
        return local.get(ChronoField.MINUTE_OF_DAY);
    }
}
