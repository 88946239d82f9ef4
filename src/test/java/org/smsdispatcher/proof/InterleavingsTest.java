package org.smsdispatcher.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.smsdispatcher.Platform;
import org.smsdispatcher.proof.Interleavings.Answer;
import org.smsdispatcher.proof.Interleavings.Event;
import org.smsdispatcher.proof.Interleavings.Found;
import org.smsdispatcher.proof.Interleavings.Setup;

/** Two workers and the reaper in every order, with everybody dead at every point: nobody is texted twice, nobody is forgotten. */
class InterleavingsTest {

    private static final boolean IS_LONG = Integer.getInteger("orders", 0) > 0;

    private static Platform platform;

    @BeforeAll
    static void start() {
        platform = Platform.start();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    static Stream<Setup> setups() {
        return Stream.of(false, true).flatMap(InterleavingsTest::setups);
    }

    private static Stream<Setup> setups(boolean republishing) {
        return IS_LONG ? longSetups(republishing) : shortSetups(republishing);
    }

    /** One contact with two events at a time, and with three publishes a worker; two contacts with every answer, and with events. */
    private static Stream<Setup> longSetups(boolean republishing) {
        Setup one = Setup.of(republishing, 1);
        Setup two = Setup.of(republishing, 2);
        return Stream.of(
                one.publishing(3).reaping(2).with(Event.BLACKLIST),
                one.publishing(3).with(Event.UNDELIVERED),
                one.with(Event.BLACKLIST, Event.DELIVERED),
                one.with(Event.PAUSE, Event.UNDELIVERED),
                one.with(Event.UNDELIVERED, Event.DELIVERED),
                two,
                two.answering(Answer.ACCEPTED, Answer.LOST_BUT_ACCEPTED).with(Event.BLACKLIST),
                two.claimingOne().answering(Answer.ACCEPTED, Answer.REFUSED, Answer.LOST_BUT_ACCEPTED));
    }

    private static Stream<Setup> shortSetups(boolean republishing) {
        Setup one = Setup.of(republishing, 1);
        Setup two = Setup.of(republishing, 2);
        return Stream.of(
                one.reaping(2),
                one.with(Event.BLACKLIST),
                one.with(Event.PAUSE),
                one.with(Event.COMPLETE),
                one.with(Event.DELIVERED),
                one.with(Event.UNDELIVERED),
                one.with(Event.UNDELIVERABLE),
                two.answering(Answer.ACCEPTED, Answer.REFUSED, Answer.LOST_BUT_ACCEPTED),
                two.claimingOne().answering(Answer.ACCEPTED, Answer.LOST_BUT_ACCEPTED));
    }

    @ParameterizedTest
    @MethodSource("setups")
    void nobodyIsTextedTwiceAndNobodyForgottenInWhateverOrder(Setup setup) throws Exception {
        long start = System.nanoTime();
        Found found = Interleavings.search(platform, setup, Map.of());
        System.out.printf("%s: %s, %d ms%n", setup, found, (System.nanoTime() - start) / 1_000_000);
        assertThat(found.violations()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("setups")
    void schedulesPlayedFromStartToEndEndAsTheSearchSays(Setup setup) throws Exception {
        assertThat(Interleavings.replay(platform, setup, 5, 7)).isEmpty();
    }
}
