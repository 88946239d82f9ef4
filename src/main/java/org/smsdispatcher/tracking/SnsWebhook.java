package org.smsdispatcher.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.connect.Settings;

/**
 * Tells whether a message is that of an SNS topic of ours (Amazon SNS developer guide, "Verifying the signatures of Amazon SNS
 * messages", "Parsing message formats"). Signature versions 1 (SHA-1) and 2 (SHA-256) are taken; raw delivery has no signature, and is
 * not.
 *
 * <p>Nothing is fetched for a message of an unknown topic, an old one, or one whose certificate is not at SNS of the topic's own
 * region; the host is derived from the topic's ARN in our settings, never from the message. What a message says is to be fetched or
 * visited ({@code SubscribeURL}) is not.
 *
 * <p>{@code Timestamp} is when the message was published. SNS delivers for an hour at most (its delivery policies end there), and
 * that, with the replay window, is how old a message may be. Inside it a replay is the same receipt, which is recorded once.
 */
public final class SnsWebhook {

    private static final Logger LOG = LoggerFactory.getLogger(SnsWebhook.class);

    private static final String NOTIFICATION = "Notification";
    private static final String CONFIRMATION = "SubscriptionConfirmation";

    private static final Map<String, List<String>> SIGNED = Map.of(
            NOTIFICATION,
            List.of("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
            CONFIRMATION,
            List.of("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
            "UnsubscribeConfirmation",
            List.of("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"));

    private static final Map<String, String> ALGORITHMS = Map.of("1", "SHA1withRSA", "2", "SHA256withRSA");
    private static final Duration DELIVERY = Duration.ofHours(1);
    private static final Pattern COMMAS = Pattern.compile("\\s*,\\s*");
    private static final Pattern TOPIC_ARN = Pattern.compile(
            "arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]{1,12}){1,2}-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\\.fifo)?");
    private static final Pattern CERTIFICATE = Pattern.compile("/SimpleNotificationService-[0-9A-Za-z]{1,64}\\.pem");

    private final Set<String> topics;
    private final Duration window;
    private final SnsCertificates certificates;

    /**
     * @param settings {@code receipts.topic.arn}, one or more with commas between them, without which everything is refused; and
     *     {@code webhook.replay.window.seconds}
     */
    public SnsWebhook(Settings settings, SnsCertificates certificates) {
        this.topics = settings.optional("receipts.topic.arn").stream()
                .flatMap(arns -> COMMAS.splitAsStream(arns.strip()))
                .collect(Collectors.toUnmodifiableSet());
        this.window = Duration.ofSeconds(settings.number("webhook.replay.window.seconds", 1, 86_400));
        this.certificates = certificates;
    }

    /**
     * The message, its envelope around it.
     *
     * @throws WebhookRefusedException when it is not of a topic of ours, or cannot be read; 503 when the certificate could not be
     *     fetched: SNS tries again
     */
    public JsonNode verify(WebhookRequest request) {
        WebhookContent.check(request, List.of("POST"));
        WebhookContent.type(request, List.of(WebhookContent.TEXT, WebhookContent.JSON));
        if (topics.isEmpty()) {
            throw new WebhookRefusedException(403, "RECEIPTS_TOPIC_ARN is not set");
        }
        ObjectNode envelope = WebhookContent.object(request.body());
        String topic = text(envelope, "TopicArn");
        if (!topics.contains(topic)) {
            throw new WebhookRefusedException(403, "of a topic that RECEIPTS_TOPIC_ARN does not name");
        }
        checkTime(text(envelope, "Timestamp"), request.receivedAt());
        String algorithm = ALGORITHMS.get(text(envelope, "SignatureVersion"));
        if (algorithm == null) {
            throw new WebhookRefusedException(403, "of an unknown signature version");
        }
        byte[] signed = signed(envelope);
        byte[] signature = decode(text(envelope, "Signature"));
        PublicKey key = certificates.key(certificate(topic, text(envelope, "SigningCertURL")), request.receivedAt());
        if (!isSigned(algorithm, key, signed, signature)) {
            throw new WebhookRefusedException(403, "the signature is not right");
        }
        return envelope;
    }

    /** A text of the envelope; "" for anything else. */
    private static String text(JsonNode envelope, String key) {
        return envelope.path(key).isTextual() ? envelope.get(key).textValue() : "";
    }

    private void checkTime(String timestamp, Instant now) {
        try {
            if (Signatures.isRecent(Instant.parse(timestamp), now, window.plus(DELIVERY), window)) {
                return;
            }
        } catch (DateTimeParseException e) {
            // said below
        }
        throw new WebhookRefusedException(403, "published too long ago, or ahead of time");
    }

    private static byte[] signed(ObjectNode envelope) {
        List<String> keys = SIGNED.get(text(envelope, "Type"));
        if (keys == null) {
            throw new WebhookRefusedException(403, "of an unknown type");
        }
        StringBuilder text = new StringBuilder();
        for (String key : keys) {
            if (envelope.path(key).isTextual()) {
                text.append(key)
                        .append('\n')
                        .append(envelope.get(key).textValue())
                        .append('\n');
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new WebhookRefusedException(403, "not signed");
        }
    }

    /** The certificate's place, when it is where the topic's region keeps its own: letter by letter, no URL parser in between. */
    static URI certificate(String topic, String url) {
        Matcher arn = TOPIC_ARN.matcher(topic);
        if (arn.matches()) {
            String start = "https://sns." + arn.group(2) + ".amazonaws.com"
                    + (arn.group(1).equals("aws-cn") ? ".cn" : "");
            if (url.startsWith(start)
                    && CERTIFICATE.matcher(url.substring(start.length())).matches()) {
                return URI.create(url);
            }
        }
        throw new WebhookRefusedException(403, "its certificate is not at SNS of the topic's region");
    }

    private static boolean isSigned(String algorithm, PublicKey key, byte[] signed, byte[] given) {
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initVerify(key);
            signature.update(signed);
            return signature.verify(given);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    public boolean isNotification(JsonNode envelope) {
        return text(envelope, "Type").equals(NOTIFICATION);
    }

    public boolean isSubscription(JsonNode envelope) {
        return text(envelope, "Type").equals(CONFIRMATION);
    }

    /** What was published. */
    public JsonNode message(JsonNode envelope) {
        return WebhookContent.object(text(envelope, "Message").getBytes(StandardCharsets.UTF_8));
    }

    /** The end of a subscription: somebody who may has asked for it, and it is theirs to undo. */
    public void unsubscribed(JsonNode envelope) {
        LOG.warn(
                "Topic {}: this function's subscription has ended; no receipts come from there any more",
                text(envelope, "TopicArn"));
    }
}
