package org.smsdispatcher.why;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.why.Verification.Check;
import org.smsdispatcher.why.Verification.Offender;

/** How far an audit has come, and what it has found. Filled page by page by {@link Auditor}. */
public final class Audit {

    private static final int MAX_OFFENDERS = 20;
    private static final int PAGE = 2_000;

    private final Optional<CampaignConfig> config;
    private final Optional<UUID> after;
    private final Map<Invariant, Long> broken = new EnumMap<>(Invariant.class);
    private final Map<Invariant, List<Offender>> offenders = new EnumMap<>(Invariant.class);
    private final Map<String, Long> contacts = new TreeMap<>();
    private final Map<String, Long> records = new TreeMap<>();
    private Optional<Audited> last = Optional.empty();
    private boolean more = true;
    private boolean exhausted;

    /** @param config empty when it is refused: then what depends on it cannot be checked */
    Audit(Optional<CampaignConfig> config, Optional<UUID> after) {
        this.config = config;
        this.after = after;
    }

    // What the route and the statements ask

    /** Whether there is a next page, and time for it. */
    public boolean hasMore() {
        return more;
    }

    /** The number after which the next page begins; "" for the first. */
    public String cursor() {
        return last.map(Audited::storedNumber).orElse("");
    }

    /** The contact after which the first page begins; "" for the start. */
    public String afterId() {
        return after.map(UUID::toString).orElse("");
    }

    public int pageSize() {
        return PAGE;
    }

    // How the auditor fills it

    Optional<CampaignConfig> config() {
        return config;
    }

    void looked(List<Audited> page, boolean timeLeft) {
        exhausted = page.size() < PAGE;
        more = !exhausted && timeLeft;
        if (!page.isEmpty()) {
            last = Optional.of(page.get(page.size() - 1));
        }
        for (Audited contact : page) {
            contacts.merge(contact.status(), 1L, Long::sum);
            contact.messages().forEach(message -> records.merge(message.status(), 1L, Long::sum));
        }
    }

    void breaks(Invariant invariant, String contactId, String recordId, String detail) {
        broken.merge(invariant, 1L, Long::sum);
        List<Offender> first = offenders.computeIfAbsent(invariant, any -> new ArrayList<>());
        if (first.size() < MAX_OFFENDERS) {
            first.add(new Offender(contactId, recordId, detail));
        }
    }

    /** Whether every contact was looked at, from the first to the last. */
    boolean isComplete() {
        return exhausted;
    }

    boolean beganAtTheStart() {
        return after.isEmpty();
    }

    Optional<UUID> nextAfter() {
        return exhausted ? Optional.empty() : last.map(Audited::id).or(() -> after);
    }

    Map<String, Long> contacts() {
        return contacts;
    }

    Map<String, Long> records() {
        return records;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (Invariant invariant : Invariant.values()) {
            checks.add(new Check(
                    invariant.word(),
                    invariant.sentence(),
                    broken.getOrDefault(invariant, 0L),
                    offenders.getOrDefault(invariant, List.of())));
        }
        return checks;
    }

    boolean isHealthy() {
        return broken.isEmpty();
    }
}
