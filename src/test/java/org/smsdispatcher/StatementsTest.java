package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a batch costs the database and SNS. */
class StatementsTest {

    @Test
    void aBatchOfAThousandTakesAtMostAThirdOfAStatementAMessage() {
        Sends sends = new Sends();
        try (Platform platform = Platform.start();
                DispatchHandler dispatcher =
                        platform.dispatcher(Map.of(), InstantSource.system(), Map.of("sends", sends))) {
            UUID campaign = platform.campaign();
            platform.contacts(campaign, 1000);

            JsonNode reply = dispatch(dispatcher, campaign, 1000);

            assertThat(reply.get("sentCount").intValue()).isEqualTo(1000);
            System.out.printf(
                    "SQL statements per message in a batch of 1,000: %.3f (%d statements, %d publishes)%n",
                    sends.statements() / 1000.0,
                    sends.statements(),
                    platform.sns().publishCalls());
            assertThat(sends.statements()).isPositive().isLessThanOrEqualTo(350);
            assertThat(platform.sns().publishCalls()).isEqualTo(100);
        }
    }
}
