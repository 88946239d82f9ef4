package org.smsdispatcher.campaign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.contact.MessageTemplate;
import org.smsdispatcher.contact.Segments;

/** Reads {@code campaigns.config}. A wrong key refuses the whole campaign: half a rule could text at the wrong hour. */
public final class ConfigReader {

    private static final int MAX_WINDOWS = 200;
    private static final int MAX_BLACKOUT_DATES = 1_000;
    private static final int MAX_ATTEMPTS = 100;
    private static final int MAX_RETRY_DELAY_MINUTES = 60 * 24 * 31;

    private final JsonMapper mapper = new JsonMapper();
    private final TimeZones zones;

    public ConfigReader(TimeZones zones) {
        this.zones = zones;
    }

    /**
     * The campaign's config, every key checked.
     *
     * @throws BadConfigurationException naming the campaign, the key and what is wrong with it
     */
    public CampaignConfig read(Campaign campaign) {
        try {
            JsonNode config = parse(campaign.config());
            return new CampaignConfig(
                    campaign.id(),
                    template(config.get("smsTemplate")),
                    new CallingWindows(
                            windows(config.get("callingWindows")), blackoutDates(config.get("blackoutDates"))),
                    zone(campaign.timezone()),
                    maxAttempts(config),
                    retryDelay(config),
                    maxSegments(config.get("maxSegments")),
                    campaign.endTime());
        } catch (WrongKey wrong) {
            throw new BadConfigurationException(
                    "Campaign " + campaign.id() + ": " + wrong.getMessage() + "; no contact was touched");
        }
    }

    /**
     * Everything {@link #read} would refuse, key by key, for a person who is about to mend it; nothing when it would not refuse.
     *
     * @return the problems, each beginning with its key
     */
    public List<String> problems(Campaign campaign) {
        List<String> problems = new ArrayList<>();
        try {
            JsonNode config = parse(campaign.config());
            for (Runnable key : List.<Runnable>of(
                    () -> template(config.get("smsTemplate")),
                    () -> windows(config.get("callingWindows")),
                    () -> blackoutDates(config.get("blackoutDates")),
                    () -> zone(campaign.timezone()),
                    () -> maxAttempts(config),
                    () -> retryDelay(config),
                    () -> maxSegments(config.get("maxSegments")))) {
                problem(key).ifPresent(problems::add);
            }
        } catch (WrongKey wrong) {
            problems.add(wrong.getMessage());
        }
        return List.copyOf(problems);
    }

    private static Optional<String> problem(Runnable key) {
        try {
            key.run();
            return Optional.empty();
        } catch (WrongKey wrong) {
            return Optional.of(wrong.getMessage());
        }
    }

    private static int maxAttempts(JsonNode config) {
        return wholeNumber(config.get("maxAttemptsPerContact"), "maxAttemptsPerContact", 1, MAX_ATTEMPTS, 3);
    }

    private static Duration retryDelay(JsonNode config) {
        return Duration.ofMinutes(
                wholeNumber(config.get("retryDelayMinutes"), "retryDelayMinutes", 0, MAX_RETRY_DELAY_MINUTES, 60));
    }

    private JsonNode parse(String config) {
        try {
            JsonNode node = config == null ? null : mapper.readTree(config);
            if (node == null || !node.isObject()) {
                throw new WrongKey("config", "is not an object");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new WrongKey("config", "cannot be read: " + e.getOriginalMessage());
        }
    }

    private static MessageTemplate template(JsonNode node) {
        if (node == null || !node.isTextual()) {
            throw new WrongKey("smsTemplate", "must be a text");
        }
        try {
            return MessageTemplate.parse(node.textValue());
        } catch (IllegalArgumentException e) {
            throw new WrongKey("smsTemplate", e.getMessage());
        }
    }

    private ZoneId zone(String name) {
        return zones.find(name).orElseThrow(() -> new WrongKey("timezone", "'" + name + "' is not an IANA time zone"));
    }

    private static List<CallingWindow> windows(JsonNode node) {
        if (node == null || !node.isArray() || node.isEmpty()) {
            throw new WrongKey("callingWindows", "must be a list of at least one window");
        }
        if (node.size() > MAX_WINDOWS) {
            throw new WrongKey(
                    "callingWindows", "has " + node.size() + " windows, at most " + MAX_WINDOWS + " are taken");
        }
        List<CallingWindow> windows = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            windows.add(window(node.get(i), "callingWindows[" + i + "]"));
        }
        return windows;
    }

    private static CallingWindow window(JsonNode node, String key) {
        int startHour = hourOrMinute(node, key, "startHour", 23, null);
        int endHour = hourOrMinute(node, key, "endHour", 24, null);
        int startMinute = hourOrMinute(node, key, "startMinute", 59, 0);
        int endMinute = hourOrMinute(node, key, "endMinute", endHour == 24 ? 0 : 59, 0);
        return new CallingWindow(
                days(node.get("dayOfWeek"), key), startHour * 60 + startMinute, endHour * 60 + endMinute);
    }

    private static Set<DayOfWeek> days(JsonNode node, String key) {
        if (node == null || !node.isArray() || node.isEmpty()) {
            throw new WrongKey(key + ".dayOfWeek", "must be a list of days, 0 (Sunday) to 6");
        }
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (JsonNode day : node) {
            if (!day.isIntegralNumber() || !day.canConvertToInt() || day.intValue() < 0 || day.intValue() > 6) {
                throw new WrongKey(key + ".dayOfWeek", "has a day that is not 0 (Sunday) to 6");
            }
            days.add(day.intValue() == 0 ? DayOfWeek.SUNDAY : DayOfWeek.of(day.intValue()));
        }
        return days;
    }

    private static OptionalInt maxSegments(JsonNode node) {
        return node == null || node.isNull()
                ? OptionalInt.empty()
                : OptionalInt.of(wholeNumber(node, "maxSegments", 1, Segments.MAX_PARTS, null));
    }

    private static int hourOrMinute(JsonNode window, String key, String name, int max, Integer absent) {
        return wholeNumber(window.get(name), key + "." + name, 0, max, absent);
    }

    private static Set<LocalDate> blackoutDates(JsonNode node) {
        if (node == null || node.isNull()) {
            return Set.of();
        }
        if (!node.isArray() || node.size() > MAX_BLACKOUT_DATES) {
            throw new WrongKey("blackoutDates", "must be a list of at most " + MAX_BLACKOUT_DATES + " dates");
        }
        Set<LocalDate> dates = new HashSet<>();
        for (JsonNode date : node) {
            dates.add(date(date));
        }
        return dates;
    }

    private static LocalDate date(JsonNode node) {
        try {
            return LocalDate.parse(node.asText());
        } catch (DateTimeParseException e) {
            throw new WrongKey("blackoutDates", "has an entry that is not a date like 2026-12-25");
        }
    }

    private static int wholeNumber(JsonNode node, String key, int min, int max, Integer absent) {
        if ((node == null || node.isNull()) && absent != null) {
            return absent;
        }
        if (node == null
                || !node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < min
                || node.intValue() > max) {
            throw new WrongKey(key, "must be a whole number from " + min + " to " + max);
        }
        return node.intValue();
    }

    /** A key and what is wrong with it; becomes the message of the error that names the campaign too. */
    private static final class WrongKey extends RuntimeException {
        WrongKey(String key, String problem) {
            super(key + ": " + problem);
        }
    }
}
