package org.smsdispatcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.smsdispatcher.BadEventException;

class MaskingTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            to +12125550123 now              | to **********23 now
            +1 (212) 555-0123                | ***************23
            blacklist:0501234567             | blacklist:********67
            "0012125550123"                  | "***********23"
            ٠١٢٣٤٥٦٧٨٩                       | ********٨٩
            +44 7700 900‑123                | **************23
            """)
    void hidesAllButTheLastTwoDigits(String text, String masked) {
        String result = Masking.mask(text);

        assertThat(result).hasSameSizeAs(text).endsWith(masked.substring(masked.length() - 3));
        assertThat(result.replaceAll("[^\\p{Nd}]", "")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Contact 12345678-1234-4321-8888-123456789012: handed back",
                "from 2026-06-10T12:00:00.123456789Z on",
                "PublishBatch of 10 messages failed: HTTP 503",
                "Connection to localhost:54321 refused",
                "sms-dispatcher 1.0.0, build a1234567890"
            })
    void leavesWhatIsNoNumber(String text) {
        assertThat(Masking.mask(text)).isEqualTo(text);
    }

    /** As long as an event may be, of digits of one unit and of two. */
    @Test
    void hidesANumberOfAnyLength() {
        String masked = Masking.mask("+1" + "1\uD835\uDFCE".repeat(80_000));

        assertThat(masked.replaceAll("[^\\p{Nd}]", "").codePoints()).hasSizeLessThanOrEqualTo(2);
    }

    @Property(tries = 500)
    void hidesANumberWhereverItStands(@ForAll @NumericChars @StringLength(min = 7, max = 15) String digits) {
        for (String text : new String[] {digits, "+" + digits, "to " + digits + ", twice", "key=" + digits + ";"}) {
            assertThat(Masking.mask(text)).doesNotContain(digits);
        }
    }

    @Test
    void keepsTheMessagesOfOurOwnErrorsAndOfConnectionsOnly() {
        assertThat(Failure.inShort(new BadEventException("campaignId: missing")))
                .endsWith(": campaignId: missing");
        assertThat(Failure.inShort(new IOException("Connection reset")))
                .isEqualTo("java.io.IOException: Connection reset");
        assertThat(Failure.inShort(new IllegalArgumentException("no number: Bo Derek")))
                .isEqualTo("java.lang.IllegalArgumentException");
        assertThat(Failure.inShort(new PSQLException("Connection refused", PSQLState.CONNECTION_UNABLE_TO_CONNECT)))
                .endsWith("Connection refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"22P02", "23505", "P0001"})
    void ofStatementsThatMayQuoteARowItKeepsTheState(String state) {
        SQLException failure = new SQLException("invalid: \"Bo Derek\"", state);
        SQLException drivers = new PSQLException("invalid: \"Bo Derek\"", PSQLState.UNKNOWN_STATE) {
            @Override
            public String getSQLState() {
                return state;
            }
        };

        assertThat(Failure.inShort(failure)).isEqualTo("java.sql.SQLException: SQLState " + state);
        assertThat(Failure.stack(drivers)).contains("SQLState " + state).doesNotContain("Bo Derek");
    }

    @Test
    void theStackHasTheCausesUnderTheSameRule() {
        String stack = Failure.stack(
                new IllegalStateException("Bo Derek", new IOException("lost", new RuntimeException("+12125550123"))));

        assertThat(stack)
                .startsWith("java.lang.IllegalStateException\n\tat ")
                .contains("Caused by: java.io.IOException: lost\n")
                .contains("Caused by: java.lang.RuntimeException\n")
                .doesNotContain("Bo Derek")
                .doesNotContain("12125550123");
    }
}
