package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.connect.Connections;
import org.smsdispatcher.connect.Settings;
import software.amazon.awssdk.services.sns.SnsClient;

/** Several invocations at work on one campaign at a time. */
class OverlapTest {

    private static final int CONTACTS = 600;

    private final Platform platform = Platform.start();
    private final ExecutorService workers = Executors.newFixedThreadPool(3);

    @AfterEach
    void stop() {
        workers.shutdownNow();
        platform.close();
    }

    @Test
    void overlappingInvocationsTextEverybodyOnce() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, CONTACTS);
        platform.sns().latency(Duration.ofMillis(3));
        List<DispatchHandler> dispatchers = IntStream.range(0, 3)
                .mapToObj(i -> platform.dispatcher(Map.of("claim.slice", "50", "publish.lanes", "4")))
                .toList();
        try {
            List<Integer> sent = inParallel(dispatchers.stream()
                    .map(dispatcher -> (Callable<Integer>) () -> untilNobodyIsLeft(dispatcher, campaign))
                    .toList());

            assertThat(sent.stream().mapToInt(Integer::intValue).sum()).isEqualTo(CONTACTS);
            assertThat(copiesByContact().values()).allMatch(copies -> copies == 1);
            assertThat(copiesByContact()).hasSize(CONTACTS);
            assertThat(platform.statuses(campaign)).isEqualTo("completed=" + CONTACTS);
            assertThat(platform.text("SELECT status FROM campaigns WHERE id = ?", campaign))
                    .isEqualTo("completed");
        } finally {
            dispatchers.forEach(DispatchHandler::close);
        }
    }

    private static int untilNobodyIsLeft(DispatchHandler dispatcher, UUID campaign) {
        int sent = 0;
        for (int i = 0; i < 200; i++) {
            JsonNode reply = dispatch(dispatcher, campaign, 70);
            sent += reply.get("sentCount").intValue();
            if (!reply.get("campaignStatus").textValue().equals("active")) {
                return sent;
            }
        }
        throw new AssertionError("The campaign was never completed");
    }

    /** The positive control. */
    @Test
    void theFunctionThatWasReplacedTextsPeopleTwice() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 60);
        platform.sns().latency(Duration.ofMillis(3));
        try (SnsClient sns = Connections.sns(new Settings(key -> java.util.Optional.ofNullable(
                        Map.of("aws.region", "us-east-1", "publish.lanes", "2").get(key))
                .or(() -> java.util.Optional.ofNullable(platform.settings().get(key)))))) {
            NaiveDispatcher naive = new NaiveDispatcher(platform, sns);

            inParallel(List.of(() -> naive.dispatch(campaign, 60), () -> naive.dispatch(campaign, 60)));
        }

        assertThat(copiesByContact().values()).anyMatch(copies -> copies > 1);
    }

    private Map<String, Long> copiesByContact() {
        return platform.sns().accepted().stream()
                .collect(Collectors.groupingBy(
                        message -> message.message().replaceAll(".*\"contactId\":\"([^\"]+)\".*", "$1"),
                        Collectors.counting()));
    }

    private List<Integer> inParallel(List<Callable<Integer>> tasks) throws Exception {
        List<Integer> results = new ArrayList<>();
        for (Future<Integer> task : workers.invokeAll(tasks)) {
            results.add(task.get());
        }
        return results;
    }
}
