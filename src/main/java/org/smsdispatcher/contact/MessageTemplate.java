package org.smsdispatcher.contact;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of a campaign with places for what is known about a contact: {@code {{name}}}, or
 * {@code {{name|fallback}}} where a contact may have no such value.
 *
 * <p>A name is any text of at most {@value #MAX_NAME} characters without braces and '|', blanks around it do not count
 * ("first name" is one). A fallback is the text after the first '|' as it stands, without braces; it may be empty.
 * Everything else is literal and stays as it is: '$', '\' and '${...}' mean nothing, nor does "}}" on its own.
 *
 * <p>Filled in one pass; values are never looked at for placeholders. The gateway replaces <code>{{key}}</code> once
 * more in what it is sent, so a value loses every <code>{{...}}</code>, and a message in which one is left is refused.
 *
 * <p>It knows where its web addresses stand: from {@code http://} or {@code https://} on, whatever a URI or IRI may hold
 * (RFC 3986, RFC 3987) and placeholders, without the punctuation of the sentence around it. An address inside a value is none of
 * them: it is not the campaign's.
 */
public final class MessageTemplate {

    private static final int MAX_LENGTH = 4_000;
    private static final int MAX_NAME = 64;

    /** Of a number; more is no amount, year or count, and an exponent can ask for gigabytes of zeros. */
    private static final int MAX_DIGITS = 40;

    private static final String BIDIRECTIONAL_CONTROLS =
            "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";
    private static final int BYTE_ORDER_MARK = 0xFEFF;

    /** What a placeholder is while addresses are looked for: a character that one may hold anywhere, and end with. */
    private static final char PLACE = '_';

    private static final Pattern ADDRESS = Pattern.compile(
            "(?<![a-z0-9+.-])https?://[a-z0-9_~:/?#\\[\\]@!$&'()*+,;=%.\\p{L}\\p{N}\\p{M}-]+",
            Pattern.CASE_INSENSITIVE);

    private static final String SENTENCE_ENDS = ".,;:!?'";

    private final List<Placeholder> placeholders;
    private final String tail;
    private final List<Span> addresses;

    private MessageTemplate(List<Placeholder> placeholders, String tail) {
        this.placeholders = List.copyOf(placeholders);
        this.tail = tail;
        this.addresses = addresses(this.placeholders, tail);
    }

    /** A placeholder and the literal text before it. */
    private record Placeholder(String before, String name, Optional<String> fallback) {}

    /** The characters from {@code start} to before {@code end}. */
    public record Span(int start, int end) {}

    /**
     * The message for one contact, or why there is none.
     *
     * @param message what to send; "" when there is a problem
     * @param variables the placeholders that got a text, and the text; for a name used with two fallbacks, the first
     * @param missing names with neither value nor fallback, each once, as they come in the template
     * @param problem one sentence, if the message must not be sent: values are missing, values and literal text
     *     together make a placeholder, or the message is blank. It names placeholders and holds no value.
     * @param addresses where the template's web addresses stand in the message, in order; none when there is a problem
     */
    public record Rendering(
            String message,
            SortedMap<String, String> variables,
            List<String> missing,
            Optional<String> problem,
            List<Span> addresses) {}

    /**
     * The template that {@code template} writes.
     *
     * @throws IllegalArgumentException with a sentence for the campaign's author, if the text is null, blank, longer
     *     than {@value #MAX_LENGTH} characters, holds half a surrogate pair, or a placeholder is not closed, has no
     *     name, a name too long, or braces inside
     */
    public static MessageTemplate parse(String template) {
        check(template != null && !template.isBlank(), "The template is empty");
        check(
                template.length() <= MAX_LENGTH,
                "The template has " + template.length() + " characters; at most " + MAX_LENGTH + " are allowed");
        check(template.codePoints().noneMatch(MessageTemplate::isSurrogate), "The template holds half a character");
        List<Placeholder> placeholders = new ArrayList<>();
        int from = 0;
        for (int open = template.indexOf("{{"); open >= 0; open = template.indexOf("{{", from)) {
            int close = template.indexOf("}}", open + 2);
            check(close >= 0, "The placeholder at character " + (open + 1) + " is not closed");
            placeholders.add(placeholder(template.substring(from, open), template.substring(open + 2, close)));
            from = close + 2;
        }
        return new MessageTemplate(placeholders, template.substring(from));
    }

    /** The names of the placeholders, each once, as they come in the template. */
    public Set<String> names() {
        return placeholders.stream()
                .map(Placeholder::name)
                .collect(Collectors.collectingAndThen(
                        Collectors.toCollection(LinkedHashSet::new), Collections::unmodifiableSet));
    }

    /**
     * Fills the placeholders from {@code values}, looked up by their exact name.
     *
     * <p>Text is {@linkplain #clean cleaned} and is no value when nothing visible is left. A number is written without
     * exponent, and without fraction when it is whole (1.0E7 is 10000000, 5.0 is 5); one of more than
     * {@value #MAX_DIGITS} digits is no value, nor is one that is not finite. Booleans are "true" and "false". Null,
     * lists and maps are no value.
     *
     * @param values what JSON gives: String, Number, Boolean, null, List, Map
     */
    public Rendering render(Map<String, Object> values) {
        StringBuilder message = new StringBuilder();
        SortedMap<String, String> variables = new TreeMap<>();
        Set<String> missing = new LinkedHashSet<>();
        List<Integer> literals = new ArrayList<>();
        for (Placeholder placeholder : placeholders) {
            Optional<String> text = textOf(values.get(placeholder.name())).or(placeholder::fallback);
            text.ifPresentOrElse(
                    found -> variables.putIfAbsent(placeholder.name(), found), () -> missing.add(placeholder.name()));
            literals.add(message.length());
            message.append(placeholder.before()).append(text.orElse(""));
        }
        literals.add(message.length());
        return rendering(message.append(tail).toString(), variables, missing, literals);
    }

    private Rendering rendering(
            String message, SortedMap<String, String> variables, Set<String> missing, List<Integer> literals) {
        Optional<String> problem = problem(message, variables, missing);
        return new Rendering(
                problem.isPresent() ? "" : message,
                Collections.unmodifiableSortedMap(variables),
                List.copyOf(missing),
                problem,
                problem.isPresent()
                        ? List.of()
                        : addresses.stream()
                                .map(span -> new Span(moved(span.start(), literals), moved(span.end(), literals)))
                                .toList());
    }

    /** Where a position of the {@linkplain #addresses template's shape} stands in a message whose literal texts begin there. */
    private int moved(int position, List<Integer> literals) {
        int shape = 0;
        for (int i = 0; i < placeholders.size(); i++) {
            int length = placeholders.get(i).before().length();
            if (position <= shape + length) {
                return literals.get(i) + position - shape;
            }
            shape += length + 1;
        }
        return literals.get(placeholders.size()) + position - shape;
    }

    /** Where addresses stand in the template's shape, in which each placeholder is one character. */
    private static List<Span> addresses(List<Placeholder> placeholders, String tail) {
        StringBuilder shape = new StringBuilder();
        placeholders.forEach(placeholder -> shape.append(placeholder.before()).append(PLACE));
        shape.append(tail);
        List<Span> found = new ArrayList<>();
        for (Matcher address = ADDRESS.matcher(shape); address.find(); ) {
            String text = withoutSentenceEnd(address.group());
            if (!text.endsWith("://")) {
                found.add(new Span(address.start(), address.start() + text.length()));
            }
        }
        return List.copyOf(found);
    }

    /** A closing bracket belongs to an address that opened it. The slashes of "https://" are never reached. */
    private static String withoutSentenceEnd(String address) {
        int end = address.length();
        while (SENTENCE_ENDS.indexOf(address.charAt(end - 1)) >= 0
                || isUnopened(address, end, '(', ')')
                || isUnopened(address, end, '[', ']')) {
            end--;
        }
        return address.substring(0, end);
    }

    private static boolean isUnopened(String address, int end, char open, char close) {
        return address.charAt(end - 1) == close
                && address.substring(0, end)
                                .chars()
                                .filter(each -> each == close)
                                .count()
                        > address.substring(0, end)
                                .chars()
                                .filter(each -> each == open)
                                .count();
    }

    private static Optional<String> problem(String message, Map<String, String> variables, Set<String> missing) {
        if (!missing.isEmpty()) {
            return Optional.of("no value for " + listed(missing));
        }
        int open = message.indexOf("{{");
        if (open >= 0 && message.indexOf("}}", open + 2) >= 0) {
            return Optional.of("a placeholder is formed by the braces in " + listed(namesWithBraces(variables)));
        }
        return isInvisible(message) ? Optional.of("the message is blank") : Optional.empty();
    }

    private static List<String> namesWithBraces(Map<String, String> variables) {
        return variables.entrySet().stream()
                .filter(variable ->
                        variable.getValue().contains("{") || variable.getValue().contains("}"))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** 'a', 'b' and 'c'. */
    private static String listed(Collection<String> names) {
        List<String> quoted = names.stream().map(name -> "'" + name + "'").toList();
        int last = quoted.size() - 1;
        return last == 0 ? quoted.get(0) : String.join(", ", quoted.subList(0, last)) + " and " + quoted.get(last);
    }

    private static Placeholder placeholder(String before, String content) {
        check(
                content.indexOf('{') < 0 && content.indexOf('}') < 0,
                "The placeholder '{{" + content + "}}' has a brace inside");
        int bar = content.indexOf('|');
        String name = (bar < 0 ? content : content.substring(0, bar)).strip();
        check(!name.isEmpty(), "The placeholder '{{" + content + "}}' has no name");
        check(name.length() <= MAX_NAME, "The name of a placeholder is longer than " + MAX_NAME + ": '" + name + "'");
        return new Placeholder(before, name, bar < 0 ? Optional.empty() : Optional.of(content.substring(bar + 1)));
    }

    private static Optional<String> textOf(Object value) {
        if (value instanceof String text) {
            return Optional.of(clean(text)).filter(cleaned -> !isInvisible(cleaned));
        }
        if (value instanceof Number number) {
            return plain(number);
        }
        return value instanceof Boolean ? Optional.of(value.toString()) : Optional.empty();
    }

    private static Optional<String> plain(Number number) {
        if (!Double.isFinite(number.doubleValue())) {
            return Optional.empty();
        }
        BigDecimal exact = new BigDecimal(number.toString());
        BigDecimal shortest = exact.stripTrailingZeros();
        if (exact.precision() > MAX_DIGITS || Math.abs(shortest.scale()) > MAX_DIGITS) {
            return Optional.empty();
        }
        return Optional.of((shortest.scale() <= 0 ? shortest : exact).toPlainString());
    }

    /**
     * Without what could change the message around the value: control characters, line and paragraph separators,
     * bidirectional controls, byte order marks, halves of surrogate pairs and pairs of braces. Joiners and variation
     * selectors stay, emoji and some scripts need them.
     */
    private static String clean(String text) {
        return withoutPlaceholders(text.codePoints()
                .filter(MessageTemplate::isHarmless)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append));
    }

    /**
     * Drops each <code>{{...}}</code>, inner ones first, then what is left of "{{" and "}}".
     *
     * <p>One pass, since a value of nothing but braces would make repeated passes quadratic: braces are paired as they
     * meet in the result, so none can be put together from the halves of others.
     */
    private static String withoutPlaceholders(CharSequence text) {
        StringBuilder kept = new StringBuilder();
        Deque<Integer> opened = new ArrayDeque<>();
        text.chars().forEach(character -> {
            kept.append((char) character);
            if (endsWith(kept, '{')) {
                kept.setLength(kept.length() - 2);
                opened.push(kept.length());
            } else if (endsWith(kept, '}')) {
                kept.setLength(kept.length() - 2);
                kept.setLength(Math.min(kept.length(), opened.isEmpty() ? kept.length() : opened.pop()));
            }
        });
        return kept.toString();
    }

    private static boolean endsWith(CharSequence text, char twice) {
        int length = text.length();
        return length >= 2 && text.charAt(length - 1) == twice && text.charAt(length - 2) == twice;
    }

    private static boolean isHarmless(int codePoint) {
        int type = Character.getType(codePoint);
        return type != Character.CONTROL
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR
                && type != Character.SURROGATE
                && codePoint != BYTE_ORDER_MARK
                && BIDIRECTIONAL_CONTROLS.indexOf(codePoint) < 0;
    }

    /** Whether a reader would see nothing: blanks of any kind, joiners, variation selectors. */
    private static boolean isInvisible(String text) {
        return text.codePoints()
                .allMatch(each -> Character.isWhitespace(each)
                        || Character.isSpaceChar(each)
                        || Character.getType(each) == Character.FORMAT
                        || Character.getType(each) == Character.NON_SPACING_MARK);
    }

    /** In a stream of code points a surrogate is one that has lost its other half. */
    private static boolean isSurrogate(int codePoint) {
        return Character.getType(codePoint) == Character.SURROGATE;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
