package org.smsdispatcher.contact;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberType;
import com.google.i18n.phonenumbers.PhoneNumberUtil.ValidationResult;
import com.google.i18n.phonenumbers.Phonenumber;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads the phone numbers of a contact list as E.164 (ITU-T E.164: '+', country code, at most 15 digits).
 *
 * <p>A number is one that libphonenumber finds possible: a country code there is, and a length that country has. Whether its
 * range is in use is not asked, except to choose between two readings: ranges are opened faster than lists of them are
 * updated, and a wrong no would silence a real recipient. Refused are: more than {@value #MAX_LENGTH} characters; anything but digits, one leading plus and formatting, so letters ("1-800-FLOWERS")
 * and extensions too; short codes; premium rate, shared cost, universal access (UAN), voicemail and pager numbers.
 * Fixed lines, VoIP, personal and toll-free numbers are taken: many of them receive texts, and the gateway knows best.
 *
 * <p>A text is read in this order:
 *
 * <ul>
 *   <li>'+...' is international, whatever the default region; a trunk prefix after the country code is dropped.
 *   <li>'00...' is international too, also where the region dials another prefix.
 *   <li>Digits just as the default region writes its numbers are national, in the US all ten of them.
 *   <li>Other digits are national too, or else international without their plus.
 * </ul>
 *
 * <p>A text that could be either in the second or the last way, and would reach different people, is refused:
 * 15123456789 is a German mobile that lost its zero in a spreadsheet, or a number in Texas.
 */
public final class PhoneNumbers {

    /**
     * The characters that {@link #normalise} and the SQL expression replace, the second argument of {@code translate()}:
     * Arabic-Indic, Extended Arabic-Indic, Devanagari and fullwidth digits, fullwidth plus.
     */
    public static final String TRANSLATE_FROM = "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
            + "\u06F0\u06F1\u06F2\u06F3\u06F4\u06F5\u06F6\u06F7\u06F8\u06F9"
            + "\u0966\u0967\u0968\u0969\u096A\u096B\u096C\u096D\u096E\u096F"
            + "\uFF10\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17\uFF18\uFF19"
            + "\uFF0B";

    /** What stands for each of {@link #TRANSLATE_FROM}, place by place: the third argument of {@code translate()}. */
    public static final String TRANSLATE_TO = "0123456789" + "0123456789" + "0123456789" + "0123456789" + "+";

    private static final int MAX_LENGTH = 40;

    /** ITU-T E.164, 6.2.1: country code and national number together. */
    private static final int MAX_DIGITS = 15;

    /** Mobiles there had a 1 before their ten digits until 2019; replies may still come from +521, which is no number any more. */
    private static final int MEXICO = 52;

    private static final int MEXICAN_DIGITS = 10;

    /** Any white space, invisible format characters, dashes, and the signs people write between digits. */
    private static final Pattern FORMATTING =
            Pattern.compile("[\\s\\p{Z}\\p{Cf}\\p{Pd}.()\\[\\]/~\u2212\u00B7\u2022\uFF08\uFF09\uFF0E\uFF0F]");

    private static final Pattern DIGITS = Pattern.compile("\\+?[0-9]+");

    private static final Set<PhoneNumberType> REFUSED = Set.of(
            PhoneNumberType.PREMIUM_RATE,
            PhoneNumberType.SHARED_COST,
            PhoneNumberType.UAN,
            PhoneNumberType.VOICEMAIL,
            PhoneNumberType.PAGER);

    private final PhoneNumberUtil util = PhoneNumberUtil.getInstance();
    private final String defaultRegion;
    private final int defaultCode;
    private final String exitPrefix;

    /**
     * A number, and how it may have been written elsewhere.
     *
     * <p>Two of them are the same number when their {@code e164} is the same: {@code spellings} holds, beside what
     * follows from the number, the form it was read from.
     *
     * @param e164 '+', country code and national number
     * @param spellings the {@linkplain #normalise normalised} forms under which the number may stand in the blacklist,
     *     distinct, {@code e164} first. Bare digits may also stand for another number of the default region; they are
     *     listed all the same, since a message too few does less harm than one after an opt-out.
     */
    public record PhoneNumber(String e164, List<String> spellings) {}

    /**
     * Numbers as they are written in one country, or in none.
     *
     * @param defaultRegion the ISO 3166 code, in any case, of the country whose national forms are understood; "" for
     *     none, and national forms are then invalid
     * @throws IllegalArgumentException if libphonenumber does not know the region
     */
    public PhoneNumbers(String defaultRegion) {
        this.defaultRegion = defaultRegion.strip().toUpperCase(Locale.ROOT);
        if (!this.defaultRegion.isEmpty() && !isRegion(this.defaultRegion)) {
            throw new IllegalArgumentException("Unknown phone region '" + defaultRegion
                    + "': give a two-letter country code such as GB, or nothing for none");
        }
        // asked for no region, libphonenumber would log a warning
        this.defaultCode = this.defaultRegion.isEmpty() ? 0 : util.getCountryCodeForRegion(this.defaultRegion);
        this.exitPrefix = this.defaultRegion.isEmpty() ? "" : exitPrefix();
    }

    /** The number that {@code raw} writes, or empty if it is none that may be sent a text; null is none. */
    public Optional<PhoneNumber> parse(String raw) {
        if (raw == null || raw.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String text = normalise(raw);
        if (!DIGITS.matcher(text).matches() || !isFormattingOnly(raw)) {
            return Optional.empty();
        }
        return read(text)
                .filter(this::hasE164)
                .filter(number -> !REFUSED.contains(util.getNumberType(number)))
                .map(number -> new PhoneNumber(e164(number), spellings(number, text)));
    }

    /**
     * The digits and plus signs of {@code raw}, with the digits of {@link #TRANSLATE_FROM} in ASCII; "" for null.
     *
     * <p>It is what PostgreSQL makes of
     * {@code regexp_replace(translate(raw, TRANSLATE_FROM, TRANSLATE_TO), '[^0-9+]', '', 'g')}; digits of other scripts
     * are dropped by both, and refused by {@link #parse}.
     */
    public static String normalise(String raw) {
        StringBuilder kept = new StringBuilder();
        for (char each : raw == null ? new char[0] : raw.toCharArray()) {
            char plain = translate(each);
            if (plain == '+' || isAsciiDigit(plain)) {
                kept.append(plain);
            }
        }
        return kept.toString();
    }

    /** For logs: a text of the same length with every character but the last two digits as '*'; "" for null. */
    public static String mask(String number) {
        char[] masked = number == null ? new char[0] : number.toCharArray();
        int shown = 0;
        for (int i = masked.length - 1; i >= 0; i--) {
            if (shown < 2 && Character.isDigit(masked[i])) {
                shown++;
            } else {
                masked[i] = '*';
            }
        }
        return new String(masked);
    }

    private static char translate(char each) {
        int at = TRANSLATE_FROM.indexOf(each);
        return at < 0 ? each : TRANSLATE_TO.charAt(at);
    }

    private static boolean isAsciiDigit(char each) {
        return each >= '0' && each <= '9';
    }

    /** Whether nothing but formatting is lost by normalising {@code raw}. */
    private static boolean isFormattingOnly(String raw) {
        String unformatted = FORMATTING.matcher(raw).replaceAll("");
        return unformatted.length() == normalise(raw).length();
    }

    private Optional<Phonenumber.PhoneNumber> read(String text) {
        return read(text, util::isValidNumber).or(() -> read(text, this::isPossible));
    }

    private Optional<Phonenumber.PhoneNumber> read(String text, Predicate<Phonenumber.PhoneNumber> isNumber) {
        if (text.startsWith("+")) {
            return international(text.substring(1), isNumber);
        }
        Optional<Phonenumber.PhoneNumber> national = national(text, isNumber);
        if (text.startsWith("00")) {
            return agreed(national, international(text.substring(2), isNumber));
        }
        return national.filter(number -> nationalForm(number).equals(text))
                .or(() -> agreed(national, international(text, isNumber)));
    }

    private static Optional<Phonenumber.PhoneNumber> agreed(
            Optional<Phonenumber.PhoneNumber> one, Optional<Phonenumber.PhoneNumber> other) {
        boolean differ = one.isPresent() && other.isPresent() && !one.equals(other);
        return differ ? Optional.empty() : one.or(() -> other);
    }

    private Optional<Phonenumber.PhoneNumber> international(
            String digits, Predicate<Phonenumber.PhoneNumber> isNumber) {
        // without a region, since with one libphonenumber forgives "+0..." and reads it as if there were no plus
        return parsed("+" + digits, "").filter(isNumber);
    }

    private Optional<Phonenumber.PhoneNumber> national(String digits, Predicate<Phonenumber.PhoneNumber> isNumber) {
        return defaultRegion.isEmpty()
                ? Optional.empty()
                // a zero kept in front of a number of no known range is a trunk prefix, not part of it
                : parsed(digits, defaultRegion)
                        .filter(isNumber)
                        .filter(number -> !number.isItalianLeadingZero() || util.isValidNumber(number));
    }

    /**
     * Whether its E.164 form is one: not longer (German numbers can be, to libphonenumber), and read as this number again (of
     * "+49 00..." libphonenumber drops one zero at a time).
     */
    private boolean hasE164(Phonenumber.PhoneNumber number) {
        String form = e164(number);
        return form.length() <= MAX_DIGITS + 1
                && (!util.getNationalSignificantNumber(number).startsWith("0")
                        || parsed(form, "").filter(number::equals).isPresent());
    }

    /**
     * Numbers that can only be dialled inside an area are not possible here: nobody says which area.
     */
    private boolean isPossible(Phonenumber.PhoneNumber number) {
        return util.isPossibleNumberWithReason(number) == ValidationResult.IS_POSSIBLE;
    }

    private Optional<Phonenumber.PhoneNumber> parsed(String text, String region) {
        try {
            return Optional.of(util.parse(text, region));
        } catch (NumberParseException notANumber) {
            return Optional.empty();
        }
    }

    private List<String> spellings(Phonenumber.PhoneNumber number, String asGiven) {
        String code = String.valueOf(number.getCountryCode());
        String national = util.getNationalSignificantNumber(number);
        Set<String> forms = new LinkedHashSet<>(international(code, national));
        String trunk = trunkPrefix(regionOf(number));
        // with a trunk prefix some are another subscriber's number, or no one's
        if (!trunk.isEmpty()
                && international(code + trunk + national, this::isPossible)
                        .filter(number::equals)
                        .isPresent()) {
            forms.addAll(international(code, trunk + national));
        }
        if (number.getCountryCode() == MEXICO && national.length() == MEXICAN_DIGITS) {
            // abroad it may be somebody's number there; reading it costs more than all the rest
            boolean isNobodys = defaultRegion.isEmpty() || defaultCode == MEXICO;
            international(code, "1" + national).stream()
                    .filter(form -> isNobodys || read(form).isEmpty())
                    .forEach(forms::add);
        }
        if (number.getCountryCode() == defaultCode) {
            forms.add(trunkPrefix(defaultRegion) + national);
            forms.add(national);
            // differs from the two above where mobiles have an infix, as the 15 of Argentina
            forms.add(nationalForm(number));
        }
        forms.add(asGiven);
        return List.copyOf(forms);
    }

    /** For a number of no known range the main one of those that share its country code. */
    private String regionOf(Phonenumber.PhoneNumber number) {
        return Optional.ofNullable(util.getRegionCodeForNumber(number))
                .orElseGet(() -> util.getRegionCodeForCountryCode(number.getCountryCode()));
    }

    private List<String> international(String code, String national) {
        String digits = code + national;
        return exitPrefix.isEmpty()
                ? List.of("+" + digits, digits, "00" + digits)
                : List.of("+" + digits, digits, "00" + digits, exitPrefix + digits);
    }

    private String e164(Phonenumber.PhoneNumber number) {
        return util.format(number, PhoneNumberFormat.E164);
    }

    private String nationalForm(Phonenumber.PhoneNumber number) {
        return normalise(util.format(number, PhoneNumberFormat.NATIONAL));
    }

    /** What is dialled before a national number inside {@code region}, often 0; "" for none. */
    private String trunkPrefix(String region) {
        return isRegion(region)
                ? Optional.ofNullable(util.getNddPrefixForRegion(region, true)).orElse("")
                : "";
    }

    /** What is dialled before a foreign number in the default region, 011 in the US; "" where callers must choose one. */
    private String exitPrefix() {
        Phonenumber.PhoneNumber foreign =
                new Phonenumber.PhoneNumber().setCountryCode(800).setNationalNumber(12345678);
        String dialled = normalise(util.formatOutOfCountryCallingNumber(foreign, defaultRegion));
        return dialled.startsWith("+") ? "" : dialled.substring(0, dialled.indexOf("80012345678"));
    }

    private boolean isRegion(String region) {
        return util.getSupportedRegions().contains(region);
    }
}
