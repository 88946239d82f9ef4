package org.smsdispatcher.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smsdispatcher.connect.Settings;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.SnsClientBuilder;

/**
 * Confirms the subscription of this function's URL to a topic, by SNS's own API and the message's token; the URL in the message is
 * never visited. It happens once in a topic's life, so the client is made for it and closed again.
 */
public final class SnsSubscriptions {

    private static final Logger LOG = LoggerFactory.getLogger(SnsSubscriptions.class);

    private static final Duration CALL = Duration.ofSeconds(10);
    private static final int REGION = 3;

    private final Optional<String> endpoint;

    /** @param settings {@code aws.endpoint.url}: another SNS than AWS's */
    public SnsSubscriptions(Settings settings) {
        this.endpoint = settings.optional("aws.endpoint.url");
    }

    /**
     * Confirms. Only somebody with credentials can end the subscription then.
     *
     * @param envelope a subscription's, verified, of a topic of ours
     * @throws WebhookRefusedException 503 when SNS refuses: it asks again, three times at least
     */
    public void confirm(JsonNode envelope) {
        String topic = envelope.path("TopicArn").asText();
        SnsClientBuilder builder = SnsClient.builder()
                .region(Region.of(topic.split(":", -1)[REGION]))
                .overrideConfiguration(ClientOverrideConfiguration.builder()
                        .apiCallTimeout(CALL)
                        .build());
        endpoint.map(URI::create).ifPresent(builder::endpointOverride);
        try (SnsClient sns = builder.build()) {
            sns.confirmSubscription(request -> request.topicArn(topic)
                    .token(envelope.path("Token").asText())
                    .authenticateOnUnsubscribe("true"));
            LOG.info("Topic {}: subscription confirmed, receipts come from there", topic);
        } catch (SdkException e) {
            LOG.error(
                    "Topic {}: the subscription is not confirmed, no receipts come from there. Allow this function"
                            + " sns:ConfirmSubscription on the topic and its network the way to SNS, then subscribe its URL again: {}",
                    topic,
                    e.getMessage());
            throw new WebhookRefusedException(503, "SNS did not confirm");
        }
    }
}
