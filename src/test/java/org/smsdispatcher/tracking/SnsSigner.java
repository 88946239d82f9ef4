package org.smsdispatcher.tracking;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** SNS's part: signs messages as the developer guide says, with a certificate of its own making. */
public final class SnsSigner {

    public static final String TOPIC = "arn:aws:sns:us-east-1:123456789012:receipts";
    public static final String CERTIFICATE_URL =
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final PrivateKey key;
    private final byte[] certificate;

    private SnsSigner(PrivateKey key, byte[] certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /** A key of that kind, its certificate valid from {@code start} (keytool's notation) for so many days. */
    public static SnsSigner make(String algorithm, int bits, String start, int days) {
        try {
            Path store = Files.createTempDirectory("sns").resolve("keys.p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "sns",
                            "-keyalg",
                            algorithm,
                            "-keysize",
                            Integer.toString(bits),
                            "-dname",
                            "CN=sns.amazonaws.com",
                            "-startdate",
                            start,
                            "-validity",
                            Integer.toString(days),
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            store.toString(),
                            "-storepass",
                            new String(PASSWORD))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
            if (keytool.waitFor() != 0) {
                throw new IllegalStateException(said);
            }
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream file = Files.newInputStream(store)) {
                keys.load(file, PASSWORD);
            }
            String pem = "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'})
                            .encodeToString(keys.getCertificate("sns").getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
            return new SnsSigner((PrivateKey) keys.getKey("sns", PASSWORD), pem.getBytes(UTF_8));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public byte[] certificate() {
        return certificate.clone();
    }

    /** The check of {@link #TOPIC}'s messages, with our certificate instead of one that is fetched. */
    public SnsWebhook webhook() {
        return new SnsWebhook(
                Callbacks.settings(Map.of("receipts.topic.arn", TOPIC)), new SnsCertificates(url -> certificate));
    }

    /** A notification of {@link #TOPIC}, signed. */
    public ObjectNode notification(String message, Instant at, String version) {
        return sign(new JsonMapper()
                .createObjectNode()
                .put("Type", "Notification")
                .put("MessageId", "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324")
                .put("TopicArn", TOPIC)
                .put("Subject", "A subject")
                .put("Message", message)
                .put("Timestamp", at.toString())
                .put("SignatureVersion", version)
                .put("SigningCertURL", CERTIFICATE_URL)
                .put("UnsubscribeURL", "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"));
    }

    /** What SNS asks before, and says after, a subscription. */
    public ObjectNode confirmation(String type, Instant at) {
        return sign(new JsonMapper()
                .createObjectNode()
                .put("Type", type)
                .put("MessageId", "165545c9-2a5c-472c-8df2-7ff2be2b3b1b")
                .put("Token", "2336412f37fb687f5d51e6e2425dacbb")
                .put("TopicArn", TOPIC)
                .put("Message", "You have chosen to subscribe to the topic")
                .put("SubscribeURL", "http://127.0.0.1:1/never")
                .put("Timestamp", at.toString())
                .put("SignatureVersion", "2")
                .put("SigningCertURL", CERTIFICATE_URL));
    }

    /** Signs what the envelope says now. */
    public ObjectNode sign(ObjectNode envelope) {
        List<String> keys = envelope.path("Type").asText().equals("Notification")
                ? List.of("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
                : List.of("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type");
        StringBuilder text = new StringBuilder();
        for (String each : keys) {
            if (envelope.has(each)) {
                text.append(each)
                        .append('\n')
                        .append(envelope.get(each).asText())
                        .append('\n');
            }
        }
        try {
            Signature signature = Signature.getInstance(
                    envelope.path("SignatureVersion").asText().equals("1") ? "SHA1withRSA" : "SHA256withRSA");
            signature.initSign(key);
            signature.update(text.toString().getBytes(UTF_8));
            return envelope.put("Signature", Base64.getEncoder().encodeToString(signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static WebhookRequest request(ObjectNode envelope, Instant at) {
        return Callbacks.request(
                "POST",
                "/webhooks/sns",
                "",
                Map.of(
                        "content-type",
                        "text/plain; charset=UTF-8",
                        "x-amz-sns-message-type",
                        envelope.path("Type").asText()),
                envelope.toString(),
                at);
    }
}
