package org.smsdispatcher;

import java.util.Map;
import java.util.UUID;
import software.amazon.awssdk.services.sns.SnsClient;

/**
 * The function that was replaced, in short: take pending contacts, publish each, mark it afterwards. The positive control: a test
 * for duplicates that does not convict this one proves nothing.
 */
final class NaiveDispatcher {

    private final Platform platform;
    private final SnsClient sns;

    NaiveDispatcher(Platform platform, SnsClient sns) {
        this.platform = platform;
        this.sns = sns;
    }

    /** One batch; how many contacts it found. */
    int dispatch(UUID campaign, int batchSize) {
        var contacts = platform.rows(
                "SELECT id, phone_number FROM contacts WHERE campaign_id = ? AND status = 'pending'"
                        + " ORDER BY created_at LIMIT ?",
                campaign,
                batchSize);
        for (Map<String, Object> contact : contacts) {
            sns.publish(request -> request.topicArn(platform.topicArn())
                    .message("{\"phoneNumber\":\"" + contact.get("phone_number") + "\",\"contactId\":\""
                            + contact.get("id") + "\"}"));
            platform.execute("UPDATE contacts SET status = 'completed' WHERE id = ?", contact.get("id"));
        }
        return contacts.size();
    }
}
