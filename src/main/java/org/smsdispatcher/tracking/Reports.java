package org.smsdispatcher.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import org.smsdispatcher.CampaignNotFoundException;
import org.smsdispatcher.DispatchRequest;

/**
 * What a campaign has achieved so far, as {@code report.sql} counts it. docs/tracking-report.md defines each figure.
 *
 * <pre>{@code
 * {"campaignId", "campaignStatus",
 *  "contacts": {status: n}, "outcomes": {outcome: n, "none": n},            // each contact once in each
 *  "messages": {"accepted", "sent", "delivered", "undelivered", "failed", "unknown"},   // each message once; accepted is their sum
 *  "deliveryRate", "opens", "clicks": {"human", "all", "messages"}, "clickThroughRate", "optOuts", "parts", "cost",
 *  "attempts": [{"attempt", <messages>, "parts", "cost"}], "hours": [{"hour", <messages>, "opens", "clicks"}]}
 * }</pre>
 */
public final class Reports {

    private final JsonMapper mapper = new JsonMapper();

    /**
     * The report.
     *
     * @param rows none or one, with the JSON in {@code report}
     * @throws CampaignNotFoundException no row
     */
    public JsonNode read(DispatchRequest question, List<Map<String, Object>> rows) {
        if (rows.isEmpty()) {
            throw new CampaignNotFoundException("campaignId: there is no campaign " + question.campaignId());
        }
        try {
            return mapper.readTree((String) rows.get(0).get("report"));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL gave something that is not JSON", e);
        }
    }
}
