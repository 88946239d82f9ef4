package org.smsdispatcher.local;

import java.util.List;
import java.util.UUID;

/**
 * SNS's answers in XML.
 *
 * @see <a href="https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html">PublishBatch, response elements</a>
 */
final class SnsXml {
    private static final String NAMESPACE = " xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"";

    private SnsXml() {}

    /** One entry of a batch that was not taken. */
    record Failure(String entryId, String code, String message, boolean senderFault) {}

    static String published(SnsTopic.Receipt receipt) {
        return response("Publish", receipt == null ? "" : ids(receipt));
    }

    static String batchPublished(List<SnsTopic.Receipt> successful, List<Failure> failed) {
        StringBuilder xml = new StringBuilder(256 + 160 * successful.size());
        xml.append("<Failed>");
        for (Failure failure : failed) {
            xml.append("<member>")
                    .append(element("Id", failure.entryId()))
                    .append(element("Code", failure.code()))
                    .append(element("Message", failure.message()))
                    .append(element("SenderFault", String.valueOf(failure.senderFault())))
                    .append("</member>");
        }
        xml.append("</Failed><Successful>");
        for (SnsTopic.Receipt receipt : successful) {
            xml.append("<member>")
                    .append(element("Id", receipt.entryId()))
                    .append(ids(receipt))
                    .append("</member>");
        }
        return response("PublishBatch", xml.append("</Successful>").toString());
    }

    private static String ids(SnsTopic.Receipt receipt) {
        String sequence = receipt.sequenceNumber() == null ? "" : element("SequenceNumber", receipt.sequenceNumber());
        return element("MessageId", receipt.messageId()) + sequence;
    }

    static String topicCreated(String arn) {
        return response("CreateTopic", element("TopicArn", arn));
    }

    static String topicsListed(List<String> arns) {
        StringBuilder xml = new StringBuilder("<Topics>");
        for (String arn : arns) {
            xml.append("<member>").append(element("TopicArn", arn)).append("</member>");
        }
        return response("ListTopics", xml.append("</Topics>").toString());
    }

    private static String response(String action, String result) {
        return "<" + action + "Response" + NAMESPACE + "><" + action + "Result>" + result + "</" + action
                + "Result><ResponseMetadata>" + requestId() + "</ResponseMetadata></" + action + "Response>";
    }

    static String error(SnsRejection rejection) {
        return "<ErrorResponse" + NAMESPACE + "><Error>"
                + element("Type", rejection.senderFault() ? "Sender" : "Receiver")
                + element("Code", rejection.code())
                + element("Message", rejection.getMessage())
                + "</Error>" + requestId() + "</ErrorResponse>";
    }

    private static String requestId() {
        return element("RequestId", UUID.randomUUID().toString());
    }

    private static String element(String name, String text) {
        return "<" + name + ">" + escape(text) + "</" + name + ">";
    }

    private static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                default -> safe.append(c < ' ' || Character.isSurrogate(c) || c > '\uFFFD' ? '?' : c);
            }
        }
        return safe.toString();
    }
}
