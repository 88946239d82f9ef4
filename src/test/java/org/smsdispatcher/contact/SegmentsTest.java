package org.smsdispatcher.contact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.contact.Segments.Encoding;

class SegmentsTest {

    /** 3GPP TS 23.038, 6.2.1, as its differences from ASCII; -1 is the escape. */
    private static final int[] TABLE = {
        0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5,
        0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, -1, 0xC6, 0xE6, 0xDF, 0xC9
    };

    private static final int[][] NOT_ASCII = {
        {0x24, 0xA4},
        {0x40, 0xA1},
        {0x5B, 0xC4},
        {0x5C, 0xD6},
        {0x5D, 0xD1},
        {0x5E, 0xDC},
        {0x5F, 0xA7},
        {0x60, 0xBF},
        {0x7B, 0xE4},
        {0x7C, 0xF6},
        {0x7D, 0xF1},
        {0x7E, 0xFC},
        {0x7F, 0xE0}
    };

    /** The same, 6.2.1.1: what follows the escape. */
    private static final List<Integer> EXTENDED = List.of(0x0C, 0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC);

    @ParameterizedTest
    @CsvSource({
        // piece, times, then piece, encoding, parts, units
        "'',  0,    '',  GSM_7, 1, 0",
        "a,   1,    '',  GSM_7, 1, 1",
        "a,   160,  '',  GSM_7, 1, 160",
        "a,   161,  '',  GSM_7, 2, 161",
        "a,   306,  '',  GSM_7, 2, 306",
        "a,   307,  '',  GSM_7, 3, 307",
        "a,   459,  '',  GSM_7, 3, 459",
        "a,   460,  '',  GSM_7, 4, 460",
        "a,   158,  €,   GSM_7, 1, 160",
        "a,   159,  €,   GSM_7, 2, 161",
        "€,   80,   '',  GSM_7, 1, 160",
        "€,   81,   '',  GSM_7, 2, 162",
        // 76 in a part, its last septet stays empty
        "€,   152,  '',  GSM_7, 2, 304",
        "€,   153,  '',  GSM_7, 3, 306",
        "ש,   1,    '',  UCS_2, 1, 1",
        "ש,   70,   '',  UCS_2, 1, 70",
        "ש,   71,   '',  UCS_2, 2, 71",
        "ש,   134,  '',  UCS_2, 2, 134",
        "ש,   135,  '',  UCS_2, 3, 135",
        "a,   70,   ש,   UCS_2, 2, 71",
        "\uD83D\uDE00, 35, '', UCS_2, 1, 70",
        "\uD83D\uDE00, 36, '', UCS_2, 2, 72",
        // 33 in a part, its last code unit stays empty
        "\uD83D\uDE00, 66, '', UCS_2, 2, 132",
        "\uD83D\uDE00, 67, '', UCS_2, 3, 134",
        "€,   1,    ש,   UCS_2, 1, 2",
        "\uD83D, 1, '',  UCS_2, 1, 1",
    })
    void countsPartsAndUnits(String piece, int times, String then, Encoding encoding, int parts, int units) {
        assertThat(Segments.of(piece.repeat(times) + then)).isEqualTo(new Segments(encoding, parts, units));
    }

    @Test
    void neverCutsAnExtensionCharacter() {
        String straddling = "a".repeat(152) + "€" + "a".repeat(151);
        assertThat(Segments.of(straddling)).isEqualTo(new Segments(Encoding.GSM_7, 2, 305));
        assertThat(Segments.of(straddling + "a")).isEqualTo(new Segments(Encoding.GSM_7, 3, 306));
    }

    @Test
    void knowsTheAlphabetOf3gpp() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            int septets = septets(codePoint);
            Segments expected = septets > 0
                    ? new Segments(Encoding.GSM_7, 1, septets)
                    : new Segments(Encoding.UCS_2, 1, Character.charCount(codePoint));
            assertThat(Segments.of(Character.toString(codePoint))).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'Hello {you}, 10€',  ''",
        "'',                  ''",
        "“Hi” – “you”,        “ ” –",
        "naïve çà,            ï ç",
        "tab\tand \u00A0blank, '\t \u00A0'",
        "\uD83D\uDE00 \uD83D\uDE00\u200D, '\uD83D\uDE00 \u200D'",
    })
    void namesTheCharactersThatCostMore(String message, String characters) {
        assertThat(String.join(" ", Segments.nonGsm(message))).isEqualTo(characters);
    }

    @Property
    void packsAsTightlyAsCanBe(@ForAll("messages") String message) {
        Segments segments = Segments.of(message);
        boolean gsm = message.codePoints().allMatch(codePoint -> septets(codePoint) > 0);
        int[] sizes = message.codePoints()
                .map(codePoint -> gsm ? septets(codePoint) : Character.charCount(codePoint))
                .toArray();
        int units = IntStream.of(sizes).sum();

        assertThat(segments.encoding()).isEqualTo(gsm ? Encoding.GSM_7 : Encoding.UCS_2);
        assertThat(segments.units()).isEqualTo(units);
        assertThat(segments.parts()).isEqualTo(units <= (gsm ? 160 : 70) ? 1 : fewestParts(sizes, gsm ? 153 : 67));
        assertThat(Segments.nonGsm(message).isEmpty()).isEqualTo(gsm);
    }

    /** Tries every place for the last cut. */
    private static int fewestParts(int[] sizes, int room) {
        int[] fewest = new int[sizes.length + 1];
        Arrays.fill(fewest, Integer.MAX_VALUE);
        fewest[0] = 0;
        for (int end = 1; end <= sizes.length; end++) {
            for (int start = end - 1, used = sizes[start];
                    used <= room;
                    used += start == 0 ? room + 1 : sizes[--start]) {
                fewest[end] = Math.min(fewest[end], fewest[start] + 1);
            }
        }
        return fewest[sizes.length];
    }

    private static int septets(int codePoint) {
        if (EXTENDED.contains(codePoint)) {
            return 2;
        }
        boolean first = IntStream.of(TABLE).anyMatch(each -> each == codePoint);
        boolean changed = Arrays.stream(NOT_ASCII).anyMatch(each -> each[1] == codePoint);
        boolean ascii = codePoint >= 0x20
                && codePoint <= 0x7F
                && Arrays.stream(NOT_ASCII).noneMatch(each -> each[0] == codePoint);
        return first || changed || ascii ? 1 : 0;
    }

    @Provide
    Arbitrary<String> messages() {
        Arbitrary<String> gsm = Arbitraries.of("a", "€", "{", "\n", "@");
        Arbitrary<String> any = Arbitraries.of("a", "€", "ש", "\uD83D\uDE00", "\u200D");
        return Arbitraries.oneOf(List.of(gsm, any))
                .list()
                .ofMaxSize(5)
                .flatMap(rare -> Arbitraries.oneOf(List.of(gsm, any.filter(each -> !rare.isEmpty())))
                        .list()
                        .ofMaxSize(500)
                        .map(rest -> String.join("", rest) + String.join("", rare)));
    }
}
