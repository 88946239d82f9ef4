package org.smsdispatcher.tracking;

import java.util.UUID;

/**
 * A recipient who does not want to be texted.
 *
 * @param recordId the message whose receipt says so
 * @param number E.164
 * @param spellings normalised forms under which contacts may have it, see {@link org.smsdispatcher.contact.PhoneNumbers.PhoneNumber}
 * @param reason for the blacklist
 */
@SuppressWarnings("ArrayRecordComponent") // as JDBC takes it; nobody compares two of them
public record OptOut(UUID recordId, String number, String[] spellings, String reason) {

    /** The key whose existence says no. */
    public String redisKey() {
        return "blacklist:" + number;
    }
}
