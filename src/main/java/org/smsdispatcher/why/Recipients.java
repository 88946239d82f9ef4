package org.smsdispatcher.why;

import java.util.List;
import java.util.function.Function;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;

/** Contacts whose number is one, as SQL arrays: who would get as far as being armed. */
public record Recipients(List<Contact> contacts) {

    public String[] ids() {
        return texts(contact -> contact.id().toString());
    }

    public String[] numbers() {
        return texts(contact -> number(contact).e164());
    }

    /** Per contact its number's spellings, joined by commas. */
    public String[] spellings() {
        return texts(contact -> String.join(",", number(contact).spellings()));
    }

    /** Whether the contact's attempt is already armed and to be published again. */
    public String[] doubted() {
        return texts(contact -> Boolean.toString(contact.doubted().isPresent()));
    }

    private static PhoneNumber number(Contact contact) {
        return contact.number().orElseThrow();
    }

    private String[] texts(Function<Contact, String> text) {
        return contacts.stream().map(text).toArray(String[]::new);
    }
}
