package org.smsdispatcher.connect;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.PublishBatchRequest;
import software.amazon.awssdk.services.sns.model.PublishBatchResponse;
import software.amazon.awssdk.services.sns.model.PublishRequest;
import software.amazon.awssdk.services.sns.model.PublishResponse;

/**
 * SNS for publishing alone, built on a thread of its own: the SDK takes a fifth of a cold start for it, in which Camel
 * starts on the other core. The first publish waits for what is left of it.
 */
final class SnsInBackground implements SnsClient {

    private final FutureTask<SnsClient> building;

    SnsInBackground(Supplier<SnsClient> client) {
        building = new FutureTask<>(client::get);
        Thread builder = new Thread(building, "sns-builder");
        builder.setDaemon(true);
        builder.start();
    }

    /**
     * Publishes at most ten messages.
     *
     * @throws UncheckedIOException of a {@link ConnectException} when the client could not be built: surely nothing was sent
     */
    @Override
    public PublishBatchResponse publishBatch(PublishBatchRequest request) {
        return client().publishBatch(request);
    }

    @Override
    public PublishResponse publish(PublishRequest request) {
        return client().publish(request);
    }

    private SnsClient client() {
        try {
            return building.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notConnected("Interrupted while the SNS client was being built", e);
        } catch (ExecutionException e) {
            throw notConnected("The SNS client cannot be built: " + e.getCause().getMessage(), e.getCause());
        }
    }

    private static UncheckedIOException notConnected(String message, Throwable cause) {
        ConnectException failure = new ConnectException(message);
        failure.initCause(cause);
        return new UncheckedIOException(failure);
    }

    @Override
    public String serviceName() {
        return SnsClient.SERVICE_NAME;
    }

    @Override
    public void close() {
        client().close();
    }
}
