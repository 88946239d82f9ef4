package org.smsdispatcher.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;

class SnsFailureTest {

    @Test
    void aClientThatWasNeverBuiltHasSentNothing() {
        assertThat(SnsFailure.of(new UncheckedIOException(new ConnectException("The SNS client cannot be built"))))
                .isEqualTo(SnsFailure.UNREACHABLE);
    }
}
