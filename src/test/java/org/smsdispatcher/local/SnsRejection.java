package org.smsdispatcher.local;

/**
 * A request, or one entry of a batch, that SNS does not take: the code, the HTTP status and the sentence it answers
 * with.
 *
 * <p>Status and code come in the pairs of the SNS API reference; a status from 500 up is SNS's own fault, any other the
 * sender's.
 */
final class SnsRejection extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    SnsRejection(int status, String code, String message) {
        // no stack trace: it is an answer, and a benchmark may cause thousands
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    /** A parameter SNS refuses: {@code InvalidParameter}, in AWS's wording. */
    static SnsRejection invalidParameter(String what) {
        return new SnsRejection(400, "InvalidParameter", "Invalid parameter: " + what);
    }

    /** A message attribute SNS refuses: {@code ParameterValueInvalid}, the SDK's InvalidParameterValueException. */
    static SnsRejection invalidAttribute(String what) {
        return new SnsRejection(400, "ParameterValueInvalid", what);
    }

    /** A topic that was never created. */
    static SnsRejection noSuchTopic() {
        return new SnsRejection(404, "NotFound", "Topic does not exist");
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    boolean senderFault() {
        return status < 500;
    }
}
