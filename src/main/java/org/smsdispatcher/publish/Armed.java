package org.smsdispatcher.publish;

import java.time.Instant;
import java.util.UUID;
import org.smsdispatcher.contact.Draft;

/**
 * A message past the point of no return: its record is committed, and it may be published.
 *
 * @param draft the message
 * @param attempt the attempt's number, from 1
 * @param recordId the record's id, the idempotency key on the wire
 * @param sendBefore first instant at which the gateway must not send it any more
 * @param doubted whether an earlier publish of the same attempt may have been accepted; no answer disproves that
 */
record Armed(Draft draft, int attempt, UUID recordId, Instant sendBefore, boolean doubted) {

    UUID contactId() {
        return draft.contact().id();
    }
}
