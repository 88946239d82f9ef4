package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.proof.Bench.Kind;
import org.smsdispatcher.proof.Bench.Result;
import org.smsdispatcher.proof.Bench.Setting;

/** The benchmark in small: what it counts, not how long it takes. */
class BenchIT {

    @Test
    void aRoundOfEachVariantSendsAllInTensWithFewStatements() throws IOException {
        try (BenchServers servers = new BenchServers()) {
            // sending all of them is checked by the benchmark itself, in the database and at SNS
            List<Result> results = new Bench(1, 1000, 1000).measure(servers, new Setting(5, 500, 2));

            assertThat(results).extracting(Result::kind).containsExactly(Kind.values());
            assertThat(results).allSatisfy(result -> assertThat(result.rounds()).hasSize(1));
            assertThat(results.subList(0, 2)).allSatisfy(result -> {
                assertThat(result.snsCalls()).isEqualTo(0.1);
                assertThat(result.statements()).isPositive().isLessThanOrEqualTo(0.35);
            });
            // the control: who counts nothing would not tell these apart
            assertThat(results.get(2).snsCalls()).isEqualTo(1);
            assertThat(results.get(2).statements()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void theMemoryRunReadsHeapAndPages() throws IOException {
        try (BenchServers servers = new BenchServers()) {
            assertThat(new BenchMemory(servers).run(1000)).hasSize(2).allSatisfy(reading -> {
                assertThat(reading.heap()).isPositive();
                assertThat(reading.peak()).isGreaterThanOrEqualTo(reading.resident());
                assertThat(reading.resident()).isPositive();
            });
        }
    }
}
