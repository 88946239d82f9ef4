package org.smsdispatcher.campaign;

import java.time.Duration;

/**
 * How long before a recipient's window closes nothing is published any more: SNS, gateway and carrier take their time.
 *
 * @param duration zero or more
 */
public record SendMargin(Duration duration) {

    private static final int MOST_SECONDS = 3_600;

    /**
     * The margin of that many seconds.
     *
     * @throws IllegalArgumentException naming the setting, when it is not 0 to 3,600
     */
    public static SendMargin ofSeconds(int seconds) {
        if (seconds < 0 || seconds > MOST_SECONDS) {
            throw new IllegalArgumentException(
                    "SEND_MARGIN_SECONDS must be 0 to " + MOST_SECONDS + ", it is " + seconds);
        }
        return new SendMargin(Duration.ofSeconds(seconds));
    }
}
