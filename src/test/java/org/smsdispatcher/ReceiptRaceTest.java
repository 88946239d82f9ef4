package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;
import static org.smsdispatcher.TrackingEventsOf.queue;
import static org.smsdispatcher.TrackingEventsOf.receipt;
import static org.smsdispatcher.TrackingEventsOf.tell;
import static org.smsdispatcher.TrackingEventsOf.track;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.local.SnsEndpoint.Fault;

/** Receipts at the same moment as the dispatcher's own statements, as the completion, and as each other. */
class ReceiptRaceTest {

    private static final List<String> WORDS =
            List.of("accepted", "sent", "undelivered", "failed", "delivered", "purple");

    private final Platform platform = Platform.start();
    private final TrackingHandler tracker = platform.tracker(Map.of("db.pool.size", "8"), Map.of());
    private final ExecutorService threads = Executors.newFixedThreadPool(6);

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        tracker.close();
        platform.close();
    }

    /** Each contact ends as the set of its receipts says, although they came while three invocations published and settled. */
    @Test
    void receiptsOfMessagesThatAreBeingSettledAreHeeded() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 300);
        platform.sns().latency(Duration.ofMillis(5));
        platform.sns().answerWith((call, ids) -> call % 7 == 3 ? Fault.serverErrorAfter() : Fault.none());
        List<DispatchHandler> dispatchers = IntStream.range(0, 3)
                .mapToObj(i -> platform.dispatcher(Map.of("claim.slice", "30", "publish.lanes", "2")))
                .toList();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (DispatchHandler dispatcher : dispatchers) {
                running.add(threads.submit(() -> dispatch(dispatcher, campaign, 300)));
            }
            CompletableFuture<Void> teller = CompletableFuture.runAsync(() -> tellOfWhatIsArmed(running), threads);
            for (Future<?> invocation : running) {
                invocation.get();
            }
            teller.join();
            Invariants.letTimePass(platform, campaign);
            dispatch(dispatchers.get(0), campaign, 1);
        } finally {
            dispatchers.forEach(DispatchHandler::close);
        }

        assertThat(platform.count("SELECT count(DISTINCT record_id) FROM sms_events"))
                .isGreaterThan(100);
        assertThat(
                        platform.rows(
                                "SELECT c.id, c.status, c.sms_outcome, c.attempts, r.status AS record, r.failure_reason, r.retry_at"
                                        + " FROM contacts c JOIN sms_records r ON r.contact_id = c.id AND r.attempt = 1"
                                        + " WHERE c.attempts = 1 AND (c.status, c.sms_outcome) IS DISTINCT FROM ("
                                        + " CASE WHEN r.status IN ('sent', 'delivered') THEN 'completed' WHEN r.retry_at IS NULL THEN 'failed' ELSE 'pending' END,"
                                        + " CASE WHEN r.status IN ('sent', 'delivered') THEN 'sent'"
                                        + "      WHEN r.failure_reason = 'unknown_publish_outcome' THEN 'unknown' ELSE 'undelivered' END)"))
                .isEmpty();
        assertThat(
                        platform.rows(
                                "SELECT r.id, r.status, e.best FROM sms_records r JOIN"
                                        + " (SELECT record_id, max(array_position(ARRAY['unknown', 'sent', 'failed', 'undelivered', 'delivered'], status::text))"
                                        + " AS best FROM sms_events GROUP BY 1) e ON e.record_id = r.id"
                                        + " WHERE best > 2 AND r.status <> (ARRAY['', '', 'failed', 'undelivered', 'delivered'])[best]"))
                .isEmpty();
        assertThat(platform.sns().accepted())
                .extracting(message -> message.attributes().get("smsRecordId"))
                .doesNotHaveDuplicates();
    }

    private void tellOfWhatIsArmed(List<Future<?>> running) {
        Random random = new Random(42);
        boolean more;
        do {
            more = running.stream().anyMatch(invocation -> !invocation.isDone());
            List<String> receipts = new ArrayList<>();
            for (Map<String, Object> record : platform.rows(
                    "SELECT id FROM sms_records r WHERE NOT EXISTS (SELECT 1 FROM sms_events e WHERE e.record_id = r.id)")) {
                receipts.add(receipt(record.get("id"), WORDS.get(random.nextInt(WORDS.size()))));
                receipts.add(receipt(record.get("id"), WORDS.get(random.nextInt(WORDS.size()))));
            }
            if (!receipts.isEmpty()) {
                assertThat(track(tracker, queue(receipts)).get("batchItemFailures"))
                        .isEmpty();
            }
        } while (more);
    }

    @Test
    void receiptsOfOneContactAtTheSameMomentEndAsInAnyOrder() throws Exception {
        UUID campaign = platform.campaign();
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            platform.contacts(campaign, 20);
            dispatch(dispatcher, campaign, 20);
        }
        List<Callable<Object>> calls = new ArrayList<>();
        for (Map<String, Object> record : platform.rows("SELECT id FROM sms_records")) {
            Object id = record.get("id");
            String provider = "p-" + id;
            calls.add(() -> track(tracker, queue(List.of(receipt(id, "accepted", provider, null)))));
            calls.add(() -> track(tracker, queue(List.of(receipt(id, "undelivered", null, null)))));
            calls.add(() -> track(tracker, queue(List.of(receipt(id, "failed", null, null)))));
            calls.add(() -> track(tracker, queue(List.of(receipt(null, "delivered", provider, null)))));
            calls.add(() -> track(tracker, queue(List.of(receipt(null, "read", provider, null)))));
        }
        Collections.shuffle(calls, new Random(7));

        for (Future<Object> call : threads.invokeAll(calls)) {
            assertThat(call.get()).hasToString("{\"batchItemFailures\":[]}");
        }

        assertThat(platform.statuses(campaign)).isEqualTo("completed=20");
        assertThat(
                        platform.count(
                                "SELECT count(*) FROM sms_records WHERE status = 'delivered' AND open_source = 'read' AND retry_at IS NULL"))
                .isEqualTo(20);
        assertThat(platform.count("SELECT count(*) FROM sms_events WHERE record_id IS NOT NULL"))
                .isEqualTo(100);
    }

    /** Neither may overlook the other: the receipt that binds the provider's id, and the one that only knows it. */
    @Test
    void aReceiptAndTheBindingOfItsIdMeetHoweverTheyRace() throws Exception {
        UUID campaign = platform.campaign();
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            platform.contacts(campaign, 60);
            dispatch(dispatcher, campaign, 60);
        }
        for (Map<String, Object> record : platform.rows("SELECT id FROM sms_records")) {
            String provider = "race-" + record.get("id");
            CyclicBarrier start = new CyclicBarrier(2);
            Future<?> binding = threads.submit(() -> {
                start.await();
                tell(tracker, receipt(record.get("id"), "accepted", provider, null));
                return null;
            });
            Future<?> other = threads.submit(() -> {
                start.await();
                tell(tracker, receipt(null, "delivered", provider, null));
                return null;
            });
            binding.get();
            other.get();
        }

        assertThat(platform.count("SELECT count(*) FROM sms_records WHERE status = 'delivered'"))
                .isEqualTo(60);
        assertThat(platform.count("SELECT count(*) FROM sms_events WHERE record_id IS NULL"))
                .isZero();
    }

    /** The completer holds the campaign and has seen nobody pending; then a contact goes back. */
    @Test
    void aContactThatGoesBackWhileTheCampaignIsBeingCompletedMakesItActiveAgain() throws Exception {
        UUID campaign = platform.campaign();
        UUID record;
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            platform.contacts(campaign, 1);
            dispatch(dispatcher, campaign, 1);
            record = (UUID) platform.rows("SELECT id FROM sms_records").get(0).get("id");
        }
        platform.execute("UPDATE campaigns SET status = 'active'");
        try (Connection completer = platform.dataSource().getConnection()) {
            completer.setAutoCommit(false);
            execute(completer, "SELECT status FROM campaigns FOR UPDATE SKIP LOCKED");
            execute(
                    completer,
                    "UPDATE campaigns SET status = 'completed' WHERE (SELECT 1 FROM contacts WHERE status = 'pending') IS NULL");

            Future<?> receipt = threads.submit(() -> tell(tracker, receipt(record, "undelivered")));
            Thread.sleep(300);
            assertThat(receipt.isDone()).as("it waits for the completer").isFalse();
            completer.commit();
            receipt.get();
        }

        assertThat(platform.text("SELECT status FROM campaigns")).isEqualTo("active");
        assertThat(platform.statuses(campaign)).isEqualTo("pending=1");
    }

    /** Without the campaign's lock this race would now and then end with a completed campaign that has somebody waiting. */
    @Test
    void noCampaignIsLeftCompletedWithSomebodyWaiting() throws Exception {
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            for (int race = 0; race < 25; race++) {
                UUID campaign = platform.campaign();
                platform.contacts(campaign, 1);
                dispatch(dispatcher, campaign, 1);
                UUID record = (UUID) platform.rows("SELECT id FROM sms_records WHERE campaign_id = ?", campaign)
                        .get(0)
                        .get("id");
                platform.execute("UPDATE campaigns SET status = 'active' WHERE id = ?", campaign);
                CyclicBarrier start = new CyclicBarrier(2);
                Future<?> completing = threads.submit(() -> {
                    start.await();
                    return dispatch(dispatcher, campaign, 1);
                });
                Future<?> receipt = threads.submit(() -> {
                    start.await();
                    tell(tracker, receipt(record, "undelivered"));
                    return null;
                });
                completing.get();
                receipt.get();

                assertThat(platform.statuses(campaign)).isEqualTo("pending=1");
                assertThat(platform.text("SELECT status FROM campaigns WHERE id = ?", campaign))
                        .isEqualTo("active");
            }
        }
    }

    private static void execute(Connection connection, String sql) throws Exception {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }
}
