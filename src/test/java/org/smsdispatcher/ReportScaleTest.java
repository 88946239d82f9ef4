package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** How long a report of a large campaign takes, in the midst of others: {@code mvn -Dtest=ReportScaleTest -Dreport.records=1000000 test}. */
@EnabledIfSystemProperty(named = "report.records", matches = "[0-9]+")
class ReportScaleTest {

    @Test
    void aLargeCampaignsReportTakesSeconds() throws IOException {
        int records = Integer.getInteger("report.records");
        try (Platform platform = Platform.start()) {
            UUID campaign = platform.campaign();
            fill(platform, campaign, records);
            for (int i = 0; i < 10; i++) {
                fill(platform, platform.campaign(), records / 10);
            }
            platform.execute("VACUUM ANALYZE");
            try (TrackingHandler tracker = platform.tracker()) {
                for (int i = 0; i < 5; i++) {
                    long start = System.nanoTime();
                    JsonNode report = new JsonMapper()
                            .readTree(tracker.track(("{\"report\":true,\"campaignId\":\"" + campaign + "\"}")
                                    .getBytes(StandardCharsets.UTF_8)));
                    System.out.printf(
                            "Report of %,d messages among %,d: %.2f s%n",
                            records, 2 * records, (System.nanoTime() - start) / 1e9);
                    assertThat(report.get("messages").get("accepted").intValue())
                            .isEqualTo(records);
                }
            }
        }
    }

    private static void fill(Platform platform, UUID campaign, int records) {
        platform.execute(
                "INSERT INTO contacts (campaign_id, phone_number, status, sms_outcome, attempts)"
                        + " SELECT ?, '+1' || (2120000000 + i), 'completed', 'sent', 1 FROM generate_series(1, ?) i",
                campaign,
                records);
        platform.execute(
                "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, accepted_at, attempt,"
                        + " parts, encoding, cost, sns_message_id, provider, provider_message_id, opted_out)"
                        + " SELECT campaign_id, id, phone_number, repeat('A message of usual length, ', 5),"
                        + " CASE WHEN random() < 0.9 THEN 'delivered' ELSE 'undelivered' END, now() - random() * interval '3 days', now(), 1,"
                        + " 1, 'GSM_7', 0.0075, id::text, 'gateway', id::text, random() < 0.005 FROM contacts WHERE campaign_id = ?",
                campaign);
        platform.execute(
                "INSERT INTO sms_links (token, record_id, position, target)"
                        + " SELECT substr(md5(id::text), 1, 20), id, 1, 'https://shop.example/orders/1' FROM sms_records WHERE campaign_id = ?",
                campaign);
        platform.execute(
                "INSERT INTO sms_clicks (token, record_id, campaign_id, kind)"
                        + " SELECT l.token, r.id, r.campaign_id, 'human' FROM sms_records r JOIN sms_links l ON l.record_id = r.id"
                        + " WHERE campaign_id = ? AND random() < 0.1",
                campaign);
    }
}
