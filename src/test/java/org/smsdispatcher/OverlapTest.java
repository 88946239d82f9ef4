package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.connect.Connections;
import org.smsdispatcher.connect.Settings;
import org.springframework.dao.DataAccessResourceFailureException;
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

    /** An importer, or another invocation, that holds a contact of the campaign at that moment. */
    @Test
    void aContactThatSomebodyHoldsLockedHoldsNobodyElseUp() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        UUID held = platform.contact(campaign, "+12125559999", null, "{}");
        try (DispatchHandler dispatcher = platform.dispatcher();
                Connection holder = platform.dataSource().getConnection()) {
            holder.setAutoCommit(false);
            try (PreparedStatement lock = holder.prepareStatement("SELECT 1 FROM contacts WHERE id = ? FOR UPDATE")) {
                lock.setObject(1, held);
                lock.execute();
            }
            assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                    .isEqualTo(3);
            holder.rollback();
            assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                    .isEqualTo(1);
        }
    }

    /** Its lease ended while it slept, and another holds its contacts when it wakes; that one's connection breaks. */
    @Test
    void whoWakesUpTooLateArmsNobodyAnotherHolds() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        Sends late = new Sends();
        Sends punctual = new Sends();
        CountDownLatch isClaimed = new CountDownLatch(1);
        CountDownLatch isOver = new CountDownLatch(1);
        try (DispatchHandler sleeper = platform.dispatcher(Map.of(), InstantSource.system(), Map.of("sends", late));
                DispatchHandler other =
                        platform.dispatcher(Map.of(), InstantSource.system(), Map.of("sends", punctual))) {
            punctual.before((id, number) -> {
                if (id.equals("arm-attempts")) {
                    isClaimed.countDown();
                    isOver.await();
                    throw new DataAccessResourceFailureException("The connection was cut");
                }
            });
            List<Future<?>> others = new ArrayList<>();
            late.before((id, number) -> {
                if (id.equals("arm-attempts")) {
                    Invariants.letTimePass(platform, campaign);
                    others.add(workers.submit(() -> dispatch(other, campaign, 10)));
                    isClaimed.await();
                }
            });
            int sentLate = dispatch(sleeper, campaign, 10).get("sentCount").intValue();
            isOver.countDown();
            others.get(0).get();
            late.reset();
            Invariants.letTimePass(platform, campaign);

            int sentAfterwards =
                    dispatch(sleeper, campaign, 10).get("sentCount").intValue();

            assertThat(copiesByContact().values()).as("texts a contact").allMatch(copies -> copies == 1);
            assertThat(sentLate).isZero();
            assertThat(sentAfterwards).isEqualTo(3);
        }
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
            NaiveDispatcher naive =
                    new NaiveDispatcher(platform.dataSource(), sns, platform.topicArn(), number -> false);

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
