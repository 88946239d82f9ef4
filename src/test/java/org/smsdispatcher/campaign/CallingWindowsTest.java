package org.smsdispatcher.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of {@link CallingWindows} edge by edge; 2026-03-02 is a Monday. */
class CallingWindowsTest {

    @ParameterizedTest(name = "{4}: {0} at {1} is {2}")
    @CsvSource(delimiter = '|', textBlock = """
            MON 09:00-21:00                   | 2026-03-02T08:59:59.999 | shut | start minute
            MON 09:00-21:00                   | 2026-03-02T09:00:00     | open | start minute is inside
            MON 09:00-21:00                   | 2026-03-02T20:59:59.999 | open | end minute
            MON 09:00-21:00                   | 2026-03-02T21:00:00     | shut | end minute is outside
            MON 09:00-21:00                   | 2026-03-03T12:00:00     | shut | another day
            MON 09:30-09:31                   | 2026-03-02T09:29:59     | shut | one minute, before
            MON 09:30-09:31                   | 2026-03-02T09:30:59.999 | open | one minute, its last instant
            MON 09:30-09:31                   | 2026-03-02T09:31:00     | shut | one minute, after
            MON 18:00-24:00                   | 2026-03-02T23:59:59.999 | open | end at midnight
            MON 18:00-24:00                   | 2026-03-03T00:00:00     | shut | midnight is outside
            MON 18:00-00:00                   | 2026-03-02T23:59:59.999 | open | midnight written as 0
            MON 18:00-00:00                   | 2026-03-03T00:00:00     | shut | midnight written as 0
            MON 00:00-24:00                   | 2026-03-02T00:00:00     | open | whole day, first instant
            MON 00:00-24:00                   | 2026-03-02T23:59:59.999 | open | whole day, last instant
            MON 00:00-24:00                   | 2026-03-01T23:59:59.999 | shut | the day before a whole day
            MON 00:00-24:00                   | 2026-03-03T00:00:00     | shut | the day after a whole day
            MON 00:00-00:00                   | 2026-03-02T00:00:00     | shut | start is end: holds nothing
            DAILY 09:00-09:00                 | 2026-03-02T09:00:00     | shut | start is end: holds nothing
            DAILY 09:00-09:00                 | 2026-03-02T12:00:00     | shut | start is end: holds nothing
            NONE                              | 2026-03-02T12:00:00     | shut | no windows
            MON 22:00-06:00                   | 2026-03-02T21:59:59.999 | shut | overnight, before
            MON 22:00-06:00                   | 2026-03-02T22:00:00     | open | overnight, start
            MON 22:00-06:00                   | 2026-03-03T05:59:59.999 | open | overnight, tail on Tuesday
            MON 22:00-06:00                   | 2026-03-03T06:00:00     | shut | overnight, end
            MON 22:00-06:00                   | 2026-03-02T05:00:00     | shut | overnight has no tail on its own day
            MON 22:00-06:00                   | 2026-03-03T22:00:00     | shut | overnight does not start on its tail's day
            MON 00:01-00:00                   | 2026-03-02T00:00:59.999 | shut | all but a minute
            MON 12:00-11:59                   | 2026-03-03T11:58:59.999 | open | overnight of 24 hours less a minute
            SAT 22:00-06:00                   | 2026-03-08T05:59:59.999 | open | Saturday night into Sunday
            SAT 22:00-06:00                   | 2026-03-07T05:00:00     | shut | Saturday morning is Friday's night
            SUN 22:00-06:00                   | 2026-03-02T05:59:59.999 | open | Sunday night into Monday
            SUN 22:00-06:00                   | 2026-03-02T06:00:00     | shut | Sunday night into Monday
            SUN 00:00-24:00                   | 2026-03-01T00:00:00     | open | Sunday
            SUN 00:00-24:00                   | 2026-03-02T00:00:00     | shut | Sunday
            MON 09:00-12:00 + MON 14:00-18:00 | 2026-03-02T12:00:00     | shut | two a day, between
            MON 09:00-12:00 + MON 14:00-18:00 | 2026-03-02T14:00:00     | open | two a day, second
            MON 09:00-12:00 + MON 12:00-18:00 | 2026-03-02T12:00:00     | open | adjacent
            MON 09:00-18:00 + MON 10:00-11:00 | 2026-03-02T11:00:00     | open | one inside the other
            MON 22:00-06:00 + TUE 05:00-07:00 | 2026-03-03T06:00:00     | open | tail overlapped
            MON,WED 09:00-21:00               | 2026-03-03T12:00:00     | shut | the day between two listed ones
            DAILY 09:00-21:00 - 2026-03-02    | 2026-03-02T12:00:00     | shut | blackout
            DAILY 09:00-21:00 - 2026-03-02    | 2026-03-09T12:00:00     | open | a week after a blackout
            DAILY 00:00-24:00 - 2026-03-02    | 2026-03-01T23:59:59.999 | open | last instant before a blackout
            DAILY 00:00-24:00 - 2026-03-02    | 2026-03-02T00:00:00     | shut | first instant of a blackout
            DAILY 00:00-24:00 - 2026-03-02    | 2026-03-02T23:59:59.999 | shut | last instant of a blackout
            DAILY 00:00-24:00 - 2026-03-02    | 2026-03-03T00:00:00     | open | first instant after a blackout
            DAILY 22:00-06:00 - 2026-03-03    | 2026-03-03T05:00:00     | shut | tail that reaches into a blackout
            DAILY 22:00-06:00 - 2026-03-03    | 2026-03-04T05:00:00     | open | tail of a blackout's own evening
            DAILY 22:00-06:00 - 2026-03-03    | 2026-03-03T22:00:00     | shut | evening of a blackout
            """)
    void isOpenInsideTheWindowsOnly(String windows, LocalDateTime at, String expected, String reason) {
        assertThat(WindowNotation.parse(windows).isOpen(ZoneOffset.UTC, at.toInstant(ZoneOffset.UTC)))
                .as(reason)
                .isEqualTo(expected.equals("open"));
    }

    @Test
    void countsTheDaysOfTheWeekAsTheCalendarDoes() {
        for (DayOfWeek day : DayOfWeek.values()) {
            CallingWindows windows = new CallingWindows(List.of(new CallingWindow(Set.of(day), 0, 1440)), Set.of());
            Set<DayOfWeek> open = LocalDate.parse("2026-03-02")
                    .datesUntil(LocalDate.parse("2026-03-09"))
                    .filter(date ->
                            windows.isOpen(ZoneOffset.UTC, date.atTime(12, 0).toInstant(ZoneOffset.UTC)))
                    .map(LocalDate::getDayOfWeek)
                    .collect(Collectors.toSet());
            assertThat(open).containsExactly(day);
        }
    }

    @ParameterizedTest(name = "{4}: {0} in {1} at {2} is {3}")
    @CsvSource(delimiter = '|', textBlock = """
            MON 09:00-21:00                | Asia/Tokyo          | 2026-03-02T00:00:00Z     | open | nine o'clock in Tokyo
            MON 09:00-21:00                | America/Los_Angeles | 2026-03-03T04:59:59.999Z | open | still Monday in Los Angeles
            MON 09:00-21:00                | Asia/Kathmandu      | 2026-03-02T03:14:59.999Z | shut | offset of 5:45
            MON 09:00-21:00                | Asia/Kathmandu      | 2026-03-02T03:15:00Z     | open | offset of 5:45
            MON 09:00-21:00                | Etc/GMT+3           | 2026-03-02T11:59:59Z     | shut | Etc/GMT+3 is behind UTC
            SUN 00:00-24:00 - 2026-03-08   | Pacific/Kiritimati  | 2026-03-07T10:00:00Z     | shut | a blackout starts with the local date
            SUN 02:00-03:00                | America/New_York    | 2026-03-08T06:59:59.999Z | shut | gap: 01:59:59 before it
            SUN 02:00-03:00                | America/New_York    | 2026-03-08T07:00:00Z     | shut | gap: 03:00 follows
            SUN 01:00-02:00                | America/New_York    | 2026-11-01T05:00:00Z     | open | overlap: first 01:00
            SUN 01:00-02:00                | America/New_York    | 2026-11-01T06:00:00Z     | open | overlap: second 01:00
            SUN 01:00-02:00                | America/New_York    | 2026-11-01T06:59:59.999Z | open | overlap: second 01:59
            SUN 01:00-02:00                | America/New_York    | 2026-11-01T07:00:00Z     | shut | overlap: 02:00
            SUN 01:30-02:00                | Australia/Lord_Howe | 2026-04-04T15:00:00Z     | open | half-hour overlap: second 01:30
            SUN 02:00-02:30                | Australia/Lord_Howe | 2026-10-03T15:30:00Z     | shut | half-hour gap: 02:30 follows 01:59
            FRI 00:00-24:00                | Pacific/Apia        | 2011-12-30T09:59:59.999Z | shut | Thursday, last instant before the skipped Friday
            FRI 00:00-24:00                | Pacific/Apia        | 2011-12-30T10:00:00Z     | shut | Saturday follows Thursday
            THU 22:00-06:00                | Pacific/Apia        | 2011-12-30T10:00:00Z     | shut | Thursday's tail is skipped with Friday
            FRI 22:00-06:00                | Pacific/Apia        | 2011-12-30T10:00:00Z     | open | a skipped Friday's tail on Saturday
            """)
    void readsTheRecipientsWallClock(String windows, ZoneId zone, Instant at, String expected, String reason) {
        assertThat(WindowNotation.parse(windows).isOpen(zone, at)).as(reason).isEqualTo(expected.equals("open"));
    }

    @ParameterizedTest(name = "{4}: {0} in {1}, open at {2}, closes at {3}")
    @CsvSource(delimiter = '|', textBlock = """
            MON 09:00-21:00                               | UTC                 | 2026-03-02T09:00:00Z     | 2026-03-02T21:00:00Z     | end
            MON 09:00-21:00                               | UTC                 | 2026-03-02T20:59:59.999Z | 2026-03-02T21:00:00Z     | last instant
            MON 09:00-24:00                               | UTC                 | 2026-03-02T09:00:00Z     | 2026-03-03T00:00:00Z     | midnight
            MON 22:00-06:00                               | UTC                 | 2026-03-02T23:00:00Z     | 2026-03-03T06:00:00Z     | overnight
            SUN 22:00-06:00                               | UTC                 | 2026-03-01T23:00:00Z     | 2026-03-02T06:00:00Z     | overnight across the week's end
            MON 09:00-12:00 + MON 12:00-13:00             | UTC                 | 2026-03-02T10:00:00Z     | 2026-03-02T13:00:00Z     | adjacent
            MON 09:00-12:00 + MON 11:00-13:00             | UTC                 | 2026-03-02T10:00:00Z     | 2026-03-02T13:00:00Z     | overlapping
            MON 09:00-12:00 + MON 12:01-13:00             | UTC                 | 2026-03-02T10:00:00Z     | 2026-03-02T12:00:00Z     | a minute apart
            MON 09:00-24:00 + TUE 00:00-02:00             | UTC                 | 2026-03-02T10:00:00Z     | 2026-03-03T02:00:00Z     | adjacent across midnight
            SAT,SUN,MON 00:00-24:00                       | UTC                 | 2026-03-07T00:00:00.001Z | 2026-03-10T00:00:00Z     | whole days across the week's end
            DAILY 00:00-24:00                             | UTC                 | 2026-03-02T09:00:00.001Z | 2026-03-09T09:00:00.001Z | never: the horizon
            DAILY 00:00-24:00 - 2026-03-09                | UTC                 | 2026-03-02T00:00:00Z     | 2026-03-09T00:00:00Z     | exactly at the horizon
            DAILY 00:00-24:00 - 2026-03-09                | UTC                 | 2026-03-02T00:00:00.001Z | 2026-03-09T00:00:00Z     | just inside the horizon
            DAILY 00:00-24:00 - 2026-03-09                | UTC                 | 2026-03-01T23:59:59.999Z | 2026-03-08T23:59:59.999Z | just beyond the horizon
            DAILY 22:00-06:00 - 2026-03-03                | UTC                 | 2026-03-02T23:00:00Z     | 2026-03-03T00:00:00Z     | blackout cuts the tail
            DAILY 09:00-21:00                             | America/New_York    | 2026-03-08T13:00:00Z     | 2026-03-09T01:00:00Z     | summer time
            SUN 01:00-02:30                               | America/New_York    | 2026-03-08T06:30:00Z     | 2026-03-08T07:00:00Z     | end in a gap: shut where the gap begins
            SUN 01:00-03:30                               | America/New_York    | 2026-03-08T06:30:00Z     | 2026-03-08T07:30:00Z     | window over a gap
            SUN 00:30-01:30                               | America/New_York    | 2026-11-01T05:00:00Z     | 2026-11-01T05:30:00Z     | end in an overlap: the first time
            SUN 00:30-01:30                               | America/New_York    | 2026-11-01T06:00:00Z     | 2026-11-01T06:30:00Z     | reopened in the overlap: the second time
            SUN 01:30-02:00                               | America/New_York    | 2026-11-01T05:45:00Z     | 2026-11-01T06:00:00Z     | shut by the clock going back
            SUN 01:00-02:00                               | America/New_York    | 2026-11-01T05:00:00Z     | 2026-11-01T07:00:00Z     | the hour twice
            SUN 01:45-03:00                               | Australia/Lord_Howe | 2026-04-04T14:45:00Z     | 2026-04-04T15:00:00Z     | half an hour back: shut 15 minutes
            SAT 20:00-24:00                               | America/Sao_Paulo   | 2018-11-04T02:00:00Z     | 2018-11-04T03:00:00Z     | midnight in a gap
            SAT 20:00-24:00                               | America/Sao_Paulo   | 2018-02-18T01:30:00Z     | 2018-02-18T03:00:00Z     | 23:00 twice on the old date
            DAILY 00:00-24:00 - 2018-11-04                | America/Sao_Paulo   | 2018-11-03T12:00:00Z     | 2018-11-04T03:00:00Z     | blackout that starts at 01:00
            DAILY 00:00-24:00 - 2011-12-30                | Pacific/Apia        | 2011-12-29T10:00:00Z     | 2012-01-05T10:00:00Z     | blackout on a date that never was
            THU,SAT 00:00-24:00                           | Pacific/Apia        | 2011-12-29T12:00:00Z     | 2011-12-31T10:00:00Z     | Thursday touches Saturday
            """)
    void closesAtTheFirstInstantItIsShut(String windows, ZoneId zone, Instant at, Instant expected, String reason) {
        assertThat(WindowNotation.parse(windows).closesAt(zone, at)).as(reason).isEqualTo(expected);
    }

    @Test
    void doesNotSayWhenShutWindowsClose() {
        CallingWindows windows = WindowNotation.parse("MON 09:00-21:00");
        Instant closed = Instant.parse("2026-03-02T21:00:00Z");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> windows.closesAt(ZoneId.of("UTC"), closed))
                .withMessageContaining("shut at 2026-03-02T21:00:00Z in UTC");
    }

    @ParameterizedTest(name = "{4}: {0} at {1}, margin {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            MON 09:00-21:00   | 2026-03-02T20:57:59.999Z | PT2M   | yes | more than the margin left
            MON 09:00-21:00   | 2026-03-02T20:58:00Z     | PT2M   | no  | exactly the margin left
            MON 09:00-21:00   | 2026-03-02T20:58:00.001Z | PT2M   | no  | less than the margin left
            MON 09:00-21:00   | 2026-03-02T20:59:59.999Z | PT0S   | yes | no margin
            MON 09:00-21:00   | 2026-03-02T21:00:00Z     | PT0S   | no  | shut
            MON 09:00-21:00   | 2026-03-02T08:59:59.999Z | PT2M   | no  | not yet open
            MON 09:00-09:02   | 2026-03-02T09:00:00Z     | PT2M   | no  | window as long as the margin
            MON 09:00-09:03   | 2026-03-02T09:00:00Z     | PT2M   | yes | window a minute longer
            DAILY 00:00-24:00 | 2026-03-02T23:59:00Z     | PT2M   | yes | midnight does not close
            DAILY 00:00-24:00 | 2026-03-02T12:00:00Z     | PT167H | yes | margin within the horizon
            DAILY 00:00-24:00 | 2026-03-02T12:00:00Z     | PT168H | no  | margin of the horizon
            """)
    void publishesWhileMoreThanTheMarginIsLeft(
            String windows, Instant at, Duration margin, String expected, String reason) {
        assertThat(WindowNotation.parse(windows).mayPublish(ZoneOffset.UTC, at, margin))
                .as(reason)
                .isEqualTo(expected.equals("yes"));
    }

    @ParameterizedTest(name = "{5}: {0} in {1} from {2}, margin {3}: {4}")
    @CsvSource(delimiter = '|', textBlock = """
            MON 09:00-21:00                                 | UTC               | 2026-03-02T12:00:00.001Z | PT2M  | 2026-03-02T12:00:00.001Z | at once
            MON 09:00-21:00                                 | UTC               | 2026-03-02T08:59:59.999Z | PT2M  | 2026-03-02T09:00:00Z     | opens
            MON 09:00-21:00                                 | UTC               | 2026-03-02T20:58:00Z     | PT2M  | 2026-03-09T09:00:00Z     | inside the margin: a week later
            MON 09:00-21:00                                 | UTC               | 2026-03-02T21:00:00Z     | PT0S  | 2026-03-09T09:00:00Z     | shut: a week later
            SUN 22:00-06:00                                 | UTC               | 2026-03-02T00:00:00Z     | PT2M  | 2026-03-02T00:00:00Z     | in Sunday's tail
            MON 09:00-09:02 + WED 10:00-11:00               | UTC               | 2026-03-02T00:00:00Z     | PT2M  | 2026-03-04T10:00:00Z     | passes a window no longer than the margin
            MON 09:00-09:01 + MON 09:01-09:03               | UTC               | 2026-03-02T00:00:00Z     | PT2M  | 2026-03-02T09:00:00Z     | adjacent windows add up
            DAILY 09:00-21:00 - 2026-03-02 - 2026-03-03     | UTC               | 2026-03-02T12:00:00Z     | PT2M  | 2026-03-04T09:00:00Z     | after blackouts
            DAILY 22:00-06:00 - 2026-03-02                  | UTC               | 2026-03-02T12:00:00Z     | PT2M  | 2026-03-03T00:00:00Z     | the tail after a blackout
            SUN 02:00-03:00                                 | America/New_York  | 2026-03-08T00:00:00Z     | PT2M  | 2026-03-15T06:00:00Z     | skipped by a gap: a week later
            SUN 02:30-03:30                                 | America/New_York  | 2026-03-08T00:00:00Z     | PT2M  | 2026-03-08T07:00:00Z     | start in a gap: open where it ends
            SUN 00:30-01:30                                 | America/New_York  | 2026-11-01T05:30:00Z     | PT2M  | 2026-11-01T06:00:00Z     | reopened by the clock going back
            SUN 00:00-24:00                                 | America/Sao_Paulo | 2018-11-04T00:00:00Z     | PT2M  | 2018-11-04T03:00:00Z     | a day that starts at 01:00
            FRI 00:00-24:00                                 | Pacific/Apia      | 2011-12-29T10:00:00Z     | PT2M  | 2012-01-05T10:00:00Z     | a Friday that never was
            MON 09:00-21:00                                 | UTC               | 2026-03-02T09:00:00Z     | PT12H |                          | margin as long as the window
            DAILY 09:00-09:00                               | UTC               | 2026-03-02T09:00:00Z     | PT0S  |                          | never open
            NONE                                            | UTC               | 2026-03-02T09:00:00Z     | PT0S  |                          | no windows
            """)
    void findsTheNextPublishableInstant(
            String windows, ZoneId zone, Instant from, Duration margin, Instant expected, String reason) {
        assertThat(WindowNotation.parse(windows)
                        .nextPublishable(zone, from, margin)
                        .orElse(null))
                .as(reason)
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} blackout dates: {1}")
    @CsvSource({"399, 2027-04-05T00:00:00Z", "400,", "500,"})
    void looksPastBlackoutsForFourHundredDays(int dates, Instant expected) {
        Instant from = Instant.parse("2026-03-02T00:00:00Z");
        LocalDate first = LocalDate.parse("2026-03-02");
        CallingWindows windows = new CallingWindows(
                WindowNotation.windows("DAILY 00:00-24:00"),
                first.datesUntil(first.plusDays(dates)).collect(Collectors.toSet()));

        assertThat(windows.nextPublishable(ZoneOffset.UTC, from, Duration.ofMinutes(2))
                        .orElse(null))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "-1, 60, The start of a calling window must be a minute of the day from 0 to 1439",
        "1440, 60, The start of a calling window must be a minute of the day from 0 to 1439",
        "0, -1, The end of a calling window must be a minute of the day from 0 to 1440",
        "0, 1441, The end of a calling window must be a minute of the day from 0 to 1440",
    })
    void refusesMinutesOutsideTheDay(int start, int end, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CallingWindow(Set.of(DayOfWeek.MONDAY), start, end))
                .withMessageStartingWith(message);
    }

    @ParameterizedTest(name = "{0} to {1}")
    @CsvSource({"0, 0", "0, 1440", "1439, 0", "1439, 1440"})
    void takesTheFirstAndLastMinutesOfTheDay(int start, int end) {
        CallingWindow window = new CallingWindow(Set.of(DayOfWeek.MONDAY), start, end);

        assertThat(List.of(window.startMinuteOfDay(), window.endMinuteOfDay())).containsExactly(start, end);
    }

    @Test
    void refusesAWindowWithoutDays() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CallingWindow(Set.of(), 0, 60))
                .withMessage("A calling window needs at least one day");
    }

    @Test
    void keepsItsOwnCopies() {
        Set<DayOfWeek> days = EnumSet.of(DayOfWeek.MONDAY);
        CallingWindow window = new CallingWindow(days, 0, 1440);
        days.add(DayOfWeek.TUESDAY);

        assertThat(window.days()).containsExactly(DayOfWeek.MONDAY);
    }
}
