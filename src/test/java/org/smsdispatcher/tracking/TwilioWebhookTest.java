package org.smsdispatcher.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.tracking.Callbacks.BASE_URL;
import static org.smsdispatcher.tracking.Callbacks.NOW;
import static org.smsdispatcher.tracking.Callbacks.RECORD;
import static org.smsdispatcher.tracking.Callbacks.TWILIO_TOKEN;
import static org.smsdispatcher.tracking.Callbacks.request;
import static org.smsdispatcher.tracking.Callbacks.sample;
import static org.smsdispatcher.tracking.Callbacks.settings;
import static org.smsdispatcher.tracking.Callbacks.sha256;
import static org.smsdispatcher.tracking.Callbacks.signedByTwilio;
import static org.smsdispatcher.tracking.Callbacks.twilio;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smsdispatcher.BadConfigurationException;

class TwilioWebhookTest {

    private static final String FORM = sample("twilio-delivered.form");
    private static final String QUERY = "smsRecordId=" + RECORD;
    private static final String FORM_TYPE = "application/x-www-form-urlencoded";

    private final TwilioWebhook unit = unit(BASE_URL);

    private static TwilioWebhook unit(String base) {
        return new TwilioWebhook(settings(Map.of("twilio.auth.token", TWILIO_TOKEN, "webhook.base.url", base)));
    }

    private void assertRefused(int status, WebhookRequest request) {
        assertThatThrownBy(() -> unit.verify(request))
                .isInstanceOfSatisfying(
                        WebhookRefusedException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(status));
    }

    private static WebhookRequest withBody(WebhookRequest signed, String body) {
        return request(signed.method(), signed.path(), signed.rawQuery(), signed.headers(), body, NOW);
    }

    private static WebhookRequest withUrl(WebhookRequest signed, String path, String query) {
        return request(signed.method(), path, query, signed.headers(), FORM, NOW);
    }

    private static WebhookRequest withSignature(WebhookRequest signed, String signature) {
        Map<String, String> headers = new HashMap<>(signed.headers());
        headers.put("x-twilio-signature", signature);
        return request(signed.method(), signed.path(), signed.rawQuery(), headers, FORM, NOW);
    }

    @Test
    void takesTheExampleOfTheDocumentation() {
        String form =
                "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212";

        assertThat(unit("https://mycompany.com")
                        .verify(request(
                                "POST",
                                "/myapp.php",
                                "foo=1&bar=2",
                                Map.of("content-type", FORM_TYPE, "x-twilio-signature", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
                                form,
                                NOW)))
                .isEqualTo(Callbacks.parameters(form));
    }

    @Test
    void addsOurIdOutOfTheSignedUrl() {
        assertThat(unit.verify(twilio(QUERY, FORM)).path("smsRecordId").asText())
                .isEqualTo(RECORD.toString());
        assertThat(unit.verify(twilio("", FORM)).has("smsRecordId")).isFalse();
    }

    @Test
    void ourIdIsNeverTheForms() {
        assertThat(unit.verify(twilio("", FORM + "&smsRecordId=" + RECORD)).has("smsRecordId"))
                .isFalse();
    }

    @Test
    void takesAReplay() {
        WebhookRequest request = twilio(QUERY, FORM);

        assertThat(unit.verify(request)).isEqualTo(unit.verify(request));
    }

    @Test
    void takesParametersTwilioMayAdd() {
        assertThatCode(() -> unit.verify(twilio(QUERY, FORM + "&NewOne=%C3%A4+%26&A=&Z=1")))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesATamperedBody() {
        WebhookRequest signed = twilio(QUERY, FORM);

        assertRefused(403, withBody(signed, FORM.replace("delivered", "failed")));
        assertRefused(403, withBody(signed, FORM + "&A=1"));
        assertRefused(403, withBody(signed, ""));
    }

    @Test
    void refusesATamperedUrl() {
        WebhookRequest signed = twilio(QUERY, FORM);

        assertRefused(403, withUrl(signed, "/webhooks/twilio", QUERY.replace("3f2b", "3f2c")));
        assertRefused(403, withUrl(signed, "/webhooks/twilio", ""));
        assertRefused(403, withUrl(signed, "/webhooks/twilio", QUERY + "&a=1"));
        assertRefused(403, withUrl(signed, "/webhooks/twilio/", QUERY));
    }

    @Test
    void theHostThatArrivedCountsForNothing() {
        WebhookRequest signed = twilio(QUERY, FORM);
        Map<String, String> headers = new HashMap<>(signed.headers());
        headers.put("host", "evil.example");
        headers.put("x-forwarded-host", "evil.example");

        assertThatCode(() -> unit.verify(request("POST", signed.path(), QUERY, headers, FORM, NOW)))
                .doesNotThrowAnyException();
        headers.put("host", "hooks.example.com");
        headers.put(
                "x-twilio-signature",
                signedByTwilio(
                        "https://evil.example/webhooks/twilio?" + QUERY,
                        WebhookContent.single(WebhookContent.parameters(FORM))));
        assertRefused(403, request("POST", signed.path(), QUERY, headers, FORM, NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "not base64!", "none"})
    void refusesWhatIsNoSignature(String signature) {
        assertRefused(403, withSignature(twilio(QUERY, FORM), signature));
    }

    @ParameterizedTest
    @CsvSource({
        // configured, signed
        "https://hooks.example.com, https://hooks.example.com",
        "https://hooks.example.com/, https://hooks.example.com",
        "https://hooks.example.com, https://hooks.example.com:443",
        "https://hooks.example.com:443, https://hooks.example.com",
        "https://hooks.example.com:8443, https://hooks.example.com:8443",
        "https://hooks.example.com/prod, https://hooks.example.com/prod"
    })
    void takesTheConfiguredUrlWithItsPortAndWithout(String configured, String signed) {
        String signature = signedByTwilio(
                signed + "/webhooks/twilio?" + QUERY, WebhookContent.single(WebhookContent.parameters(FORM)));

        assertThatCode(() -> unit(configured).verify(withSignature(twilio(QUERY, FORM), signature)))
                .doesNotThrowAnyException();
    }

    @Test
    void takesAJsonBodyWhoseHashIsInTheSignedUrl() {
        String body = "{\"MessageSid\":\"SM1\",\"MessageStatus\":\"delivered\"}";
        String query = QUERY + "&bodySHA256=" + sha256(body);
        String url = BASE_URL + "/webhooks/twilio?";
        Map<String, String> headers =
                Map.of("content-type", "application/json", "x-twilio-signature", signedByTwilio(url + query, Map.of()));

        assertThat(unit.verify(request("POST", "/webhooks/twilio", query, headers, body, NOW))
                        .path("MessageSid")
                        .asText())
                .isEqualTo("SM1");
        assertRefused(403, request("POST", "/webhooks/twilio", query, headers, body + " ", NOW));
        assertRefused(
                403,
                request(
                        "POST",
                        "/webhooks/twilio",
                        QUERY,
                        Map.of(
                                "content-type",
                                "application/json",
                                "x-twilio-signature",
                                signedByTwilio(url + QUERY, Map.of())),
                        body,
                        NOW));
    }

    @Test
    void withoutTokenOrUrlNothingIsTaken() {
        for (Map<String, String> missing : List.of(
                Map.of("webhook.base.url", BASE_URL), Map.of("twilio.auth.token", TWILIO_TOKEN), Map.of("a", "b"))) {
            assertThatThrownBy(() -> new TwilioWebhook(settings(missing)).verify(twilio(QUERY, FORM)))
                    .isInstanceOfSatisfying(
                            WebhookRefusedException.class,
                            refusal -> assertThat(refusal.status()).isEqualTo(403));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://hooks.example.com",
                "hooks.example.com",
                "https://",
                "https://user@hooks.example.com",
                "https://hooks.example.com?a=b",
                "https://hooks.example.com#a",
                "https://hooks example com"
            })
    void doesNotStartWithAnUrlThatIsNone(String url) {
        assertThatThrownBy(() -> unit(url))
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("WEBHOOK_BASE_URL");
    }

    @ParameterizedTest
    @CsvSource({"GET, application/x-www-form-urlencoded, 405", "POST, text/plain, 415", "POST, multipart/form-data, 415"
    })
    void refusesOtherMethodsAndContentTypes(String method, String type, int status) {
        assertRefused(status, request(method, "/webhooks/twilio", QUERY, Map.of("content-type", type), FORM, NOW));
    }

    @Test
    void refusesWhatIsTooLargeOrCannotBeRead() {
        assertRefused(413, twilio(QUERY, "a=" + "x".repeat(64 * 1024)));
        assertRefused(400, withBody(twilio(QUERY, FORM), "a=%zz"));
    }
}
