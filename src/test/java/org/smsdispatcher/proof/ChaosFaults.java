package org.smsdispatcher.proof;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;
import org.smsdispatcher.local.SnsEndpoint.FaultPlan;

/** Every way for SNS to go wrong that the endpoint knows, one alone or all mixed. */
final class ChaosFaults implements FaultPlan {

    /** How the calls that went wrong are counted. */
    static final String CALLS = "SNS calls: ";

    private static final Duration LONGER_THAN_THE_CLIENT_WAITS = Duration.ofMillis(4_700);
    private static final Duration SLOW = Duration.ofMillis(800);

    /** By what they are called; the entries of the batch, and chance, decide on the details. */
    static final Map<String, BiFunction<List<String>, Random, Fault>> KINDS = kinds();

    private final Random random;
    private final Counts counts;
    private volatile String alone;
    private volatile int percent;

    ChaosFaults(long seed, Counts counts) {
        random = new Random(seed);
        this.counts = counts;
    }

    private static Map<String, BiFunction<List<String>, Random, Fault>> kinds() {
        Map<String, BiFunction<List<String>, Random, Fault>> kinds = new LinkedHashMap<>();
        kinds.put("entries refused for good", (ids, random) -> some(ids, random, "InvalidParameter", true));
        kinds.put("entries refused for now", (ids, random) -> some(ids, random, "InternalError", false));
        kinds.put("entries throttled", (ids, random) -> some(ids, random, "Throttling", false));
        kinds.put("throttled", (ids, random) -> Fault.throttled());
        kinds.put("bad batch", (ids, random) -> Fault.badBatch());
        kinds.put("forbidden", (ids, random) -> Fault.forbidden());
        kinds.put("no such topic", (ids, random) -> Fault.notFound());
        kinds.put("key denied", (ids, random) -> Fault.kmsDenied());
        kinds.put("500 before", (ids, random) -> Fault.serverErrorBefore());
        kinds.put("500 after", (ids, random) -> Fault.serverErrorAfter());
        kinds.put("503 before", (ids, random) -> Fault.unavailableBefore());
        kinds.put("503 after", (ids, random) -> Fault.unavailableAfter());
        kinds.put("cut before", (ids, random) -> Fault.dropBefore());
        kinds.put("cut after", (ids, random) -> Fault.dropAfter());
        kinds.put("slow, cut before", (ids, random) -> Fault.hangBefore(SLOW));
        kinds.put("slow, cut after", (ids, random) -> Fault.hangAfter(SLOW));
        kinds.put("no answer before", (ids, random) -> Fault.hangBefore(LONGER_THAN_THE_CLIENT_WAITS));
        kinds.put("no answer after", (ids, random) -> Fault.hangAfter(LONGER_THAN_THE_CLIENT_WAITS));
        kinds.put("empty body", (ids, random) -> Fault.emptyBodyAfter());
        kinds.put("garbage", (ids, random) -> Fault.garbageAfter());
        kinds.put("ids missing", (ids, random) -> Fault.missingIdsAfter());
        kinds.put("ids twice", (ids, random) -> Fault.duplicateIdsAfter());
        kinds.put("ids in both lists", (ids, random) -> Fault.bothListsAfter());
        return kinds;
    }

    private static Fault some(List<String> ids, Random random, String code, boolean senderFault) {
        Map<String, EntryError> failures = new HashMap<>();
        ids.stream()
                .filter(id -> random.nextBoolean())
                .forEach(id -> failures.put(id, new EntryError(code, senderFault)));
        return Fault.failEntries(failures);
    }

    /** So many calls in a hundred go wrong, in every way. */
    void mixed(int percentOfCalls) {
        alone = null;
        percent = percentOfCalls;
    }

    /** Every call goes wrong in that way. */
    void alone(String kind) {
        alone = kind;
    }

    @Override
    public synchronized Fault forRequest(int publishCall, List<String> entryIds) {
        String kind = alone;
        if (kind == null) {
            if (random.nextInt(100) >= percent) {
                return Fault.none();
            }
            List<String> all = List.copyOf(KINDS.keySet());
            kind = all.get(random.nextInt(all.size()));
        }
        counts.count(CALLS + kind);
        return KINDS.get(kind).apply(entryIds, random);
    }
}
