package org.smsdispatcher.proof;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.smsdispatcher.lambda.FunctionProcess;
import org.smsdispatcher.lambda.RuntimeApi.Answer;

/**
 * One environment of Lambda: a process of the function that is invoked again and again, until it is killed, and then the next one. Most
 * are killed while they dispatch. A zombie is stopped for longer than its lease lives, and goes on then as if nothing had happened, while
 * others have taken over.
 */
final class ChaosSlot implements Runnable {

    /** Lambda's time-outs here: time for a batch, seldom for more. */
    private static final int[] TIMEOUT_SECONDS = {5, 6, 9};

    private static final Duration ZOMBIE_TIMEOUT = Duration.ofSeconds(5);
    /** Beyond the invocation's time: the ledger's grace and some more. */
    private static final int BEYOND_MILLIS = 9_500;

    static final String KILL = "kill -9 ";
    private static final String DISPATCHING = KILL + "while dispatching";

    private static final String DIED = "processes that died by themselves";

    private static final Duration START = Duration.ofSeconds(90);
    private static final double KILLED_AT_START = 0.04;
    private static final double KILLED_BETWEEN = 0.04;
    private static final double KILLED_WHILE_DISPATCHING = 0.85;

    private final int number;
    private final boolean makesZombies;
    private final ChaosCampaign campaign;
    private final Counts counts;
    private final Random random;

    ChaosSlot(int number, boolean makesZombies, ChaosCampaign campaign, long seed) {
        this.number = number;
        this.makesZombies = makesZombies;
        this.campaign = campaign;
        this.counts = campaign.counts();
        this.random = new Random(seed);
    }

    @Override
    public void run() {
        while (!campaign.isOver()) {
            String end;
            try (FunctionProcess function = campaign.start(number)) {
                counts.count("processes started");
                end = live(function);
            }
            if (end.equals(DIED)) {
                campaign.failed(DIED, ChaosCampaign.login(number));
            }
            counts.count(end.equals(DISPATCHING) ? end + campaign.leftBy(number) : end);
        }
    }

    /** Until its end, which is told. */
    private String live(FunctionProcess function) {
        if (!makesZombies && random.nextDouble() < KILLED_AT_START) {
            Processes.sleep(random.nextInt(500));
            return KILL + "while starting";
        }
        Optional<String> end = awaitReady(function);
        while (end.isEmpty() && !campaign.isOver()) {
            end = makesZombies ? outlivesItsLease(function) : survives(function);
        }
        return end.orElse("processes alive at the end");
    }

    private Optional<String> awaitReady(FunctionProcess function) {
        Instant until = Instant.now().plus(START);
        while (!campaign.isOver() && !isReadySoon(function)) {
            if (!function.handle().isAlive() || Instant.now().isAfter(until)) {
                return Optional.of("processes that did not start");
            }
        }
        return Optional.empty();
    }

    private static boolean isReadySoon(FunctionProcess function) {
        try {
            function.api().awaitReady(Duration.ofMillis(200));
            return true;
        } catch (IllegalStateException notYet) {
            return false;
        }
    }

    /** One invocation; how it ended the process, if it did. */
    private Optional<String> survives(FunctionProcess function) {
        Duration timeout = Duration.ofSeconds(TIMEOUT_SECONDS[random.nextInt(TIMEOUT_SECONDS.length)]);
        long began = System.nanoTime();
        CompletableFuture<Answer> answer = function.api().invoke(campaign.event(), timeout);
        boolean doomed = random.nextDouble() < KILLED_WHILE_DISPATCHING;
        if (!hears(answer, doomed ? someWhile() : timeout.toMillis())) {
            if (!function.handle().isAlive()) {
                return Optional.of(DIED);
            }
            return Optional.of(doomed ? DISPATCHING : KILL + "at the end of an invocation's time");
        }
        // one that fails is over soon
        if (!answer.join().error()) {
            campaign.took(Duration.ofNanos(System.nanoTime() - began));
        }
        return random.nextDouble() < KILLED_BETWEEN ? Optional.of(KILL + "between invocations") : Optional.empty();
    }

    /** Some random instant of an invocation, or soon after it: an answer comes first, then. */
    private long someWhile() {
        return (long) (random.nextDouble() * 1.2 * campaign.typicalMillis());
    }

    /** One invocation of a zombie; how it ended the process, if it did. */
    private Optional<String> outlivesItsLease(FunctionProcess function) {
        CompletableFuture<Answer> answer = function.api().invoke(campaign.event(), ZOMBIE_TIMEOUT);
        if (!awaitsAClaim(answer)) {
            return Optional.empty();
        }
        String held = sleepsBeyondItsLease(function);
        if (campaign.isOver()) {
            return Optional.empty();
        }
        counts.count("SIGSTOP beyond the lease" + held);
        if (!hears(answer, ZOMBIE_TIMEOUT.toMillis())) {
            return Optional.of("zombies that did not answer");
        }
        counts.count("zombies that answered");
        return Optional.empty();
    }

    /** Until most have claimed, and can be overtaken, and a while more; false when the answer comes first. */
    private boolean awaitsAClaim(CompletableFuture<Answer> answer) {
        long claimedBy = System.nanoTime() + campaign.typicalMillis() * 1_000_000;
        boolean answered = false;
        while (!answered
                && System.nanoTime() < claimedBy
                && campaign.leftBy(number).equals(ChaosCampaign.NOTHING)) {
            answered = hears(answer, 30);
        }
        return !answered && !hears(answer, someWhile() / 2);
    }

    /** Stops it for longer than its lease lives; what it holds then, as {@link ChaosCampaign#leftBy} tells it. */
    private String sleepsBeyondItsLease(FunctionProcess function) {
        Processes.signal("STOP", function.handle().pid());
        String held = campaign.leftBy(number);
        long until = System.nanoTime()
                + ZOMBIE_TIMEOUT
                        .plusMillis(BEYOND_MILLIS + random.nextInt(1_000))
                        .toNanos();
        while (System.nanoTime() < until && !campaign.isOver()) {
            Processes.sleep(50);
        }
        Processes.signal("CONT", function.handle().pid());
        return held;
    }

    /** Waits so long for the answer; whether it came, which is then counted and recorded. */
    private boolean hears(CompletableFuture<Answer> answer, long millis) {
        try {
            read(answer.get(millis, TimeUnit.MILLISECONDS));
            return true;
        } catch (TimeoutException notYet) {
            return false;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void read(Answer answer) {
        if (answer.error()) {
            String type = errorType(answer);
            counts.count("answers: " + type);
            campaign.failed(type, answer.body());
        } else {
            counts.count("answers: reply");
            campaign.replied(answer.body());
        }
    }

    /** The simple name of the error. */
    private static String errorType(Answer answer) {
        try {
            return ChaosJson.read(answer.body()).path("errorType").asText().replaceAll(".*\\.", "");
        } catch (IllegalArgumentException e) {
            return "not JSON";
        }
    }
}
