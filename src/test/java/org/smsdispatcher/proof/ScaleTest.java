package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The short form of {@link Scale}: that its plans hold and its counts are right. */
class ScaleTest {

    @Test
    void plansHoldAndCountsAreRightFromTheFirstContactToTheLast() throws Exception {
        assertThat(Scale.run(25_000, 3, "128MB")).isEmpty();
    }
}
