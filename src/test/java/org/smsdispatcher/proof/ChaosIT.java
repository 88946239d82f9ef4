package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The chaos run in short; a run that failed is given the same choices again by {@code -Dseed}, though not the same instants. */
class ChaosIT {

    @Test
    @DisabledIfSystemProperty(
            named = "skipUnitTests",
            matches = "true",
            disabledReason = "the build of the image comes after one that ran it")
    void noInvariantBreaksUnderEveryFaultAndTheNaiveDispatcherIsConvicted() throws IOException {
        Chaos.Plan plan = new Chaos.Plan(12, 2_000, 3, 1, Long.getLong("seed", System.currentTimeMillis() / 1_000));
        try (Chaos chaos = new Chaos(plan)) {
            ChaosReport report = chaos.run();

            System.out.println(report.print());
            assertThat(report.complaints()).as("with -Dseed=%d", plan.seed()).isEmpty();
        }
    }
}
