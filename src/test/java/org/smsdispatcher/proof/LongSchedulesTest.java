package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.smsdispatcher.Platform;
import org.smsdispatcher.proof.Interleavings.Setup;

/**
 * Random schedules, longer and wider than a search of every order has room for: three workers that die and come again, the reaper, an
 * importer, opt-outs, receipts, pauses and completions among four contacts. One that breaks something is shortened before it is shown.
 */
class LongSchedulesTest {

    private static final int TRIES = 100;

    private static Platform platform;
    private static ProofDatabase database;

    @BeforeContainer
    static void start() throws Exception {
        platform = Platform.start();
        database = new ProofDatabase(platform, Map.of());
    }

    @AfterContainer
    static void stop() throws Exception {
        database.close();
        platform.close();
    }

    @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
    void nobodyIsTextedTwiceAndNobodyForgotten(
            @ForAll boolean republishing, @ForAll("schedules") List<List<Integer>> schedules) throws Exception {
        for (List<Integer> schedule : schedules) {
            assertThat(Interleavings.play(database, Setup.atLarge(republishing), schedule))
                    .isEmpty();
        }
    }

    /** Positive controls: faults in statements, found by schedules that are the same each time. */
    @Example
    void aFaultIsFound() throws Exception {
        String fence = "c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)";
        assertFound("unarm", fence, "cast(:#${variable.chunk.lease} AS uuid) IS NOT NULL");
        assertFound(
                "reap",
                "AND c.sms_armed_attempt IS NULL AS unsent, c.sms_armed_attempt",
                "AS unsent, NULL::integer AS sms_armed_attempt");
        assertFound(
                "arm",
                "c.sms_lease_until > now() + :#${variable.chunk.leaseMarginSeconds} * interval '1 second'",
                ":#${variable.chunk.leaseMarginSeconds}::int > 0");
    }

    private static void assertFound(String statement, String right, String wrong) throws Exception {
        String source = ShippedSql.source(statement);
        assertThat(source).contains(right);
        Random random = new Random(7);
        try (ProofDatabase faulty = new ProofDatabase(platform, Map.of(statement, source.replace(right, wrong)))) {
            for (int i = 0; i < 60; i++) {
                List<Integer> schedule = random.ints(120, 0, 1_000_000).boxed().toList();
                List<String> violations = Interleavings.play(faulty, Setup.atLarge(false), schedule);
                if (!violations.isEmpty()) {
                    System.out.printf("%s, schedule %d: %.300s%n", statement, i, violations.get(0));
                    return;
                }
            }
        }
        throw new AssertionError("No schedule finds the fault in " + statement);
    }

    /** Two a try, or as many as {@code -Dorders} asks for in all. */
    @Provide
    Arbitrary<List<List<Integer>>> schedules() {
        return Arbitraries.integers()
                .between(0, 999_999)
                .list()
                .ofMinSize(1)
                .ofMaxSize(120)
                .withSizeDistribution(RandomDistribution.uniform())
                .list()
                .ofSize(Math.max(1, Integer.getInteger("orders", 2 * TRIES) / TRIES));
    }
}
