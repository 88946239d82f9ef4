package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClicksTest {

    private static final String CHROME =
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
    private static final String TOKEN = "0aZ9bY8cX7d";

    private final Clicks clicks = new Clicks();

    private static WebhookRequest request(String method, String path, Map<String, String> headers) {
        return new WebhookRequest(method, path, "", headers, new byte[0], "s.example", Instant.EPOCH);
    }

    private String sign(String method, Map<String, String> headers) {
        return clicks.read(request(method, "/" + TOKEN, headers)).sign();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                CHROME,
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
                "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                // a make of phones
                "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                // browsers inside apps: a person looks
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/530.0]",
                "Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 Version/4.0 Chrome/142.0 Mobile Safari/537.36 Instagram 400.0",
                "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.227; U; en) Presto/2.12.423 Version/12.16",
            })
    void aBrowserIsAPersons(String agent) {
        assertThat(sign("GET", Map.of("user-agent", agent))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
                "WhatsApp/2.23.20.0 A",
                "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                "TelegramBot (like TwitterBot)",
                "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
                "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
                "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Mozilla/5.0 (compatible; YandexBot/3.0)",
                "Some-Unknown-Crawler",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
                "curl/8.5.0",
                "python-requests/2.32",
                "Go-http-client/2.0",
                "",
                "   ",
            })
    void aProgramIsNone(String agent) {
        assertThat(sign("GET", Map.of("user-agent", agent))).isEqualTo("userAgent");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, purpose, prefetch, header",
        "GET, purpose, Preview, header",
        "GET, sec-purpose, prefetch, header",
        "GET, sec-purpose, prefetch;prerender, header",
        "GET, x-purpose, preview, header",
        "GET, x-moz, prefetch, header",
        "GET, sec-purpose, navigate, ",
        "GET, purpose, buying prefetch, ",
        "HEAD, accept, */*, head",
        "HEAD, purpose, prefetch, head",
    })
    void aRequestMaySayThatNobodyLooks(String method, String header, String value, String sign) {
        assertThat(sign(method, Map.of("user-agent", CHROME, header, value))).isEqualTo(sign);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET    | /0aZ9bY8cX7d             | true",
                "HEAD   | /0aZ9bY8cX7d             | true",
                "GET    | /0aZ9bY8cX7d0aZ9bY8cX7d  | true",
                "POST   | /0aZ9bY8cX7d             | false",
                "get    | /0aZ9bY8cX7d             | false",
                "DELETE | /0aZ9bY8cX7d             | false",
                "GET    | 0aZ9bY8cX7d              | false",
                "GET    | //0aZ9bY8cX7d            | false",
                "GET    | /0aZ9bY8cX7d/            | false",
                "GET    | /0aZ9bY8cX7              | false",
                "GET    | /0aZ9bY8cX7d0aZ9bY8cX7de | false",
                "GET    | /0aZ9bY8cX7%64           | false",
                "GET    | /0aZ9bY8cX7'             | false",
                "GET    | /0aZ9bY8cX7é             | false",
                "GET    | /٠١٢٣٤٥٦٧٨٩٠             | false",
                "GET    | /https://evil.example    | false",
                "GET    | /../0aZ9bY8cX7d          | false",
                "GET    | /                        | false",
                "GET    | ''                       | false",
            })
    void onlyTheFormOfATokenCanBeALink(String method, String path, boolean isLink) {
        assertThat(clicks.isLink(request(method, path, Map.of()))).isEqualTo(isLink);
    }

    @Property
    void whatIsALinkIsNothingButLettersAndDigits(@ForAll String path) {
        boolean isLink = clicks.isLink(request("GET", path, Map.of()));

        assertThat(isLink).isEqualTo(path.matches("/[0-9A-Za-z]{11,22}"));
    }

    @Property
    void theUserAgentIsKeptShortAndPrintable(@ForAll String agent) {
        Click click = clicks.read(request("GET", "/" + TOKEN, Map.of("user-agent", agent)));

        assertThat(click.token()).isEqualTo(TOKEN);
        if (click.userAgent() != null) {
            assertThat(click.userAgent()).hasSizeLessThanOrEqualTo(255).doesNotContainPattern("\\p{Cntrl}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://x.example/", "http://x.example/a?b=c#d"})
    void theOnlyAddressInAnAnswerIsTheStoredOne(String target) {
        WebAnswer answer = clicks.answer(List.of(Map.of("target", target)));

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers())
                .containsEntry("location", target)
                .containsEntry("cache-control", "no-store")
                .containsEntry("referrer-policy", "no-referrer");
        assertThat(answer.body()).isEmpty();
    }
}
