package org.smsdispatcher.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Inputs that are nearly right: pieces of good ones cut, doubled, joined, and salted with what parsers stumble over. */
final class Mutants {

    private static final List<String> SALT = List.of(
            "{{",
            "}}",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "&",
            "=",
            "%",
            "%00",
            "%ff",
            "+",
            "-",
            "\n",
            "\r",
            "\0",
            "null",
            "true",
            "0",
            "-1",
            "1e999999999",
            "1e-999999999",
            "99999999999999999999",
            "0.1",
            "+447700900123",
            "447700900123",
            "\u202E",
            "\uFEFF",
            "\uD83D\uDC4D",
            "\u0660",
            "${sys.user.dir}",
            "{{db.password}}",
            "https://",
            "2026-02-30",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "\"a\":{",
            "x".repeat(5_000),
            "9".repeat(2_000));

    private Mutants() {}

    /** One of the seeds after one to eight changes. */
    static byte[] of(List<byte[]> seeds, RandomGenerator random) {
        byte[] mutant = any(seeds, random);
        for (int changes = random.nextInt(8); changes >= 0; changes--) {
            mutant = change(mutant, seeds, random);
        }
        return mutant;
    }

    private static byte[] change(byte[] input, List<byte[]> seeds, RandomGenerator random) {
        int from = random.nextInt(input.length + 1);
        int to = Math.min(input.length, from + random.nextInt(20));
        return switch (random.nextInt(6)) {
            case 0 -> join(input, from, new byte[0], to);
            case 1 -> join(input, from, any(SALT, random).getBytes(UTF_8), from);
            case 2 -> join(input, from, any(SALT, random).getBytes(UTF_8), to);
            case 3 -> join(input, from, new byte[] {(byte) random.nextInt()}, Math.min(input.length, from + 1));
            case 4 -> join(input, to, Arrays.copyOfRange(input, from, to), to);
            default -> {
                byte[] other = any(seeds, random);
                int at = random.nextInt(other.length + 1);
                yield join(input, from, Arrays.copyOfRange(other, at, other.length), input.length);
            }
        };
    }

    private static byte[] join(byte[] input, int end, byte[] middle, int start) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.write(input, 0, end);
        joined.writeBytes(middle);
        joined.write(input, start, input.length - start);
        return joined.toByteArray();
    }

    private static <T> T any(List<T> list, RandomGenerator random) {
        return list.get(random.nextInt(list.size()));
    }
}
