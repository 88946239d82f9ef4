package org.smsdispatcher.why;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;
import org.smsdispatcher.contact.Screen;
import org.smsdispatcher.contact.Segments;
import org.smsdispatcher.publish.Breaker;
import org.smsdispatcher.why.Judge.Judged;

/** Every condition between a contact and its message, whether or not one before it already stops the contact. */
final class Gates {

    private final InstantSource clock;
    private final Screen screen;

    Gates(InstantSource clock, Screen screen) {
        this.clock = clock;
        this.screen = screen;
    }

    /** The gates that can be told without the campaign's config. */
    List<Gate> unconfigured(Campaign campaign, List<String> problems, Facts facts) {
        List<Gate> gates = new ArrayList<>();
        addCampaign(gates, campaign, problems);
        addState(gates, facts);
        return gates;
    }

    /** All gates, in the order in which dispatching comes to them. */
    List<Gate> of(
            Campaign campaign,
            CampaignConfig config,
            Breaker breaker,
            Foresight foresight,
            Judged judged,
            Optional<String> sameNumber) {
        Facts facts = judged.facts();
        Contact contact = judged.contact();
        List<Gate> gates = new ArrayList<>();
        addCampaign(gates, campaign, List.of());
        addState(gates, facts);
        gates.add(Gate.of(
                "attempts",
                facts.attempts() + " of " + config.maxAttempts() + " used",
                facts.doubted() || (facts.attempts() < config.maxAttempts() && !foresight.isRecorded(contact)),
                foresight.isRecorded(contact)
                        ? "attempt " + (facts.attempts() + 1) + " is already recorded"
                        : "no attempt left"));
        addZone(gates, config, facts, contact);
        addBlacklist(gates, breaker, foresight, facts, contact);
        gates.add(Gate.of(
                "number",
                contact.number()
                        .map(PhoneNumber::e164)
                        .map(PhoneNumbers::mask)
                        .orElse(PhoneNumbers.mask(facts.storedNumber())),
                screen.isNumberValid(contact),
                "it cannot be a phone number"));
        gates.add(duplicate(foresight, contact, sameNumber));
        gates.add(Gate.of(
                "delivered",
                facts.arrived() ? "delivered" : foresight.isUndeliverable(contact) ? "undeliverable" : "not delivered",
                !facts.arrived() && !foresight.isUndeliverable(contact),
                facts.arrived()
                        ? "an earlier message arrived: the contact is completed, and not texted again"
                        : "a receipt says that its last message never arrives: the contact fails"));
        addTemplate(gates, judged);
        return gates;
    }

    private static void addCampaign(List<Gate> gates, Campaign campaign, List<String> problems) {
        gates.add(Gate.of(
                "campaignState", campaign.status(), campaign.isDispatchable(), "only active campaigns are dispatched"));
        gates.add(Gate.of(
                "configuration",
                problems.isEmpty() ? "valid" : "refused",
                problems.isEmpty(),
                String.join("; ", problems)));
        gates.add(Gate.of("start", text(campaign.startTime()), campaign.started(), "the campaign has not begun"));
        gates.add(Gate.of("end", text(campaign.endTime()), !campaign.ended(), "the campaign is over"));
    }

    private static void addState(List<Gate> gates, Facts facts) {
        gates.add(Gate.of(
                "smsCapable",
                facts.capable(),
                facts.capable(),
                "the contact is not marked as one that can be texted (false, or nothing at all)"));
        gates.add(Gate.of("contactStatus", facts.status(), !facts.isOver(), over(facts)));
        gates.add(Gate.of(
                "lease",
                facts.isInProgress() ? "until " + facts.leaseEnds() : "none",
                !facts.isInProgress() || (facts.leaseOver() && (facts.isClaimable() || facts.doubted())),
                lease(facts)));
        Instant until = facts.waitsUntil();
        gates.add(Gate.of(
                "notBefore",
                until.equals(Instant.EPOCH) ? null : until.toString(),
                facts.isDue(),
                "it waits after " + (facts.retryAt() == null ? facts.outcome() : "undelivered")));
    }

    private static String over(Facts facts) {
        return facts.reason() == null ? "nothing more happens to it by itself" : facts.reason();
    }

    private static String lease(Facts facts) {
        if (!facts.leaseOver()) {
            return facts.leased()
                    ? "an invocation holds it, " + (facts.armedAttempt() == null ? "not armed yet" : "armed")
                    : "in progress without a lease: left by another function, put right after an hour";
        }
        return "the invocation that held it died; the next dispatch ends it as " + facts.reaped();
    }

    private void addZone(List<Gate> gates, CampaignConfig config, Facts facts, Contact contact) {
        String stored = facts.timezone() == null || facts.timezone().isBlank() ? "the campaign's" : facts.timezone();
        gates.add(Gate.of(
                "zone",
                contact.zone().map(ZoneId::getId).orElse(stored),
                screen.isZoneKnown(contact),
                "it is no IANA time zone"));
        if (contact.zone().isEmpty()) {
            gates.add(new Gate("window", null, null, "it cannot be asked without a time zone"));
            return;
        }
        ZoneId zone = contact.zone().get();
        Instant now = clock.instant();
        String local = now.atZone(zone).toLocalDateTime().truncatedTo(ChronoUnit.SECONDS) + " there";
        boolean inside = screen.isInsideWindow(contact);
        String value = config.windows().isOpen(zone, now)
                ? "open until " + config.windows().closesAt(zone, now) + "; " + local
                : "shut; " + local;
        gates.add(Gate.of(
                "window",
                value,
                inside,
                config.windows().isOpen(zone, now)
                        ? "it closes within the margin in which nothing is published"
                        : "outside the calling windows"));
    }

    private void addBlacklist(List<Gate> gates, Breaker breaker, Foresight foresight, Facts facts, Contact contact) {
        boolean listed = facts.blacklisted() || foresight.isBlacklisted(contact);
        gates.add(Gate.of(
                "blacklistPostgresql",
                listed ? "listed" : "not listed",
                !listed,
                facts.blacklisted() ? "as it is stored" : "in another spelling"));
        gates.add(
                breaker.isRedisWorking()
                        ? Gate.of(
                                "blacklistRedis",
                                screen.isNotBlacklisted(contact) ? "not listed" : "listed",
                                screen.isNotBlacklisted(contact))
                        : new Gate("blacklistRedis", null, null, "Redis did not answer; PostgreSQL decides alone"));
    }

    private static Gate duplicate(Foresight foresight, Contact contact, Optional<String> sameNumber) {
        Optional<String> texted = foresight.textedBefore(contact).map(Object::toString);
        if (contact.number().isEmpty()) {
            return new Gate("duplicateNumber", null, null, "it cannot be asked without a number");
        }
        if (texted.isPresent()) {
            return Gate.of(
                    "duplicateNumber",
                    texted.get(),
                    contact.doubted().isPresent(),
                    "this contact of the campaign has the same number, and was texted or is being texted");
        }
        return new Gate(
                "duplicateNumber",
                sameNumber.orElse(null),
                true,
                sameNumber
                        .map(
                                other ->
                                        "this contact waits with the same number: the one armed first is texted, the other fails")
                        .orElse(null));
    }

    private static void addTemplate(List<Gate> gates, Judged judged) {
        Optional<String> problem = judged.draft().problem();
        int parts = Segments.of(judged.draft().message()).parts();
        gates.add(Gate.of(
                "template",
                problem.isPresent() ? "no message" : parts + (parts == 1 ? " part" : " parts"),
                problem.isEmpty(),
                problem.orElse(null)));
    }

    private static String text(Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
