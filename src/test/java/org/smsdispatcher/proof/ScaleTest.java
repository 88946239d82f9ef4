package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The short form of {@link Scale}: that its plans hold and its counts are right. A fault is one that comes three times: the planner forgoes
 * index-only scans where autovacuum's snapshot kept a VACUUM from marking pages as visible.
 */
class ScaleTest {

    @Test
    void plansHoldAndCountsAreRightFromTheFirstContactToTheLast() throws Exception {
        List<String> faults = Scale.run(25_000, 3, "128MB");
        for (int again = 0; again < 2 && !faults.isEmpty(); again++) {
            faults = Scale.run(25_000, 3, "128MB");
        }
        assertThat(faults).isEmpty();
    }
}
