package org.smsdispatcher.why;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.smsdispatcher.campaign.CallingWindows;

/**
 * When a campaign would be through at a steady pace: the contacts of the zone that closes first are served first, as by the claim,
 * and nothing happens while all zones sleep. A zone that opens while another is being served waits for it to be done or to close,
 * which moves no end unless it closes before.
 */
final class FinishEstimate {

    /** More openings than that and it is not worth reckoning. */
    private static final int MAX_STEPS = 20_000;

    private final CallingWindows windows;
    private final Duration margin;
    private final double perSecond;

    /** @param perSecond more than 0 */
    FinishEstimate(CallingWindows windows, Duration margin, double perSecond) {
        this.windows = windows;
        this.margin = margin;
        this.perSecond = perSecond;
    }

    /** So many contacts that wait in a zone, due from some instant on. */
    record Line(ZoneId zone, double contacts, Instant due) {}

    /** The end, beginning at {@code from}; empty when a zone with contacts never opens again, or not before {@code end} (null: open). */
    Optional<Instant> finish(List<Line> lines, Instant from, Instant end) {
        List<Line> left = new ArrayList<>(
                lines.stream().filter(line -> line.contacts() > 0).toList());
        Instant now = from;
        for (int step = 0; step < MAX_STEPS && !left.isEmpty(); step++) {
            Instant at = now;
            Optional<Line> open = left.stream()
                    .filter(line -> isOpen(line, at))
                    .min(Comparator.comparing(line -> windows.closesAt(line.zone(), at)));
            if (open.isEmpty()) {
                Optional<Instant> opening = opening(left, now);
                if (opening.isEmpty()) {
                    return Optional.empty();
                }
                now = opening.get();
            } else {
                now = serve(open.get(), left, now);
            }
            if (end != null && !now.isBefore(end)) {
                return Optional.empty();
            }
        }
        return left.isEmpty() ? Optional.of(now) : Optional.empty();
    }

    private boolean isOpen(Line line, Instant at) {
        return !at.isBefore(line.due()) && windows.mayPublish(line.zone(), at, margin);
    }

    private Optional<Instant> opening(List<Line> lines, Instant now) {
        return lines.stream()
                .map(line -> windows.nextPublishable(line.zone(), line.due().isAfter(now) ? line.due() : now, margin))
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder());
    }

    /** Serves the zone until it is empty or closes; the instant after. */
    private Instant serve(Line line, List<Line> left, Instant now) {
        Instant closes = windows.closesAt(line.zone(), now).minus(margin);
        double seconds = Math.min(
                line.contacts() / perSecond, Duration.between(now, closes).toMillis() / 1e3);
        Instant then = now.plusMillis(Math.max(1, Math.round(seconds * 1e3)));
        double remaining = line.contacts() - seconds * perSecond;
        left.remove(line);
        if (remaining > 0.5) {
            left.add(new Line(line.zone(), remaining, line.due()));
        }
        return then;
    }
}
