package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.contact.Slice;

class ParsedOnceTest {

    private final ParsedOnce strategy = new ParsedOnce();
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    @Test
    void parametersAreVariablesAndWhatTheyAnswerInTheOrderOfTheText() {
        exchange.setVariable("slice", Slice.none());
        exchange.setVariable("republishing", true);
        String query =
                "SELECT :?${variable.republishing}, (:?${variable.slice.limit})::int, :?${variable.republishing}";

        assertThat(strategy.prepareQuery(query, true, exchange)).isEqualTo("SELECT ?, (?)::int, ?");
        assertThat(values(query)).containsExactly(true, 0, true);
    }

    @Test
    void aVariableThatIsNotSetIsNull() {
        assertThat(values("SELECT :?${variable.slice}")).containsExactly((Object) null);
    }

    @Test
    void whatIsNotSetCannotBeAsked() {
        assertThatThrownBy(() -> values("SELECT :?${variable.slice.limit}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("slice")
                .hasMessageContaining("limit");
    }

    @Test
    void aMethodThereIsNoneOfIsNamed() {
        exchange.setVariable("slice", Slice.none());

        assertThatThrownBy(() -> values("SELECT :?${variable.slice.limits}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limits");
    }

    @Test
    void otherExpressionsAreLeftToPostgresql() {
        String query = "SELECT :?${body}, :?${variable.slice.contacts.size}, :?name";

        assertThat(strategy.prepareQuery(query, true, exchange)).isEqualTo(query);
        assertThat(values(query)).isEmpty();
    }

    private List<Object> values(String query) {
        List<Object> values = new ArrayList<>();
        strategy.createPopulateIterator(query, "", 0, exchange, null).forEachRemaining(values::add);
        return values;
    }
}
