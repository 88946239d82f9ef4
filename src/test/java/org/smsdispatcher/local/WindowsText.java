package org.smsdispatcher.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Calling windows as people write them, for example {@code mon-fri 9-20, sat 10:30-18}.
 *
 * <p>Windows are joined by commas. Each is days and hours, or hours alone for every day. Days are {@code mon}, {@code mon-fri} (a
 * range may go over Sunday), {@code weekdays}, {@code weekend}, {@code daily}; several are joined by commas, the hours follow
 * the last: {@code mon, wed 9-12}. Hours are {@code 9-20} or {@code 9:30-20:15}; the end is not inside; {@code 22-6} goes over
 * midnight and belongs to the day it starts on. {@code always} is every minute. A text that starts with '[' is taken as the
 * JSON of {@code callingWindows}.
 */
final class WindowsText {

    /** By the platform's number of each. */
    private static final List<String> DAYS =
            List.of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday");

    private static final Pattern HOURS = Pattern.compile("(\\d{1,2})(?::(\\d{2}))?\\s*-\\s*(\\d{1,2})(?::(\\d{2}))?");
    private static final Pattern WINDOW = Pattern.compile("(?:(.*?)\\s+)?(" + HOURS.pattern() + ")");
    private static final Pattern RANGE = Pattern.compile("([a-z]+)\\s*-\\s*([a-z]+)");
    private static final JsonMapper JSON = new JsonMapper();

    private final ArrayNode windows = JSON.createArrayNode();
    private final Set<Integer> days = new TreeSet<>();

    private WindowsText() {}

    /**
     * The text as the JSON of {@code campaigns.config.callingWindows}.
     *
     * @throws LocalRunException naming the part that is wrong
     */
    static String toJson(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        if (plain.startsWith("[")) {
            return requireJson(text.strip());
        }
        WindowsText windows = new WindowsText();
        for (String part : List.of(plain.split(",", -1))) {
            windows.add(part.strip());
        }
        return windows.json();
    }

    private static String requireJson(String text) {
        try {
            return JSON.readTree(text).toString();
        } catch (JsonProcessingException e) {
            throw wrong(text, "is not JSON: " + e.getOriginalMessage());
        }
    }

    private void add(String part) {
        Matcher window = WINDOW.matcher(part);
        if (part.equals("always")) {
            days.addAll(daysOf("daily"));
            addWindow("0-24");
        } else if (window.matches()) {
            if (window.group(1) != null) {
                days.addAll(daysOf(window.group(1)));
            } else if (days.isEmpty()) {
                days.addAll(daysOf("daily"));
            }
            addWindow(window.group(2));
        } else {
            days.addAll(daysOf(part));
        }
    }

    private String json() {
        if (!days.isEmpty()) {
            String day = DAYS.get(days.iterator().next()).substring(0, 3);
            throw wrong(day, "has no hours; write for example " + day + " 9-20");
        }
        return windows.toString();
    }

    private void addWindow(String text) {
        Matcher hours = HOURS.matcher(text);
        if (!hours.matches()) {
            throw new IllegalStateException(text);
        }
        int start = minute(text, hours.group(1), hours.group(2), 23);
        int end = minute(text, hours.group(3), hours.group(4), 24);
        if (start == end) {
            throw wrong(text, "is never open; the whole day is 0-24");
        }
        ObjectNode window = windows.addObject();
        days.forEach(window.putArray("dayOfWeek")::add);
        put(window, "start", start);
        put(window, "end", end);
        days.clear();
    }

    private static void put(ObjectNode window, String edge, int minute) {
        window.put(edge + "Hour", minute / 60);
        if (minute % 60 != 0) {
            window.put(edge + "Minute", minute % 60);
        }
    }

    private static int minute(String text, String hour, String minute, int lastHour) {
        int minutes = Integer.parseInt(hour) * 60 + (minute == null ? 0 : Integer.parseInt(minute));
        boolean minuteExists = minute == null || Integer.parseInt(minute) < 60;
        if (!minuteExists || minutes > 24 * 60 || Integer.parseInt(hour) > lastHour) {
            throw wrong(text, "has an hour that does not exist; a window starts at 0 to 23:59 and ends at 0 to 24");
        }
        return minutes;
    }

    private static List<Integer> daysOf(String text) {
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            int first = day(range.group(1));
            int length = Math.floorMod(day(range.group(2)) - first, 7);
            return IntStream.rangeClosed(first, first + length)
                    .map(day -> day % 7)
                    .boxed()
                    .toList();
        }
        return switch (text) {
            case "daily" -> List.of(0, 1, 2, 3, 4, 5, 6);
            case "weekdays" -> List.of(1, 2, 3, 4, 5);
            case "weekend" -> List.of(0, 6);
            default -> List.of(day(text));
        };
    }

    /** {@code mon}, {@code monday} and what lies between. */
    private static int day(String text) {
        return IntStream.range(0, DAYS.size())
                .filter(day -> text.length() >= 3 && DAYS.get(day).startsWith(text))
                .findFirst()
                .orElseThrow(() ->
                        wrong(text, "is neither a day (mon, mon-fri, weekdays, weekend, daily) nor hours (9-20)"));
    }

    private static LocalRunException wrong(String part, String problem) {
        return new LocalRunException("windows: '" + part + "' " + problem);
    }
}
