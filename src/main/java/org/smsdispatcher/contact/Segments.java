package org.smsdispatcher.contact;

import java.util.List;

/**
 * How many short messages a text takes on the air, which is what carriers bill.
 *
 * <p>A text whose every character is in the GSM 7-bit default alphabet or its extension table (3GPP TS 23.038, 6.2.1
 * and 6.2.1.1, no national language tables) is sent in it; one other character sends the whole text as UCS-2. A text
 * too long for one message is cut into parts with a concatenation header of six octets (3GPP TS 23.040, 9.2.3.24.1).
 * No cut falls inside an extension character or a surrogate pair, so a part may stay one unit short. An empty text is
 * one message of no units. More parts than the 255 that the header can count are counted all the same.
 *
 * @param encoding how the text is sent
 * @param parts messages it takes, at least one
 * @param units septets (an extension character is two) or UTF-16 code units of the text, headers not counted
 */
public record Segments(Encoding encoding, int parts, int units) {

    /** What the one octet of a concatenation header can count (3GPP TS 23.040, 9.2.3.24.1). */
    public static final int MAX_PARTS = 255;

    /** The alphabets of a short message, with the units that one message holds alone and as a part of several. */
    public enum Encoding {
        /** 140 octets hold 160 septets; 153 are left beside the header. */
        GSM_7(160, 153),
        /** 140 octets hold 70 code units; 67 are left beside the header. */
        UCS_2(70, 67);

        private final int single;
        private final int part;

        Encoding(int single, int part) {
            this.single = single;
            this.part = part;
        }

        private int unitsOf(int codePoint) {
            if (this == UCS_2) {
                return Character.charCount(codePoint);
            }
            return septets(codePoint);
        }
    }

    /** In the order of the table, 0x00 to 0x7F, without the escape at 0x1B. */
    private static final String DEFAULT_ALPHABET = "@£$¥èéùìòÇ\nØø\rÅå"
            + "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
            + " !\"#¤%&'()*+,-./"
            + "0123456789:;<=>?"
            + "¡ABCDEFGHIJKLMNO"
            + "PQRSTUVWXYZÄÖÑÜ§"
            + "¿abcdefghijklmno"
            + "pqrstuvwxyzäöñüà";

    /** Each is an escape and a second septet. */
    private static final String EXTENSION = "\f^{}\\[~]|€";

    /** For each character up to the last one of either table, the septets it takes; 0 for one in neither. */
    private static final byte[] SEPTETS = septets();

    /** The messages that {@code message} takes. */
    public static Segments of(String message) {
        Encoding encoding = message.codePoints().allMatch(Segments::isGsm) ? Encoding.GSM_7 : Encoding.UCS_2;
        int units = 0;
        int parts = 1;
        int used = 0;
        for (int i = 0; i < message.length(); ) {
            int codePoint = message.codePointAt(i);
            i += Character.charCount(codePoint);
            int size = encoding.unitsOf(codePoint);
            units += size;
            if (used + size > encoding.part) {
                parts++;
                used = 0;
            }
            used += size;
        }
        return new Segments(encoding, units <= encoding.single ? 1 : parts, units);
    }

    /** The characters that keep {@code message} out of GSM 7-bit, each once, in order; none if it is in it. */
    public static List<String> nonGsm(String message) {
        return message.codePoints()
                .filter(character -> !isGsm(character))
                .distinct()
                .mapToObj(Character::toString)
                .toList();
    }

    private static boolean isGsm(int codePoint) {
        return septets(codePoint) > 0;
    }

    private static int septets(int codePoint) {
        return codePoint < SEPTETS.length ? SEPTETS[codePoint] : 0;
    }

    private static byte[] septets() {
        int last = (DEFAULT_ALPHABET + EXTENSION).chars().max().orElseThrow();
        byte[] septets = new byte[last + 1];
        DEFAULT_ALPHABET.chars().forEach(each -> septets[each] = 1);
        EXTENSION.chars().forEach(each -> septets[each] = 2);
        return septets;
    }
}
