package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.tracking.Callbacks.NOW;
import static org.smsdispatcher.tracking.Callbacks.VONAGE_SECRET;
import static org.smsdispatcher.tracking.Callbacks.json;
import static org.smsdispatcher.tracking.Callbacks.jwt;
import static org.smsdispatcher.tracking.Callbacks.request;
import static org.smsdispatcher.tracking.Callbacks.sample;
import static org.smsdispatcher.tracking.Callbacks.settings;
import static org.smsdispatcher.tracking.Callbacks.signedByVonage;
import static org.smsdispatcher.tracking.Callbacks.vonageMessages;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.BadConfigurationException;

class VonageWebhookTest {

    private static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    private static final String BODY = sample("vonage-messages-submitted.json");
    private static final String PATH = "/webhooks/vonage";

    private final VonageWebhook unit = new VonageWebhook(settings(Map.of("vonage.signature.secret", VONAGE_SECRET)));

    private void assertRefused(int status, WebhookRequest request) {
        assertThatThrownBy(() -> unit.verify(request))
                .isInstanceOfSatisfying(
                        WebhookRefusedException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(status));
    }

    private static String encoded(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static WebhookRequest query(Map<String, String> parameters, Instant at) {
        return request("GET", PATH, encoded(parameters), Map.of(), "", at);
    }

    private static Map<String, String> failed() {
        return WebhookContent.single(WebhookContent.parameters(sample("vonage-sms-failed.query")));
    }

    // ---- the token of the Messages API

    @Test
    void takesABodyWhoseTokenIsRight() {
        assertThat(unit.verify(vonageMessages(jwt(VONAGE_SECRET, HS256, NOW, BODY), BODY, NOW)))
                .isEqualTo(json(BODY));
    }

    @Test
    void takesAReplayInsideTheWindow() {
        WebhookRequest request = vonageMessages(jwt(VONAGE_SECRET, HS256, NOW.minusSeconds(299), BODY), BODY, NOW);

        assertThat(unit.verify(request)).isEqualTo(unit.verify(request));
    }

    @ParameterizedTest
    @CsvSource({"-301, 403", "301, 403", "-300, 200", "300, 200", "-31536000, 403", "31536000, 403"})
    void isSignedAtMostFiveMinutesAgoOrAhead(long seconds, int status) {
        WebhookRequest request = vonageMessages(jwt(VONAGE_SECRET, HS256, NOW.plusSeconds(seconds), BODY), BODY, NOW);

        if (status == 200) {
            assertThatCode(() -> unit.verify(request)).doesNotThrowAnyException();
        } else {
            assertRefused(status, request);
        }
    }

    @Test
    void refusesATamperedBody() {
        String token = jwt(VONAGE_SECRET, HS256, NOW, BODY);

        assertRefused(403, vonageMessages(token, BODY.replace("submitted", "delivered"), NOW));
        assertRefused(403, vonageMessages(token, BODY + " ", NOW));
        assertRefused(403, vonageMessages(token, "", NOW));
    }

    @Test
    void refusesAnotherSecret() {
        assertRefused(403, vonageMessages(jwt("another secret", HS256, NOW, BODY), BODY, NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"none\"}",
                "{\"alg\":\"None\"}",
                "{\"alg\":\"RS256\"}",
                "{\"alg\":\"HS512\"}",
                "{\"alg\":\"hs256\"}",
                "{\"alg\":[\"HS256\"]}",
                "{}",
                "[]",
                "no json"
            })
    void refusesEveryOtherAlgorithmEvenWhenTheSignatureIsRight(String header) {
        assertRefused(403, vonageMessages(jwt(VONAGE_SECRET, header, NOW, BODY), BODY, NOW));
    }

    @Test
    void refusesATokenWithoutSignature() {
        String[] parts = jwt(VONAGE_SECRET, "{\"alg\":\"none\"}", NOW, BODY).split("\\.", -1);

        assertRefused(403, vonageMessages(parts[0] + "." + parts[1] + ".", BODY, NOW));
        assertRefused(403, vonageMessages(parts[0] + "." + parts[1], BODY, NOW));
    }

    @Test
    void refusesASignatureThatWasTouched() {
        String token = jwt(VONAGE_SECRET, HS256, NOW, BODY);
        int at = token.lastIndexOf('.') + 1;
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(at));
        for (int i = 0; i < signature.length; i++) {
            byte[] touched = signature.clone();
            touched[i] ^= 1;
            assertRefused(
                    403,
                    vonageMessages(
                            token.substring(0, at)
                                    + Base64.getUrlEncoder().withoutPadding().encodeToString(touched),
                            BODY,
                            NOW));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"iat\":1795593610}",
                "{\"iat\":\"1795593610\",\"payload_hash\":null}",
                "{\"iat\":1e99,\"payload_hash\":\"\"}",
                "{\"iat\":99999999999999999999,\"payload_hash\":\"\"}",
                "{\"iat\":-1}",
                "{\"iat\":{}}",
                "[]"
            })
    void refusesClaimsThatDoNotTellWhenAndWhat(String claims) {
        assertRefused(403, vonageMessages(jwt(VONAGE_SECRET, HS256, claims), BODY, NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic YTpi",
                "Bearer",
                "Bearer ",
                "Bearer a.b",
                "Bearer a.b.c.d",
                "Bearer ä.ö.ü",
                "Bearer ..",
                "x"
            })
    void refusesWhatIsNoToken(String authorization) {
        assertRefused(
                403,
                request(
                        "POST",
                        PATH,
                        "",
                        Map.of("content-type", "application/json", "authorization", authorization),
                        BODY,
                        NOW));
    }

    @Test
    void aTokenSignsNoQuery() {
        assertRefused(
                403,
                request(
                        "GET",
                        PATH,
                        sample("vonage-sms-failed.query"),
                        Map.of("authorization", "Bearer " + jwt(VONAGE_SECRET, HS256, NOW, "")),
                        "",
                        NOW));
    }

    @Test
    void whatStandsInTheQueryOfAPostIsNotRead() {
        String token = jwt(VONAGE_SECRET, HS256, NOW, BODY);

        assertThat(unit.verify(request(
                        "POST",
                        PATH,
                        "status=delivered",
                        Map.of("content-type", "application/json", "authorization", "Bearer " + token),
                        BODY,
                        NOW)))
                .isEqualTo(json(BODY));
    }

    // ---- the parameter of the SMS API

    @Test
    void takesAQueryWhoseSignatureIsRight() {
        Map<String, String> signed = signedByVonage(failed(), "HmacSHA256", NOW);

        assertThat(unit.verify(query(signed, NOW))).isEqualTo(WebhookContent.asObject(signed));
    }

    @Test
    void takesAFormAndAJsonBodyToo() {
        Map<String, String> signed = signedByVonage(failed(), "HmacSHA256", NOW);

        assertThat(unit.verify(request(
                        "POST",
                        PATH,
                        "",
                        Map.of("content-type", "application/x-www-form-urlencoded"),
                        encoded(signed),
                        NOW)))
                .isEqualTo(WebhookContent.asObject(signed));
        assertThat(unit.verify(request(
                        "POST",
                        PATH,
                        "",
                        Map.of("content-type", "application/json"),
                        WebhookContent.asObject(signed).toString(),
                        NOW)))
                .isEqualTo(WebhookContent.asObject(signed));
    }

    @Test
    void separatorsInValuesAreSignedAsUnderscores() {
        Map<String, String> parameters = new TreeMap<>(failed());
        parameters.put("to", "A&B=C");

        assertThatCode(() -> unit.verify(query(signedByVonage(parameters, "HmacSHA256", NOW), NOW)))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesEveryParameterThatWasTouchedAddedOrLeftOut() {
        Map<String, String> signed = signedByVonage(failed(), "HmacSHA256", NOW);
        for (String name : signed.keySet()) {
            Map<String, String> touched = new TreeMap<>(signed);
            touched.merge(name, "1", String::concat);
            assertRefused(403, query(touched, NOW));
            Map<String, String> without = new TreeMap<>(signed);
            without.remove(name);
            assertRefused(403, query(without, NOW));
        }
        Map<String, String> added = new TreeMap<>(signed);
        added.put("more", "1");
        assertRefused(403, query(added, NOW));
    }

    @Test
    void refusesAParameterThatComesTwice() {
        String signed = encoded(signedByVonage(failed(), "HmacSHA256", NOW));

        assertRefused(400, request("GET", PATH, signed + "&status=delivered", Map.of(), "", NOW));
        assertRefused(400, request("GET", PATH, signed + "&sig=00", Map.of(), "", NOW));
    }

    @ParameterizedTest
    @CsvSource({"-301", "301", "-86400"})
    void refusesAnOldSignatureAndOneAheadOfTime(long seconds) {
        assertRefused(403, query(signedByVonage(failed(), "HmacSHA256", NOW.plusSeconds(seconds)), NOW));
    }

    @Test
    void refusesAQueryThatIsNotSigned() {
        assertRefused(403, query(failed(), NOW));
        assertRefused(403, request("GET", PATH, "", Map.of(), "", NOW));
    }

    @Test
    void takesTheConfiguredMethodOnly() {
        assertRefused(403, query(signedByVonage(failed(), "HmacSHA512", NOW), NOW));
        assertRefused(403, query(signedByVonage(failed(), "HmacSHA1", NOW), NOW));
        assertRefused(403, query(signedByVonage(failed(), "HmacMD5", NOW), NOW));
        assertThatCode(() -> new VonageWebhook(settings(
                                Map.of("vonage.signature.secret", VONAGE_SECRET, "vonage.signature.method", "SHA512")))
                        .verify(query(signedByVonage(failed(), "HmacSHA512", NOW), NOW)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"md5", "md5hash", "sha1", "none"})
    void doesNotStartWithAWeakMethod(String method) {
        assertThatThrownBy(() -> new VonageWebhook(settings(Map.of("vonage.signature.method", method))))
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("VONAGE_SIGNATURE_METHOD");
    }

    // ---- neither

    @Test
    void withoutASecretNothingIsTaken() {
        VonageWebhook without = new VonageWebhook(settings(Map.of("vonage.signature.secret", " ")));

        for (String secret : new String[] {VONAGE_SECRET, " ", "null"}) {
            assertThatThrownBy(() -> without.verify(vonageMessages(jwt(secret, HS256, NOW, BODY), BODY, NOW)))
                    .isInstanceOfSatisfying(
                            WebhookRefusedException.class,
                            refusal -> assertThat(refusal.status()).isEqualTo(403));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, application/json, 405",
        "DELETE, application/json, 405",
        "HEAD, application/json, 405",
        "POST, text/xml, 415",
        "POST, multipart/form-data; boundary=x, 415",
        "POST, application/jsonx, 415",
        "POST, '', 415"
    })
    void refusesOtherMethodsAndContentTypes(String method, String type, int status) {
        assertRefused(status, request(method, PATH, "", Map.of("content-type", type), BODY, NOW));
    }

    @Test
    void refusesWhatIsTooLarge() {
        String large = "{\"a\":\"" + "x".repeat(64 * 1024) + "\"}";

        assertRefused(413, vonageMessages(jwt(VONAGE_SECRET, HS256, NOW, large), large, NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "\"a\"", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "{\"a\":\u0001}"})
    void refusesBadJsonEvenWhenItIsSigned(String body) {
        assertRefused(400, vonageMessages(jwt(VONAGE_SECRET, HS256, NOW, body), body, NOW));
    }

    @Test
    void refusesJsonThatIsTooDeep() {
        String deep = "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_000);

        assertRefused(400, vonageMessages(jwt(VONAGE_SECRET, HS256, NOW, deep), deep, NOW));
    }

    @Test
    void theReplayWindowIsASetting() {
        VonageWebhook patient = new VonageWebhook(
                settings(Map.of("vonage.signature.secret", VONAGE_SECRET, "webhook.replay.window.seconds", "3600")));
        Instant earlier = NOW.minus(Duration.ofMinutes(59));

        assertThatCode(() -> patient.verify(vonageMessages(jwt(VONAGE_SECRET, HS256, earlier, BODY), BODY, NOW)))
                .doesNotThrowAnyException();
    }
}
