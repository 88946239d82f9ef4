package org.smsdispatcher.local;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One request of the AWS query protocol: an {@code application/x-www-form-urlencoded} body whose lists are spelt
 * {@code Name.member.1} and whose maps {@code Name.entry.1}, counted from 1 without gaps.
 *
 * @see <a href="https://smithy.io/2.0/aws/protocols/aws-query-protocol.html">AWS query protocol</a>
 */
record SnsForm(Map<String, String> fields) {

    static SnsForm parse(byte[] body) throws SnsRejection {
        String text = new String(body, StandardCharsets.UTF_8);
        Map<String, String> fields = new HashMap<>();
        try {
            for (int start = 0; start < text.length(); ) {
                int ampersand = text.indexOf('&', start);
                int end = ampersand < 0 ? text.length() : ampersand;
                int equals = text.indexOf('=', start);
                int nameEnd = equals < 0 || equals > end ? end : equals;
                fields.put(decode(text, start, nameEnd), decode(text, Math.min(nameEnd + 1, end), end));
                start = end + 1;
            }
        } catch (IllegalArgumentException badEscape) {
            throw new SnsRejection(400, "MalformedQueryString", "The query string contains a syntax error.");
        }
        return new SnsForm(fields);
    }

    private static String decode(String text, int start, int end) {
        return URLDecoder.decode(text.substring(start, end), StandardCharsets.UTF_8);
    }

    /** The value of a field, null if the request does not have it. */
    String get(String name) {
        return fields.get(name);
    }

    /** The action asked for; empty if none is. */
    String action() {
        return fields.getOrDefault("Action", "");
    }

    /** The topic a publish goes to; SNS takes a topic as TargetArn too. */
    String topicArn() {
        String topicArn = get("TopicArn");
        return topicArn == null ? get("TargetArn") : topicArn;
    }

    /** The message of a Publish. */
    SnsEntry entry() {
        return entry("");
    }

    /** The messages of a PublishBatch, in their order. */
    List<SnsEntry> entries() {
        List<SnsEntry> entries = new ArrayList<>();
        for (String prefix : numbered("PublishBatchRequestEntries.member.")) {
            entries.add(entry(prefix));
        }
        return entries;
    }

    private SnsEntry entry(String prefix) {
        List<SnsEntry.Attribute> attributes = new ArrayList<>();
        for (String at : numbered(prefix + "MessageAttributes.entry.")) {
            attributes.add(new SnsEntry.Attribute(
                    fields.getOrDefault(at + "Name", ""),
                    get(at + "Value.DataType"),
                    get(at + "Value.StringValue"),
                    get(at + "Value.BinaryValue")));
        }
        return new SnsEntry(
                get(prefix + "Id"),
                fields.getOrDefault(prefix + "Message", ""),
                get(prefix + "Subject"),
                List.copyOf(attributes),
                get(prefix + "MessageGroupId"),
                get(prefix + "MessageDeduplicationId"));
    }

    /** The attributes of a CreateTopic. */
    Map<String, String> topicAttributes() {
        Map<String, String> attributes = new HashMap<>();
        for (String at : numbered("Attributes.entry.")) {
            attributes.put(get(at + "key"), get(at + "value"));
        }
        return attributes;
    }

    /** {@code list1., list2., ...} as long as the request has a field below it. */
    private List<String> numbered(String list) {
        List<String> prefixes = new ArrayList<>();
        for (int n = 1; hasFieldBelow(list + n + "."); n++) {
            prefixes.add(list + n + ".");
        }
        return prefixes;
    }

    private boolean hasFieldBelow(String prefix) {
        return fields.containsKey(prefix + "Id")
                || fields.containsKey(prefix + "Name")
                || fields.containsKey(prefix + "key")
                || fields.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }
}
