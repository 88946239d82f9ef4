package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.TrackingEventsOf.queue;
import static org.smsdispatcher.TrackingEventsOf.receipt;
import static org.smsdispatcher.TrackingEventsOf.track;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What many receipts take; {@code -Dreceipts=100000} for the full measure. The time is printed, not asserted. */
class ReceiptLoadTest {

    private static final int RECEIPTS = Integer.getInteger("receipts", 2_000);
    private static final int BATCH = 500;

    @Test
    void aReceiptTakesAStatement() {
        try (Platform platform = Platform.start();
                TrackingHandler tracker = platform.tracker()) {
            UUID campaign = platform.campaign();
            platform.execute(
                    "INSERT INTO contacts (campaign_id, phone_number, status, attempts, sms_outcome)"
                            + " SELECT ?, '+1' || (2120000000 + i), 'completed', 1, 'sent' FROM generate_series(1, ?) i",
                    campaign,
                    RECEIPTS / 2);
            platform.execute(
                    "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, attempt)"
                            + " SELECT campaign_id, id, phone_number, 'Hi', 'sent', now(), 1 FROM contacts");
            platform.execute("ANALYZE");
            List<String> receipts = new ArrayList<>();
            platform.rows("SELECT id FROM sms_records ORDER BY id").forEach(record -> {
                int number = receipts.size();
                receipts.add(receipt(record.get("id"), "accepted", "p-" + number, null));
                receipts.add(receipt(null, number % 20 == 0 ? "undelivered" : "delivered", "p-" + number, null));
            });

            Instant start = Instant.now();
            for (int from = 0; from < receipts.size(); from += BATCH) {
                assertThat(track(tracker, queue(receipts.subList(from, Math.min(from + BATCH, receipts.size()))))
                                .get("batchItemFailures"))
                        .isEmpty();
            }
            Duration taken = Duration.between(start, Instant.now());

            System.out.printf(
                    "%d receipts: %.0f ms a thousand (a half of them bind a provider's id and look twice)%n",
                    RECEIPTS, 1000.0 * taken.toMillis() / RECEIPTS);
            assertThat(platform.count("SELECT count(*) FROM sms_events WHERE record_id IS NOT NULL"))
                    .isEqualTo(receipts.size());
            assertThat(platform.count(
                            "SELECT count(*) FROM sms_records WHERE status NOT IN ('delivered', 'undelivered')"))
                    .isZero();
        }
    }
}
