package org.smsdispatcher.contact;

import java.util.Map;
import java.util.Optional;

/**
 * A contact's message as it would be sent.
 *
 * @param contact the recipient
 * @param message the text, rendered; empty text when there is a problem
 * @param variables the placeholders' values as they stand in the text
 * @param problem why it must not be sent, for a person to read; never a value
 */
public record Draft(Contact contact, String message, Map<String, String> variables, Optional<String> problem) {

    /** Whether the message can be sent as it is. */
    public boolean isComplete() {
        return problem.isEmpty();
    }
}
