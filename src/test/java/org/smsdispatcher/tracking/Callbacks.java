package org.smsdispatcher.tracking;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.smsdispatcher.connect.Settings;

/** Callbacks as the providers document and sign them. */
public final class Callbacks {

    public static final UUID RECORD = UUID.fromString("3f2b0f6e-3a86-5d0c-9a43-3a4f2a1f7c10");
    public static final Instant NOW = Instant.parse("2026-11-25T08:00:10Z");
    public static final String VONAGE_SECRET = "a signature, secret";
    public static final String TWILIO_TOKEN = "12345";
    public static final String BASE_URL = "https://hooks.example.com";

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

    private Callbacks() {}

    public static String sample(String name) {
        try (InputStream file = Callbacks.class.getResourceAsStream("/webhooks/" + name)) {
            return new String(file.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static ObjectNode json(String text) {
        try {
            return (ObjectNode) MAPPER.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Settings with a replay window of five minutes, as shipped. */
    public static Settings settings(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of("webhook.replay.window.seconds", "300"));
        all.putAll(settings);
        return new Settings(key -> Optional.ofNullable(all.get(key)));
    }

    public static WebhookRequest request(
            String method, String path, String query, Map<String, String> headers, String body, Instant at) {
        return new WebhookRequest(method, path, query, headers, body.getBytes(UTF_8), "abc.lambda-url.example", at);
    }

    public static byte[] hmac(String algorithm, String key, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), algorithm));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token of the Messages API, for that body. */
    public static String jwt(String secret, String header, Instant at, String body) {
        String claims = MAPPER.createObjectNode()
                .put("iat", at.getEpochSecond())
                .put("jti", "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5")
                .put("iss", "Vonage")
                .put("payload_hash", sha256(body))
                .put("api_key", "abcd1234")
                .put("application_id", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab")
                .toString();
        return jwt(secret, header, claims);
    }

    public static String jwt(String secret, String header, String claims) {
        String signed = BASE64_URL.encodeToString(header.getBytes(UTF_8)) + "."
                + BASE64_URL.encodeToString(claims.getBytes(UTF_8));
        return signed + "." + BASE64_URL.encodeToString(hmac("HmacSHA256", secret, signed));
    }

    public static WebhookRequest vonageMessages(String token, String body, Instant at) {
        return request(
                "POST",
                "/webhooks/vonage",
                "",
                Map.of("content-type", "application/json", "authorization", "Bearer " + token),
                body,
                at);
    }

    /** What Vonage adds to the parameters of a receipt of the SMS API: when, and a signature over all of them. */
    public static Map<String, String> signedByVonage(Map<String, String> parameters, String algorithm, Instant at) {
        Map<String, String> signed = new TreeMap<>(parameters);
        signed.put("timestamp", Long.toString(at.getEpochSecond()));
        signed.put("nonce", "a1b2");
        StringBuilder text = new StringBuilder();
        signed.forEach((name, value) -> text.append('&')
                .append(name)
                .append('=')
                .append(value.replace('&', '_').replace('=', '_')));
        signed.put("sig", HexFormat.of().formatHex(hmac(algorithm, VONAGE_SECRET, text.toString())));
        return signed;
    }

    public static String signedByTwilio(String url, Map<String, String> form) {
        StringBuilder text = new StringBuilder(url);
        new TreeMap<>(form).forEach((name, value) -> text.append(name).append(value));
        return Base64.getEncoder().encodeToString(hmac("HmacSHA1", TWILIO_TOKEN, text.toString()));
    }

    /** A status callback that Twilio was told to send to {@value #BASE_URL}. */
    public static WebhookRequest twilio(String query, String form) {
        String path = "/webhooks/twilio";
        String url = BASE_URL + path + (query.isEmpty() ? "" : "?" + query);
        return request(
                "POST",
                path,
                query,
                Map.of(
                        "content-type",
                        "application/x-www-form-urlencoded; charset=UTF-8",
                        "x-twilio-signature",
                        signedByTwilio(url, WebhookContent.single(WebhookContent.parameters(form)))),
                form,
                NOW);
    }

    public static JsonNode parameters(String encoded) {
        return WebhookContent.asObject(WebhookContent.single(WebhookContent.parameters(encoded)));
    }
}
