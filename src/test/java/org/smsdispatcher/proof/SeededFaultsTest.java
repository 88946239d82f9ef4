package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.proof.Interleavings.Answer;
import org.smsdispatcher.proof.Interleavings.Event;
import org.smsdispatcher.proof.Interleavings.Found;
import org.smsdispatcher.proof.Interleavings.Setup;

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
