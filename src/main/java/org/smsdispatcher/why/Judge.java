package org.smsdispatcher.why;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.Screen;
import org.smsdispatcher.reply.Outcome;

/**
 * What becomes of a contact once its hour has come: the gates in dispatching's order, but for the window. Each is asked of the very
 * object or statement that dispatching asks.
 */
final class Judge {

    private final Screen screen;

    Judge(Screen screen) {
        this.screen = screen;
    }

    /**
     * A contact, judged.
     *
     * @param outcome {@code sent}, or the gate that would stop it
     * @param draft its message, as it would be sent
     */
    record Judged(Facts facts, Contact contact, Draft draft, Outcome outcome) {

        /** What the answers call it. */
        String word() {
            return Judge.word(outcome);
        }
    }

    /** What the answers call an outcome: a contact whose earlier message arrived is no reply's outcome, and handed back by nobody. */
    static String word(Outcome outcome) {
        return outcome == Outcome.RELEASED ? "delivered" : outcome.word();
    }

    /** All contacts of the foresight, by id. */
    Map<UUID, Judged> judge(Foresight foresight, List<Map<String, Object>> factRows, CampaignConfig config) {
        Map<UUID, Facts> facts =
                factRows.stream().map(Facts::of).collect(Collectors.toMap(Facts::id, Function.identity()));
        return foresight.contacts().stream()
                .map(contact -> judge(foresight, facts.get(contact.id()), contact, config))
                .collect(Collectors.toMap(judged -> judged.facts().id(), Function.identity()));
    }

    private Judged judge(Foresight foresight, Facts facts, Contact contact, CampaignConfig config) {
        Draft draft = screen.draft(contact);
        Outcome outcome = outcome(foresight, facts, contact, draft, config);
        boolean mayHaveBeenSent = facts.doubted() && outcome != Outcome.SENT && outcome != Outcome.RELEASED;
        return new Judged(facts, contact, draft, mayHaveBeenSent ? Outcome.UNKNOWN : outcome);
    }

    private Outcome outcome(Foresight foresight, Facts facts, Contact contact, Draft draft, CampaignConfig config) {
        if (facts.isInProgress() && facts.arrived()) {
            // the reaper comes before the claim
            return Outcome.RELEASED;
        }
        if (!facts.doubted() && facts.blacklisted()) {
            return Outcome.BLACKLISTED;
        }
        if (!facts.doubted() && facts.attempts() >= config.maxAttempts()) {
            return Outcome.ATTEMPTS_EXHAUSTED;
        }
        if (facts.arrived()) {
            return Outcome.RELEASED;
        }
        if (!screen.isZoneKnown(contact)) {
            return Outcome.INVALID_TIMEZONE;
        }
        if (!screen.isNotBlacklisted(contact)) {
            return Outcome.BLACKLISTED;
        }
        if (!screen.isNumberValid(contact)) {
            return Outcome.INVALID_NUMBER;
        }
        return draft.isComplete() ? foresight.armed(contact) : Outcome.TEMPLATE_ERROR;
    }
}
