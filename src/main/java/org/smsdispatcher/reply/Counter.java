package org.smsdispatcher.reply;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.contact.Screened;
import org.smsdispatcher.contact.Slice;
import org.smsdispatcher.metrics.Meter;
import org.smsdispatcher.publish.Published;

/** Adds up what became of the contacts. */
public final class Counter {

    private static final Logger LOG = LoggerFactory.getLogger(Counter.class);

    /** Nobody so far. */
    public Tally none() {
        return Tally.empty();
    }

    /** With the contacts that {@code reap.sql} put right; one it merely handed back is no result. */
    public Tally reaped(Tally tally, List<Map<String, Object>> rows, Meter meter) {
        List<Result> results = rows.stream()
                .filter(row -> row.get("outcome") != null)
                .map(row -> new Result(
                        (UUID) row.get("id"), Outcome.of((String) row.get("outcome")), (String) row.get("reason")))
                .toList();
        if (!rows.isEmpty()) {
            LOG.info("{} contacts that a dead invocation had left leased were put right", rows.size());
        }
        meter.reaped(rows.size());
        meter.results(results);
        return tally.plusReaped(results);
    }

    /** With all contacts of a slice: those the claim ended, those the screening stopped, and those published. */
    public Tally claimed(Tally tally, Slice slice, Screened screened, Published published, Meter meter) {
        List<Result> results = new ArrayList<>(slice.ended());
        results.addAll(screened.results());
        results.addAll(published.results());
        meter.results(results);
        return tally.plusClaimed(results);
    }

    /** Whether a contact of the slice is still leased and has to be released. */
    public boolean hasHandedBack(Screened screened, Published published) {
        List<Result> results = new ArrayList<>(screened.results());
        results.addAll(published.results());
        return results.stream()
                .anyMatch(result -> result.outcome() == Outcome.RELEASED || result.outcome() == Outcome.OUTSIDE_WINDOW);
    }

    /** Throws what a chunk broke on, once all lanes are done. */
    public void throwFailure(Published published) throws Exception {
        published.throwFailure();
    }
}
