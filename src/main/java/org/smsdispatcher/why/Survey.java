package org.smsdispatcher.why;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.smsdispatcher.why.Judge.Judged;

/**
 * How far a dry run looks into the campaign's zones, and what it finds there.
 *
 * @param zoneNames the zones with contacts waiting, as stored
 * @param bound how many contacts of a zone are counted; where there are more, the answer says "at least"
 * @param sampleSize how many contacts of a zone are judged; where there are more, the outcomes are estimated from these
 * @param counts the rows of {@code count-zones.sql}; empty when counting took too long
 * @param sample the judged contacts
 */
public record Survey(
        List<String> zoneNames,
        int bound,
        int sampleSize,
        Optional<List<Map<String, Object>>> counts,
        List<Judged> sample) {

    /** Counting takes half a second a million. */
    private static final int MOST_COUNTED = 1_000_000;
    /** Judging takes a second for some ten thousand. */
    private static final int MOST_JUDGED = 4_000;

    private static final int LEAST_JUDGED_A_ZONE = 10;

    /** The survey of the zones that {@code find-zones.sql} found contacts waiting in. */
    static Survey of(List<Map<String, Object>> zoneRows) {
        List<String> names = zoneRows.stream()
                .filter(row -> row.get("state").equals("pending"))
                .map(row -> (String) row.get("zone"))
                .toList();
        int share = Math.max(1, names.size());
        return new Survey(
                names,
                MOST_COUNTED / share,
                Math.max(LEAST_JUDGED_A_ZONE, MOST_JUDGED / share),
                Optional.empty(),
                List.of());
    }

    Survey with(List<Map<String, Object>> counted) {
        return new Survey(zoneNames, bound, sampleSize, Optional.of(counted), sample);
    }

    Survey withSample(List<Judged> judged) {
        return new Survey(zoneNames, bound, sampleSize, counts, judged);
    }

    public String[] zones() {
        return zoneNames.toArray(String[]::new);
    }

    /** The ids of the contacts to judge, as an SQL array. */
    public String[] subjects() {
        return counts.stream()
                .flatMap(List::stream)
                .map(row -> (String) row.get("sample"))
                .flatMap(ids -> ids == null ? Stream.empty() : Arrays.stream(ids.split(",")))
                .toArray(String[]::new);
    }
}
