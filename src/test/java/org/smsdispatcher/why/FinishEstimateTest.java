package org.smsdispatcher.why;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.campaign.CallingWindow;
import org.smsdispatcher.campaign.CallingWindows;
import org.smsdispatcher.why.FinishEstimate.Line;

/** When a campaign is through: windows of 9 to 17, a minute's margin, and a pace. */
class FinishEstimateTest {

    private static final CallingWindows WINDOWS =
            new CallingWindows(List.of(new CallingWindow(EnumSet.allOf(DayOfWeek.class), 9 * 60, 17 * 60)), Set.of());

    @ParameterizedTest
    @CsvSource({
        // nobody left
        "Europe/London 0, 1, 2030-01-16T12:00:00Z, , 2030-01-16T12:00:00Z",
        // open now
        "Europe/London 60, 1, 2030-01-16T12:00:00Z, , 2030-01-16T12:01:00Z",
        // asleep: from the opening
        "Asia/Tokyo 60, 1, 2030-01-16T12:00:00Z, , 2030-01-17T00:01:00Z",
        // one after the other
        "Europe/London 60 Asia/Dubai 60, 1, 2030-01-16T12:00:00Z, , 2030-01-16T12:02:00Z",
        // awake first, then the sleepers
        "Europe/London 60 Asia/Tokyo 30, 1, 2030-01-16T12:00:00Z, , 2030-01-17T00:00:30Z",
        // more than a day holds (8 h less a minute): the rest on the next day
        "Europe/London 28800, 1, 2030-01-16T09:00:00Z, , 2030-01-17T09:01:00Z",
        // over before it is through
        "Asia/Tokyo 60, 1, 2030-01-16T12:00:00Z, 2030-01-17T00:00:30Z,",
    })
    void theEnd(String lines, double perSecond, Instant from, Instant end, Instant finish) {
        List<String> words = Arrays.asList(lines.split(" ", -1));
        List<Line> waiting = new java.util.ArrayList<>();
        for (int i = 0; i < words.size(); i += 2) {
            waiting.add(new Line(ZoneId.of(words.get(i)), Integer.parseInt(words.get(i + 1)), from));
        }

        assertThat(new FinishEstimate(WINDOWS, Duration.ofMinutes(1), perSecond)
                        .finish(waiting, from, end)
                        .orElse(null))
                .isEqualTo(finish);
    }
}
