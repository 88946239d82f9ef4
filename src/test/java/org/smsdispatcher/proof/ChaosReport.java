package org.smsdispatcher.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.smsdispatcher.proof.ChaosJudge.Rule;
import org.smsdispatcher.proof.ChaosJudge.Verdict;

/**
 * What came of a run.
 *
 * @param parts the function's, a policy each
 * @param naive the naive dispatcher's
 */
record ChaosReport(List<Part> parts, Part naive) {

    /** How many of the things that break a rule are told. */
    private static final int TOLD = 5;

    /** One campaign. */
    record Part(String name, Verdict verdict, Counts counts) {}

    /** What broke, each with the ids of contacts; and a naive dispatcher that was not convicted. Nothing when all holds. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        for (Part part : parts) {
            part.verdict()
                    .broken()
                    .forEach((rule, what) -> what.stream()
                            .limit(TOLD)
                            .forEach(each -> complaints.add(
                                    part.name() + ", " + rule + " (" + rule.sentence + ") is broken: " + each)));
        }
        if (!naive.verdict().convicts()) {
            complaints.add("The naive dispatcher is not convicted of " + Rule.I1 + " and " + Rule.I6
                    + ", so this run proves nothing about the function");
        }
        return complaints;
    }

    /** @throws IllegalStateException with all complaints, if there are any */
    void complain() {
        if (!complaints().isEmpty()) {
            throw new IllegalStateException(String.join("\n", complaints()) + "\nThe logs are in target/chaos");
        }
    }

    /** Tables in Markdown: what was done and what came of it, the calls of SNS that failed, and the invariants. */
    String print() {
        TreeSet<String> names = new TreeSet<>();
        all().forEach(part -> names.addAll(part.counts().names()));
        Map<Boolean, List<String>> isOfSns =
                names.stream().collect(Collectors.partitioningBy(name -> name.startsWith("SNS")));
        return table("", isOfSns.get(false), name -> name, ChaosReport::count)
                + table("", isOfSns.get(true), name -> name, ChaosReport::count)
                + table("invariant", List.of(Rule.values()), rule -> rule + ": " + rule.sentence, ChaosReport::verdict);
    }

    private Stream<Part> all() {
        return Stream.concat(parts.stream(), Stream.of(naive));
    }

    private <T> String table(String title, List<T> rows, Function<T, String> label, BiFunction<Part, T, String> cell) {
        String head = row(title, Part::name) + row("---", part -> "---:");
        return head
                + rows.stream()
                        .map(row -> row(label.apply(row), part -> cell.apply(part, row)))
                        .collect(Collectors.joining())
                + "\n";
    }

    private String row(String label, Function<Part, String> cell) {
        return all().map(cell).collect(Collectors.joining(" | ", "| " + label + " | ", " |\n"));
    }

    private static String count(Part part, String name) {
        return String.format(Locale.ROOT, "%,d", part.counts().of(name));
    }

    private static String verdict(Part part, Rule rule) {
        List<String> broken = part.verdict().broken().get(rule);
        if (broken == null) {
            return "";
        }
        return broken.isEmpty() ? "holds" : String.format(Locale.ROOT, "**broken %,d times**", broken.size());
    }
}
