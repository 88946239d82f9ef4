package org.smsdispatcher.contact;

import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.reply.Outcome;

/**
 * Gathers a slice's contacts after the filters. A contact's outcome is the gate it reached last (variable {@code outcome}); a
 * contact whose screening broke is handed back, and no other suffers from it.
 */
public final class ScreenedContacts implements AggregationStrategy {

    private static final Logger LOG = LoggerFactory.getLogger(ScreenedContacts.class);

    @Override
    public Exchange aggregate(Exchange gathered, Exchange item) {
        Screened screened =
                gathered == null ? new Screened() : gathered.getMessage().getBody(Screened.class);
        add(screened, item);
        item.setException(null);
        item.getMessage().setBody(screened);
        return item;
    }

    private static void add(Screened screened, Exchange item) {
        Contact contact = item.getMessage().getBody(Contact.class);
        Draft draft = item.getVariable("draft", Draft.class);
        Outcome outcome = Outcome.of(item.getVariable("outcome", String.class));
        if (item.getException() != null) {
            LOG.error("Contact {}: could not be screened, handed back", contact.id(), item.getException());
            screened.stop(contact, Outcome.RELEASED, "could not be screened");
        } else if (outcome == Outcome.RELEASED) {
            screened.pass(draft);
        } else {
            screened.stop(contact, outcome, reason(outcome, contact, draft));
        }
    }

    private static String reason(Outcome outcome, Contact contact, Draft draft) {
        return switch (outcome) {
            case BLACKLISTED -> "the number is on the blacklist in Redis";
            case INVALID_NUMBER -> "the phone number " + PhoneNumbers.mask(contact.storedNumber()) + " cannot be one";
            case INVALID_TIMEZONE -> "the contact's timezone is not an IANA time zone";
            case TEMPLATE_ERROR -> draft.problem().orElse(null);
            default -> null;
        };
    }
}
