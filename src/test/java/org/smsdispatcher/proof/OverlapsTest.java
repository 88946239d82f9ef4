package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.Platform;

/** A statement started while another's transaction is open ends as if one had come after the other. */
class OverlapsTest {

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void overlappingStatementsEndAsInOneOfTheirOrders() throws Exception {
        try (Overlaps overlaps = new Overlaps(platform, Map.of())) {
            List<String> anomalies = new ArrayList<>();
            for (Overlaps.Situation situation : Overlaps.situations()) {
                anomalies.addAll(overlaps.anomalies(situation));
            }
            System.out.println("Overlapping transactions: " + overlaps.tried());
            assertThat(anomalies).isEmpty();
        }
    }

    @Test
    void aCampaignIsNotCompletedWhileAContactIsBeingImported() throws Exception {
        try (Overlaps overlaps = new Overlaps(platform, Map.of())) {
            assertThat(overlaps.isCompletedPrematurely(false)).isFalse();
        }
    }
}
