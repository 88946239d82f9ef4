package org.smsdispatcher.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.smsdispatcher.tracking.Callbacks.sample;

import java.util.List;
import java.util.stream.Stream;
import org.smsdispatcher.tracking.SnsSigner;

/** What is fuzzed, and the inputs to begin with. */
enum FuzzTarget {
    EVENT,
    CONFIG,
    TEMPLATE,
    NUMBER,
    CONTACT,
    TRACKING_EVENT,
    NOTICE,
    VONAGE,
    TWILIO,
    SNS;

    /** Whether those bytes are taken; see {@link Parsers}. */
    boolean takes(Parsers parsers, byte[] input) {
        return switch (this) {
            case EVENT -> parsers.event(input);
            case CONFIG -> parsers.config(input);
            case TEMPLATE -> parsers.template(input);
            case NUMBER -> parsers.number(input);
            case CONTACT -> parsers.contact(input);
            case TRACKING_EVENT -> parsers.trackingEvent(input);
            case NOTICE -> parsers.notice(input);
            case VONAGE -> parsers.vonage(input);
            case TWILIO -> parsers.twilio(input);
            case SNS -> parsers.sns(input);
        };
    }

    List<byte[]> seeds() {
        return texts().map(text -> text.getBytes(UTF_8)).toList();
    }

    private Stream<String> texts() {
        return switch (this) {
            case EVENT ->
                Stream.of(
                        "{\"campaignId\":\"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\",\"batchSize\":100}",
                        "{\"sweep\":true,\"batchSize\":5}",
                        "{\"source\":\"aws.events\",\"detail-type\":\"Scheduled Event\",\"detail\":{}}",
                        "{\"detail\":{\"campaignId\":\"0B0E0F64-5f0e-4c8e-9a53-0a7c7d5d3f11\",\"dryRun\":true,\"costPerPart\":0.01,\"messagesPerSecond\":1e3}}",
                        "{\"campaignId\":\"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\",\"explain\":\"+447700900123\"}",
                        "{\"campaignId\":\"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\",\"verify\":true,\"after\":\"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\"}",
                        "{\"campaignId\":\"+447700900123\"}",
                        "{\"campaignId\":447700900123,\"batchSize\":1e999999999}",
                        "x447700900123");
            case CONFIG ->
                Stream.of(
                        "{\"smsTemplate\":\"Hi {{name|you}} https://example.com/{{code}}\",\"callingWindows\":[{\"dayOfWeek\":[0,1,2],\"startHour\":9,\"endHour\":17,\"startMinute\":30,\"endMinute\":15}]}",
                        "{\"smsTemplate\":\"x\",\"callingWindows\":[{\"dayOfWeek\":[6],\"startHour\":22,\"endHour\":6}],\"blackoutDates\":[\"2026-12-25\",\"+999999999-12-31\"],\"maxAttemptsPerContact\":3,\"retryDelayMinutes\":44640,\"maxSegments\":255}",
                        "{\"smsTemplate\":\"{{a\",\"callingWindows\":[]}");
            case TEMPLATE ->
                Stream.of(
                        "Hi {{name}}, {{ first name | you }}!\nBo {{otp}}",
                        "(see https://x.co/a_(b)?q={{q}}) {{a}}{{b}}.\n}}{{",
                        "{ {{a|}} }\n{",
                        "\u05E9{{\u05D0}}\uD83D\uDC4D\n\u202E\uFEFF");
            case NUMBER ->
                Stream.of(
                        "+447700900123",
                        " 0044 (7700) 900-123 ",
                        "07700 900123",
                        "+\u0661\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0667\u0667",
                        "\uFF0B\uFF11\uFF12\uFF11\uFF12\uFF15\uFF15\uFF15\uFF10\uFF11\uFF17\uFF17",
                        "+1-800-FLOWERS",
                        "+80012345678");
            case CONTACT ->
                Stream.of(
                        "+447700900123\nEurope/Rome\n{\"name\":\"Bo\",\"code\":12}",
                        "07700900123\n\n{\"code\":\"{{na{{x}}me}}\",\"name\":1e400}",
                        "+1\nGMT+3\n{\"code\":\"447700900123\\u0000\\ud800\",\"a\":[[[]]]}",
                        "\n\n[1]");
            case TRACKING_EVENT ->
                Stream.of(
                        "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"MessageId\":\"1\",\"TopicArn\":\""
                                + SnsSigner.TOPIC
                                + "\",\"Message\":\"{\\\"smsRecordId\\\":\\\"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\\\",\\\"status\\\":\\\"sent\\\"}\"}}]}",
                        "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"messageId\":\"1\",\"body\":\"{\\\"Type\\\":\\\"Notification\\\",\\\"Message\\\":\\\"{}\\\"}\"}]}",
                        "{\"rawPath\":\"/prod/webhooks/vonage\",\"rawQueryString\":\"a=%41\",\"headers\":{\"Content-Type\":\"application/json\",\"authorization\":\"Bearer e30.e30.e30\"},\"body\":\"e30=\",\"isBase64Encoded\":true,\"requestContext\":{\"stage\":\"prod\",\"domainName\":\"x\",\"http\":{\"method\":\"POST\"}}}",
                        "{\"rawPath\":\"/abcdefghijk\",\"headers\":{\"user-agent\":\"Mozilla\",\"purpose\":\"prefetch\"},\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
                        "{\"report\":true}");
            case NOTICE ->
                Stream.of(
                        "{\"smsRecordId\":\"0b0e0f64-5f0e-4c8e-9a53-0a7c7d5d3f11\",\"status\":\"failed\",\"reason\":\"+44 7700 900123 is off\",\"timestamp\":\"2026-11-25T08:00:00Z\",\"parts\":2,\"cost\":0.04,\"retryable\":true,\"provider\":\"acme\"}",
                        "{\"providerMessageId\":\"m1\",\"status\":\"447700900123\",\"cost\":1e-999999999}",
                        "{\"Type\":\"Notification\",\"TopicArn\":\"t\",\"Message\":\"{\\\"status\\\":\\\"read\\\",\\\"providerMessageId\\\":\\\"m\\\"}\"}",
                        sample("aws-delivered.json"),
                        sample("aws-delivered-eventbridge.json"));
            case VONAGE ->
                Stream.of(
                        sample("vonage-messages-submitted.json"),
                        sample("vonage-messages-rejected.json"),
                        sample("vonage-sms-delivered.json"),
                        sample("vonage-sms-opted-out.json"),
                        sample("vonage-sms-failed.query"));
            case TWILIO -> Stream.of(sample("twilio-delivered.form"), sample("twilio-undelivered.form"));
            case SNS -> Stream.of(sample("aws-delivered.json"), sample("aws-delivered-eventbridge.json"));
        };
    }
}
