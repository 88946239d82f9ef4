package org.smsdispatcher.campaign;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Window sets on one line of a table: {@code MON,TUE 09:00-21:00 + DAILY 22:00-24:00 - 2026-03-08}, that is windows
 * joined by plus signs, each followed by nothing or, after the last one, by blackout dates.
 */
final class WindowNotation {

    private WindowNotation() {}

    /** The set {@code text} stands for. */
    static CallingWindows parse(String text) {
        return new CallingWindows(windows(text), blackoutDates(text));
    }

    static List<CallingWindow> windows(String text) {
        String windows = text.split(" - ", -1)[0];
        return Stream.of(windows.split(" \\+ ", -1))
                .filter(window -> !window.equals("NONE"))
                .map(WindowNotation::window)
                .toList();
    }

    static Set<LocalDate> blackoutDates(String text) {
        return Stream.of(text.split(" - ", -1)).skip(1).map(LocalDate::parse).collect(Collectors.toSet());
    }

    private static CallingWindow window(String text) {
        String[] daysAndHours = text.split(" ", -1);
        String[] hours = daysAndHours[1].split("-", -1);
        return new CallingWindow(days(daysAndHours[0]), minute(hours[0]), minute(hours[1]));
    }

    private static Set<DayOfWeek> days(String text) {
        if (text.equals("DAILY")) {
            return EnumSet.allOf(DayOfWeek.class);
        }
        return Stream.of(DayOfWeek.values())
                .filter(day -> List.of(text.split(",", -1)).contains(day.name().substring(0, 3)))
                .collect(Collectors.toSet());
    }

    /** Takes 24:00, which {@code LocalTime} does not. */
    private static int minute(String text) {
        return Integer.parseInt(text.substring(0, 2)) * 60 + Integer.parseInt(text.substring(3));
    }
}
