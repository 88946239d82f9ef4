package org.smsdispatcher.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.ConfigReader;
import org.smsdispatcher.campaign.TimeZones;

class WindowsTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "9-20                         | 0123456 9-20",
                "daily 9-20                   | 0123456 9-20",
                "always                       | 0123456 0-24",
                "Mon-Fri 9-20, SAT 10:30-18   | 12345 9-20 + 6 10:30-18",
                "mon, wed,fri 9-12            | 135 9-12",
                "monday 9-12                  | 1 9-12",
                "sat-mon 9 - 12               | 016 9-12",
                "tue - tue 9-12               | 2 9-12",
                "weekdays 8-12, weekdays 13-17| 12345 8-12 + 12345 13-17",
                "weekend 0-24                 | 06 0-24",
                "fri 22-6                     | 5 22-6",
                "mon 9-12, 14-15              | 1 9-12 + 0123456 14-15",
            })
    void readsWindowsAsPeopleWriteThem(String text, String windows) {
        StringBuilder json = new StringBuilder();
        for (String window : windows.split(" \\+ ", -1)) {
            json.append(json.isEmpty() ? "[" : ",").append(window(window));
        }

        assertThat(WindowsText.toJson(text)).isEqualTo(json + "]");
    }

    /** {@code 12 9:30-17} as the platform writes it. */
    private static String window(String text) {
        String[] parts = text.split("[ -]", -1);
        return "{\"dayOfWeek\":[" + String.join(",", parts[0].split("", -1)).replaceAll(",$", "") + "]"
                + edge("start", parts[1]) + edge("end", parts[2]) + "}";
    }

    private static String edge(String edge, String time) {
        String[] parts = time.split(":", -1);
        return ",\"" + edge + "Hour\":" + parts[0] + (parts.length == 1 ? "" : ",\"" + edge + "Minute\":" + parts[1]);
    }

    @Test
    void theDispatcherTakesWhatItMakes() {
        String config =
                "{\"smsTemplate\":\"Hi\",\"callingWindows\":" + WindowsText.toJson("mon-fri 9:15-24, sat 22-6") + "}";

        assertThat(new ConfigReader(new TimeZones())
                        .read(new Campaign(UUID.randomUUID(), "active", true, false, null, null, "UTC", config)))
                .isNotNull();
    }

    @Test
    void takesTheJsonOfThePlatformAsItIs() {
        assertThat(WindowsText.toJson(" [ {\"dayOfWeek\": [1]} ]")).isEqualTo("[{\"dayOfWeek\":[1]}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''               | '' is neither a day",
                "mon-fri 9-20,    | '' is neither a day",
                "noon             | 'noon' is neither a day",
                "mo 9-20          | 'mo' is neither a day",
                "mon wed 9-20     | 'mon wed' is neither a day",
                "mon-freitag 9-20 | 'freitag' is neither a day",
                "mon              | 'mon' has no hours; write for example mon 9-20",
                "mon 9-20, sat    | 'sat' has no hours",
                "mon 9            | 'mon 9' is neither a day",
                "9-25             | '9-25' has an hour that does not exist",
                "24-8             | '24-8' has an hour that does not exist",
                "9:60-20          | '9:60-20' has an hour that does not exist",
                "9-24:01          | '9-24:01' has an hour that does not exist",
                "9-9              | '9-9' is never open",
                "[1               | is not JSON",
            })
    void namesThePartThatIsWrong(String text, String problem) {
        assertThatThrownBy(() -> WindowsText.toJson(text))
                .isInstanceOf(LocalRunException.class)
                .hasMessageStartingWith("windows: ")
                .hasMessageContaining(problem);
    }
}
