package org.smsdispatcher.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * The short form of {@link Fuzz}: the seeds, mutants of them, and what a fuzzer has found once ({@code src/test/resources/fuzz}, a
 * folder a target).
 */
class FuzzTest {

    private static final Parsers PARSERS = new Parsers();
    private static final Path FOUND = Path.of("src", "test", "resources", "fuzz");
    private static final Map<FuzzTarget, Set<Boolean>> SEEN = new EnumMap<>(FuzzTarget.class);

    private static void ask(FuzzTarget target, byte[] input) {
        try {
            boolean taken = target.takes(PARSERS, input);
            SEEN.computeIfAbsent(target, first -> new HashSet<>()).add(taken);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(target + " with " + new String(input, UTF_8), e);
        }
    }

    /** What was found in that target once; none, where there is no such folder. */
    static Path found(FuzzTarget target) {
        return FOUND.resolve(target.name().toLowerCase(Locale.ROOT));
    }

    @Example
    void everySeedEndsAsDocumented() {
        for (FuzzTarget target : FuzzTarget.values()) {
            target.seeds().forEach(seed -> ask(target, seed));
        }
    }

    @Example
    void whatWasFoundOnceStaysFixed() throws IOException {
        for (FuzzTarget target : FuzzTarget.values()) {
            Path folder = found(target);
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        ask(target, Files.readAllBytes(file));
                    }
                }
            }
        }
    }

    @Property(tries = 4_000)
    void everyMutantEndsAsDocumented(@ForAll FuzzTarget target, @ForAll long random) {
        ask(target, Mutants.of(target.seeds(), new Random(random)));
    }

    /** Or the questions would not be worth asking. */
    @AfterContainer
    static void eachTargetHasTakenAndRefused() {
        assertThat(SEEN).containsOnlyKeys(EnumSet.allOf(FuzzTarget.class));
        assertThat(SEEN.values()).allSatisfy(outcomes -> assertThat(outcomes).containsExactlyInAnyOrder(false, true));
    }

    /** The check itself: a reader that told a number, or failed otherwise, would be convicted. */
    @Example
    void aWrongReaderIsConvicted() {
        List<Runnable> wrong = List.of(
                () -> Parsers.orRefused(IllegalStateException.class, () -> {
                    throw new IllegalStateException("cannot read +447700900123");
                }),
                () -> Parsers.orRefused(IllegalStateException.class, () -> {
                    throw new IllegalStateException("one line\nand one that is forged");
                }),
                () -> Parsers.orRefused(IllegalStateException.class, () -> {
                    throw new IllegalArgumentException("not the documented one");
                }));

        assertThat(wrong)
                .allSatisfy(question -> assertThatThrownBy(question::run)
                        .isInstanceOfAny(AssertionError.class, IllegalArgumentException.class));
    }
}
