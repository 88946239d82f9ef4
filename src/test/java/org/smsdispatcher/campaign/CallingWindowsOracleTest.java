package org.smsdispatcher.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@link CallingWindows} against a second, slow opinion: {@link Oracle} asks
 * every window in every minute. Clocks changed on whole minutes only in the years tested.
 */
class CallingWindowsOracleTest {

    /** Blackout dates are written as days from the date of the clock change: 0 is that date, 1 the one after. */
    private static final List<String> WINDOW_SETS = List.of(
            "NONE",
            "DAILY 00:00-24:00",
            "DAILY 09:00-21:00",
            "DAILY 02:00-03:00",
            "DAILY 01:00-02:00",
            "DAILY 01:30-02:30",
            "DAILY 02:15-02:16",
            "DAILY 23:30-00:30",
            "DAILY 23:00-24:00 + DAILY 00:00-01:00",
            "DAILY 00:00-00:30 + DAILY 00:45-01:15 + DAILY 22:50-23:20",
            "DAILY 22:00-06:00",
            "SUN 00:00-24:00",
            "SUN,FRI 01:30-01:30 + FRI 22:00-02:30",
            "SAT 22:00-01:30 + SUN 01:30-02:00 + SUN 02:45-09:00",
            "SAT,THU 12:00-11:59",
            "MON,TUE,WED,THU,FRI 09:00-12:00 + MON,TUE,WED,THU,FRI 14:00-18:00",
            "DAILY 00:00-24:00 - 0",
            "DAILY 22:00-06:00 - 0",
            "DAILY 21:00-02:30 - 1",
            "DAILY 00:00-24:00 - -1 - 1",
            "DAILY 01:00-23:30 - -2 - 0 - 2");

    private static final int SEARCHED_MINUTES = 2 * 1440;
    private static final Duration MARGIN = Duration.ofMinutes(20);

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "America/New_York, 2026",
        "Europe/London, 2026",
        "Europe/Dublin, 2026",
        "Asia/Jerusalem, 2026",
        "Australia/Lord_Howe, 2026",
        "Africa/Cairo, 2026",
        "Asia/Beirut, 2026",
        "America/Santiago, 2026",
        "America/Havana, 2026",
        "America/Nuuk, 2026",
        "Atlantic/Azores, 2026",
        "Africa/Casablanca, 2026",
        "Antarctica/Troll, 2026",
        "America/Sao_Paulo, 2018",
        "Asia/Pyongyang, 2018",
        "Pacific/Apia, 2011",
        "Asia/Tehran, 2022",
        "Asia/Tehran, 2026",
        "Asia/Kolkata, 2026",
        "Asia/Kathmandu, 2026",
        "UTC, 2026",
    })
    void agreesInEveryMinuteAroundEveryClockChangeOfTheYear(ZoneId zone, int year) {
        for (LocalDate date : clockChanges(zone, year)) {
            for (String set : WINDOW_SETS) {
                agreesFromTheDayBeforeToTheDayAfter(date, set, zone);
            }
        }
    }

    private static void agreesFromTheDayBeforeToTheDayAfter(LocalDate date, String set, ZoneId zone) {
        Instant first = date.minusDays(1).atStartOfDay(zone).toInstant();
        int minutes = (int)
                Duration.between(first, date.plusDays(2).atStartOfDay(zone)).toMinutes();
        Set<LocalDate> blackoutDates = Stream.of(set.split(" - ", -1))
                .skip(1)
                .map(days -> date.plusDays(Integer.parseInt(days)))
                .collect(Collectors.toSet());
        List<CallingWindow> windows = WindowNotation.windows(set);
        Oracle oracle = new Oracle(windows, blackoutDates, zone, first, minutes + SEARCHED_MINUTES, MARGIN);
        CallingWindows unit = new CallingWindows(windows, blackoutDates);
        for (int minute = 0; minute < minutes; minute++) {
            agrees(unit, oracle, minute);
        }
    }

    /** The local dates on which the zone's clock changes in {@code year}; a day in March where it never does. */
    private static List<LocalDate> clockChanges(ZoneId zone, int year) {
        List<LocalDate> dates = new ArrayList<>();
        ZoneOffsetTransition change = zone.getRules()
                .nextTransition(LocalDate.of(year, 1, 1).atStartOfDay(zone).toInstant());
        while (change != null && change.getDateTimeBefore().getYear() == year) {
            dates.add(change.getDateTimeBefore().toLocalDate());
            change = zone.getRules().nextTransition(change.getInstant());
        }
        return dates.isEmpty() ? List.of(LocalDate.of(year, 3, 29)) : dates;
    }

    /** Half of the instants lie in the two days before a clock change, where the zone still has one. */
    @Property(tries = 2000)
    void agreesOnAnyWindowsInAnyZone(
            @ForAll("windowSets") List<CallingWindow> windows,
            @ForAll("daysAhead") Set<Integer> blackoutDays,
            @ForAll("zones") ZoneId zone,
            @ForAll("instants") Instant anywhen,
            @ForAll("minutesBeforeAChange") int minutes,
            @ForAll @IntRange(max = 90) int margin) {
        ZoneOffsetTransition change = zone.getRules().nextTransition(anywhen);
        boolean near = change != null && minutes > 0;
        Instant at = near ? change.getInstant().minus(Duration.ofMinutes(minutes)) : anywhen;
        LocalDate today = LocalDate.ofInstant(at, zone);
        Set<LocalDate> blackoutDates =
                blackoutDays.stream().map(today::plusDays).collect(Collectors.toSet());

        agrees(
                new CallingWindows(windows, blackoutDates),
                new Oracle(windows, blackoutDates, zone, at, SEARCHED_MINUTES, Duration.ofMinutes(margin)),
                0);
    }

    @Provide
    Arbitrary<List<CallingWindow>> windowSets() {
        Arbitrary<Set<DayOfWeek>> days = Arbitraries.of(DayOfWeek.class).set().ofMinSize(1);
        Arbitrary<Integer> halfHours = Arbitraries.integers().between(0, 47).map(halfHour -> halfHour * 30);
        Arbitrary<Integer> starts =
                Arbitraries.oneOf(halfHours, Arbitraries.integers().between(0, 1439));
        Arbitrary<Integer> ends =
                Arbitraries.oneOf(halfHours, Arbitraries.integers().between(0, 1440));
        return Combinators.combine(days, starts, ends)
                .as(CallingWindow::new)
                .list()
                .ofMaxSize(4);
    }

    @Provide
    Arbitrary<Set<Integer>> daysAhead() {
        return Arbitraries.integers().between(-1, 8).set().ofMaxSize(3);
    }

    @Provide
    Arbitrary<ZoneId> zones() {
        return Arbitraries.of(ZoneId.getAvailableZoneIds().stream().sorted().toList())
                .map(ZoneId::of);
    }

    @Provide
    Arbitrary<Instant> instants() {
        long first = Instant.parse("2015-01-01T00:00:00Z").getEpochSecond() / 60;
        long last = Instant.parse("2035-12-31T23:59:00Z").getEpochSecond() / 60;
        return Arbitraries.longs()
                .between(first, last)
                .withDistribution(RandomDistribution.uniform())
                .map(minute -> Instant.ofEpochSecond(minute * 60));
    }

    @Provide
    Arbitrary<Integer> minutesBeforeAChange() {
        return Arbitraries.integers().between(-2880, 2880).withDistribution(RandomDistribution.uniform());
    }

    /** Beyond the minutes the oracle has searched, it only knows that the answer is not before their end. */
    private static void agrees(CallingWindows unit, Oracle oracle, int minute) {
        Instant at = oracle.instant(minute);
        boolean open = oracle.open[minute];
        check(unit.isOpen(oracle.zone, at), open, "isOpen", at, oracle);
        check(unit.isOpen(oracle.zone, at.plusNanos(59_999_999_999L)), open, "isOpen 1 ns before the next", at, oracle);
        check(unit.mayPublish(oracle.zone, at, oracle.margin), oracle.mayPublish(minute), "mayPublish", at, oracle);
        if (open) {
            check(unit.closesAt(oracle.zone, at), oracle.instant(oracle.closes(minute)), "closesAt", at, oracle);
        }
        Optional<Instant> expected = oracle.nextPublishable(minute).map(oracle::instant);
        if (expected.isPresent() || minute % 360 == 0) { // to find none takes long: the search is over 400 days
            Optional<Instant> next = unit.nextPublishable(oracle.zone, at, oracle.margin)
                    .filter(found -> found.isBefore(oracle.instant(oracle.searched)));
            check(next, expected, "nextPublishable", at, oracle);
        }
    }

    /** An assertion object for each of some million comparisons would cost more than the comparison. */
    private static void check(Object actual, Object expected, String question, Instant at, Oracle oracle) {
        if (!actual.equals(expected)) {
            assertThat(actual).as("%s at %s of %s", question, at, oracle).isEqualTo(expected);
        }
    }

    /** What is true in each minute from {@code first} on, from the windows that start on its own date or the one before. */
    private static final class Oracle {

        private static final int HORIZON = 7 * 1440;

        private final List<CallingWindow> windows;
        private final Set<LocalDate> blackoutDates;
        private final ZoneId zone;
        private final Instant first;
        private final int searched;
        private final Duration margin;
        private final boolean[] open;
        /** For each minute the first one, itself included, in which it is shut. */
        private final int[] shut;
        /** For each minute the first one, itself included, in which a message may be published; -1 if none is. */
        private final int[] publishable;

        Oracle(
                List<CallingWindow> windows,
                Set<LocalDate> blackoutDates,
                ZoneId zone,
                Instant first,
                int searched,
                Duration margin) {
            this.windows = windows;
            this.blackoutDates = blackoutDates;
            this.zone = zone;
            this.first = first;
            this.searched = searched;
            this.margin = margin;
            this.open = new boolean[searched + HORIZON];
            this.shut = new int[open.length];
            this.publishable = new int[searched];
            stepBackwards();
        }

        private void stepBackwards() {
            for (int minute = open.length - 1; minute >= 0; minute--) {
                boolean last = minute == open.length - 1;
                open[minute] = isOpen(LocalDateTime.ofInstant(instant(minute), zone));
                shut[minute] = !open[minute] ? minute : last ? open.length : shut[minute + 1];
            }
            for (int minute = searched - 1; minute >= 0; minute--) {
                int later = minute == searched - 1 ? -1 : publishable[minute + 1];
                publishable[minute] = mayPublish(minute) ? minute : later;
            }
        }

        private boolean isOpen(LocalDateTime local) {
            LocalDate today = local.toLocalDate();
            if (blackoutDates.contains(today)) {
                return false;
            }
            for (CallingWindow window : windows) {
                if (holds(window, today.minusDays(1), local) || holds(window, today, local)) {
                    return true;
                }
            }
            return false;
        }

        /** Whether {@code local} lies in the window as it starts on {@code date}. */
        private static boolean holds(CallingWindow window, LocalDate date, LocalDateTime local) {
            long start = date.toEpochDay() * 1440 + window.startMinuteOfDay();
            long end = date.toEpochDay() * 1440 + window.endMinuteOfDay();
            if (start > end) {
                end += 1440;
            }
            long now = local.toLocalDate().toEpochDay() * 1440 + local.getHour() * 60L + local.getMinute();
            return window.days().contains(date.getDayOfWeek()) && start <= now && now < end;
        }

        Instant instant(int minute) {
            return first.plus(Duration.ofMinutes(minute));
        }

        int closes(int minute) {
            return Math.min(shut[minute], minute + HORIZON);
        }

        boolean mayPublish(int minute) {
            return open[minute] && minute < closes(minute) - margin.toMinutes();
        }

        Optional<Integer> nextPublishable(int minute) {
            return Optional.of(publishable[minute]).filter(found -> found >= 0);
        }

        @Override
        public String toString() {
            return windows + " without " + blackoutDates + " in " + zone + ", margin " + margin;
        }
    }
}
