package org.smsdispatcher.contact;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.campaign.SendMargin;
import org.smsdispatcher.contact.Contact.DoubtedAttempt;
import org.smsdispatcher.contact.MessageTemplate.Rendering;
import org.smsdispatcher.contact.ShortLinks.Shortened;

/** Answers the questions the route's filters ask about one contact; it decides nothing itself. */
public final class Screen {

    private final InstantSource clock;
    private final Duration margin;
    private final int maxParts;
    private final ShortLinks links;
    private final ObjectReader metadata;

    /**
     * @param margin how long before a window closes nothing is published any more
     * @param maxParts how many parts (3GPP TS 23.040 segments) a message may have where the campaign does not say
     * @param links what web addresses become
     * @throws BadConfigurationException when {@code maxParts} is not 1 to 255, all that a concatenation header can count
     */
    public Screen(InstantSource clock, SendMargin margin, int maxParts, ShortLinks links) {
        if (maxParts < 1 || maxParts > Segments.MAX_PARTS) {
            throw new BadConfigurationException(
                    "MAX_SEGMENTS must be 1 to " + Segments.MAX_PARTS + ", it is " + maxParts);
        }
        this.clock = clock;
        this.margin = margin.duration();
        this.maxParts = maxParts;
        this.links = links;
        JsonMapper mapper = new JsonMapper();
        mapper.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(200).build());
        this.metadata = mapper.readerForMapOf(Object.class);
    }

    /** Nobody screened yet. */
    public Screened nobody() {
        return new Screened();
    }

    /** Whether the contact's time zone is one. */
    public boolean isZoneKnown(Contact contact) {
        return contact.zone().isPresent();
    }

    /** Whether the recipient may be texted at this very moment, on the recipient's own clock; never without a zone. */
    public boolean isInsideWindow(Contact contact) {
        return contact.zone()
                .filter(zone -> contact.config().windows().mayPublish(zone, clock.instant(), margin))
                .isPresent();
    }

    /** Whether Redis does not object. PostgreSQL has been asked by the claim and is asked again when arming. */
    public boolean isNotBlacklisted(Contact contact) {
        return !contact.onRedisBlacklist();
    }

    /** Whether the phone number can be one. */
    public boolean isNumberValid(Contact contact) {
        return contact.number().isPresent();
    }

    /** The contact's message; for a doubted attempt the one that was recorded, to the letter, with the links it was recorded with. */
    public Draft draft(Contact contact) {
        return contact.doubted()
                .map(DoubtedAttempt::message)
                .map(message ->
                        new Draft(contact, message, Map.of(), List.of(), Segments.of(message), Optional.empty()))
                .orElseGet(() -> render(contact));
    }

    private Draft render(Contact contact) {
        try {
            Rendering rendering = contact.config().template().render(values(contact));
            return rendering
                    .problem()
                    .map(problem -> Draft.refused(contact, rendering.variables(), problem))
                    .orElseGet(() -> shorten(contact, rendering));
        } catch (JsonProcessingException e) {
            return Draft.refused(contact, Map.of(), "metadata is too large or too deep to be read");
        }
    }

    private Draft shorten(Contact contact, Rendering rendering) {
        Shortened shortened = links.shorten(rendering.message(), rendering.addresses());
        Segments segments = Segments.of(shortened.message());
        return shortened
                .problem()
                .or(() -> tooLong(segments, contact.config().maxSegments().orElse(maxParts)))
                .map(problem -> Draft.refused(contact, rendering.variables(), problem))
                .orElseGet(() -> new Draft(
                        contact,
                        shortened.message(),
                        rendering.variables(),
                        shortened.links(),
                        segments,
                        Optional.empty()));
    }

    private Map<String, Object> values(Contact contact) throws JsonProcessingException {
        String json = contact.metadata();
        boolean isObject = json != null && json.startsWith("{");
        return isObject ? metadata.readValue(json) : Map.of();
    }

    private static Optional<String> tooLong(Segments segments, int most) {
        return segments.parts() <= most
                ? Optional.empty()
                : Optional.of("the message has " + segments.parts() + " parts, at most " + most + " are sent");
    }
}
