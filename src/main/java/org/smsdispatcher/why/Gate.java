package org.smsdispatcher.why;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * One condition between a contact and its message.
 *
 * @param gate its name
 * @param value what was found
 * @param pass whether that lets the message through; null when it could not be asked
 * @param detail what it means, for a person; null when the value says it all. Never a phone number or a metadata value.
 */
@JsonPropertyOrder({"gate", "value", "pass", "detail"})
public record Gate(String gate, Object value, Boolean pass, String detail) {

    static Gate of(String gate, Object value, boolean pass) {
        return new Gate(gate, value, pass, null);
    }

    static Gate of(String gate, Object value, boolean pass, String failure) {
        return new Gate(gate, value, pass, pass ? null : failure);
    }
}
