package org.smsdispatcher.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.PublishBatchRequest;

/** A client that could not be built has sent nothing, and the publisher must be able to tell. */
class SnsInBackgroundTest {

    private static final PublishBatchRequest BATCH =
            PublishBatchRequest.builder().build();

    @Test
    void aClientThatCannotBeBuiltIsNoConnection() {
        SnsClient sns = new SnsInBackground(() -> {
            throw new IllegalArgumentException("no such region");
        });

        assertThatThrownBy(() -> sns.publishBatch(BATCH))
                .isInstanceOf(UncheckedIOException.class)
                .hasCauseInstanceOf(ConnectException.class)
                .hasMessageContaining("no such region");
    }

    @Test
    void anInterruptedWaitIsNoConnectionAndStaysInterrupted() {
        SnsClient sns = new SnsInBackground(() -> {
            throw new IllegalArgumentException("too late");
        });
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> sns.publishBatch(BATCH)).hasCauseInstanceOf(ConnectException.class);
        assertThat(Thread.interrupted()).isTrue();
    }
}
