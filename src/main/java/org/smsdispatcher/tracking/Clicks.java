package org.smsdispatcher.tracking;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.contact.ShortLinks;

/**
 * Reads and answers requests for short links, and tells a person's from a program's by what the request says of itself: {@code HEAD}
 * (RFC 9110, 9.3.2: who asks for no content shows none), headers of a browser that fetches ahead, user agents known to draw previews or
 * to look for malware. {@code record-click.sql} knows two more signs, a click too soon and a burst.
 *
 * <p>A scanner that pretends to be a browser, and waits, counts as a person: no figure of clicks is better than that.
 */
public final class Clicks {

    private static final Logger LOG = LoggerFactory.getLogger(Clicks.class);

    private static final int MAX_USER_AGENT = 255;

    /**
     * Headers and how their value begins. {@code Sec-Purpose} (Fetch standard; Chromium appends ";prerender" and others) and what came
     * before it: {@code Purpose} (Chromium), {@code X-Purpose} (Safari's previews), {@code X-Moz} (Firefox).
     */
    private static final Map<String, Pattern> AHEAD = Map.of(
            "sec-purpose", Pattern.compile("prefetch"),
            "purpose", Pattern.compile("prefetch|preview"),
            "x-purpose", Pattern.compile("prefetch|preview"),
            "x-moz", Pattern.compile("prefetch"));

    /**
     * Programs that draw previews, look for malware, crawl or are run by hand, in lower case, each by the token its maker documents or is
     * known to send.
     */
    private static final List<String> PROGRAMS = List.of(
            "facebookexternalhit", // Meta, "Meta Web Crawlers"; Apple's Messages sends it too, with the next but one
            // and "twitterbot"
            "facebookcatalog",
            "facebot",
            "meta-externalagent",
            "meta-externalfetcher",
            "whatsapp/", // WhatsApp's own previews: "WhatsApp/2.23..."
            "slackbot", // Slack, "Slackbot-LinkExpanding"
            "slack-imgproxy",
            "telegrambot", // Telegram: "TelegramBot (like TwitterBot)"
            "twitterbot", // X, "Cards: crawling"
            "discordbot", // Discord: "Mozilla/5.0 (compatible; Discordbot/2.0; ...)"
            "linkedinbot",
            "pinterestbot",
            "skypeuripreview", // Skype and Teams
            "bingpreview", // Microsoft, "Which crawlers does Bing use"
            "microsoftpreview",
            "google-pagerenderer", // Google Messages
            "google-safety", // Google, "Google's special-case crawlers"
            "google-read-aloud",
            "googleother",
            "mediapartners-google",
            "adsbot-google",
            "google favicon",
            "yahoo! slurp",
            "vkshare",
            "embedly",
            "iframely",
            "barracuda",
            "proofpoint",
            "mimecast",
            "urlscan",
            "virustotal",
            "zgrab",
            "nmap",
            "headlesschrome",
            "phantomjs",
            "curl/",
            "wget/",
            "python-", // python-requests, Python-urllib
            "aiohttp",
            "go-http-client",
            "java/",
            "apache-httpclient",
            "okhttp",
            "node-fetch",
            "axios/",
            "libwww-perl",
            "postmanruntime");

    /** "bot", "crawler" and "spider" as a word's end name what they are (RFC 9309 calls them so); CUBOT makes phones. */
    private static final Pattern ROBOT = Pattern.compile("(?<!\\bcu)bot\\b|crawler\\b|spider\\b|\\bscanner\\b");

    /** No target. */
    public List<Map<String, Object>> none() {
        return List.of();
    }

    /** A click on a link that cannot be: its token has a character no token has. */
    public Click nobody() {
        return new Click("-", "head", null);
    }

    /** Whether it asks for what could be a short link. */
    public boolean isLink(WebhookRequest request) {
        boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
        return reads
                && request.path().startsWith("/")
                && ShortLinks.isToken(request.path().substring(1));
    }

    /** The click that {@code request}, which {@link #isLink}, is. */
    public Click read(WebhookRequest request) {
        String agent = request.headers().getOrDefault("user-agent", "").replaceAll("\\p{Cntrl}", "");
        String kept = agent.substring(0, Math.min(agent.length(), MAX_USER_AGENT));
        return new Click(request.path().substring(1), sign(request, agent), kept.isBlank() ? null : kept);
    }

    private static String sign(WebhookRequest request, String agent) {
        if (request.method().equals("HEAD")) {
            return "head";
        }
        if (AHEAD.entrySet().stream()
                .anyMatch(ahead -> ahead.getValue()
                        .matcher(lower(request.headers().getOrDefault(ahead.getKey(), "")))
                        .lookingAt())) {
            return "header";
        }
        return isProgram(lower(agent)) ? "userAgent" : null;
    }

    /** Every browser says who it is. */
    private static boolean isProgram(String agent) {
        return agent.isBlank()
                || PROGRAMS.stream().anyMatch(agent::contains)
                || ROBOT.matcher(agent).find();
    }

    private static String lower(String text) {
        return text.strip().toLowerCase(Locale.ROOT);
    }

    /** A click could not be recorded; the person behind it is led on all the same. */
    public void lost(Click click, Exception failure) {
        Throwable root = Stream.iterate((Throwable) failure, cause -> cause != null, Throwable::getCause)
                .limit(20)
                .reduce((outer, inner) -> inner)
                .orElse(failure);
        LOG.warn("A click was not recorded ({}); it is redirected all the same", root.toString());
    }

    /**
     * The way to the target, or 404: the same for what is no token and for a token that leads nowhere.
     *
     * @param targets none or one
     */
    public WebAnswer answer(List<Map<String, Object>> targets) {
        if (targets.isEmpty()) {
            return WebAnswer.of(404, "not found");
        }
        return new WebAnswer(
                302,
                Map.of(
                        "location", (String) targets.get(0).get("target"),
                        "cache-control", "no-store",
                        // the target is not told the token, which is the recipient's
                        "referrer-policy", "no-referrer",
                        "x-robots-tag", "noindex, nofollow"),
                "");
    }
}
