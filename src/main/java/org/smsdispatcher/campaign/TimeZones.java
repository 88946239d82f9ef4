package org.smsdispatcher.campaign;

import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;

/**
 * The time zones there are: the names of the IANA database, in its own spelling. Offsets such as {@code GMT+3} are refused,
 * because POSIX and Java read them with opposite signs.
 */
public final class TimeZones {

    private final Set<String> names = Set.copyOf(ZoneId.getAvailableZoneIds());

    /** The zone of that name, blanks around it aside; empty for null and for anything that is no zone. */
    public Optional<ZoneId> find(String name) {
        return Optional.ofNullable(name)
                .map(String::strip)
                .filter(names::contains)
                .map(ZoneId::of);
    }

    /** The zone of a contact: its own, else the campaign's; empty when it names one that does not exist. */
    public Optional<ZoneId> ofContact(String name, ZoneId campaignZone) {
        return name == null || name.isBlank() ? Optional.of(campaignZone) : find(name);
    }
}
