package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.TrackingEventsOf.queue;
import static org.smsdispatcher.TrackingEventsOf.track;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a message costs is a function of the set of its receipts, also where a provider bills each part under an id of its own. */
class ReceiptCostTest {

    private final Platform platform = Platform.start();
    private final TrackingHandler tracker = platform.tracker();

    @AfterEach
    void stop() {
        tracker.close();
        platform.close();
    }

    /** Receipts as provider:id:cost; every order of each row. */
    @ParameterizedTest
    @CsvSource({
        "gateway::0.05, 0.0500",
        "vonage:a:0.03 vonage:b:0.03 vonage:c:0.04, 0.1000",
        "vonage:a:0.03 vonage:a:0.03, 0.0300",
        "vonage:a: vonage:a:0.03 vonage:b:0.02 vonage:b:0.03, 0.0600",
        "gateway::0.05 vonage:a:0.03 vonage:b:0.03, 0.0600",
        "gateway::0.07 vonage:a:0.03 vonage:b:0.03, 0.0700",
        "gateway:a:0.01 vonage:a:0.03 aws:a:0.02, 0.0300",
        "vonage:a:999999 vonage:b:999999, 999999.9999"
    })
    void everyOrderCostsTheSame(String receipts, String cost) {
        List<List<String>> orders = orders(Arrays.asList(receipts.split(" ", -1)));
        List<UUID> records = records(orders.size());
        for (int i = 0; i < records.size(); i++) {
            int at = 0;
            for (String receipt : orders.get(i)) {
                tell(List.of(receipt(records.get(i), receipt, ++at)));
            }
        }

        assertThat(platform.rows("SELECT DISTINCT cost::text FROM sms_records"))
                .extracting(row -> row.get("cost"))
                .containsExactly(cost);
    }

    @Test
    void partsToldAtTheSameMomentAreAllCounted() throws Exception {
        List<UUID> records = records(40);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (UUID record : records) {
                List<String> receipts = new ArrayList<>();
                for (String part : List.of("a", "b", "c", "d")) {
                    receipts.add(receipt(record, "vonage:" + part + ":0.01", 1));
                    receipts.add(receipt(record, "vonage:" + part + ":0.03", 2));
                }
                Collections.shuffle(receipts, new Random(42));
                List<Future<?>> telling = new ArrayList<>();
                receipts.forEach(receipt -> telling.add(threads.submit(() -> tell(List.of(receipt)))));
                for (Future<?> each : telling) {
                    each.get();
                }
            }
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(platform.rows("SELECT DISTINCT cost::text FROM sms_records"))
                .extracting(row -> row.get("cost"))
                .containsExactly("0.1200");
    }

    private void tell(List<String> receipts) {
        assertThat(track(tracker, queue(receipts)).get("batchItemFailures")).isEmpty();
    }

    /** The same id at two records would bind one to the other: ids are made the record's own. */
    private static String receipt(UUID record, String receipt, int second) {
        String[] said = receipt.split(":", 3);
        return "{\"smsRecordId\":\"" + record + "\",\"status\":\"delivered\",\"timestamp\":\"2026-11-25T08:00:0"
                + second
                + "Z\",\"provider\":\"" + said[0] + "\""
                + (said[1].isEmpty() ? "" : ",\"providerMessageId\":\"" + said[1] + "-" + record + "\"")
                + (said[2].isEmpty() ? "" : ",\"cost\":" + said[2]) + "}";
    }

    private List<UUID> records(int count) {
        UUID campaign = platform.campaign();
        platform.execute(
                "INSERT INTO contacts (campaign_id, phone_number, status, attempts, sms_outcome)"
                        + " SELECT ?, '+1' || (2125550000 + i), 'completed', 1, 'sent' FROM generate_series(1, ?) i",
                campaign,
                count);
        platform.execute(
                "INSERT INTO sms_records (campaign_id, contact_id, phone_number, message, status, sent_at, attempt)"
                        + " SELECT campaign_id, id, phone_number, 'Hi', 'sent', now(), 1 FROM contacts");
        return platform.rows("SELECT id FROM sms_records").stream()
                .map(row -> (UUID) row.get("id"))
                .toList();
    }

    private static List<List<String>> orders(List<String> all) {
        if (all.isEmpty()) {
            return List.of(List.of());
        }
        List<List<String>> orders = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            List<String> others = new ArrayList<>(all);
            String first = others.remove(i);
            for (List<String> rest : orders(others)) {
                List<String> order = new ArrayList<>(List.of(first));
                order.addAll(rest);
                orders.add(order);
            }
        }
        return orders;
    }
}
