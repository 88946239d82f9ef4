package org.smsdispatcher.local;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.smsdispatcher.contact.PhoneNumbers;

/**
 * Reads a list of contacts: RFC 4180, in UTF-8 with or without a byte order mark, lines ended in any way. The first line names
 * the columns: {@code phone_number}, maybe {@code timezone}, and any others, whose values are the contact's metadata. A blank
 * value is no value.
 *
 * <p>A line that cannot be loaded is named with its number and the reason; it never costs another line. Empty lines are passed
 * over. Of lines with the same digits the first is loaded.
 */
final class ContactsCsv {

    private static final String NUMBER = "phone_number";
    private static final String ZONE = "timezone";

    /** What the platform's columns hold. */
    private static final int MAX_NUMBER = 20;

    private static final int MAX_ZONE = 50;

    private static final CSVFormat FORMAT =
            CSVFormat.DEFAULT.builder().setIgnoreSurroundingSpaces(true).get();

    private final String text;
    private final List<Integer> lineStarts;
    private final List<String> columns = new ArrayList<>();
    private final List<NewContact> contacts = new ArrayList<>();
    private final List<BadLine> badLines = new ArrayList<>();
    private final Map<String, Integer> lineOfNumber = new HashMap<>();

    private ContactsCsv(String text) {
        this.text = text;
        this.lineStarts = lineStarts(text);
    }

    /** A line that was not loaded, counted from 1, and why. */
    record BadLine(int line, String reason) {}

    /**
     * What a file holds.
     *
     * @param columns the names of the columns that are metadata
     * @param contacts one for each good line
     * @param badLines the others, in their order
     */
    record Contents(List<String> columns, List<NewContact> contacts, List<BadLine> badLines) {}

    /**
     * Reads a file.
     *
     * @throws LocalRunException if it cannot be read, or its first line does not name the columns
     */
    static Contents read(Path file) {
        try {
            return parse(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new LocalRunException(file + " cannot be read: " + e);
        }
    }

    /** Reads the bytes of a file; what is not UTF-8 spoils its line only. */
    static Contents parse(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return new ContactsCsv(text.startsWith("\uFEFF") ? text.substring(1) : text).contents();
    }

    private Contents contents() {
        int line = 0;
        while (line < lineStarts.size()) {
            line = readFrom(line);
        }
        if (columns.isEmpty()) {
            throw new LocalRunException(
                    "The file of contacts is empty; its first line names the columns: " + NUMBER + "," + ZONE + ",...");
        }
        List<String> metadata = columns.stream()
                .filter(column -> !column.equals(NUMBER) && !column.equals(ZONE))
                .toList();
        return new Contents(metadata, contacts, badLines);
    }

    /**
     * Reads from a line on, counted from 0, to the end or to the first record that breaks off: a quote that is never closed
     * swallows the lines after it, so those are read again. Returns the line to go on with.
     */
    private int readFrom(int from) {
        int line = from;
        try (CSVParser parser = FORMAT.parse(new StringReader(text.substring(lineStarts.get(from))))) {
            Iterator<CSVRecord> records = parser.iterator();
            while (records.hasNext()) {
                int next = from + (int) parser.getCurrentLineNumber();
                line = firstWithText(line);
                boolean whole = take(line + 1, records.next().toList());
                if (!whole && next > line + 1) {
                    return line + 1;
                }
                line = next;
            }
            return lineStarts.size();
        } catch (IOException | UncheckedIOException e) {
            line = firstWithText(line);
            bad(line + 1, "a quote is not closed, or has text after it");
            return line + 1;
        }
    }

    /** Takes a record; false if it does not have as many values as the header has columns. */
    private boolean take(int line, List<String> values) {
        if (values.stream().allMatch(String::isBlank)) {
            return true;
        }
        if (columns.isEmpty()) {
            header(values);
            return true;
        }
        if (values.size() < columns.size()
                || values.stream().skip(columns.size()).anyMatch(value -> !value.isBlank())) {
            bad(line, "has " + values.size() + " values, the header has " + columns.size() + " columns");
            return false;
        }
        contact(line, values);
        return true;
    }

    private void header(List<String> names) {
        for (String name : names) {
            String lower = name.strip().toLowerCase(Locale.ROOT);
            columns.add(lower.equals(NUMBER) || lower.equals(ZONE) ? lower : name.strip());
        }
        while (columns.get(columns.size() - 1).isEmpty()) {
            columns.remove(columns.size() - 1);
        }
        if (!columns.contains(NUMBER)) {
            throw new LocalRunException("The first line of the file of contacts must name a column " + NUMBER
                    + ", with commas between the columns and in UTF-8; it has: " + String.join(" | ", columns));
        }
        for (String column : columns) {
            if (column.isEmpty() || columns.indexOf(column) != columns.lastIndexOf(column)) {
                throw new LocalRunException("The first line of the file of contacts names "
                        + (column.isEmpty() ? "a column with no name" : "the column " + column + " twice"));
            }
        }
    }

    private void contact(int line, List<String> values) {
        Map<String, String> named = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            if (!values.get(i).isBlank()) {
                named.put(columns.get(i), values.get(i).strip());
            }
        }
        String number = named.remove(NUMBER);
        String zone = named.remove(ZONE);
        String problem = problem(number, zone, values);
        if (problem != null) {
            bad(line, problem);
            return;
        }
        Integer first = lineOfNumber.putIfAbsent(identity(number), line);
        if (first != null) {
            bad(line, "has the same number as line " + first);
            return;
        }
        contacts.add(new NewContact(number, zone, named));
    }

    /** What is wrong with a line, null if nothing is. Whether the number can be one is for the dispatcher to say. */
    private static String problem(String number, String zone, List<String> values) {
        if (values.stream().anyMatch(value -> value.indexOf('\uFFFD') >= 0)) {
            return "is not UTF-8";
        }
        if (values.stream().anyMatch(value -> value.indexOf('\0') >= 0)) {
            return "holds a NUL character, which PostgreSQL does not store";
        }
        if (number == null) {
            return "has no " + NUMBER;
        }
        if (number.length() > MAX_NUMBER) {
            return NUMBER + " has " + number.length() + " characters, at most " + MAX_NUMBER + " can be stored";
        }
        return zone != null && zone.length() > MAX_ZONE
                ? ZONE + " has " + zone.length() + " characters, at most " + MAX_ZONE + " can be stored"
                : null;
    }

    /** What two lines share that mean the same number: its digits, or the text where there are none. */
    private static String identity(String number) {
        String digits = PhoneNumbers.normalise(number);
        return digits.isEmpty() ? number : digits;
    }

    private void bad(int line, String reason) {
        if (columns.isEmpty()) {
            throw new LocalRunException("The first line of the file of contacts cannot be read: " + reason);
        }
        badLines.add(new BadLine(line, reason));
    }

    private int firstWithText(int line) {
        int found = line;
        while (found + 1 < lineStarts.size() && isEmpty(found)) {
            found++;
        }
        return found;
    }

    private boolean isEmpty(int line) {
        char first = text.charAt(lineStarts.get(line));
        return first == '\r' || first == '\n';
    }

    private static List<Integer> lineStarts(String text) {
        List<Integer> starts = new ArrayList<>();
        for (int start = 0; start < text.length(); start = lineEnd(text, start)) {
            starts.add(start);
        }
        return starts;
    }

    /** Behind the line's end: a line feed, a carriage return, or both in that order. */
    private static int lineEnd(String text, int start) {
        int end = start;
        while (end < text.length() && text.charAt(end) != '\r' && text.charAt(end) != '\n') {
            end++;
        }
        return Math.min(text.length(), text.startsWith("\r\n", end) ? end + 2 : end + 1);
    }
}
