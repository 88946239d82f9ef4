package org.smsdispatcher.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class ReportPageTest {

    private static ObjectNode report() throws Exception {
        return (ObjectNode) new JsonMapper().readTree("""
                {"campaignId": "c", "campaignStatus": "active", "outcomes": {"sent": 3, "<i>": 1, "none": 0},
                 "messages": {"accepted": 4, "sent": 1, "delivered": 3, "undelivered": 0, "failed": 0, "unknown": 0},
                 "deliveryRate": 0.75, "opens": 2, "clicks": {"human": 3, "all": 4, "messages": 2}, "clickThroughRate": null,
                 "optOuts": 0, "parts": 5, "cost": 0.0375, "attempts": [{"attempt": 1, "accepted": 4, "parts": 5, "cost": 0.0375}],
                 "hours": [{"hour": "2026-11-24T22:00:00Z", "accepted": 1, "delivered": 1, "clicks": 0},
                           {"hour": "2026-11-25T01:00:00Z", "accepted": 3, "delivered": 2, "sent": 1, "clicks": 3}]}
                """);
    }

    /** Well-formed as XML once the parts that only HTML allows are off: no element is left open or broken out of. */
    private static void assertWellFormed(String html) throws Exception {
        String body = html.substring(html.indexOf("<main>"), html.indexOf("</body>"));
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void showsEveryFigureAndEveryHour() throws Exception {
        String html = new ReportPage("Spring <sale> & \"more\"", report()).html();

        assertWellFormed(html);
        assertThat(html)
                .contains("Spring &lt;sale&gt; &amp; &quot;more&quot;", "75.0 %", "&lt;i&gt;", "0.04")
                .contains("<title>25 Nov 01:00: 2 delivered</title>", "<title>25 Nov 01:00: 3 clicks</title>")
                .contains("<title>24 Nov 22:00: 1 delivered</title>")
                .doesNotContain("<sale>", "<i>:");
    }

    @Test
    void hasAPageForACampaignThatHasSentNothing() throws Exception {
        ObjectNode empty = report();
        JsonNode nothing = new JsonMapper().readTree("{\"accepted\": 0}");
        empty.set("messages", nothing);
        empty.putObject("outcomes");
        empty.putArray("hours");
        empty.putArray("attempts");
        empty.putNull("deliveryRate");

        String html = new ReportPage("x", empty).html();

        assertWellFormed(html);
        assertThat(html).contains("Nothing has been sent yet.");
    }
}
