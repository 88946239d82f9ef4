package org.smsdispatcher.contact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.smsdispatcher.contact.MessageTemplate.Rendering;

class MessageTemplateTest {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{.*}}", Pattern.DOTALL);

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                ";                      The template is empty",
                "'';                    The template is empty",
                "' \t\n';               The template is empty",
                "Hi {{}}!;              The placeholder '{{}}' has no name",
                "Hi {{ }}!;             The placeholder '{{ }}' has no name",
                "Hi {{|x}}!;            The placeholder '{{|x}}' has no name",
                "Hi {{;                 The placeholder at character 4 is not closed",
                "Hi {{name};            The placeholder at character 4 is not closed",
                "{{a}} {{b;             The placeholder at character 7 is not closed",
                "{{a{{b}}}};            The placeholder '{{a{{b}}' has a brace inside",
                "{{{a}}};               The placeholder '{{{a}}' has a brace inside",
                "{{a}b}};               The placeholder '{{a}b}}' has a brace inside",
                "{{a|{x}}};             The placeholder '{{a|{x}}' has a brace inside",
                "Hi \uD83D;             The template holds half a character",
                "Hi {{a|\uDE00}};       The template holds half a character",
            })
    void refusesATemplateWithASentence(String template, String sentence) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageTemplate.parse(template))
                .withMessage(sentence);
    }

    @Test
    void knowsItsLimits() {
        assertThat(MessageTemplate.parse("a".repeat(4_000)).names()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageTemplate.parse("a".repeat(4_001)))
                .withMessage("The template has 4001 characters; at most 4000 are allowed");
        assertThat(MessageTemplate.parse("{{" + "a".repeat(64) + "}}").names()).hasSize(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MessageTemplate.parse("{{" + "a".repeat(65) + "}}"))
                .withMessageStartingWith("The name of a placeholder is longer than 64");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Hi Dana;                         Hi Dana",
                "Hi {{name}};                     Hi Dana",
                "Hi {{ name }};                   Hi Dana",
                "Hi {{name|you}};                 Hi Dana",
                "{{name}}{{name}};                DanaDana",
                "Hi {{first name}};               Hi Dana Lee",
                "{{שם}};                          דנה",
                "Hi {{nick|you}};                 Hi you",
                "Hi{{nick| there }}!;             Hi there !",
                "Hi{{nick|}}!;                    Hi!",
                "{{nick|a|b}};                    a|b",
                "{{nick|$1 \\ ${sys:x}}};         ",
                "$1 \\1 \\ ${sys:x} {{name}} $0;  $1 \\1 \\ ${sys:x} Dana $0",
                "{{code}};                        $1\\E${sys:x}#{1}",
                "a } b }} {c} {{name}}};          a } b }} {c} Dana}",
                "https://x.co/?a=1&b={{name}}#%7B; https://x.co/?a=1&b=Dana#%7B",
                "'line\n\ttab {{name}}';          'line\n\ttab Dana'",
            })
    void fillsPlaceholdersOnly(String template, String message) {
        Map<String, Object> values =
                Map.of("name", "Dana", "first name", "Dana Lee", "שם", "דנה", "code", "$1\\E${sys:x}#{1}");
        if (message == null) {
            assertThatIllegalArgumentException().isThrownBy(() -> MessageTemplate.parse(template));
        } else {
            assertThat(MessageTemplate.parse(template).render(values).message()).isEqualTo(message);
        }
    }

    static Stream<Arguments> values() {
        return Stream.of(
                arguments("Dana", "Dana"),
                arguments(" Dana ", " Dana "),
                arguments("", null),
                arguments(" \t\n", null),
                arguments("\u00A0\u200B\u200D\uFE0F", null),
                arguments(null, null),
                arguments(List.of("Dana"), null),
                arguments(Map.of("name", "Dana"), null),
                arguments(true, "true"),
                arguments(false, "false"),
                // numbers
                arguments(0, "0"),
                arguments(-7, "-7"),
                arguments(1234567890123L, "1234567890123"),
                arguments(new BigInteger("9".repeat(40)), "9".repeat(40)),
                arguments(new BigInteger("9".repeat(41)), null),
                arguments(1.0E7, "10000000"),
                arguments(1.5E10, "15000000000"),
                arguments(5.0, "5"),
                arguments(-0.0, "0"),
                arguments(19.9, "19.9"),
                arguments(1.0E-5, "0.000010"),
                arguments(0.1f, "0.1"),
                arguments(new BigDecimal("12.50"), "12.50"),
                arguments(new BigDecimal("12.00"), "12"),
                arguments(new BigDecimal("1E+3"), "1000"),
                arguments(new BigDecimal("1E+999999999"), null),
                arguments(new BigDecimal("1E-999999999"), null),
                arguments(Double.MAX_VALUE, null),
                arguments(Double.NaN, null),
                arguments(Double.POSITIVE_INFINITY, null),
                // what could change the message around it
                arguments("Da\u0000na\u0007\u007F\u0085", "Dana"),
                arguments("Da\r\n\tna", "Dana"),
                arguments("Da\u2028\u2029na", "Dana"),
                arguments("\u202Eanad\u202C \u2066a\u2069\u200E\u200F\u061C", "anad a"),
                arguments("\uFEFFDana", "Dana"),
                arguments("Da\uD83Dna\uDE00", "Dana"),
                arguments("\uD83D\u0000\uDE00", null),
                // emoji stay whole
                arguments("\uD83D\uDC69\u200D\uD83D\uDC67 \u2764\uFE0F", "\uD83D\uDC69\u200D\uD83D\uDC67 \u2764\uFE0F"),
                arguments("\u0646\u200C\u0645", "\u0646\u200C\u0645"),
                // braces
                arguments("a{b}c", "a{b}c"),
                arguments("{{otp}}", null),
                arguments("a{{otp}}c", "ac"),
                arguments("{{{{a}}x}}", null),
                arguments("y{{{{a}}x}}z", "yz"),
                arguments("{{a{{b}}", "a"),
                arguments("a}}b{{c", "abc"),
                arguments("{{a", "a"),
                arguments("{{{a}}}", "}"),
                arguments("{\u0000{a}\u0000}b", "b"),
                arguments("{}}{a}{{}", "a"),
                arguments("}{{}b", "b"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void writesAValueAsText(Object value, String text) {
        Rendering rendering = MessageTemplate.parse("<{{v}}>").render(Collections.singletonMap("v", value));
        if (text == null) {
            assertThat(rendering.missing()).containsExactly("v");
            assertThat(rendering.message()).isEmpty();
        } else {
            assertThat(rendering.message()).isEqualTo("<" + text + ">");
            assertThat(rendering.variables()).isEqualTo(Map.of("v", text));
            assertThat(rendering.problem()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "{{a}},                         no value for 'a'",
        "{{b}} {{a}},                   no value for 'b' and 'a'",
        "{{c}} {{a}} {{b}} {{a}} {{ok}}, 'no value for ''c'', ''a'' and ''b'''",
        "{{a|x}} {{a}},                 no value for 'a'",
        "{{a|}},                        the message is blank",
        "{{a| }}\u200B,                 the message is blank",
        "{{open}}{x}},                  a placeholder is formed by the braces in 'open'",
        "{{open}}{{open}} {{close}}{{close}}, a placeholder is formed by the braces in 'close' and 'open'",
        "{{open}}{x },                  ",
        "}} {{open}}{x },               ",
        "{{open}} {x}},                 ",
    })
    void givesOneReasonNotToSend(String template, String reason) {
        Rendering rendering = MessageTemplate.parse(template).render(Map.of("ok", "fine", "open", "{", "close", "}"));
        assertThat(rendering.problem()).isEqualTo(Optional.ofNullable(reason));
        assertThat(rendering.message().isEmpty()).isEqualTo(reason != null);
    }

    @Test
    void tellsWhatItUsedAndWhatItMissed() {
        Map<String, Object> values = new HashMap<>(Map.of("b", "B", "unused", "U"));
        values.put("d", null);
        Rendering rendering =
                MessageTemplate.parse("{{d}} {{b}} {{a|x}} {{a|y}} {{c}}").render(values);
        assertThat(rendering.variables()).containsExactly(Map.entry("a", "x"), Map.entry("b", "B"));
        assertThat(rendering.missing()).containsExactly("d", "c");
    }

    @Test
    void namesItsPlaceholdersInOrder() {
        assertThat(MessageTemplate.parse("{{ b }} {{a|x}} {{b}} {{first name}}").names())
                .containsExactly("b", "a", "first name");
    }

    @Test
    void cleansAValueOfBracesInOnePass() {
        String deep = "{{".repeat(500_000) + "x" + "}}".repeat(500_000);
        assertThat(MessageTemplate.parse("{{v|none}}").render(Map.of("v", deep)).message())
                .isEqualTo("none");
    }

    @Property
    void neverLeavesAPlaceholder(
            @ForAll("templates") String text, @ForAll("braces") String a, @ForAll("braces") String b) {
        Rendering rendering = parsed(text).render(Map.of("a", a, "b", b));

        assertThat(PLACEHOLDER.matcher(rendering.message()).find()).isFalse();
        assertThat(rendering.variables().values()).noneMatch(value -> value.contains("{{") || value.contains("}}"));
        assertThat(rendering.problem().isPresent())
                .isEqualTo(rendering.message().isEmpty());
    }

    private static MessageTemplate parsed(String text) {
        try {
            return MessageTemplate.parse(text);
        } catch (IllegalArgumentException malformed) {
            Assume.that(false);
            throw malformed;
        }
    }

    @Property
    void takesAValueAsItStands(
            @ForAll("literals") String before,
            @ForAll("literals") String after,
            @ForAll @StringLength(min = 1) @CharRange(from = '!', to = 'z') String value) {
        Rendering rendering = MessageTemplate.parse(before + "{{v}}" + after).render(Map.of("v", value));

        assertThat(rendering.message()).isEqualTo(before + value + after);
    }

    @Property
    void dropsNothingButWhatItSays(@ForAll String value) {
        int[] harmless = value.codePoints()
                .filter(each -> !Character.isISOControl(each) && !(each >= 0xD800 && each <= 0xDFFF))
                .filter(each -> !(each >= 0x2028 && each <= 0x202E) && !(each >= 0x2066 && each <= 0x2069))
                .filter(each -> each != 0x61C && each != 0x200E && each != 0x200F && each != 0xFEFF)
                .toArray();
        String expected = new String(harmless, 0, harmless.length);
        Assume.that(!expected.contains("{{") && !expected.contains("}}"));

        // the dots keep a value of nothing but blanks out of the question
        Rendering rendering = MessageTemplate.parse("{{v}}").render(Map.of("v", "." + value + "."));
        assertThat(rendering.message()).isEqualTo("." + expected + ".");
    }

    @Provide
    Arbitrary<String> templates() {
        return Arbitraries.of("{{a}}", "{{b|x}}", "{{c|}}", "{", "}", "}}", "x", " ", "$1", "\\")
                .list()
                .ofMinSize(1)
                .ofMaxSize(10)
                .map(pieces -> String.join("", pieces));
    }

    @Provide
    Arbitrary<String> braces() {
        return Arbitraries.of("{", "}", "{{", "}}", "a", "|", "\u0000", "\u200D", "{{b}}")
                .list()
                .ofMaxSize(12)
                .map(pieces -> String.join("", pieces));
    }

    @Provide
    Arbitrary<String> literals() {
        return Arbitraries.of("$1", "\\", "${sys:x}", "}} ", "{ ", "https://x.co/?a=1", "#{2}", "\n", "\u202E")
                .list()
                .ofMaxSize(5)
                .map(pieces -> String.join("", pieces));
    }
}
