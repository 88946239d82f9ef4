package org.smsdispatcher.local;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One message as it was sent, and SNS's rules on it.
 *
 * <p>Rules: <a href="https://docs.aws.amazon.com/sns/latest/api/API_Publish.html">Publish</a>, <a
 * href="https://docs.aws.amazon.com/sns/latest/api/API_PublishBatchRequestEntry.html">PublishBatchRequestEntry</a>, <a
 * href="https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html">message attributes</a>. What the message
 * structure {@code json} asks of the body is not checked.
 *
 * @param id the name of the entry in its batch; null in a Publish
 * @param subject null if there is none; likewise groupId and deduplicationId
 */
record SnsEntry(
        String id, String message, String subject, List<Attribute> attributes, String groupId, String deduplicationId) {

    /** Most bytes a message, or all messages of a batch together, may have with their attributes. */
    static final int MAX_BYTES = 262_144;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,80}");
    private static final Pattern FIFO_ID = Pattern.compile("[\\x21-\\x7E]{1,128}");

    void requireValidId() throws SnsRejection {
        if (id == null || !ID.matcher(id).matches()) {
            throw new SnsRejection(
                    400,
                    "InvalidBatchEntryId",
                    "The Id of a batch entry in a batch request doesn't abide by the specification.");
        }
    }

    /** What SNS refuses of a single message; in a batch this entry alone fails. */
    void requireValidText() throws SnsRejection {
        if (message.isEmpty()) {
            throw SnsRejection.invalidParameter("Empty message");
        }
        if (subject != null && (subject.isEmpty() || subject.length() > 100 || hasControlCharacter(subject))) {
            throw SnsRejection.invalidParameter("Subject");
        }
    }

    private static boolean hasControlCharacter(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    /** What SNS refuses of the attributes; in a batch nothing of it is published then. */
    void requireValidAttributes() throws SnsRejection {
        for (Attribute attribute : attributes) {
            attribute.requireValid();
        }
    }

    /**
     * What a FIFO topic asks for and a standard topic does not know; in a batch nothing of it is published then. A group
     * id is welcome on a standard topic too, a deduplication id is not.
     */
    void requireIdsFor(boolean fifo, boolean contentBasedDeduplication) throws SnsRejection {
        if (fifo && groupId == null) {
            throw SnsRejection.invalidParameter("The MessageGroupId parameter is required for FIFO topics");
        }
        if (fifo && deduplicationId == null && !contentBasedDeduplication) {
            throw SnsRejection.invalidParameter("The topic should either have ContentBasedDeduplication enabled"
                    + " or MessageDeduplicationId provided explicitly");
        }
        if (!fifo && deduplicationId != null) {
            throw SnsRejection.invalidParameter("MessageDeduplicationId Reason: The request includes"
                    + " MessageDeduplicationId parameter that is not valid for this topic type");
        }
        requireFifoId("MessageGroupId", groupId);
        requireFifoId("MessageDeduplicationId", deduplicationId);
    }

    private static void requireFifoId(String parameter, String value) throws SnsRejection {
        if (value != null && !FIFO_ID.matcher(value).matches()) {
            throw SnsRejection.invalidParameter(parameter);
        }
    }

    /** What the message weighs against {@link #MAX_BYTES}. */
    int bytes() {
        int bytes = utf8(message);
        for (Attribute attribute : attributes) {
            bytes += attribute.bytes();
        }
        return bytes;
    }

    /** Attribute name to value; a binary value in Base64, as it was sent. */
    Map<String, String> attributeValues() {
        Map<String, String> values = new LinkedHashMap<>();
        attributes.forEach(attribute -> values.put(attribute.name(), attribute.value()));
        return values;
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** One message attribute as it was sent; what was not sent is null. */
    record Attribute(String name, String dataType, String stringValue, String binaryValue) {

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
        private static final Pattern TYPE = Pattern.compile("(String|Number|Binary)(\\..+)?");

        private boolean isBinary() {
            return dataType.startsWith("Binary");
        }

        private String value() {
            return isBinary() ? binaryValue : stringValue;
        }

        private int bytes() {
            int valueBytes = isBinary() ? Base64.getDecoder().decode(binaryValue).length : utf8(stringValue);
            return utf8(name) + utf8(dataType) + valueBytes;
        }

        private void requireValid() throws SnsRejection {
            requireValidName();
            if (dataType == null) {
                throw new SnsRejection(
                        400,
                        "ValidationError",
                        "1 validation error detected: Value null at 'messageAttributes." + name
                                + ".member.dataType' failed to satisfy constraint: Member must not be null");
            }
            if (!TYPE.matcher(dataType).matches()) {
                throw SnsRejection.invalidAttribute("The message attribute '" + name + "' has an invalid message"
                        + " attribute type, the set of supported type prefixes is Binary, Number, and String.");
            }
            if (value() == null || value().isEmpty()) {
                throw SnsRejection.invalidAttribute("The message attribute '" + name
                        + "' must contain non-empty message attribute value for message attribute type '" + dataType
                        + "'.");
            }
            requireReadableValue();
        }

        private void requireValidName() throws SnsRejection {
            String lower = name.toLowerCase(Locale.ROOT);
            if (name.length() > 256
                    || !NAME.matcher(name).matches()
                    || lower.startsWith("aws.")
                    || lower.startsWith("amazon.")) {
                throw SnsRejection.invalidAttribute("Invalid message attribute name '" + name + "'.");
            }
        }

        private void requireReadableValue() throws SnsRejection {
            try {
                if (isBinary()) {
                    Base64.getDecoder().decode(binaryValue);
                } else if (dataType.startsWith("Number")) {
                    Double.parseDouble(stringValue);
                }
            } catch (IllegalArgumentException unreadable) {
                throw SnsRejection.invalidAttribute(
                        "Could not read message attribute '" + name + "' as " + dataType + ".");
            }
        }
    }
}
