package org.smsdispatcher.contact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberType;
import com.google.i18n.phonenumbers.Phonenumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;

class PhoneNumbersTest {

    private final PhoneNumberUtil util = PhoneNumberUtil.getInstance();

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                // one number, as an Israeli list may write it
                "IL, +972502345678,                 +972502345678",
                "IL, 0502345678,                    +972502345678",
                "IL, 502345678,                     +972502345678",
                "IL, 972502345678,                  +972502345678",
                "IL, 00972502345678,                +972502345678",
                "IL, +972 0502345678,               +972502345678",
                "IL, +972 (0)50-234-5678,           +972502345678",
                "IL, 9720502345678,                 +972502345678",
                "IL, 009720502345678,               +972502345678",
                "IL, (+972) 50.234.5678,            +972502345678",
                "IL, [050]/234~5678,                +972502345678",
                "IL, \" \t050 234 5678\r\n\",       +972502345678",
                "IL, 050\u00A0234\u202F5678,        +972502345678",
                "IL, 050\u2011234\u22125678,        +972502345678",
                "IL, \u202A+972502345678\u202C,     +972502345678",
                "IL, \uFEFF050\u200B234\u00AD5678,  +972502345678",
                "IL, \u0660\u0665\u0660\u0662\u0663\u0664\u0665\u0666\u0667\u0668, +972502345678",
                "IL, \u06F0\u06F5\u06F0\u06F2\u06F3\u06F4\u06F5\u06F6\u06F7\u06F8, +972502345678",
                "IL, \u0966\u096B\u0966\u0968\u0969\u096A\u096B\u096C\u096D\u096E, +972502345678",
                "IL, \uFF0B\uFF19\uFF17\uFF12\uFF15\uFF10\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17\uFF18, +972502345678",
                "il, 0502345678,                    +972502345678",
                // without a default region only international forms are numbers
                "\"\", +972502345678,               +972502345678",
                "\"\", 00972502345678,              +972502345678",
                "\"\", 972502345678,                +972502345678",
                "\"\", 0502345678,                  ",
                "\"\", 502345678,                   ",
                // the default region's own way first
                "US, (212) 555-0123,                +12125550123",
                "US, 1 212 555 0123,                +12125550123",
                "US, 011 972 50 234 5678,           +972502345678",
                "US, 00 972 50 234 5678,            +972502345678",
                "US, 972502345678,                  +972502345678",
                "US, 4792345678,                    +14792345678",
                "NO, +4792345678,                   +4792345678",
                "DE, 015123456789,                  +4915123456789",
                "DE, 972502345678,                  ",
                "DE, 15123456789,                   ",
                "AU, 0011 972 50 234 5678,          +972502345678",
                "AU, 0011 36 1 234 5678,            ",
                // trunk prefixes that are none, or more than a prefix
                "IT, 06 1234 5678,                  +390612345678",
                "IT, +39 06 1234 5678,              +390612345678",
                "AR, 011 15-2345-6789,              +5491123456789",
                "RU, 8 (912) 345-67-89,             +79123456789",
                "RU, +7 8 912 345 67 89,            +79123456789",
                // kinds that may be sent a text, and those that cost or reach no one
                "US, +1 800 555 0123,               +18005550123",
                "GB, +44 56 1234 5678,              +445612345678",
                "GB, +44 70 1234 5678,              +447012345678",
                "US, +1 900 234 5678,               ",
                "GB, +44 843 123 4567,              ",
                "GB, +44 55 1234 5678,              ",
                "GB, +44 7640 123456,               ",
            })
    void readsEveryFormOfANumber(String region, String raw, String e164) {
        assertThat(new PhoneNumbers(region).parse(raw).map(PhoneNumber::e164)).isEqualTo(Optional.ofNullable(e164));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " \t\u00A0\u200B",
                "+",
                "00",
                "unknown",
                "100",
                "112",
                "*2345",
                "+972502",
                "+972502345678901234",
                "+999502345678",
                "+0972502345678",
                "+00972502345678",
                "++972502345678",
                "00+972502345678",
                "000972502345678",
                "050+2345678",
                "+972+502345678",
                "0502345678+",
                "1-800-FLOWERS",
                "050-CALLNOW",
                "0502345678 ext 3",
                "0502345678 x3",
                "0502345678#3",
                "0502345678,3",
                "0502345678;ext=3",
                "tel:0502345678",
                "0502345678?",
                "0502345678'; drop table contacts--",
                "050234567\u09EE", // eight in Bengali, not translated
                "050234567\uD835\uDFD6", // a mathematical eight
                "\u207A972502345678", // a superscript plus
                "050234567\uD835", // half a character
            })
    void refusesWhatIsNoNumber(String raw) {
        assertThat(new PhoneNumbers("IL").parse(raw)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+15550001234", "+972501234567", "1 555 000 1234"})
    void takesARangeThatNoListKnowsYet(String raw) {
        assertThat(new PhoneNumbers("").parse(raw))
                .hasValueSatisfying(
                        number -> assertThat(number.e164()).isEqualTo(raw.startsWith("+") ? raw : "+15550001234"));
    }

    @Test
    void refusesMoreThanFortyCharacters() {
        String forty = "0502345678" + " ".repeat(30);
        assertThat(new PhoneNumbers("IL").parse(forty)).isPresent();
        assertThat(new PhoneNumbers("IL").parse(forty + " ")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"UK", "XX", "001", "Israel"})
    void refusesAnUnknownRegionByName(String region) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PhoneNumbers(region))
                .withMessageContaining("'" + region + "'");
    }

    @ParameterizedTest
    @EnumSource(names = {"PREMIUM_RATE", "SHARED_COST", "UAN", "VOICEMAIL", "PAGER"})
    void refusesKindsNobodyTexts(PhoneNumberType kind) {
        assertThat(examplesOf(kind))
                .isNotEmpty()
                .allSatisfy(e164 ->
                        assertThat(new PhoneNumbers("").parse(e164)).as(e164).isEmpty());
    }

    @ParameterizedTest
    @EnumSource(names = {"FIXED_LINE", "MOBILE", "FIXED_LINE_OR_MOBILE", "TOLL_FREE", "VOIP", "PERSONAL_NUMBER"})
    void takesAllOtherKinds(PhoneNumberType kind) {
        assertThat(examplesOf(kind))
                .isNotEmpty()
                .allSatisfy(e164 -> assertThat(new PhoneNumbers("").parse(e164).map(PhoneNumber::e164))
                        .hasValue(e164));
    }

    @ParameterizedTest
    @CsvSource({
        // E.164, digits, 00; the same with the trunk zero; national with and without it
        "IL, +972502345678, +972502345678 972502345678 00972502345678"
                + " +9720502345678 9720502345678 009720502345678 0502345678 502345678",
        "'', +972502345678, +972502345678 972502345678 00972502345678 +9720502345678 9720502345678 009720502345678",
        // a foreign number has no national form here, but the prefix that is dialled here
        "US, +972502345678, +972502345678 972502345678 00972502345678 011972502345678"
                + " +9720502345678 9720502345678 009720502345678 0119720502345678",
        // no trunk prefix
        "ES, +34612345678,  +34612345678 34612345678 0034612345678 612345678",
        // the 15 of Argentina's mobiles
        "AR, +5491123456789, +5491123456789 5491123456789 005491123456789 +54091123456789 54091123456789"
                + " 0054091123456789 091123456789 91123456789 0111523456789",
        // the 1 that Mexico's mobiles had
        "'', +525512345678, +525512345678 525512345678 00525512345678 +5215512345678 5215512345678 005215512345678",
        // a range no list knows yet, in a country that shares its code
        "'', +61441123456, +61441123456 61441123456 0061441123456 +610441123456 610441123456 00610441123456",
        // not one country's
        "IL, +80012345678,  +80012345678 80012345678 0080012345678",
    })
    void listsTheSpellings(String region, String raw, String spellings) {
        assertThat(new PhoneNumbers(region).parse(raw).orElseThrow().spellings())
                .containsExactly(spellings.split(" ", -1));
    }

    @Test
    void listsTheFormItWasGivenInToo() {
        PhoneNumber colombian = new PhoneNumbers("CO").parse("0 3 321 1234567").orElseThrow();
        assertThat(colombian.e164()).isEqualTo("+573211234567");
        assertThat(colombian.spellings()).endsWith("033211234567");
    }

    /** Every number of libphonenumber's examples, under default regions whose numbers are easily mistaken. */
    @ParameterizedTest
    @ValueSource(strings = {"", "IL", "US", "DE", "AT", "ID", "AU", "KR", "JP", "HK", "RU", "BR", "NO"})
    void readsASpellingAsItsNumberOrNone(String region) {
        PhoneNumbers numbers = new PhoneNumbers(region);
        exampleNumbers().forEach(e164 -> assertSpellingsLeadBack(numbers, region, e164));
    }

    @Test
    void readsASpellingAsItsNumberOrNoneAtHome() {
        for (String region : util.getSupportedRegions()) {
            PhoneNumbers numbers = new PhoneNumbers(region);
            examplesOf(region).forEach(e164 -> assertSpellingsLeadBack(numbers, region, e164));
        }
    }

    private void assertSpellingsLeadBack(PhoneNumbers numbers, String region, String e164) {
        numbers.parse(e164).ifPresent(number -> {
            assertThat(number.e164()).isEqualTo(e164);
            assertThat(number.spellings()).doesNotHaveDuplicates().startsWith(e164);
            assertThat(number.spellings())
                    .allSatisfy(spelling -> assertThat(readAnew(numbers, region, spelling))
                            .as("%s as %s in %s", e164, spelling, region)
                            .isIn(Optional.empty(), Optional.of(e164)));
        });
    }

    /** Empty also where the spelling is just how the region writes another number: +47 92345678 and (479) 234-5678. */
    private Optional<String> readAnew(PhoneNumbers numbers, String region, String spelling) {
        return numbers.parse(spelling)
                .map(PhoneNumber::e164)
                .filter(e164 -> region.isEmpty()
                        || spelling.startsWith("+")
                        || !spelling.equals(nationalForm(e164))
                        || numbers.parse("+" + spelling).isEmpty());
    }

    private String nationalForm(String e164) {
        return PhoneNumbers.normalise(util.format(number(e164), PhoneNumberFormat.NATIONAL));
    }

    @Property
    void decorationChangesNeitherTheNumberNorTheSpelling(
            @ForAll("examples") String e164, @ForAll("decorations") List<String> decorations, @ForAll int which) {
        PhoneNumbers numbers = new PhoneNumbers(util.getRegionCodeForNumber(number(e164)));
        List<String> spellings = numbers.parse(e164).map(PhoneNumber::spellings).orElse(List.of(e164));
        String spelling = spellings.get(Math.floorMod(which, spellings.size()));
        String decorated = decorate(spelling, decorations);

        assertThat(PhoneNumbers.normalise(decorated)).isEqualTo(spelling);
        assertThat(numbers.parse(decorated)).isEqualTo(numbers.parse(spelling));
    }

    private static String decorate(String spelling, List<String> decorations) {
        StringBuilder decorated = new StringBuilder();
        for (int i = 0; i < spelling.length(); i++) {
            String decoration = decorations.get(i % decorations.size());
            char plain = spelling.charAt(i);
            decorated.append(decoration.startsWith("as ") ? inScript(plain, decoration.charAt(3)) : plain + decoration);
        }
        return decorated.toString();
    }

    private static String inScript(char plain, char zero) {
        return String.valueOf(plain == '+' ? '\uFF0B' : (char) (zero + plain - '0'));
    }

    @Provide
    Arbitrary<List<String>> decorations() {
        return Arbitraries.of(
                        "",
                        " ",
                        "\u00A0",
                        "\u3000",
                        "-",
                        "\u2013",
                        ".",
                        "(",
                        ")",
                        "/",
                        "\u200B",
                        "\u200F",
                        "\u2066",
                        "as \u0660",
                        "as \u06F0",
                        "as \u0966",
                        "as \uFF10")
                .list()
                .ofMinSize(1)
                .ofMaxSize(5);
    }

    @Provide
    Arbitrary<String> examples() {
        return Arbitraries.of(exampleNumbers());
    }

    @ParameterizedTest
    @CsvSource({
        "+972 (0)50-234,               +972050234",
        "\uFF0B\u0661\u06F2\u0969\uFF14, +1234",
        "\u09EE8,                      8",
        "1-800-FLOWERS,                1800",
        "none,                         ''",
        ",                             ''",
    })
    void normalisesAsTheDatabaseDoes(String raw, String kept) {
        assertThat(PhoneNumbers.normalise(raw)).isEqualTo(kept);
    }

    @Test
    void translatesEachDigitToItsValue() {
        assertThat(PhoneNumbers.TRANSLATE_FROM).hasSameSizeAs(PhoneNumbers.TRANSLATE_TO);
        for (int i = 0; i < 40; i++) {
            assertThat(Character.digit(PhoneNumbers.TRANSLATE_FROM.charAt(i), 10))
                    .isEqualTo(PhoneNumbers.TRANSLATE_TO.charAt(i) - '0');
        }
    }

    @ParameterizedTest
    @CsvSource({
        "+972502345678,   ***********78",
        "'050-234 567 8', '**********7*8'",
        "(050)23-,        *****23*",
        "\u0660\u0661\u0662, *\u0661\u0662",
        "7,               7",
        "Dana,            ****",
        "'',              ''",
        ",                ''",
    })
    void masksAllButTwoDigits(String number, String masked) {
        assertThat(PhoneNumbers.mask(number)).isEqualTo(masked);
    }

    private Phonenumber.PhoneNumber number(String e164) {
        try {
            return util.parse(e164, "");
        } catch (NumberParseException e) {
            throw new AssertionError(e164, e);
        }
    }

    private Set<String> examplesOf(PhoneNumberType kind) {
        return exampleNumbers().stream()
                .filter(e164 -> util.getNumberType(number(e164)) == kind)
                .collect(Collectors.toSet());
    }

    private List<String> exampleNumbers() {
        List<String> examples = new ArrayList<>();
        util.getSupportedRegions().stream().sorted().forEach(region -> examples.addAll(examplesOf(region)));
        return examples;
    }

    private List<String> examplesOf(String region) {
        return Stream.of(PhoneNumberType.values())
                .filter(kind -> kind != PhoneNumberType.UNKNOWN)
                .map(kind -> util.getExampleNumberForType(region, kind))
                .filter(example -> example != null)
                .map(example -> util.format(example, PhoneNumberFormat.E164))
                .distinct()
                .toList();
    }
}
