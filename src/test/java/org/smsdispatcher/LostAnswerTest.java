package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.springframework.dao.DataAccessResourceFailureException;

/** PostgreSQL carries a statement out, or does not, and the connection is cut before it says so. The invocation goes on. */
class LostAnswerTest {

    private static final int CONTACTS = 12;

    private final Platform platform = Platform.start();
    private final Sends sends = new Sends();
    private final DispatchHandler dispatcher =
            platform.dispatcher(Map.of("publish.lanes", "1"), InstantSource.system(), Map.of("sends", sends));

    @AfterEach
    void stop() {
        dispatcher.close();
        platform.close();
    }

    @ParameterizedTest
    @CsvSource({
        // statement, carried out, sent by this very invocation
        "arm-attempts,    true,  0",
        "arm-attempts,    false, 0",
        "settle-accepted, true,  10",
        "settle-accepted, false, 10",
        "unarm,           true,  10",
        "unarm,           false, 10",
        "fail,            true,  10",
        "fail,            false, 10",
    })
    void oneLostAnswerCostsNobodyAMessage(String statement, boolean carriedOut, int sentAtLeast) {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, CONTACTS);
        platform.sns()
                .answerWith((call, ids) -> call == 0
                        ? Fault.failEntries(Map.of(
                                ids.get(0),
                                new EntryError("InternalError", false),
                                ids.get(1),
                                new EntryError("InvalidParameter", true)))
                        : Fault.none());
        AtomicInteger cuts = new AtomicInteger(1);
        Sends.Hook cut = (id, number) -> {
            if (id.equals(statement) && cuts.getAndDecrement() > 0) {
                throw new DataAccessResourceFailureException("The connection was cut");
            }
        };
        if (carriedOut) {
            sends.after(cut);
        } else {
            sends.before(cut);
        }

        JsonNode first = dispatch(dispatcher, campaign, 100);

        assertThat(cuts.get()).as("the statement ran").isNotPositive();
        assertThat(first.get("sentCount").intValue()).isGreaterThanOrEqualTo(sentAtLeast);
        assertThat(first.get("failed").has("unknown")).isFalse();
        assertThat(platform.count("SELECT count(*) FROM contacts WHERE status = 'in_progress'"))
                .isZero();

        for (int i = 0; i < 2; i++) {
            platform.execute("UPDATE contacts SET sms_not_before = 'epoch'");
            dispatch(dispatcher, campaign, 100);
        }
        assertThat(platform.sns().accepted())
                .extracting(message -> message.attributes().get("smsRecordId"))
                .hasSize(CONTACTS - 1)
                .doesNotHaveDuplicates();
        assertThat(platform.statuses(campaign)).isEqualTo("completed=" + (CONTACTS - 1) + " failed=1");
    }
}
