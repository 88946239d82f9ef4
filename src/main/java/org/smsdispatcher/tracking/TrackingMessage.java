package org.smsdispatcher.tracking;

/**
 * A message of SNS or SQS, not read yet.
 *
 * @param id SNS's or SQS's own id, for the log and for the answer to SQS
 * @param topicArn the topic Lambda's event names; "" from a queue, where an envelope may name it
 * @param body the text as it was sent
 */
public record TrackingMessage(String id, String topicArn, String body) {}
