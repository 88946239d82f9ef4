package org.smsdispatcher.contact;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.smsdispatcher.contact.ShortLinks.Link;

/**
 * A contact's message as it would be sent.
 *
 * @param contact the recipient
 * @param message the text, rendered, its links shortened; empty text when there is a problem
 * @param variables the placeholders' values as they stand in the text
 * @param links the short links in the text, to be stored when the message is armed
 * @param segments the short messages the text takes
 * @param problem why it must not be sent, for a person to read; never a value
 */
public record Draft(
        Contact contact,
        String message,
        Map<String, String> variables,
        List<Link> links,
        Segments segments,
        Optional<String> problem) {

    /** A message that must not be sent. */
    static Draft refused(Contact contact, Map<String, String> variables, String problem) {
        return new Draft(contact, "", variables, List.of(), Segments.of(""), Optional.of(problem));
    }

    /** Whether the message can be sent as it is. */
    public boolean isComplete() {
        return problem.isEmpty();
    }
}
