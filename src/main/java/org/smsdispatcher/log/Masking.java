package org.smsdispatcher.log;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.contact.PhoneNumbers;

/**
 * The last fence before a log: whatever else a text is, nothing in it may read as a phone number. Nobody is to rely on it, least
 * of all for anything but numbers.
 */
public final class Masking {

    /** Five and more characters of a number between its first digit and its last, however it is grouped. */
    public static final String GROUPED = "[\\p{Nd}\\p{Z}\\p{Cf}\\p{Pd}_()./]{5,}";

    /**
     * An international number, also one with formatting; or seven digits and more in a row that are no part of a word, a UUID or a
     * fraction.
     */
    private static final Pattern NUMBER =
            Pattern.compile("\\+\\p{Nd}" + GROUPED + "\\p{Nd}|(?<![\\p{Alnum}.-])\\p{Nd}{7,}+(?![\\p{Alnum}-])");

    private Masking() {}

    /** The text with all but the last two digits of every phone number hidden. */
    public static String mask(String text) {
        Matcher numbers = NUMBER.matcher(text);
        return numbers.replaceAll(found -> Matcher.quoteReplacement(PhoneNumbers.mask(found.group())));
    }
}
