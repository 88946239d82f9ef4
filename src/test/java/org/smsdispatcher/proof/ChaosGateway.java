package org.smsdispatcher.proof;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.smsdispatcher.TrackingEventsOf;
import org.smsdispatcher.lambda.FunctionProcess;
import org.smsdispatcher.lambda.RuntimeApi.Answer;
import org.smsdispatcher.local.SnsEndpoint.Accepted;

/** The gateway behind SNS, which tells the tracking function of every tenth message that it got, until it is heard. */
final class ChaosGateway implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int AT_A_TIME = 500;

    private final FunctionProcess tracker;
    private final Counts counts;
    private int told;

    /** @param tracker the tracking function, which nobody kills */
    ChaosGateway(FunctionProcess tracker, Counts counts) {
        this.tracker = tracker;
        this.counts = counts;
    }

    /** Tells of some messages more. */
    void tell(List<Accepted> accepted) {
        List<String> receipts = new ArrayList<>();
        int next = Math.min(accepted.size(), told + AT_A_TIME);
        for (Accepted message : accepted.subList(told, next)) {
            String id = message.attributes().get("smsRecordId");
            // the same message is told of alike, however often it comes
            int chance = Math.floorMod(id.hashCode(), 100);
            if (chance < 10) {
                receipts.add(TrackingEventsOf.receipt(id, receipt(chance)));
            }
        }
        if (receipts.isEmpty() || isHeard(receipts)) {
            told = next;
            counts.add("receipts", receipts.size());
        }
    }

    private static String receipt(int chance) {
        if (chance < 5) {
            return "delivered";
        }
        return chance < 8 ? "undelivered" : "failed";
    }

    private boolean isHeard(List<String> receipts) {
        Answer answer = tracker.api().call(TrackingEventsOf.queue(receipts), TIMEOUT);
        return !answer.error()
                && ChaosJson.read(answer.body()).path("batchItemFailures").isEmpty();
    }

    @Override
    public void close() {
        tracker.close();
    }
}
