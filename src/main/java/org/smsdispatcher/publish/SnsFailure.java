package org.smsdispatcher.publish;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * What a failed PublishBatch means for its messages. The one question that matters is whether SNS may have accepted them; where
 * that is not surely no, the answer is {@link #UNKNOWN}.
 *
 * @see <a href="https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html">PublishBatch, Errors</a>
 */
enum SnsFailure {
    /** Throttled, or refused for a reason that may pass: not accepted. */
    REFUSED,
    /** No connection was made: not accepted. */
    UNREACHABLE,
    /** No permission, no key, no such topic: not accepted, and will not be until somebody acts. */
    FORBIDDEN,
    /** The request was on its way and no answer came that says what became of it. */
    UNKNOWN;

    private static final Set<String> CREDENTIALS = Set.of(
            "InvalidClientTokenId",
            "ExpiredToken",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "MissingAuthenticationToken",
            "OptInRequired");

    static SnsFailure of(Throwable failure) {
        return causes(failure)
                .filter(AwsServiceException.class::isInstance)
                .map(AwsServiceException.class::cast)
                .findFirst()
                .map(SnsFailure::ofAnswer)
                .orElseGet(() -> ofClient(failure));
    }

    /** SNS's code, or the failure's own name: a word for reply and log that holds no data. */
    static String word(Throwable failure) {
        return causes(failure)
                .filter(AwsServiceException.class::isInstance)
                .map(e -> code((AwsServiceException) e))
                .findFirst()
                .orElseGet(() -> causes(failure)
                        .reduce((outer, inner) -> inner)
                        .orElse(failure)
                        .getClass()
                        .getSimpleName());
    }

    private static SnsFailure ofAnswer(AwsServiceException answer) {
        String code = code(answer);
        if (answer.statusCode() >= 500) {
            return UNKNOWN;
        }
        if (isThrottled(answer)) {
            return REFUSED;
        }
        boolean forbidden = answer.statusCode() == 401
                || answer.statusCode() == 403
                || answer.statusCode() == 404
                || code.startsWith("KMS")
                || CREDENTIALS.contains(code);
        if (forbidden) {
            return FORBIDDEN;
        }
        // anything but a 4xx (a 200 with an unreadable body has been seen) leaves the question open
        return answer.statusCode() >= 400 ? REFUSED : UNKNOWN;
    }

    /** Whether SNS turned the call away for its rate. */
    static boolean isThrottled(Throwable failure) {
        return causes(failure).anyMatch(cause -> cause instanceof AwsServiceException answer && isThrottled(answer));
    }

    private static boolean isThrottled(AwsServiceException answer) {
        return answer.isThrottlingException() || answer.statusCode() == 429 || isThrottle(code(answer));
    }

    /** Whether an error code of SNS, maybe null, tells of too high a rate. */
    static boolean isThrottle(String code) {
        return code != null && code.contains("Throttl");
    }

    private static SnsFailure ofClient(Throwable failure) {
        boolean noCredentials = causes(failure)
                .anyMatch(cause -> String.valueOf(cause.getMessage()).startsWith("Unable to load credentials"));
        if (noCredentials) {
            return FORBIDDEN;
        }
        return causes(failure).anyMatch(SnsFailure::isBeforeSending) ? UNREACHABLE : UNKNOWN;
    }

    private static boolean isBeforeSending(Throwable cause) {
        // the HTTP client's own time-outs for connecting and for its pool; a plain SocketTimeoutException is a lost
        // answer
        String name = cause.getClass().getSimpleName();
        return cause instanceof ConnectException
                || cause instanceof UnknownHostException
                || cause instanceof NoRouteToHostException
                || cause instanceof SSLHandshakeException
                || cause instanceof SSLPeerUnverifiedException
                || name.equals("ConnectTimeoutException")
                || name.equals("ConnectionPoolTimeoutException");
    }

    private static String code(AwsServiceException answer) {
        return answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null
                ? "HTTP " + answer.statusCode()
                : answer.awsErrorDetails().errorCode();
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(20);
    }
}
