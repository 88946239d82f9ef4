package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.proof.Interleavings.Answer;
import org.smsdispatcher.proof.Interleavings.Event;
import org.smsdispatcher.proof.Interleavings.Found;
import org.smsdispatcher.proof.Interleavings.Setup;
import org.smsdispatcher.proof.SeededProduct.Edit;

/** Each of these faults in a statement is convicted by the search through all orders, or by the overlapping transactions. */
class SeededFaultsTest {

    private static Platform platform;

    @BeforeAll
    static void start() {
        platform = Platform.start();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                // fault | policy REPUBLISH | event | statement | right | wrong
                "no fence when arming | false | - | arm | WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid) | WHERE :#${variable.chunk.lease}::text <> ''",
                "no fence when taking back | true | - | unarm | WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid) | WHERE :#${variable.chunk.lease}::text <> ''",
                "no fence when failing | true | - | fail | WHERE c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid) | WHERE :#${variable.chunk.lease}::text <> ''",
                "no armed-attempt test when releasing | true | - | release | AND c.sms_armed_attempt IS NULL | AND true",
                "no lease expiry test when arming | false | - | arm | AND c.sms_lease_until > now() + :#${variable.chunk.leaseMarginSeconds} * interval '1 second' | AND :#${variable.chunk.leaseMarginSeconds}::int > 0",
                "no lease expiry test when reaping | false | - | reap | c.sms_lease_until < now() OR | c.sms_lease_until IS NOT NULL OR",
                "an armed lease goes back unsent | false | - | reap | AND c.sms_armed_attempt IS NULL AS unsent, c.sms_armed_attempt | AS unsent, NULL::integer AS sms_armed_attempt",
                "no blacklist test when arming | false | BLACKLIST | arm | WHEN EXISTS (SELECT 1 FROM blacklist b | WHEN false AND EXISTS (SELECT 1 FROM blacklist b",
                "no blacklist test when arming again | true | BLACKLIST | rearm | WHEN EXISTS (SELECT 1 FROM blacklist b | WHEN false AND EXISTS (SELECT 1 FROM blacklist b",
                "no campaign test when arming | false | PAUSE | arm | WHEN NOT EXISTS (SELECT 1 FROM campaigns k | WHEN false AND NOT EXISTS (SELECT 1 FROM campaigns k",
                "receipts ignored when reaping | false | DELIVERED | reap | CASE WHEN r.status IN ('sent', 'delivered') | CASE WHEN true THEN 'unknown' WHEN r.status IN ('sent', 'delivered')",
                "receipts ignored when failing | false | DELIVERED | fail | CASE WHEN r.status IN ('sent', 'delivered') | CASE WHEN false",
                "completed with somebody in progress | false | COMPLETE | complete | AND status = 'in_progress' LIMIT 1) IS NULL | AND status = 'in_progress' LIMIT 1) IS NOT DISTINCT FROM NULL OR true",
            })
    void theSearchConvicts(
            String fault, boolean republishing, String event, String statement, String right, String wrong)
            throws Exception {
        String source = ShippedSql.source(statement);
        assertThat(source).contains(right);
        Setup setup = Setup.of(republishing, 1);
        List<String> violations = new ArrayList<>();
        try {
            Found found = Interleavings.search(
                    platform,
                    event.equals("-") ? setup : setup.with(Event.valueOf(event)),
                    Map.of(statement, source.replace(right, wrong == null ? "" : wrong)));
            violations.addAll(found.violations());
        } catch (java.sql.SQLException constraint) {
            violations.add(constraint.getMessage());
        }
        System.out.printf("%s: %s%n", fault, violations.isEmpty() ? "SURVIVES" : violations.get(0));
        assertThat(violations).as(fault).isNotEmpty();
    }

    /** Either alone is enough: the lease of whoever armed, or an armed attempt, which only ends with the lease it was armed under. */
    @Test
    void theSearchConvictsASettlingWithNeitherOfItsGuards() throws Exception {
        String source = ShippedSql.source("settle");
        String lease = "c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)";
        String attempt = "AND c.sms_armed_attempt = r.attempt";
        assertThat(source).contains(lease, attempt);
        String unfenced = source.replace(lease, "cast(:#${variable.chunk.lease} AS uuid) IS NOT NULL")
                .replace(attempt, "");
        Found found = Interleavings.search(platform, Setup.of(false, 1), Map.of("settle", unfenced));
        System.out.printf("settle with neither guard: %s%n", found.violations());
        assertThat(found.violations()).isNotEmpty();
    }

    /**
     * A fault in the product itself, and the test that was there before it.
     *
     * @param test class and method
     * @param iteration the one case of a parameterized test that is run; -1 for a plain test
     * @param seen what the test says
     */
    record Seeded(String fault, String test, int iteration, String seen, List<Edit> edits) {

        static Seeded of(String fault, String test, int iteration, String seen, Edit... edits) {
            return new Seeded(fault, test, iteration, seen, List.of(edits));
        }

        List<String> failures(List<Edit> seeded) throws Exception {
            String[] names = test.split("\\.", -1);
            return SeededProduct.failures(seeded, Class.forName("org.smsdispatcher." + names[0]), names[1], iteration);
        }

        @Override
        public String toString() {
            return fault;
        }
    }

    private static final String ASKS_BLACKLIST = "WHEN EXISTS (SELECT 1 FROM blacklist";
    private static final String ASKS_NOBODY = "WHEN false AND EXISTS (SELECT 1 FROM blacklist";

    static Stream<Seeded> faultsOfTheProduct() {
        return Stream.of(
                Seeded.of(
                        "SKIP LOCKED dropped",
                        "OverlapTest.aContactThatSomebodyHoldsLockedHoldsNobodyElseUp",
                        -1,
                        "SQLState 55P03",
                        new Edit("sql/claim.sql", "FOR UPDATE SKIP LOCKED", "FOR UPDATE")),
                Seeded.of(
                        "fence dropped",
                        "OverlapTest.whoWakesUpTooLateArmsNobodyAnotherHolds",
                        -1,
                        "texts a contact",
                        new Edit(
                                "sql/arm.sql",
                                "c.sms_lease_id = cast(:#${variable.chunk.lease} AS uuid)",
                                "cast(:#${variable.chunk.lease} AS uuid) IS NOT NULL")),
                Seeded.of(
                        "armed after the publish: committed with the answer",
                        "CrashTest.textsNobodyTwiceAndForgetsNobodyWhereverItDies",
                        0,
                        "publish-batch",
                        new Edit(
                                "routes/publish-chunk.camel.yaml",
                                "      steps:\n        - doTry:",
                                "      steps:\n        - transacted: { ref: inTransaction }\n        - doTry:")),
                Seeded.of(
                        "the SDK's retries on",
                        "SnsFaultsTest.withoutAnAnswerAContactFailsOnceAndIsNotSentAgain",
                        2,
                        "nothing is repeated",
                        new Edit("Connections.java", ".retryStrategy(DefaultRetryStrategy.doNotRetry())", "")),
                Seeded.of(
                        "completing in one statement",
                        "CompletionTest.waitsForAnImportThatIsNotCommittedYet",
                        -1,
                        "\"completed\"",
                        new Edit("sql/lock-campaign.sql", "FOR UPDATE SKIP LOCKED", "")),
                Seeded.of(
                        "fail-open Redis: PostgreSQL is not asked",
                        "BlacklistTest.redisMayBeDownFromTheStart",
                        -1,
                        "\"sentCount\":100",
                        new Edit("sql/claim.sql", ASKS_BLACKLIST, ASKS_NOBODY),
                        new Edit("sql/arm.sql", ASKS_BLACKLIST, ASKS_NOBODY)),
                Seeded.of(
                        "a conflict of two records is an error",
                        "ContactInputTest.twoSpellingsOfOneNumberAreTextedOnce",
                        -1,
                        " but was: 0",
                        new Edit("sql/arm.sql", "ON CONFLICT DO NOTHING", "")),
                Seeded.of(
                        "the blacklist is not asked before a publish is repeated",
                        "RepeatedPublishTest.whoMustNotBeTextedAnyMoreIsNotTextedAgain",
                        0,
                        "Expected size: 19 but was: 20",
                        new Edit("sql/rearm.sql", ASKS_BLACKLIST, ASKS_NOBODY)));
    }

    @ParameterizedTest
    @MethodSource("faultsOfTheProduct")
    void aTestOfTheProductConvicts(Seeded seeded) throws Exception {
        List<String> failures = seeded.failures(seeded.edits());
        System.out.printf(
                "%s, %s: %.300s%n",
                seeded,
                seeded.test(),
                failures.isEmpty() ? "SURVIVES" : failures.get(0).replace('\n', ' '));
        assertThat(failures).as(seeded + " survives " + seeded.test()).isNotEmpty();
        assertThat(failures.get(0)).contains(seeded.seen());
    }

    /** Copies of the files with nothing changed are the product. */
    @Test
    void withoutAFaultTheSameTestsPass() throws Exception {
        Seeded unfaulted = faultsOfTheProduct()
                .filter(seeded -> seeded.fault().startsWith("fail-open"))
                .findFirst()
                .orElseThrow();
        List<Edit> all = faultsOfTheProduct()
                .flatMap(seeded -> seeded.edits().stream())
                .map(edit -> new Edit(edit.file(), edit.right(), edit.right()))
                .distinct()
                .toList();
        assertThat(unfaulted.failures(all)).isEmpty();
    }

    @Test
    void theSearchConvictsARepetitionWithoutAsking() throws Exception {
        Setup setup = Setup.of(true, 1).answering(Answer.ACCEPTED, Answer.LOST_BUT_ACCEPTED);
        for (Event event : List.of(Event.BLACKLIST, Event.PAUSE, Event.DELIVERED)) {
            assertThat(Interleavings.search(platform, setup.with(event).unasked(), Map.of())
                            .violations())
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "settle | EXISTS (SELECT 1 FROM other o WHERE o.contact_id = r.contact_id AND o.status = 'delivered') | EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = r.contact_id AND o.status = 'delivered')",
                "release | EXISTS (SELECT 1 FROM other o WHERE o.contact_id = held.id AND o.status = 'delivered') | EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = held.id AND o.status = 'delivered')",
                "fail | EXISTS (SELECT 1 FROM other o WHERE o.contact_id = r.contact_id AND o.status = 'delivered') | EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = r.contact_id AND o.status = 'delivered')",
                "unarm | EXISTS (SELECT 1 FROM other o WHERE o.contact_id = held.id AND o.status = 'delivered') | EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = held.id AND o.status = 'delivered')",
                "finish-screened | EXISTS (SELECT 1 FROM other o WHERE o.contact_id = held.id AND o.status = 'delivered') | EXISTS (SELECT 1 FROM sms_records o WHERE o.contact_id = held.id AND o.status = 'delivered')",
            })
    void overlapsConvictOtherRecordsReadFromTheSnapshot(String statement, String right, String wrong) throws Exception {
        String source = ShippedSql.source(statement);
        assertThat(source).contains(right);
        try (Overlaps overlaps = new Overlaps(platform, Map.of(statement, source.replace(right, wrong)))) {
            List<String> anomalies = new ArrayList<>();
            for (Overlaps.Situation situation : Overlaps.situations()) {
                if (situation.name().contains("again")) {
                    anomalies.addAll(overlaps.anomalies(situation, statement));
                }
            }
            assertThat(anomalies).isNotEmpty().allMatch(anomaly -> anomaly.contains(statement));
        }
    }

    @Test
    void overlapsConvictAClaimThatWaitsForWhatAnotherHolds() throws Exception {
        String source = ShippedSql.source("claim");
        assertThat(source).contains("FOR UPDATE SKIP LOCKED");
        try (Overlaps overlaps =
                new Overlaps(platform, Map.of("claim", source.replace("FOR UPDATE SKIP LOCKED", "FOR UPDATE")))) {
            assertThat(overlaps.claimsWait()).isTrue();
        }
        try (Overlaps overlaps = new Overlaps(platform, Map.of())) {
            assertThat(overlaps.claimsWait()).isFalse();
        }
    }

    @Test
    void overlapsConvictCompletingInOneStatement() throws Exception {
        try (Overlaps overlaps = new Overlaps(platform, Map.of())) {
            assertThat(overlaps.isCompletedPrematurely(true)).isTrue();
        }
    }
}
