package org.smsdispatcher.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.connect.Settings;

/**
 * Tells whether a callback is Twilio's: the header {@code X-Twilio-Signature} is the HMAC-SHA1, in base64, of the URL followed by
 * names and values of the form's parameters in the order of their names. For a JSON body it is the URL's alone, whose parameter
 * {@code bodySHA256} then is the hash of the body (twilio.com/docs, "Secure webhooks").
 *
 * <p>The URL is the one Twilio was given, not the one that arrived: behind API Gateway or CloudFront they differ. Twilio's own
 * libraries take it with the scheme's usual port and without, and so it is here. HMAC-SHA1 is what Twilio has; the weakness of SHA-1
 * (collisions) is none of HMAC's. Twilio signs no time, so there is no replay window: a replay is the same receipt, which is
 * recorded once.
 */
public final class TwilioWebhook {

    /** The parameter of the callback's URL that names our record. */
    static final String RECORD_ID = "smsRecordId";

    private static final String HTTPS = "https";

    private final Optional<String> token;
    private final Optional<URI> base;

    /**
     * @param settings {@code twilio.auth.token} and {@code webhook.base.url}; without either everything is refused
     * @throws BadConfigurationException when the URL is not one
     */
    public TwilioWebhook(Settings settings) {
        this.token = settings.optional("twilio.auth.token");
        this.base = settings.optional("webhook.base.url").map(TwilioWebhook::base);
    }

    private static URI base(String text) {
        try {
            URI url = URI.create(text.strip().replaceFirst("/+$", ""));
            boolean isLocal = "http".equals(url.getScheme()) && "localhost".equals(url.getHost());
            if (url.getHost() != null
                    && (HTTPS.equals(url.getScheme()) || isLocal)
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null
                    && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new BadConfigurationException(
                "WEBHOOK_BASE_URL must be an https URL without query, such as https://hooks.example.com, it is '" + text
                        + "'");
    }

    /**
     * What Twilio says.
     *
     * @return the verified parameters, and {@value #RECORD_ID} of the verified URL
     * @throws WebhookRefusedException when it is not Twilio's, or cannot be read
     */
    public JsonNode verify(WebhookRequest request) {
        WebhookContent.check(request, List.of("POST"));
        String type = WebhookContent.type(request, List.of(WebhookContent.FORM, WebhookContent.JSON));
        String key = token.orElseThrow(() -> new WebhookRefusedException(403, "TWILIO_AUTH_TOKEN is not set"));
        URI publicBase = base.orElseThrow(() -> new WebhookRefusedException(403, "WEBHOOK_BASE_URL is not set"));
        SortedMap<String, List<String>> form = type.equals(WebhookContent.FORM)
                ? WebhookContent.parameters(WebhookContent.text(request))
                : new TreeMap<>();
        String signature = request.headers().getOrDefault("x-twilio-signature", "");
        checkSignature(signature, key, publicBase, request, form);
        Map<String, String> query = WebhookContent.single(WebhookContent.parameters(request.rawQuery()));
        ObjectNode said = type.equals(WebhookContent.FORM)
                ? WebhookContent.asObject(WebhookContent.single(form))
                : checkedBody(request, query);
        said.remove(RECORD_ID);
        Optional.ofNullable(query.get(RECORD_ID)).ifPresent(id -> said.put(RECORD_ID, id));
        return said;
    }

    private static ObjectNode checkedBody(WebhookRequest request, Map<String, String> query) {
        if (!Signatures.isHex(Signatures.sha256(request.body()), query.getOrDefault("bodySHA256", ""))) {
            throw new WebhookRefusedException(403, "the body is not the signed one");
        }
        return WebhookContent.object(request.body());
    }

    private static void checkSignature(
            String given, String key, URI base, WebhookRequest request, SortedMap<String, List<String>> form) {
        StringBuilder parameters = new StringBuilder();
        form.forEach((name, values) ->
                new TreeSet<>(values).forEach(value -> parameters.append(name).append(value)));
        byte[] signature = decode(given);
        String rest = request.path() + (request.rawQuery().isEmpty() ? "" : "?" + request.rawQuery()) + parameters;
        // each is compared, so that the time tells nothing
        long matches = spellings(base)
                .map(url -> Signatures.isSame(Signatures.hmac("HmacSHA1", key, url + rest), signature))
                .filter(Boolean::booleanValue)
                .count();
        if (matches == 0) {
            throw new WebhookRefusedException(403, "the signature is not right");
        }
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new WebhookRefusedException(403, "not signed");
        }
    }

    private static Stream<String> spellings(URI base) {
        String start = base.getScheme() + "://" + base.getHost();
        String path = base.getRawPath();
        int usual = base.getScheme().equals(HTTPS) ? 443 : 80;
        return base.getPort() < 0 || base.getPort() == usual
                ? Stream.of(start + path, start + ":" + usual + path)
                : Stream.of(start + ":" + base.getPort() + path, start + path);
    }
}
