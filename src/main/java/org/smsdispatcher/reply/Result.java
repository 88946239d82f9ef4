package org.smsdispatcher.reply;

import java.util.UUID;

/**
 * What became of one contact in this invocation.
 *
 * @param contactId the contact
 * @param outcome its one outcome
 * @param reason why, for a person to read; null when the outcome says it all. Never a phone number or a value.
 */
public record Result(UUID contactId, Outcome outcome, String reason) {}
