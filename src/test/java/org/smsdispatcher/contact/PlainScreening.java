package org.smsdispatcher.contact;

import java.util.Optional;
import org.smsdispatcher.reply.Outcome;

/** What {@code routes/screen.camel.yaml} does, as a hand-written function would. */
public final class PlainScreening {

    private PlainScreening() {}

    /** The slice after the five gates. */
    public static Screened screen(Screen screen, Slice slice) {
        Screened screened = new Screened();
        for (Contact contact : slice.contacts()) {
            Draft draft = null;
            Optional<Outcome> stopped = stoppedAt(screen, contact);
            if (stopped.isEmpty()) {
                draft = screen.draft(contact);
                stopped = draft.isComplete() ? Optional.empty() : Optional.of(Outcome.TEMPLATE_ERROR);
            }
            if (stopped.isEmpty()) {
                screened.pass(draft);
            } else {
                screened.stop(contact, stopped.get(), null);
            }
        }
        return screened;
    }

    private static Optional<Outcome> stoppedAt(Screen screen, Contact contact) {
        if (!screen.isZoneKnown(contact)) {
            return Optional.of(Outcome.INVALID_TIMEZONE);
        }
        if (!screen.isInsideWindow(contact)) {
            return Optional.of(Outcome.OUTSIDE_WINDOW);
        }
        if (!screen.isNotBlacklisted(contact)) {
            return Optional.of(Outcome.BLACKLISTED);
        }
        return screen.isNumberValid(contact) ? Optional.empty() : Optional.of(Outcome.INVALID_NUMBER);
    }
}
