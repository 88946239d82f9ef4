package org.smsdispatcher.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.connect.Settings;

/**
 * Tells whether a callback is Vonage's. Its two APIs sign differently, with the same signature secret:
 *
 * <ul>
 *   <li>Messages API: {@code Authorization: Bearer} and a JWT (RFC 7519), always HS256. Its {@code payload_hash} is the SHA-256 of
 *       the body, in hexadecimal digits; it covers no query, so a GET is not taken with it ("Signed webhooks").
 *   <li>SMS API: the parameter {@code sig} among those of the query, the form or the JSON body, an HMAC over the others in the order
 *       of their names, with {@code timestamp} in seconds ("Signing Messages"). Of the five methods SHA-256 HMAC and SHA-512 HMAC
 *       are taken; MD5 and SHA-1 are not.
 * </ul>
 *
 * <p>Either is refused when it was signed more than the replay window ago, or ahead. Inside the window a replay is harmless: the same
 * receipt is recorded once.
 */
public final class VonageWebhook {

    private static final String SECRET = "vonage.signature.secret";
    private static final String BEARER = "bearer ";
    private static final Pattern BASE64_URL = Pattern.compile("[A-Za-z0-9_-]+");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,11}");
    private static final Pattern SEPARATORS = Pattern.compile("[&=]");
    private static final Map<String, String> METHODS = Map.of("sha256", "HmacSHA256", "sha512", "HmacSHA512");

    private final Optional<String> secret;
    private final String method;
    private final Duration window;

    /**
     * @param settings {@code vonage.signature.secret}, without which everything is refused; {@code vonage.signature.method}, and
     *     {@code webhook.replay.window.seconds}
     * @throws BadConfigurationException for a method that is not taken
     */
    public VonageWebhook(Settings settings) {
        this.secret = settings.optional(SECRET);
        String name = settings.optional("vonage.signature.method").orElse("sha256");
        this.method = Optional.ofNullable(METHODS.get(name.strip().toLowerCase(Locale.ROOT)))
                .orElseThrow(
                        () -> new BadConfigurationException("VONAGE_SIGNATURE_METHOD must be sha256 or sha512, it is '"
                                + name + "': choose one of them in Vonage's dashboard"));
        this.window = Duration.ofSeconds(settings.number("webhook.replay.window.seconds", 1, 86_400));
    }

    /**
     * What Vonage says.
     *
     * @return the verified parameters, or the verified JSON object
     * @throws WebhookRefusedException when it is not Vonage's, or cannot be read
     */
    public JsonNode verify(WebhookRequest request) {
        WebhookContent.check(request, List.of("GET", "POST"));
        boolean isQuery = request.method().equals("GET");
        String type = isQuery
                ? WebhookContent.FORM
                : WebhookContent.type(request, List.of(WebhookContent.JSON, WebhookContent.FORM));
        String key = secret.orElseThrow(() -> new WebhookRefusedException(403, "VONAGE_SIGNATURE_SECRET is not set"));
        String authorization = request.headers().getOrDefault("authorization", "");
        if (authorization.isEmpty()) {
            JsonNode signed = content(request, type, isQuery);
            checkParameters(signed, key, request.receivedAt());
            return signed;
        }
        if (isQuery) {
            throw new WebhookRefusedException(403, "a JWT does not sign a query");
        }
        checkToken(authorization, key, request);
        return content(request, type, isQuery);
    }

    private static ObjectNode content(WebhookRequest request, String type, boolean isQuery) {
        if (type.equals(WebhookContent.JSON)) {
            return WebhookContent.object(request.body());
        }
        String encoded = isQuery ? request.rawQuery() : WebhookContent.text(request);
        return WebhookContent.asObject(WebhookContent.single(WebhookContent.parameters(encoded)));
    }

    private void checkToken(String authorization, String key, WebhookRequest request) {
        if (!authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            throw new WebhookRefusedException(403, "no bearer token");
        }
        String[] parts = authorization.substring(BEARER.length()).strip().split("\\.", -1);
        if (parts.length != 3
                || !List.of(parts).stream()
                        .allMatch(part -> BASE64_URL.matcher(part).matches())) {
            throw new WebhookRefusedException(403, "not a signed JWT");
        }
        byte[] signature = Signatures.hmac("HmacSHA256", key, parts[0] + "." + parts[1]);
        if (!Signatures.isSame(signature, decode(parts[2]))) {
            throw new WebhookRefusedException(403, "the signature of the JWT is not right");
        }
        if (!claims(parts[0]).path("alg").asText().equals("HS256")) {
            throw new WebhookRefusedException(403, "the JWT is not HS256");
        }
        JsonNode claims = claims(parts[1]);
        checkTime(claims.path("iat").asText(), request.receivedAt());
        if (!Signatures.isHex(
                Signatures.sha256(request.body()), claims.path("payload_hash").asText())) {
            throw new WebhookRefusedException(403, "the body is not the signed one");
        }
    }

    private static byte[] decode(String part) {
        try {
            return Base64.getUrlDecoder().decode(part);
        } catch (IllegalArgumentException e) {
            throw new WebhookRefusedException(403, "not a signed JWT");
        }
    }

    private static JsonNode claims(String part) {
        try {
            return WebhookContent.object(decode(part));
        } catch (WebhookRefusedException e) {
            throw new WebhookRefusedException(403, "not a signed JWT");
        }
    }

    private void checkParameters(JsonNode parameters, String key, Instant now) {
        TreeMap<String, String> signed = new TreeMap<>();
        parameters.properties().forEach(each -> {
            JsonNode value = each.getValue();
            if (value.isContainerNode()) {
                throw new WebhookRefusedException(403, "a parameter that cannot be signed");
            }
            // those without a value are not signed (as in Vonage's own libraries), and nobody here reads them
            if (!WebhookContent.isAbsent(value) && !value.asText().isBlank()) {
                signed.put(each.getKey(), value.asText());
            }
        });
        String given = Optional.ofNullable(signed.remove("sig"))
                .orElseThrow(() -> new WebhookRefusedException(403, "not signed"));
        StringBuilder text = new StringBuilder();
        signed.forEach((name, value) ->
                text.append('&').append(clean(name)).append('=').append(clean(value)));
        String expected = HexFormat.of().formatHex(Signatures.hmac(method, key, text.toString()));
        if (!Signatures.isHex(expected, given)) {
            throw new WebhookRefusedException(403, "the signature is not right");
        }
        checkTime(signed.getOrDefault("timestamp", ""), now);
    }

    private static String clean(String text) {
        return SEPARATORS.matcher(text).replaceAll("_");
    }

    private void checkTime(String seconds, Instant now) {
        if (!SECONDS.matcher(seconds).matches()) {
            throw new WebhookRefusedException(403, "not told when it was signed");
        }
        if (!Signatures.isRecent(instant(seconds), now, window, window)) {
            throw new WebhookRefusedException(403, "signed too long ago, or ahead of time");
        }
    }

    private static Instant instant(String seconds) {
        try {
            return Instant.ofEpochSecond(Long.parseLong(seconds));
        } catch (DateTimeException e) {
            throw new WebhookRefusedException(403, "not told when it was signed");
        }
    }
}
