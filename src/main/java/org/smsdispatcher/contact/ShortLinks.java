package org.smsdispatcher.contact;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.connect.Settings;
import org.smsdispatcher.contact.MessageTemplate.Span;

/**
 * Makes a message's web addresses short links of its recipient, so that a click tells whose it is. Without a base URL they stay as
 * they are.
 *
 * <p>A token is {@value #LENGTH} random characters of 62, more than 64 bits: it cannot be guessed, tells nothing about the recipient,
 * and every character of it is in the GSM 7-bit alphabet.
 */
public final class ShortLinks {

    /** Of a token; 62^11 is 2^65.5. */
    static final int LENGTH = 11;

    /** Of a target; far below the 8,000 octets that RFC 9110, 4.1 asks everyone to take. */
    static final int MAX_TARGET = 2_048;

    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final Pattern TOKEN = Pattern.compile("[0-9A-Za-z]{11,22}");

    private static final Pattern ADDRESS =
            Pattern.compile("(https?)://([^/?#]*)(.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    /** No user information: what stands before an '@' only pretends to be the host. */
    private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z0-9._-]+(:[0-9]{1,5})?");

    /** What a URI holds unencoded behind its authority: unreserved and reserved characters (RFC 3986, 2.2, 2.3), no brackets. */
    private static final String PLAIN = "-._~:/?#@!$&'()*+,;=";

    private final Optional<String> base;
    private final RandomGenerator random;

    private ShortLinks(Optional<String> base, RandomGenerator random) {
        this.base = base;
        this.random = random;
    }

    /**
     * A link of one message.
     *
     * @param token what stands behind the base URL
     * @param position which of the message's addresses it is, from 1
     * @param target where it leads: an absolute http or https URI in ASCII
     */
    public record Link(String token, int position, String target) {}

    /**
     * A message with short links.
     *
     * @param message the text; "" when there is a problem
     * @param links those in the text, in order
     * @param problem why it must not be sent: an address leads nowhere. It holds no value.
     */
    public record Shortened(String message, List<Link> links, Optional<String> problem) {}

    /**
     * Short links as {@code LINK_BASE_URL} says.
     *
     * @throws BadConfigurationException when it is neither empty, nor an https URL, nor an http URL of this machine
     */
    public static ShortLinks of(Settings settings) {
        return of(settings.optional("link.base.url"), new SecureRandom());
    }

    static ShortLinks of(Optional<String> baseUrl, RandomGenerator random) {
        return new ShortLinks(baseUrl.map(ShortLinks::checked), random);
    }

    private static String checked(String url) {
        try {
            URI base = new URI(url.strip());
            boolean isSafe = "https".equals(base.getScheme()) || ("http".equals(base.getScheme()) && isLoopback(base));
            if (isSafe
                    && base.getHost() != null
                    && base.getRawUserInfo() == null
                    && base.getRawQuery() == null
                    && base.getRawFragment() == null) {
                return base.toASCIIString().replaceAll("/+$", "");
            }
        } catch (URISyntaxException notOne) {
            // said below
        }
        throw new BadConfigurationException(
                "LINK_BASE_URL must be an https URL without query (http for this machine only),"
                        + " such as https://s.example.com, it is '" + url + "'");
    }

    private static boolean isLoopback(URI url) {
        String host = String.valueOf(url.getHost());
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    /** Whether {@code text} could be a token; whether it is one, only the database knows. */
    public static boolean isToken(String text) {
        return TOKEN.matcher(text).matches();
    }

    /**
     * The message with its addresses shortened; each call makes other tokens.
     *
     * @param message the text, its placeholders filled
     * @param addresses where in it the template's addresses stand, in order
     */
    public Shortened shorten(String message, List<Span> addresses) {
        if (base.isEmpty() || addresses.isEmpty()) {
            return new Shortened(message, List.of(), Optional.empty());
        }
        StringBuilder text = new StringBuilder();
        List<Link> links = new ArrayList<>();
        int from = 0;
        for (Span span : addresses) {
            Optional<String> target = target(message.substring(span.start(), span.end()));
            if (target.isEmpty()) {
                return new Shortened(
                        "",
                        List.of(),
                        Optional.of("link " + (links.size() + 1) + " is no web address of at most " + MAX_TARGET
                                + " characters once its placeholders are filled"));
            }
            Link link = new Link(token(), links.size() + 1, target.get());
            links.add(link);
            text.append(message, from, span.start())
                    .append(base.get())
                    .append('/')
                    .append(link.token());
            from = span.end();
        }
        text.append(message, from, message.length());
        return new Shortened(text.toString(), List.copyOf(links), Optional.empty());
    }

    private String token() {
        StringBuilder token = new StringBuilder(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            token.append(BASE_62.charAt(random.nextInt(BASE_62.length())));
        }
        return token.toString();
    }

    /**
     * The address as an absolute URI in ASCII: a host in other letters in punycode (RFC 3492), whatever else a URI cannot hold
     * percent-encoded in UTF-8. Empty if it is none: control characters, no host, something before an '@', too long.
     */
    static Optional<String> target(String address) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches() || address.codePoints().anyMatch(Character::isISOControl)) {
            return Optional.empty();
        }
        return authority(parts.group(2))
                .map(authority -> parts.group(1).toLowerCase(Locale.ROOT) + "://" + authority + encoded(parts.group(3)))
                .filter(target -> target.length() <= MAX_TARGET);
    }

    private static Optional<String> authority(String text) {
        try {
            return Optional.of(IDN.toASCII(text))
                    .filter(ascii -> AUTHORITY.matcher(ascii).matches())
                    .filter(ascii -> !ascii.startsWith(".") && !ascii.startsWith(":"));
        } catch (IllegalArgumentException noHost) {
            return Optional.empty();
        }
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int each = text.codePointAt(i);
            boolean isPlain =
                    isAsciiLetterOrDigit(each) || PLAIN.indexOf(each) >= 0 || (each == '%' && isEncoded(text, i));
            if (isPlain) {
                encoded.appendCodePoint(each);
            } else {
                for (byte octet : Character.toString(each).getBytes(StandardCharsets.UTF_8)) {
                    encoded.append('%').append(String.format(Locale.ROOT, "%02X", octet));
                }
            }
        }
        return encoded.toString();
    }

    private static boolean isAsciiLetterOrDigit(int each) {
        return each < 0x80 && Character.isLetterOrDigit(each);
    }

    private static boolean isEncoded(String text, int percent) {
        return percent + 2 < text.length()
                && Character.digit(text.charAt(percent + 1), 16) >= 0
                && Character.digit(text.charAt(percent + 2), 16) >= 0;
    }
}
