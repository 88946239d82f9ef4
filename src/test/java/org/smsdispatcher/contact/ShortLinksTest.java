package org.smsdispatcher.contact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.contact.MessageTemplate.Rendering;
import org.smsdispatcher.contact.ShortLinks.Link;
import org.smsdispatcher.contact.ShortLinks.Shortened;

class ShortLinksTest {

    private static final String BASE = "https://s.example";
    private static final String SHORT = "https://s\\.example/[0-9A-Za-z]{11}";

    private final ShortLinks links = ShortLinks.of(Optional.of(BASE), new SecureRandom());

    private static Shortened shorten(ShortLinks links, String template, Map<String, Object> values) {
        Rendering rendering = MessageTemplate.parse(template).render(values);
        assertThat(rendering.problem()).isEmpty();
        return links.shorten(rendering.message(), rendering.addresses());
    }

    /** Template, the text with each short link as '#', and the targets. */
    private static Stream<Arguments> templates() {
        return Stream.of(
                Arguments.of("No link, not even www.example.com or example.com/x", null, List.of()),
                Arguments.of("See https://x.example", "See #", List.of("https://x.example")),
                Arguments.of("See https://x.example.", "See #.", List.of("https://x.example")),
                Arguments.of("https://x.example/a?b=c&d=e#f!", "#!", List.of("https://x.example/a?b=c&d=e#f")),
                Arguments.of("(see https://x.example/a)", "(see #)", List.of("https://x.example/a")),
                Arguments.of("https://x.example/a_(b)", "#", List.of("https://x.example/a_(b)")),
                Arguments.of(
                        "\"https://x.example/a\", <http://y.example>",
                        "\"#\", <#>",
                        List.of("https://x.example/a", "http://y.example")),
                Arguments.of("HTTPS://X.example/A", "#", List.of("https://X.example/A")),
                Arguments.of("https://x.example/{{order}}", "#", List.of("https://x.example/A-1")),
                Arguments.of("https://x.example/{{order}}.", "#.", List.of("https://x.example/A-1")),
                Arguments.of(
                        "{{city}}: https://{{host}}/{{order}}?n={{name}} bye",
                        "São Paulo: # bye",
                        List.of("https://h.example/A-1?n=Ana%20%C3%A9%25")),
                Arguments.of("{{order}}https://x.example/", "A-1#", List.of("https://x.example/")),
                Arguments.of("https://x.example/{{none|}}, ok", "#, ok", List.of("https://x.example/")),
                Arguments.of(
                        "https://x.example/{{order}}{{order}}/{{order}}", "#", List.of("https://x.example/A-1A-1/A-1")),
                Arguments.of(
                        "https://münchen.example/straße", "#", List.of("https://xn--mnchen-3ya.example/stra%C3%9Fe")),
                Arguments.of(
                        "https://x.example:8443/a%20b%zz[0]", "#", List.of("https://x.example:8443/a%20b%25zz%5B0%5D")),
                Arguments.of("a{{url}}b", "ahttps://evil.example/xb", List.of()),
                Arguments.of("https:// and http://", "https:// and http://", List.of()),
                Arguments.of("xhttp://x.example", "xhttp://x.example", List.of()),
                Arguments.of("ftp://x.example javascript:alert(1)", null, List.of()));
    }

    @ParameterizedTest
    @MethodSource("templates")
    void shortensTheTemplatesAddressesAndNothingElse(String template, String expected, List<String> targets) {
        Shortened shortened = shorten(
                links,
                template,
                Map.of(
                        "order", "A-1",
                        "city", "São Paulo",
                        "host", "h.example",
                        "name", "Ana é%",
                        "url", "https://evil.example/x"));

        assertThat(shortened.problem()).isEmpty();
        assertThat(shortened.message().replaceAll(SHORT, "#")).isEqualTo(expected == null ? template : expected);
        assertThat(shortened.links()).extracting(Link::target).isEqualTo(targets);
        assertThat(shortened.links())
                .extracting(Link::position)
                .isEqualTo(Stream.iterate(1, i -> i + 1).limit(targets.size()).toList());
        shortened.links().forEach(link -> assertThat(shortened.message()).containsOnlyOnce(BASE + "/" + link.token()));
    }

    @ParameterizedTest
    @CsvSource({
        "https://{{v}}, ''",
        "https://{{v}}/x, a b",
        "https://{{v}}/x, user:secret@host",
        "https://{{v}}/x, .",
        "https://{{v}}/x, ?",
        "https://x.example{{v}}, @evil.example",
        "https://x.example:{{v}}/, 80a",
        "https://[{{v}}]/, ::1",
    })
    void anAddressThatLeadsNowhereIsAProblemThatQuotesNoValue(String template, String value) {
        // a value of nothing but blanks is none, so an empty one comes as fallback
        Shortened shortened = shorten(links, template.replace("{{v}}", "{{v|}}"), Map.of("v", value));

        assertThat(shortened.problem().orElseThrow()).startsWith("link 1 is no web address");
        assertThat(shortened.message()).isEmpty();
        assertThat(shortened.links()).isEmpty();
    }

    @Test
    void anAddressThatGrowsTooLongIsAProblem() {
        String most = "x".repeat(ShortLinks.MAX_TARGET - "https://x.example/".length());

        assertThat(shorten(links, "https://x.example/{{v}}", Map.of("v", most)).problem())
                .isEmpty();
        assertThat(shorten(links, "https://x.example/{{v}}", Map.of("v", most + "x"))
                        .problem())
                .isPresent();
    }

    @Test
    void withoutABaseUrlAddressesStay() {
        ShortLinks none = ShortLinks.of(Optional.empty(), new SecureRandom());

        assertThat(shorten(none, "See https://x.example/{{v}}!", Map.of("v", "a b")))
                .isEqualTo(new Shortened("See https://x.example/a b!", List.of(), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({
        "https://s.example, https://s.example",
        "https://s.example/, https://s.example",
        "' https://s.example/l// ', https://s.example/l",
        "http://localhost:8080, http://localhost:8080",
        "http://127.0.0.1, http://127.0.0.1",
        "http://[::1]:9, http://[::1]:9",
    })
    void takesABaseUrl(String url, String base) {
        ShortLinks own = ShortLinks.of(Optional.of(url), new SecureRandom());

        assertThat(shorten(own, "https://x.example", Map.of()).message())
                .startsWith(base + "/")
                .hasSize(base.length() + 12);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s.example",
                "http://s.example",
                "ftp://s.example",
                "https://",
                "https:///x",
                "https://s.example?x=1",
                "https://s.example#x",
                "https://a@s.example",
                "https://s.example/a b",
                "http://127.0.0.1.example",
                "http://localhost.example",
                "javascript:alert(1)",
                "{{x}}"
            })
    void refusesABaseUrlThatIsNone(String url) {
        assertThatThrownBy(() -> ShortLinks.of(Optional.of(url), new SecureRandom()))
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("LINK_BASE_URL")
                .hasMessageContaining(url);
    }

    @Test
    void tokensUseEveryCharacterAndNeverComeTwice() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            tokens.add(
                    shorten(links, "https://x.example", Map.of()).links().get(0).token());
        }

        assertThat(tokens).hasSize(20_000).allMatch(ShortLinks::isToken).allMatch(token -> token.length() == 11);
        for (int place = 0; place < 11; place++) {
            int at = place;
            assertThat(tokens.stream().map(token -> token.charAt(at)).collect(Collectors.toSet()))
                    .hasSize(62);
        }
    }

    /** Whatever the template and the values: the text around the addresses stays, and targets are what a browser would be sent to. */
    @Property
    void putsEachTargetWhereItsAddressStood(@ForAll("pieces") List<String> pieces, @ForAll String value) {
        Rendering rendering =
                MessageTemplate.parse("." + String.join("", pieces)).render(Map.of("v", "." + value));
        ShortLinks own = ShortLinks.of(Optional.of(BASE), new Random(1));

        Shortened shortened = own.shorten(rendering.message(), rendering.addresses());

        if (shortened.problem().isPresent() || rendering.problem().isPresent()) {
            assertThat(shortened.message()).isEmpty();
            return;
        }
        String back = shortened.message();
        for (int i = 0; i < shortened.links().size(); i++) {
            Link link = shortened.links().get(i);
            String address = rendering
                    .message()
                    .substring(
                            rendering.addresses().get(i).start(),
                            rendering.addresses().get(i).end());
            back = back.replace(BASE + "/" + link.token(), address);
            assertThat(ShortLinks.target(address)).contains(link.target());
            assertThat(link.target()).matches("https?://[!-~]+");
        }
        assertThat(back).isEqualTo(rendering.message());
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return Arbitraries.of(
                        "{{v}}",
                        "{{w|x y}}",
                        " ",
                        ".",
                        "https://x.example",
                        "http://",
                        "/",
                        "?",
                        "(",
                        ")",
                        "é",
                        "[",
                        "]",
                        ", ",
                        "-")
                .list()
                .ofMaxSize(12);
    }
}
